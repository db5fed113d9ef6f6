// What a runtime without files runs: bundled into one module, told in JSON what to do, it returns in JSON what it saw.

import { controlled } from "../conformance/control.mjs";
import { host } from "../conformance/host-web.mjs";
import { playAll } from "../conformance/play.mjs";
import { calls, transfers, withoutKey } from "./suite.mjs";

/** What can be asked for. */
const TASKS = {
  calls,
  transfers,
  withoutKey,
  vectors: ({ files, control, lacks, pause, wanted }) =>
    playAll(files, controlled(control, pause), host, lacks, wanted),
};

/** Does it. Returns what came of it, or why it failed. */
export async function perform({ task, ...given }) {
  try {
    return { seen: (await TASKS[task](given)) ?? null };
  } catch (fault) {
    return { fault: `${task}: ${fault?.stack ?? fault}` };
  }
}
