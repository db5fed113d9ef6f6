// What a server writes may be long, and written to be slow to read.

import { equal } from "node:assert/strict";

import { InfraiClient } from "../../dist/esm/index.node.js";

for (const part of ["a://", "//a", "?", "#", "://@", "=?", "a b?c=d "]) {
  const message = part.repeat(1_000_000 / part.length);
  const client = new InfraiClient({
    apiKey: "ifr_pk_proj_canary-0123456789",
    fetch: async () => Response.json({ error: { message } }, { status: 400 }),
  });
  const start = performance.now();
  const error = await client.storage.bucket.list().catch((fault) => fault);
  equal(error.status, 400);
  equal(error.detail.length <= 1001, true);
  // A second is far more than it takes, and far less than what grows with the square of the length.
  equal(performance.now() - start < 1000, true, part);
}
