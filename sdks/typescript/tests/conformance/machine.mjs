// The machine of a case: its variables, its home folder, its clock, its randomness. Waits take no time and are noted.

import { credentialsBelow, nodeSystem } from "../../dist/esm/index.node.js";

/** Makes the machine of a case with its home folder. */
export function machine(one, home) {
  const { environment = {}, random = [0], now = "2026-01-02T03:04:05Z" } = one;
  let skipped = 0;
  let drawn = 0;
  const waits = [];
  const lines = [];
  return {
    lines,
    takeWaits: () => waits.splice(0),
    system: {
      ...nodeSystem,
      isBrowser: false,
      sendsStreams: true,
      credentials: credentialsBelow(home),
      variable: (name) => environment[name] || undefined,
      now: () => performance.now() + skipped,
      wallClock: () => Date.parse(now) + skipped,
      sleep: async (milliseconds) => {
        waits.push(milliseconds / 1000);
        skipped += milliseconds;
      },
      random: () => random[Math.min(drawn++, random.length - 1)],
      log: (line) => lines.push(line),
    },
  };
}
