// One signal may go with every call of a server's life: nothing stays on it, and nobody is warned.

import { equal } from "node:assert/strict";
import { getEventListeners } from "node:events";
import { setTimeout } from "node:timers/promises";

import { InfraiClient } from "../../dist/esm/index.node.js";

const { signal } = new AbortController();
let open;
const client = new InfraiClient({
  apiKey: "ifr_pk_proj_canary-0123456789",
  fetch: async () => {
    await new Promise((resolve) => open.push(resolve));
    return Response.json({ items: [] });
  },
});
for (let round = 0; round < 3; round++) {
  open = [];
  const calls = Promise.all(
    Array.from({ length: 50 }, () => client.storage.bucket.list({ signal })),
  );
  while (open.length < 50) {
    await setTimeout(1);
  }
  // What is held weakly goes while the calls are under way.
  globalThis.gc();
  equal(getEventListeners(signal, "abort").length, 1);
  for (const answer of open) {
    answer();
  }
  await calls;
  equal(getEventListeners(signal, "abort").length, 0);
}

// Waits between attempts are calls, too.
const down = new InfraiClient({
  apiKey: "ifr_pk_proj_canary-0123456789",
  fetch: async () => new Response(null, { status: 503 }),
});
const waiting = Array.from({ length: 20 }, () => down.storage.bucket.list({ signal }));
await setTimeout(50);
equal(getEventListeners(signal, "abort").length, 1);
await Promise.allSettled(waiting);
equal(getEventListeners(signal, "abort").length, 0);

// All calls end that the signal was given to, each once.
const stop = new AbortController();
const ended = Array.from({ length: 20 }, () => down.storage.bucket.list({ signal: stop.signal }));
await setTimeout(50);
stop.abort("enough");
for (const { reason } of await Promise.allSettled(ended)) {
  equal(reason, "enough");
}
equal(getEventListeners(stop.signal, "abort").length, 0);
