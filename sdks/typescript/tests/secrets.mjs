// Looks for the key in everything that a client prints as.

import { inspect } from "node:util";

import { InfraiClient } from "../dist/esm/index.node.js";

const KEY = "ifr_pk_proj_canary-0123456789";
const fetch = async () =>
  Response.json({ error: { code: "bad", message: `no key ${KEY}` } }, { status: 401 });
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
    inspect(thing, { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true }).replace(
      /\[Getter.*?\]/g,
      "",
    ),
    JSON.stringify(thing) ?? "",
    `${thing}`,
    inspect(cloned(thing), { depth: Number.POSITIVE_INFINITY }),
    Object.getOwnPropertyNames(thing).join(),
    thing.stack ?? "",
  ],
);
// The body that the server wrote is the caller's: it is there for who asks for it, and for nobody else.
const shown = printed.filter((text) =>
  text.replaceAll(JSON.stringify(error.body), "").includes("canary"),
);
if (shown.length > 0 || !error.body.includes(KEY)) {
  console.error(shown.join("\n---\n"));
  process.exitCode = 1;
} else {
  console.log(`${printed.length} ways of printing show no key`);
}
