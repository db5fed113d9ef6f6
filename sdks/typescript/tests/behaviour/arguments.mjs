// What a program in plain JavaScript may give by mistake is refused, as an error of ours, before anything is sent.

import { deepEqual, equal, match } from "node:assert/strict";

import { InfraiClient, InfraiError, InvalidRequestError } from "../../dist/esm/index.node.js";

const apiKey = "ifr_pk_proj_canary-0123456789";
const sent = [];
const client = new InfraiClient({
  apiKey,
  fetch: async (url, { body, headers, method }) => {
    sent.push({ url: new URL(url).pathname, body, headers: new Headers(headers), method });
    return Response.json({
      items: [],
      bucket: "abc",
      vendor: "local",
      region: "here",
      created_at: "2026-01-02T03:04:05Z",
    });
  },
});
const { bucket, object } = client.storage;
const circle = {};
circle.self = circle;

const refused = [
  [() => bucket.create(), /`bucket` is missing/],
  [() => bucket.create(null), /`bucket` is missing/],
  [() => bucket.create("user-uploads"), /`0` is not an argument/],
  [() => bucket.create({ bucket: "abc", "x\ny": 1 }), /`x\\ny` is not an argument/],
  [() => bucket.create({ bucket: 10n }), /the body can't be written as JSON/],
  [() => bucket.create({ bucket: () => 1 }), /the body can't be written as JSON/],
  [() => bucket.create({ bucket: Symbol("x") }), /the body can't be written as JSON/],
  [() => bucket.create({ bucket: { deep: NaN } }), /the body can't be written as JSON/],
  [() => bucket.create({ bucket: "abc" }, { idempotencyKey: " " }), /must not be empty/],
  [() => bucket.create({ bucket: "abc" }, { idempotencyKey: 5 }), /can't be sent/],
  [() => object.delete({ bucket: "abc", key: Symbol("x") }), /`key` must be a text/],
  [() => object.delete({ bucket: "abc", key: () => 1 }), /`key` must be a text/],
  [() => object.delete({ bucket: "abc", key: -0 }), /`key` must be a text/],
  [() => object.delete({ bucket: 1, key: "k" }), /`bucket` must be a text/],
  [() => bucket.list({ timeout: "1000" }), /`timeout` must be more than zero/],
  [() => bucket.list({ deadline: "2000" }), /`deadline` must be more than zero/],
  [() => bucket.list({ headers: { "x-request-id": 5 } }), /can't be sent/],
  [() => bucket.list({ headers: [["__proto__", "x"]] }), /is not a header's name/],
  [() => client.request(), /`path` must begin with/],
  [() => client.request("GET"), /`path` must begin with/],
  [() => client.request("GET /x\r\n", "/a"), /^GET \/x {3}\/a: `method` must be/],
  [() => client.request("POST", "/x", { json: 1n }), /the body can't be written as JSON/],
  [() => client.request("POST", "/x", { json: circle }), /the body can't be written as JSON/],
  [() => client.request("POST", "/x", { json: () => 1 }), /the body can't be written as JSON/],
];
for (const [call, why] of refused) {
  const error = await call().then(
    () => undefined,
    (fault) => fault,
  );
  equal(error instanceof InvalidRequestError, true, `${call}: ${error}`);
  match(error.message, why);
  equal(/[\r\n]/.test(error.message), false);
}
deepEqual(sent, []);

// What is `null` isn't given.
await bucket.create(
  { bucket: "abc", vendor: null, color: undefined },
  { idempotencyKey: null, headers: { "x-a": null }, timeout: null, signal: null },
);
await bucket.create({ bucket: "abc" }, { headers: null });
await bucket.list(null);
await client.request("POST", "/x", null);
await client.request("POST", "/x", { json: null });
const keys = sent.map(({ headers }) => headers.get("idempotency-key"));
match(keys[0], /^[0-9a-f-]{36}$/);
equal(keys[0] === keys[1], false);
equal(sent[0].headers.has("x-a"), false);
deepEqual(
  sent.map(({ body }) => body),
  ['{"bucket":"abc"}', '{"bucket":"abc"}', undefined, undefined, undefined],
);

// Options of a client. What is passed over might leave another key or host in its place.
const none = ["ifr_pk_proj_0123456789", { api_key: "x" }, { baseURL: "https://api.example" }];
for (const options of [{ fetch: 5 }, { logger: console }, { apiKey: 5 }, ...none]) {
  let error;
  try {
    new InfraiClient(options);
  } catch (fault) {
    error = fault;
  }
  equal(error instanceof InfraiError, true);
}
new InfraiClient(null);
new InfraiClient({ apiKey: null, baseUrl: null, headers: null, logger: null, fetch: null });
