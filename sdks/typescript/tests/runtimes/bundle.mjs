// Makes one module of a test, as a user's bundler would for a runtime without files.

import { build } from "esbuild";

/** Returns the text of the module. What the package's `exports` choose for these conditions must be the entry without files. */
export async function bundle(entry, conditions) {
  const { outputFiles, metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    conditions,
    write: false,
    metafile: true,
    logLevel: "warning",
  });
  const inputs = Object.keys(metafile.inputs).filter((path) => path.includes("@infrai/sdk"));
  const { text } = outputFiles[0];
  if (!inputs.some((path) => path.endsWith("/dist/esm/index.js")) || /["']node:/.test(text)) {
    throw new Error(`this is not the entry for ${conditions.join()}: ${inputs.join()}`);
  }
  return text;
}
