// Makes few files of the compiled many: to load a file costs a process about a millisecond. The declarations stay as they are.
//
// There are no source maps: with the sources that they need they would be most of the package, and what is bundled isn't minified.

import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const dist = fileURLToPath(new URL("../dist", import.meta.url));

/** Bundles entries. Returns what is to be written, as the modules that it is made of are replaced by it. */
async function bundled(folder, entries, options) {
  const { outputFiles } = await build({
    absWorkingDir: dist,
    entryPoints: entries.map((entry) => join("esm", entry)),
    outbase: "esm",
    outdir: folder,
    bundle: true,
    platform: "neutral",
    external: ["node:*"],
    target: "es2022",
    chunkNames: "parts/[name]-[hash]",
    logLevel: "warning",
    write: false,
    allowOverwrite: true,
    ...options,
  });
  return outputFiles;
}

// What a page loads at once is one file, as compression does little for many small ones: what `runtime/later.ts` holds stands on
// the client, so that all that the two share is one part. Everywhere else all is read at once, and a single file is the quickest.
const page = "index.js";
const others = ["index.node.js", "node.js"];
const made = [
  ...(await bundled("esm", [page], { format: "esm", splitting: true })),
  ...(await bundled("esm", others, { format: "esm" })),
  ...(await bundled("cjs", [page, ...others], { format: "cjs" })),
];
for (const folder of ["esm", "cjs"]) {
  for (const name of await readdir(join(dist, folder), { recursive: true })) {
    if (name.endsWith(".js")) {
      await rm(join(dist, folder, name));
    }
  }
}
for (const { path, contents } of made) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, contents);
}
