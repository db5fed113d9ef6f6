// What loading, bundling and calling cost: this package beside `fetch` by hand and clients that others' generators make of the same
// description.
//
// Usage: npm run build && node benches/bench.mjs [folder]
//
// Makes all in a temporary folder (or in the one that is given, which it keeps), with pinned versions, and prints what
// docs/benchmarks.md shows. It needs the network once, and Java and Python for openapi-generator; what is missing is said and left
// out. Ends with 1 if a budget is missed.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { missedBudgets } from "./budgets.mjs";
import { bundleSize } from "./bundle.mjs";
import { callCpu } from "./calls.mjs";
import { loadCpu } from "./load.mjs";
import { prepare } from "./prepare.mjs";
import { tell } from "./report.mjs";

/** Measures all and prints it. Returns whether the budgets are met. */
async function measure(folder) {
  const packages = await prepare(folder);
  const clients = Object.keys(packages);
  const sizes = {};
  for (const client of clients) {
    sizes[client] = await bundleSize(folder, client);
  }
  const loads = await loadCpu(folder, clients);
  const calls = await callCpu(folder, clients);
  tell({ packages, sizes, loads, calls });
  return missedBudgets({ packages, sizes, loads }) === 0;
}

const [given] = process.argv.slice(2);
const folder = given ? resolve(given) : await mkdtemp(join(tmpdir(), "infrai-bench-"));
try {
  process.exitCode = (await measure(folder)) ? 0 : 1;
} finally {
  if (given === undefined) {
    await rm(folder, { recursive: true });
  }
}
