// How the numbers are shown: as the tables of docs/benchmarks.md.

import { arch, cpus, loadavg, release, type } from "node:os";

import { version as esbuild } from "esbuild";

import { VERSIONS } from "./generators.mjs";

/** What the first column says. */
const TITLES = {
  fetch: "`fetch` by hand",
  "fetch-alike": "the same, with our headers and a time limit",
  infrai: "infrai",
  "hey-api": "hey-api",
  "openapi-generator": "openapi-generator",
};

/** Prints all that was measured. */
export function tell({ packages, sizes, loads, calls }) {
  const clients = Object.keys(packages);
  tellMachine();
  table(
    ["", "load, CPU over bare Node", "as one file", "bundle of one method", "gzipped", "packages"],
    clients.map((client) => {
      const { files, minified, gzipped } = sizes[client];
      const bundle = `${bytes(minified)} in ${files} file${files === 1 ? "" : "s"}`;
      const load = [loads[client], loads[`${client} as one`]].map(milliseconds);
      return [TITLES[client], ...load, bundle, bytes(gzipped), packages[client]];
    }),
  );
  const required = milliseconds(loads["infrai required"]);
  const bare = ["bare", "bare required"].map((name) => milliseconds(loads[name])).join(" and ");
  console.log(
    `infrai as CommonJS: ${required}; bare Node, as ES module and as CommonJS: ${bare}\n`,
  );
  const cells = (client, call) => {
    const { time, ratio } = calls[`${client} ${call}`];
    return [`${time.toFixed(0)} µs`, ratio.toFixed(2)];
  };
  table(
    ["", "`bucket.list`, CPU", "of plain `fetch`", "`object.presign`, CPU", "of plain `fetch`"],
    clients.map((client) => [
      TITLES[client],
      ...cells(client, "list"),
      ...cells(client, "presign"),
    ]),
  );
}

/** Prints on what, with what, and beside how much else this ran. */
function tellMachine() {
  const [{ model }] = cpus();
  const load = loadavg().map((number) => number.toFixed(1));
  const tools = Object.entries({ esbuild, ...VERSIONS }).map((one) => one.join(" "));
  console.log(`${new Date().toISOString().slice(0, 10)}: Node ${process.versions.node},`);
  console.log(`${type()} ${release()} ${arch()}, ${cpus().length} cores (${model}),`);
  console.log(`load ${load.join(", ")}; ${tools.join(", ")}\n`);
}

function table(head, rows) {
  for (const row of [head, head.map(() => "---"), ...rows]) {
    console.log(`| ${row.join(" | ")} |`);
  }
  console.log();
}

function milliseconds(load) {
  return load === undefined ? "" : `${load.typical.toFixed(1)} ms (${load.best.toFixed(1)})`;
}

function bytes(number) {
  return `${number.toLocaleString("en-US")} B`;
}
