// A `fetch` of the caller's own need not heed signals, keep a process alive, or do as it is told.

import { equal } from "node:assert/strict";
import { setTimeout } from "node:timers/promises";

import {
  APIConnectionError,
  APIDecodeError,
  APIStatusError,
  APITimeoutError,
  InfraiClient,
} from "../../dist/esm/index.node.js";

let asked = 0;
const list = (fetch, options) => {
  asked = 0;
  const counted = (...given) => {
    asked += 1;
    return fetch(...given);
  };
  const client = new InfraiClient({ apiKey: "ifr_pk_proj_canary-0123456789", fetch: counted });
  return client.storage.bucket.list({ maxRetries: 0, ...options }).catch((fault) => fault);
};

// Nothing else keeps this process alive until then.
const hung = await list(() => new Promise(() => undefined), { timeout: 50 });
equal(hung instanceof APITimeoutError, true);

let pulled = 0;
let cancelled = 0;
const stream = (piece, pause) =>
  new ReadableStream(
    {
      async pull(controller) {
        await setTimeout(pause);
        pulled += 1;
        controller.enqueue(piece);
      },
      cancel() {
        cancelled += 1;
      },
    },
    { highWaterMark: 0 },
  );
// A body that never ends is given back when the time is up; so is one that is too long.
const dripped = await list(async () => new Response(stream(new Uint8Array(1), 5)), { timeout: 50 });
equal(dripped instanceof APITimeoutError, true);
await setTimeout(20);
const before = pulled;
await setTimeout(50);
equal(pulled, before);
equal(cancelled, 1);
const long = await list(async () => new Response(stream(new Uint8Array(1 << 20), 0)), {});
equal(long instanceof APIDecodeError, true);
await setTimeout(10);
equal(cancelled, 2);
// So is one of an answer that comes too late.
const late = async () => {
  await setTimeout(60);
  return new Response(stream(new Uint8Array(1), 5));
};
await list(late, { timeout: 30 });
await setTimeout(80);
equal(cancelled, 3);

// A browser says of a redirect only that there is one.
const opaque = Object.defineProperty(Response.error(), "type", { value: "opaqueredirect" });
const hidden = await list(async () => opaque, { maxRetries: 2 });
equal(hidden instanceof APIStatusError, true);
equal(/^storage\.bucket\.list: a redirect is not followed \(/.test(hidden.message), true);
const followed = Object.defineProperty(Response.json({ items: [] }), "redirected", { value: true });
const gone = await list(async () => followed, { maxRetries: 2 });
equal(gone instanceof APIStatusError, true);
equal(asked, 1);

// A mistake in it is no broken connection.
for (const fetch of [
  async () => undefined,
  () => {
    throw new TypeError("x is not a function");
  },
]) {
  const mistaken = await list(fetch, { maxRetries: 2 });
  equal(mistaken instanceof APIConnectionError, true);
  equal(mistaken.attempts, 1);
  equal(
    /^storage\.bucket\.list: no connection to http:\/\/127\.0\.0\.1:7100: /.test(mistaken.message),
    true,
  );
}

// The name of a host says nothing about why it can't be reached.
const cause = Object.assign(new Error("getaddrinfo ENOTFOUND certificate"), { code: "ENOTFOUND" });
const lost = async () => {
  throw new TypeError("fetch failed", { cause });
};
const unknown = await list(lost, {});
equal(/: host not found \(/.test(unknown.message), true);
