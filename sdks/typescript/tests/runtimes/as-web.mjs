// What is run in runtimes without files.

import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";

import { LACKS, PAUSES } from "../conformance/runtimes.mjs";
import { readVectors, report } from "../conformance/vectors.mjs";
import { startChromium } from "./chromium.mjs";
import { startWorkerd } from "./workerd.mjs";

/** Runs all in workerd. Returns whether all is well. */
export async function workerd({ program, folder, tests, gateway, control }, wanted) {
  const worker = await startWorkerd(program, folder, tests);
  try {
    await done(worker, { task: "calls", url: gateway.url, key: await gateway.account() });
    await done(worker, { task: "withoutKey", url: gateway.url });
    await done(worker, { task: "transfers", url: gateway.url, key: await gateway.account() });
    return await vectors("workerd", worker, control, wanted);
  } finally {
    await worker.stop();
  }
}

/** Runs all in Chromium. Returns whether all is well. */
export async function chromium({ program, folder, tests, gateway, control }, wanted) {
  const start = async (...flags) =>
    startChromium(program, await mkdtemp(join(folder, "profile-")), tests, flags);
  const page = await start();
  try {
    const key = await gateway.account();
    await done(page, { task: "calls", url: gateway.url, key, inBrowser: true });
    await done(page, { task: "withoutKey", url: gateway.url });
    await done(page, { task: "transfers", url: gateway.url, key: await gateway.account() });
  } finally {
    await page.stop();
  }
  // The scripted server doesn't let other origins' pages in.
  const free = await start("--disable-web-security");
  try {
    return await vectors("chromium", free, control, wanted);
  } finally {
    await free.stop();
  }
}

async function vectors(runtime, place, control, wanted) {
  const lacks = LACKS[runtime];
  const files = await readVectors(process.env.CONFORMANCE_VECTORS);
  const pause = PAUSES[runtime];
  return report(
    await done(place, { task: "vectors", files, control, lacks, pause, wanted }),
    lacks,
  );
}

/** Has a task performed. Returns what was seen. */
async function done(place, task) {
  const start = performance.now();
  const { seen, fault } = await place.perform(task);
  if (fault !== undefined) {
    throw new Error(fault);
  }
  console.log(`${task.task}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return seen;
}
