// Plays many cases, several at once.

import { Comparison } from "./compare.mjs";
import { runCase } from "./run.mjs";

/** How many seconds a case may take, whatever its calls may. */
const PATIENCE = 60;

/** Whether a busy machine can make a case fail. */
function isTimed({ client, calls }) {
  const limits = [client, ...calls, ...calls.map(({ options }) => options)];
  return limits.some((one) => one?.took ?? one?.timeout ?? one?.deadline ?? one?.stall);
}

/**
 * Plays all cases of `files`, a list of `{ file, cases }`, but those that require what is lacking.
 *
 * Returns what was seen: `passed`, how many; `failed`, what was wrong; `left`, the words for which so many cases were left out.
 */
export async function playAll(files, server, host, lacks, wanted = "") {
  const seen = { passed: 0, failed: [], left: {} };
  const queue = [];
  for (const { file, cases } of files) {
    for (const one of cases) {
      const lacking = (one.requires ?? []).find((word) => Object.hasOwn(lacks, word));
      if (lacking !== undefined) {
        seen.left[lacking] = (seen.left[lacking] ?? 0) + 1;
      } else if (one.name.includes(wanted)) {
        queue.push({ file, one });
      }
    }
  }

  const play = async (one) => {
    const comparison = new Comparison();
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(reject, PATIENCE * 1000, `no end after ${PATIENCE} s`);
    });
    try {
      await Promise.race([runCase(one, server, host, comparison), late]);
    } catch (fault) {
      comparison.wrong("the case", "an end", fault instanceof Error ? fault.stack : fault);
    }
    clearTimeout(timer);
    return comparison;
  };

  /** Plays cases from the queue, one after the other; those with limits in real time go into `late` where they fail. */
  const lane = async (turns, late) => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const comparison = await play(next.one);
      if (comparison.faults.length === 0) {
        seen.passed += 1;
      } else if (turns < 3 && isTimed(next.one)) {
        late.push(next);
      } else {
        const what = comparison.faults.join("\n    ");
        seen.failed.push(`${next.file}: ${next.one.name}\n    ${what}`);
      }
    }
  };

  // Some cases wait for real time, so several are played at once. A machine that has much else to do may take longer than such a
  // case allows: these are played again, alone.
  const late = [];
  await Promise.all(Array.from({ length: 4 }, () => lane(0, late)));
  for (let turns = 1; turns <= 3; turns++) {
    queue.push(...late.splice(0));
    await lane(turns, late);
  }
  return seen;
}
