// Runs what the vectors can't show, a program a file: each prints nothing, and throws at the first thing that isn't so.

import { spawnSync } from "node:child_process";
import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const folder = new URL("behaviour/", import.meta.url);
const programs = (await readdir(folder)).filter((name) => name.endsWith(".mjs")).sort();
const failed = programs.filter((name) => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--expose-gc", fileURLToPath(new URL(name, folder))],
    { encoding: "utf8" },
  );
  const said = stdout + stderr;
  if (status !== 0 || said !== "") {
    console.error(`${name} ended with ${status}\n${said}`);
  }
  return status !== 0 || said !== "";
});
console.log(`${programs.length - failed.length} passed, ${failed.length} failed`);
process.exitCode = failed.length === 0 ? 0 : 1;
