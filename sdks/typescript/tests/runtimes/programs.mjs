// Where the programs of the runtimes are. Packages bring them, each for its own kind of machine, and npm has installed those that fit.
//
// Usage: node tests/runtimes/programs.mjs <runtime>

import { spawnSync } from "node:child_process";
import { accessSync, readdirSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";

/** The scope of the packages that bring a program, and where it is in each. */
const PACKED = {
  deno: ["@deno", "deno"],
  bun: ["@oven", "bin/bun"],
  workerd: ["@cloudflare", "bin/workerd"],
};

/** Returns where the program of a runtime is; throws with why there is none. */
export function program(runtime) {
  const end = process.platform === "win32" ? ".exe" : "";
  if (runtime === "chromium") {
    const { CHROMIUM = "/usr/bin/chromium" } = process.env;
    accessSync(CHROMIUM);
    return CHROMIUM;
  }
  const [scope, name] = PACKED[runtime];
  const folder = fileURLToPath(new URL(`../../node_modules/${scope}`, import.meta.url));
  // Of several that fit the system, the one that this processor and its libraries can run.
  for (const one of readdirSync(folder)) {
    const path = `${folder}/${one}/${name}${end}`;
    if (spawnSync(path, ["--version"]).status === 0) {
      return path;
    }
  }
  throw new Error(`no package of ${scope} has a \`${runtime}\` that runs here`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  try {
    console.log(program(process.argv[2] ?? ""));
  } catch (fault) {
    console.error(fault.message);
    process.exitCode = 1;
  }
}
