// Looks for the key in everything that a client prints as.

import { inspect } from "node:util";

import { InfraiClient } from "../dist/esm/index.node.js";

const KEY = "ifr_pk_proj_canary-0123456789";
const fetch = async () =>
  Response.json(
    { error: { code: "bad", message: `no key ${KEY}` } },
    { status: 401, headers: { "X-Echo": KEY } },
  );
const client = new InfraiClient({ apiKey: KEY, headers: { "X-Secret": "canary" }, fetch });
const error = await client.storage.bucket.list().catch((fault) => fault);
const response = await client.storage.bucket
  .list()
  .withResponse()
  .catch((fault) => fault);
const unread = client.storage.bucket.list();
unread.catch(() => undefined);

const cloned = (thing) => {
  try {
    return structuredClone(thing);
  } catch {
    return undefined;
  }
};
const printed = [client, client.storage, client.storage.object, error, response, unread].flatMap(
  (thing) => [
    inspect(thing, { depth: Number.POSITIVE_INFINITY, showHidden: true }),
    JSON.stringify(thing) ?? "",
    `${thing}`,
    inspect(cloned(thing), { depth: Number.POSITIVE_INFINITY }),
    Object.getOwnPropertyNames(thing).join(),
    thing.stack ?? "",
  ],
);
// What the server wrote is the caller's: it is there for who asks for it, and for nobody else. (To have `inspect` call getters is to
// ask for it.)
const shown = printed.filter((text) => text.includes("canary"));
const isThere = error.body.includes(KEY) && error.headers.get("x-echo") === KEY;
if (shown.length > 0 || !isThere) {
  console.error(shown.join("\n---\n"));
  process.exitCode = 1;
} else {
  console.log(`${printed.length} ways of printing show no key`);
}
