// Other programs, as the preparation runs them.

import { execFileSync, spawnSync } from "node:child_process";

/** How npm installs. */
export const INSTALL = [
  "install",
  "--ignore-scripts",
  "--no-audit",
  "--no-fund",
  "--loglevel=error",
];

/** Runs a program. Returns what it printed; complaints go on to the user, and failing throws. */
export function run(program, words, options) {
  const stdio = ["ignore", "pipe", "inherit"];
  return execFileSync(program, words, { encoding: "utf8", stdio, ...options });
}

/** Whether there is such a program. */
export function isThere(program) {
  return spawnSync(program, ["--version"]).error === undefined;
}
