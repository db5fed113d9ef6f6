// What a runtime with files runs: the suite, and transfers from and to files.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { InfraiClient } from "@infrai/sdk";
import { fileSource, fileTarget } from "@infrai/sdk/node";

import { calls, transfers } from "./suite.mjs";

const given = JSON.parse(process.argv[2]);
await calls({ url: given.url, key: given.calls });
await transfers({ url: given.url, key: given.transfers, streams: "Bun" in globalThis });

const client = new InfraiClient({ apiKey: given.transfers, baseUrl: given.url });
const folder = await mkdtemp(join(tmpdir(), "infrai-files-"));
try {
  const [from, to] = [join(folder, "from"), join(folder, "to")];
  // More than goes at once.
  const bytes = new Uint8Array(5_000_000).fill(7);
  await writeFile(from, bytes);
  const place = { bucket: "transfers", key: "of/a file" };
  await client.storage.object.upload({ ...place, source: fileSource(from) });
  await client.storage.object.download({ ...place, to: fileTarget(to) });
  if (!(await readFile(to)).equals(bytes)) {
    throw new Error("the file came back as another");
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
