// The files of the vectors, and what is printed of how they were played.

import { readdir, readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

/** Reads all files of a folder: `{ file, cases }`. */
export async function readVectors(path) {
  const folder =
    path === undefined
      ? new URL("../../../../tests/conformance/", import.meta.url)
      : pathToFileURL(`${path}/`);
  const names = (await readdir(folder)).filter((name) => name.endsWith(".json")).sort();
  return Promise.all(
    names.map(async (file) => {
      const { cases = [] } = JSON.parse(await readFile(new URL(file, folder), "utf8"));
      return { file, cases };
    }),
  );
}

/** Prints what was seen. Returns whether all is well. */
export function report({ passed, failed, left }, lacks) {
  for (const line of failed.sort()) {
    console.log(line);
  }
  for (const [word, count] of Object.entries(left)) {
    console.log(`left out for \`${word}\` (${lacks[word]}): ${count}`);
  }
  console.log(`${passed} passed, ${failed.length} failed`);
  return failed.length === 0 && passed > 0;
}
