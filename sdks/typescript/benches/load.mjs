// What loading costs: CPU, user and system, of a Node that loads a client and ends, beyond that of one that loads nothing.

import { spawnSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { build } from "esbuild";

import { byTurns, median, medianBeyond } from "./turns.mjs";

const ROUNDS = { rounds: 40, warmUp: 1 };
const TELL = `process.on("exit", () => {
  const { user, system } = process.cpuUsage();
  console.log((user + system) / 1000);
});
`;

const PACKAGES = {
  infrai: "@infrai/sdk",
  "hey-api": "hey-api-client",
  "openapi-generator": "openapi-generator-client",
};

/**
 * Returns the milliseconds of each client that is a package, by its name: `<client>` as it is installed or compiled, `<client> as one`
 * after esbuild made one file of it, `<client> required` where it is CommonJS too, as only ours is. What a Node takes that loads nothing
 * is `bare` and `bare required`. Of each the median, and the difference of the best, which a busy machine changes least.
 */
export async function loadCpu(folder, clients) {
  const programs = {
    bare: ["bare.mjs", ""],
    "bare required": ["bare.cjs", ""],
    "infrai required": ["infrai.cjs", `require("${PACKAGES.infrai}");\n`],
  };
  for (const client of clients.filter((client) => client in PACKAGES)) {
    const name = PACKAGES[client];
    programs[client] = [`${client}.mjs`, `import "${name}";\n`];
    programs[`${client} as one`] = [`${client}-as-one.mjs`, await asOne(folder, name)];
  }
  await mkdir(join(folder, "load"), { recursive: true });
  const measures = {};
  for (const [name, [file, text]] of Object.entries(programs)) {
    const path = join(folder, "load", file);
    await writeFile(path, text + TELL);
    measures[name] = () => cpuOf(path);
  }
  const seen = await byTurns(measures, ROUNDS);
  const bare = (name) => seen[name.endsWith(" required") ? "bare required" : "bare"];
  return Object.fromEntries(
    Object.entries(seen).map(([name, numbers]) => {
      const best = Math.min(...numbers);
      if (name.startsWith("bare")) {
        return [name, { typical: median(numbers), best }];
      }
      const typical = medianBeyond(numbers, bare(name));
      return [name, { typical, best: best - Math.min(...bare(name)) }];
    }),
  );
}

/** Returns a package as one module for Node. */
async function asOne(folder, name) {
  const { outputFiles } = await build({
    stdin: { contents: `export * from "${name}";`, resolveDir: folder },
    bundle: true,
    platform: "node",
    format: "esm",
    write: false,
  });
  return outputFiles[0].text;
}

function cpuOf(path) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path], { encoding: "utf8" });
  if (status !== 0) {
    throw new Error(stderr);
  }
  return Number(stdout);
}
