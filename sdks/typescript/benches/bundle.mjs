// How big a page gets that calls one method.

import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";

import { build } from "esbuild";

/** Bundles a client for a page, as far as it needs it to list buckets. Returns the size of the files that the page loads at once. */
export async function bundleSize(folder, client) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: folder,
    stdin: {
      contents: `export { open, list } from "./clients/${client}.mjs";`,
      resolveDir: folder,
    },
    bundle: true,
    minify: true,
    splitting: true,
    format: "esm",
    outdir: join(folder, "page"),
    write: false,
    metafile: true,
  });
  const contents = new Map(outputFiles.map((file) => [file.path, file.contents]));
  const size = { files: 0, minified: 0, gzipped: 0 };
  for (const path of loadedAtOnce(metafile.outputs)) {
    const bytes = contents.get(resolve(folder, path));
    size.files += 1;
    size.minified += bytes.length;
    size.gzipped += gzipSync(bytes, { level: 9 }).length;
  }
  return size;
}

/** Returns the first file, all that it imports, all that these import, and so on; `import()` is for later. */
function loadedAtOnce(outputs) {
  const first = Object.keys(outputs).find((path) => outputs[path].entryPoint === "<stdin>");
  const wanted = new Set([first]);
  for (const path of wanted) {
    for (const { path: next, kind } of outputs[path].imports) {
      if (kind === "import-statement") {
        wanted.add(next);
      }
    }
  }
  return wanted;
}
