// What must work in every runtime, with the installed package against a real gateway. It takes nothing but what all of them have.

import {
  APIConnectionError,
  APITimeoutError,
  AuthenticationError,
  ConflictError,
  CredentialsError,
  InfraiClient,
  InvalidRequestError,
  NotFoundError,
} from "@infrai/sdk";

/** Calls the documented operations, and makes each kind of error that a gateway and a network can cause. */
export async function calls({ url, key, inBrowser = false }) {
  const options = { apiKey: key, baseUrl: url };
  if (inBrowser) {
    const refused = await fault(() => new InfraiClient(options));
    is("refusal", refused instanceof InvalidRequestError, true);
    is("refusal", refused.message.includes("dangerouslyAllowBrowser"), true);
    options.dangerouslyAllowBrowser = true;
  }
  const client = new InfraiClient(options);
  const { bucket, object } = client.storage;

  const made = await bucket.create({ bucket: "user-uploads", acl: "private" });
  is("create", made.bucket, "user-uploads");
  const { value, status, requestId } = await bucket.list().withResponse();
  is("list", [value.items.some((one) => one.bucket === made.bucket), status], [true, 200]);
  is("request id", requestId.length > 0, true);
  const place = { bucket: "user-uploads", key: "uploads/hällo +%2F.txt" };
  const signed = await object.presign({ ...place, expires_seconds: 600 });
  is("presign", [signed.method, new URL(signed.url).search !== ""], ["PUT", true]);
  is("delete", (await object.delete(place)).ok, true);
  const all = await client.request("GET", "/v1/storage/buckets");
  is("request", all.items.length, value.items.length);

  const failing = async (what, of, call, words) => {
    const error = await fault(call);
    is(`${what}: ${error}`, error instanceof of && words.test(error.message), true);
    is(
      `the key in ${what}`,
      `${error} ${error.stack} ${JSON.stringify(error)}`.includes(key),
      false,
    );
  };
  const elsewhere = (more) => new InfraiClient({ ...options, maxRetries: 0, ...more });
  await failing(
    "a conflict",
    ConflictError,
    () => bucket.create({ bucket: "user-uploads" }),
    /: 409 bucket_exists: /,
  );
  await failing(
    "nothing there",
    NotFoundError,
    () => object.presign({ bucket: "no-such-bucket", key: "a" }),
    /: 404 bucket_not_found: /,
  );
  await failing(
    "a wrong key",
    AuthenticationError,
    () => elsewhere({ apiKey: "ifr_pk_wrong" }).storage.bucket.list(),
    /: 401 /,
  );
  await failing(
    "a step up",
    InvalidRequestError,
    () => object.delete({ bucket: "user-uploads", key: ".." }),
    /steps to another resource/,
  );
  await failing(
    "nobody there",
    APIConnectionError,
    () => elsewhere({ baseUrl: "http://127.0.0.1:9" }).storage.bucket.list(),
    /connection/,
  );
  // It sends and never answers.
  const slow = () => new Promise(() => undefined);
  await failing(
    "too slow",
    APITimeoutError,
    () => elsewhere({ fetch: slow, timeout: 20 }).storage.bucket.list(),
    /no whole answer within 0\.02 s/,
  );
  const why = new Error("changed my mind");
  is("cancelled", await fault(() => bucket.list({ signal: AbortSignal.abort(why) })), why);
}

/** Says where a key is looked for, where there are no files and no variables. */
export async function withoutKey({ url }) {
  const error = await fault(() => new InfraiClient({ baseUrl: url }).storage.bucket.list());
  is(`no key: ${error}`, error instanceof CredentialsError, true);
}

/** Uploads from each kind of source, and downloads to each kind of target. */
export async function transfers({ url, key, streams = false }) {
  const client = new InfraiClient({ apiKey: key, baseUrl: url, dangerouslyAllowBrowser: true });
  await client.storage.bucket.create({ bucket: "transfers" });
  const { object } = client.storage;
  const bytes = Uint8Array.from({ length: 300_000 }, (_, at) => at % 251);
  const stream = () =>
    new ReadableStream({
      start(controller) {
        controller.enqueue(bytes.subarray(0, 100_000));
        controller.enqueue(bytes.subarray(100_000));
        controller.close();
      },
    });
  const sources = {
    bytes: { source: bytes },
    buffer: { source: bytes.buffer },
    blob: { source: new Blob([bytes], { type: "image/png" }) },
    stream: { source: stream(), size: bytes.length },
    "stream of any length": { source: stream() },
    reopenable: { source: { size: bytes.length, open: stream } },
  };
  for (const [name, source] of Object.entries(sources)) {
    const place = { bucket: "transfers", key: `from/${name} ü` };
    let last;
    const progress = (...told) => (last = told);
    const { bytes: length, attempts } = await object.upload({ ...place, ...source }, { progress });
    is(name, [length, attempts, last], [bytes.length, 1, [bytes.length, bytes.length]]);
    same(name, bytes, await object.download(place));
  }
  const place = { bucket: "transfers", key: "from/bytes ü" };
  const blob = await object.download({ ...place, to: "blob" });
  same("blob", bytes, new Uint8Array(await blob.arrayBuffer()));
  const streamed = await object.download({ ...place, to: "stream" });
  same("stream", bytes, new Uint8Array(await new Response(streamed).arrayBuffer()));

  if (!streams) {
    // Nothing is seen of bytes that are on their way. That they take longer than a stall may is none.
    const slow = async (to, init) => {
      await new Promise((resolve) => setTimeout(resolve, init.method === "PUT" ? 300 : 0));
      return fetch(to, init);
    };
    const options = { apiKey: key, baseUrl: url, dangerouslyAllowBrowser: true, fetch: slow };
    const once = new InfraiClient(options).storage.object;
    await once.upload({ ...place, source: bytes }, { stall: 100, maxRetries: 0 });
  }
  await object.upload({ ...place, source: "" });
  same("empty", new Uint8Array(), await object.download(place));
  const short = await fault(() => object.upload({ ...place, source: bytes, size: 300_001 }));
  is(`short: ${short}`, short instanceof InvalidRequestError, true);
  const missing = await fault(() => object.download({ bucket: "transfers", key: "no/such" }));
  is(`missing: ${missing}`, missing instanceof NotFoundError, true);
  is("the store's code", [missing.status, missing.code], [404, "NoSuchKey"]);
}

/** Returns what a call rejects with. */
async function fault(call) {
  try {
    await call();
  } catch (error) {
    return error;
  }
  return "no error";
}

function is(what, found, expected) {
  const [left, right] =
    typeof expected === "object" && !(expected instanceof Error)
      ? [JSON.stringify(found), JSON.stringify(expected)]
      : [found, expected];
  if (left !== right) {
    throw new Error(`${what}: expected ${right}, found ${left}`);
  }
}

function same(what, expected, found) {
  is(`${what}: length`, found.length, expected.length);
  is(
    `${what}: bytes`,
    found.every((byte, at) => byte === expected[at]),
    true,
  );
}
