// A file that stands for "I am at it": whoever could make it goes on, all others wait until it is gone.

import { open, rm, stat } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";

/** After so many milliseconds a lock is one that a process left behind: nobody needs it for more than a few of them. */
const STALE = 10_000;

const PAUSE = 50;

/** Runs something while no other process does that has the same lock. */
export async function locked<T>(path: string, run: () => Promise<T>): Promise<T> {
  while (!(await isOurs(path))) {
    // A time to come is of a clock that was put back since.
    if (Math.abs(Date.now() - (await madeAt(path))) > STALE) {
      await rm(path, { force: true });
    } else {
      await setTimeout(PAUSE);
    }
  }
  try {
    return await run();
  } finally {
    await rm(path, { force: true });
  }
}

async function isOurs(path: string): Promise<boolean> {
  try {
    await (await open(path, "wx", 0o600)).close();
    return true;
  } catch (fault) {
    if ((fault as { readonly code?: unknown }).code === "EEXIST") {
      return false;
    }
    throw fault;
  }
}

/** Returns when the lock was made, or the present if it is gone meanwhile. */
async function madeAt(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  return found?.mtimeMs ?? Date.now();
}
