// Holds the built package to all conformance vectors: plays each case against the scripted server, and compares.
//
// Usage: CONFORMANCE_SERVER=<program> node tests/conformance.mjs [part of a case's name]
//
// Instead of the program, CONFORMANCE_CONTROL may name the control of a server that runs, and CONFORMANCE_VECTORS the folder of the
// vectors. tests/conformance/README.md says what the fields of a case mean.

import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { Comparison } from "./conformance/compare.mjs";
import { runCase } from "./conformance/run.mjs";
import { startServer } from "./conformance/server.mjs";

/** What Node lacks of what cases may require. */
const LACKS = new Map([
  ["connect-timeout", "fetch has no limit of connecting"],
  ["dates", "times are the documented strings"],
  ["big-integers", "numbers are doubles"],
  ["bytes-before-break", "where a connection breaks, fetch drops what it has not handed on yet"],
  ["framing", "how an answer said where it ends, fetch doesn't tell"],
]);

const folder = process.env.CONFORMANCE_VECTORS
  ? pathToFileURL(`${process.env.CONFORMANCE_VECTORS}/`)
  : new URL("../../../tests/conformance/", import.meta.url);
const wanted = process.argv[2] ?? "";
const server = await startServer(
  process.env.CONFORMANCE_SERVER ?? "",
  process.env.CONFORMANCE_CONTROL,
);
const scratch = await mkdtemp(join(tmpdir(), "infrai-conformance-"));
let passed = 0;
const left = new Map();
const failed = [];
const queue = [];
for (const file of (await readdir(folder)).filter((name) => name.endsWith(".json")).sort()) {
  const { cases } = JSON.parse(await readFile(new URL(file, folder), "utf8"));
  for (const one of cases ?? []) {
    const lacking = (one.requires ?? []).find((word) => LACKS.has(word));
    if (lacking !== undefined) {
      left.set(lacking, [...(left.get(lacking) ?? []), one.name]);
    } else if (one.name.includes(wanted)) {
      queue.push({ file, one });
    }
  }
}

/** How many seconds a case may take, whatever its calls may. */
const PATIENCE = 60;

async function play(one, place) {
  const comparison = new Comparison();
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(reject, PATIENCE * 1000, `no end after ${PATIENCE} s`);
  });
  try {
    await Promise.race([runCase(one, server, place, comparison), late]);
  } catch (fault) {
    comparison.wrong("the case", "an end", fault instanceof Error ? fault.stack : fault);
  }
  clearTimeout(timer);
  return comparison;
}

/** Plays cases from the queue, one after the other; those of which real time is measured go into `late` where they fail. */
async function lane(name, turns, late) {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const comparison = await play(next.one, join(scratch, `${name}-${turns}-${queue.length}`));
    if (comparison.faults.length === 0) {
      passed += 1;
    } else if (turns < 3 && next.one.calls.some(({ took }) => took)) {
      late.push(next);
    } else {
      failed.push(`${next.file}: ${next.one.name}\n    ${comparison.faults.join("\n    ")}`);
    }
  }
}

// Some cases wait for real time, so several are played at once. A machine that has much else to do may take longer than such a case
// allows: these are played again, alone.
const late = [];
await Promise.all(["a", "b", "c", "d"].map((name) => lane(name, 0, late)));
for (let turns = 1; turns <= 3; turns++) {
  queue.push(...late.splice(0));
  await lane("alone", turns, late);
}
await rm(scratch, { recursive: true, force: true });
server.stop();
for (const line of failed.sort()) {
  console.log(line);
}
for (const [word, names] of left) {
  console.log(`left out for \`${word}\` (${LACKS.get(word)}): ${names.length}`);
}
console.log(`${passed} passed, ${failed.length} failed`);
// A case that has no end may still hold something open.
process.exit(failed.length === 0 && (passed > 0 || wanted !== "") ? 0 : 1);
