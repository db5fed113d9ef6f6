// Transfers where the vectors can't look: what is cancelled in the middle, what the caller's own sources, targets and callbacks do
// wrong, and what is left open. The service and the store are functions in place of `fetch`.

import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";

import {
  APIConnectionError,
  APITimeoutError,
  InfraiClient,
  InvalidRequestError,
  nodeSystem,
} from "../dist/esm/index.node.js";
import { fileSource, fileTarget } from "../dist/esm/node.js";

const place = { bucket: "demo", key: "a.txt" };
const folder = await mkdtemp(join(tmpdir(), "infrai-transfers-"));
// Limits of time don't keep a process alive, and nothing else here does.
const alive = setInterval(() => {}, 1000);
after(async () => {
  clearInterval(alive);
  await rm(folder, { recursive: true });
});

/** What never comes. */
const never = () => new Promise(() => {});

/** A client of a service that presigns, and of a store. `asked` counts what came to the store. */
function clientOf(store, options = {}, machine = {}) {
  const seen = { asked: 0 };
  const url = "https://store.example/demo/a.txt?X-Amz-Signature=canary";
  const fetch = async (to, init) => {
    if (to !== url) {
      const { method } = JSON.parse(init.body);
      return Response.json({ url, method, expires_at: "2099-01-01T00:00:00Z" });
    }
    seen.asked += 1;
    return store(init);
  };
  // Waits between attempts take no time, limits do.
  const system = { ...nodeSystem, sleep: async () => undefined, ...machine };
  const apiKey = "ifr_pk_proj_canary-0123456789";
  const client = new InfraiClient(
    { apiKey, baseUrl: "https://api.example", fetch, ...options },
    system,
  );
  return { object: client.storage.object, seen };
}

/** A store that takes whatever comes. */
async function takes({ body }) {
  for await (const _ of body ?? []);
  return new Response(null, { headers: { etag: '"v1"' } });
}

/** A store that has an object, and says so before its bytes come. */
const gives = (bytes) => () =>
  new Response(bytes, { headers: { etag: '"v1"', "content-length": String(bytes.length) } });

/** A store that breaks off. */
const fails = () => new Response(null, { status: 500 });

/** A stream of which one piece comes, and what was done with it. */
function opened(piece = new Uint8Array(10)) {
  const told = {};
  told.stream = new ReadableStream({
    start: (controller) => controller.enqueue(piece),
    cancel: (reason) => {
      told.cancelled = reason ?? "without a reason";
    },
  });
  return told;
}

/** A target that can be watched. */
function watched(own = {}) {
  const told = { calls: [] };
  const methods = ["begin", "write", "commit", "discard"].map((name) => [
    name,
    (...given) => {
      told.calls.push(name);
      return own[name]?.(...given);
    },
  ]);
  told.target = { open: () => ({ canBeginAgain: true, ...Object.fromEntries(methods) }) };
  return told;
}

const invalid = (text) => (error) => {
  assert.ok(error instanceof InvalidRequestError, String(error?.stack ?? error));
  assert.match(error.message, text);
  return true;
};

const asIs = (wanted) => (error) => {
  assert.equal(error, wanted);
  return true;
};

test("a source that fails says so, and why", async () => {
  const { object, seen } = clientOf(takes);
  const fire = new Error("disk on fire");
  const burning = () => new ReadableStream({ pull: (controller) => controller.error(fire) });
  const locked = new ReadableStream();
  locked.getReader();
  const why =
    /^storage\.object\.upload: the source can't be read: (disk on fire|.*locked.*|ENOENT.*|.*`Uint8Array`)/;
  for (const [source, size] of [
    [burning()],
    [burning(), 5],
    [{ size: 5, open: burning }],
    [{ size: 5, open: () => Promise.reject(fire) }],
    [{ size: () => Promise.reject(fire), open: burning }],
    [locked],
    [locked, 5],
    [fileSource(join(folder, "none"))],
    [ReadableStream.from(["text"]), 4],
  ]) {
    const failing = object.upload({ ...place, source, size });
    await assert.rejects(failing, (error) => invalid(why)(error) && error.cause instanceof Error);
  }
  // One attempt each, as no other mends it.
  assert.ok(seen.asked <= 5, String(seen.asked));
});

test("what is no source, size or target is refused before anything is sent", async () => {
  const { object, seen } = clientOf(takes);
  for (const source of [5, {}, ["a"], { pipe() {}, open() {} }]) {
    await assert.rejects(
      object.upload({ ...place, source }),
      invalid(/`source` must be text, bytes/),
    );
  }
  for (const size of [NaN, Infinity, 1.5, "5"]) {
    const source = "hello";
    await assert.rejects(
      object.upload({ ...place, source, size }),
      invalid(/`size` must be a whole number$/),
    );
  }
  for (const to of [5, "out.bin", {}]) {
    await assert.rejects(object.download({ ...place, to }), invalid(/`to` must be "bytes"/));
  }
  const both = { ...place, source: "a", contentType: "text/plain" };
  await assert.rejects(object.upload(both), invalid(/`contentType` is not an argument$/));
  await assert.rejects(object.upload(place), invalid(/`source` is missing$/));
  await assert.rejects(object.upload(), invalid(/`bucket` is missing$/));
  await assert.rejects(object.download(null), invalid(/`bucket` is missing$/));
  assert.equal(seen.asked, 0);
});

test("all views are taken for the bytes that they show", async () => {
  let came;
  const { object } = clientOf(async ({ body }) => {
    came = [];
    for await (const piece of body) came.push(...piece);
    return new Response();
  });
  for (const [source, bytes] of [
    [new Uint16Array([1, 2]), [1, 0, 2, 0]],
    [new DataView(new ArrayBuffer(4), 1, 2), [0, 0]],
    [Buffer.from("abc").subarray(1), [98, 99]],
  ]) {
    assert.equal((await object.upload({ ...place, source })).bytes, bytes.length);
    assert.deepEqual(came, bytes);
  }
});

test("a source that isn't read to its end is cancelled, also between attempts", async () => {
  for (const store of [fails, takes]) {
    const { object } = clientOf(store, { maxRetries: 1 });
    const all = [];
    const open = () => {
      all.push(opened(new Uint8Array(3)));
      return all.at(-1).stream;
    };
    await assert.rejects(object.upload({ ...place, source: { size: 2, open } }));
    assert.equal(all.length, store === fails ? 2 : 1);
    assert.ok(all.every(({ cancelled, stream }) => cancelled !== undefined && !stream.locked));
  }
});

test("failed uploads leave no file open", { skip: process.platform !== "linux" }, async () => {
  const path = join(folder, "big");
  await writeFile(path, new Uint8Array(1 << 20));
  const { object } = clientOf(fails, { maxRetries: 2 });
  for (let n = 0; n < 3; n++) {
    await assert.rejects(object.upload({ ...place, source: fileSource(path) }));
  }
  const isOpen = async () => {
    const links = await readdir("/proc/self/fd");
    const places = await Promise.all(
      links.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => "")),
    );
    return places.includes(path);
  };
  for (let turns = 0; turns < 1000 && (await isOpen()); turns++) {
    await turn();
  }
  assert.equal(await isOpen(), false);
});

test("cancelling ends an upload wherever it is, and its source", async () => {
  const silent = clientOf(never).object;
  for (const [source, size] of [[opened()], [opened(), 100], [opened(new Uint8Array(0)), 0]]) {
    const controller = new AbortController();
    const { stream } = source;
    const failing = silent.upload(
      { ...place, source: stream, size },
      { signal: controller.signal },
    );
    await turn();
    const reason = new Error("enough");
    controller.abort(reason);
    await assert.rejects(failing, asIs(reason));
    assert.equal(source.cancelled, reason);
    assert.equal(stream.locked, false);
  }
});

test("a source that is opened too late is closed again", async () => {
  const { object } = clientOf(takes);
  const controller = new AbortController();
  const late = opened();
  let open;
  const opening = new Promise((resolve) => (open = resolve));
  const source = { size: 10, open: () => opening };
  const failing = object.upload({ ...place, source }, { signal: controller.signal });
  await turn();
  controller.abort();
  await assert.rejects(failing, { name: "AbortError" });
  open(late.stream);
  await turn();
  assert.equal(late.cancelled?.name, "AbortError");
});

test("a signal that was aborted before keeps everything as it was", async () => {
  const { object, seen } = clientOf(takes);
  const { stream } = opened();
  const reason = new Error("before");
  const signal = AbortSignal.abort(reason);
  await assert.rejects(object.upload({ ...place, source: stream }, { signal }), asIs(reason));
  await assert.rejects(object.download(place, { signal }), asIs(reason));
  assert.equal(stream.locked, false);
  assert.equal(seen.asked, 0);
});

test("a source of which nothing comes is a stall", async () => {
  const { object } = clientOf(takes, { maxRetries: 0 });
  for (const size of [undefined, 0, 5]) {
    const failing = object.upload({ ...place, source: new ReadableStream(), size }, { stall: 20 });
    await assert.rejects(
      failing,
      (error) => error instanceof APITimeoutError && error.phase === "stall",
    );
  }
});

test("limits and signals hold where `fetch` doesn't heed them", async () => {
  let cancelled = 0;
  const hangs = () =>
    new Response(
      new ReadableStream({
        cancel() {
          cancelled += 1;
        },
      }),
    );
  for (const store of [never, hangs]) {
    const { object } = clientOf(store, { maxRetries: 0 });
    await assert.rejects(
      object.download(place, { stall: 20 }),
      /: no byte for 0\.02 s \(1 attempt\)$/,
    );
    const controller = new AbortController();
    const failing = object.download(place, { signal: controller.signal });
    await turn();
    controller.abort();
    await assert.rejects(failing, { name: "AbortError" });
  }
  assert.equal(cancelled, 2);
});

test("a callback that throws ends the transfer, which is not tried again", async () => {
  const bug = new Error("bug in progress");
  const progress = () => {
    throw bug;
  };
  const up = clientOf(takes);
  await assert.rejects(up.object.upload({ ...place, source: "hello" }, { progress }), asIs(bug));
  const down = clientOf(gives(new Uint8Array(5)));
  await assert.rejects(down.object.download(place, { progress }), asIs(bug));
  assert.deepEqual([up.seen.asked, down.seen.asked], [1, 1]);
});

test("a store that says yes before it has all has not got it", async () => {
  const { object, seen } = clientOf(() => new Response(), { maxRetries: 1 });
  await assert.rejects(
    object.upload({ ...place, source: "hello" }),
    (error) => error instanceof APIConnectionError,
  );
  assert.equal(seen.asked, 2);
});

test("where `fetch` takes no streams, sources are sent whole", async () => {
  let sent;
  const takesWhole = async ({ body, headers }) => {
    assert.ok(!(body instanceof ReadableStream));
    sent = await new Response(body).text();
    assert.equal(headers["content-length"], String(sent.length));
    // Of "hello".
    return new Response(null, { headers: { "x-amz-checksum-crc64nvme": "M3eFcAZSQlc=" } });
  };
  const { object } = clientOf(takesWhole, {}, { sendsStreams: false });
  const stream = () => new Blob(["hel", "lo"]).stream();
  const whole = [
    ["hello"],
    [new Blob(["hello"], { type: "text/plain" })],
    [stream()],
    [stream(), 5],
    [{ size: 5, open: stream }],
  ];
  for (const [source, size] of whole) {
    const told = [];
    const progress = (...far) => told.push(far);
    assert.equal((await object.upload({ ...place, source, size }, { progress })).bytes, 5);
    assert.equal(sent, "hello");
    assert.deepEqual(told, [[5, 5]]);
  }
  for (const source of ["hello", new Blob(["hello"]), stream(), { size: 5, open: stream }]) {
    sent = undefined;
    for (const [size, why] of [
      [4, /: the source has more than the 4 bytes that were announced$/],
      [6, /: the source ended after 5 of 6 bytes$/],
    ]) {
      const own = source instanceof ReadableStream ? stream() : source;
      await assert.rejects(object.upload({ ...place, source: own, size }), invalid(why));
    }
    assert.equal(sent, undefined);
  }
  await assert.rejects(object.upload({ ...place, source: "hallo" }), /: the object's checksum is /);
});

test("who stops reading a stream ends the download", async () => {
  for (const stop of [
    (stream) => stream.cancel("enough"),
    async (stream) => {
      for await (const _ of stream) break;
    },
  ]) {
    const store = opened();
    const { object, seen } = clientOf(({ signal }) => {
      store.signal = signal;
      return new Response(store.stream, { headers: { etag: '"v1"', "content-length": "100" } });
    });
    await stop(await object.download({ ...place, to: "stream" }));
    while (store.cancelled === undefined) {
      await turn();
    }
    assert.ok(store.signal.aborted);
    assert.equal(seen.asked, 1);
  }
});

test("a stream gives all bytes, however slowly it is read", async () => {
  const bytes = Uint8Array.from({ length: 300 }, (_, at) => at % 251);
  const pieces = [bytes.subarray(0, 100), bytes.subarray(100, 200), bytes.subarray(200)];
  const { object } = clientOf(() => new Response(ReadableStream.from(pieces)));
  const got = [];
  for await (const piece of await object.download({ ...place, to: "stream" })) {
    await turn();
    got.push(...piece);
  }
  assert.deepEqual(got, [...bytes]);
});

test("what a target throws comes as it is, whatever it says of its failure", async () => {
  const { object, seen } = clientOf(gives(new Uint8Array(5)));
  const full = new Error("disk full");
  for (const method of ["begin", "write", "commit"]) {
    const { target, calls } = watched({
      [method]: () => Promise.reject(full),
      discard: () => {
        throw new Error("discard failed");
      },
    });
    await assert.rejects(object.download({ ...place, to: target }), asIs(full));
    assert.equal(calls.at(-1), "discard");
  }
  const closed = { open: () => Promise.reject(full) };
  await assert.rejects(object.download({ ...place, to: closed }), asIs(full));
  assert.equal(seen.asked, 3);
});

test("cancelling ends a download whose target hangs", async () => {
  const { object } = clientOf(gives(new Uint8Array(5)));
  for (const method of ["begin", "write", "commit"]) {
    const controller = new AbortController();
    const reason = new Error("enough");
    const { target, calls } = watched({
      [method]: () => {
        controller.abort(reason);
        return never();
      },
      discard: never,
    });
    await assert.rejects(
      object.download({ ...place, to: target }, { signal: controller.signal }),
      asIs(reason),
    );
    assert.deepEqual(calls.slice(-2), [method, "discard"]);
  }
});

test("one file can be the target of downloads at the same time", async () => {
  const path = join(folder, "two");
  const { object } = clientOf(
    () => new Response(ReadableStream.from([Buffer.from("abc"), Buffer.from("def")])),
  );
  const to = fileTarget(path);
  await Promise.all([1, 2, 3].map(() => object.download({ ...place, to })));
  assert.equal(await readFile(path, "utf8"), "abcdef");
  await left("two");
});

test(
  "a file that few may read is read by few while it comes",
  { skip: process.platform === "win32" },
  async () => {
    const path = join(folder, "secret");
    await writeFile(path, "old", { mode: 0o600 });
    const modes = new Set();
    const { object } = clientOf(async () => gives(new Uint8Array(5))());
    const to = fileTarget(path);
    const watching = {
      open: () => {
        const sink = to.open();
        const look = async () => {
          for (const name of await readdir(folder)) {
            if (name.startsWith(".secret."))
              modes.add((await stat(join(folder, name))).mode & 0o777);
          }
        };
        return { ...sink, write: (bytes) => look().then(() => sink.write(bytes)) };
      },
    };
    await object.download({ ...place, to: watching });
    assert.deepEqual([...modes], [0o600]);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    await left("secret");
  },
);

test("a file that can't be written names the path that was given", async () => {
  const { object } = clientOf(gives(new Uint8Array(5)));
  const none = join(folder, "none", "a.txt");
  for (const [path, code] of [
    [none, "ENOENT"],
    [folder, "EISDIR"],
  ]) {
    await assert.rejects(object.download({ ...place, to: fileTarget(path) }), (error) => {
      assert.ok(error.message.startsWith(`${path} can't be written: `), error.message);
      assert.equal(error.code, code);
      return true;
    });
  }
});

test("a cancelled download leaves nothing beside its file", async () => {
  const path = join(folder, "cancelled");
  const { object } = clientOf(() => new Response(opened().stream));
  const controller = new AbortController();
  const progress = (bytes) => bytes > 0 && controller.abort();
  const failing = object.download(
    { ...place, to: fileTarget(path) },
    { signal: controller.signal, progress },
  );
  await assert.rejects(failing, { name: "AbortError" });
  await left();
});

test("letters that come in two pieces are whole in the error", async () => {
  const body = Buffer.from("<Error><Code>X</Code><Message>größe</Message></Error>");
  const at = body.indexOf(0xc3) + 1;
  const { object } = clientOf(
    () =>
      new Response(ReadableStream.from([body.subarray(0, at), body.subarray(at)]), { status: 400 }),
  );
  await assert.rejects(object.download(place), /: 400 X: größe \(1 attempt\)$/);
});

test("transfers leave no listener at a signal, and don't warn of many", async () => {
  const warned = [];
  const warn = (warning) => warned.push(warning);
  process.on("warning", warn);
  const { signal } = new AbortController();
  const { object } = clientOf(gives(new Uint8Array(5)));
  await Promise.all(Array.from({ length: 50 }, () => object.download(place, { signal })));
  await turn();
  process.off("warning", warn);
  assert.deepEqual(getEventListeners(signal, "abort"), []);
  assert.deepEqual(warned, []);
});

test("an unclosed tag in a store's error costs no time", async () => {
  const body = `<Error><${"a".repeat(60_000)}`;
  const { object } = clientOf(() => new Response(body, { status: 400 }));
  const start = performance.now();
  await assert.rejects(object.download(place), /: 400 Bad Request \(1 attempt\)$/);
  assert.ok(performance.now() - start < 2000);
});

/** Makes sure that there are no part files, and files of these names. */
async function left(...names) {
  const all = await readdir(folder);
  assert.deepEqual(
    all.filter((name) => name.endsWith(".part")),
    [],
  );
  assert.ok(names.every((name) => all.includes(name)));
}
