// The files below the home folder of a case: put there before it, compared after it.

import { chmod, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";

import { isPattern } from "./pattern.mjs";

/** Writes the files of a case. */
export async function putFiles(home, files = {}) {
  await mkdir(home, { recursive: true });
  for (const [path, { text, mode = "0600" }] of Object.entries(files)) {
    const place = join(home, path);
    await mkdir(dirname(place), { recursive: true, mode: 0o700 });
    await writeFile(place, text);
    await chmod(place, Number.parseInt(mode, 8));
  }
}

/** Returns all files: path to text. */
export async function allFiles(home) {
  const files = new Map();
  for (const entry of await readdir(home, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) {
      const place = join(entry.parentPath ?? entry.path, entry.name);
      files.set(relative(home, place), await readFile(place, "latin1"));
    }
  }
  return files;
}

/** Compares the files that are named, and all others with what they were. */
export async function compareFiles(home, expected, before, comparison) {
  for (const [path, after] of Object.entries(expected)) {
    const place = join(home, path);
    const found = await stat(place).catch(() => undefined);
    if (after === null || found === undefined) {
      if ((after === null) !== (found === undefined)) {
        comparison.wrong(`files_after.${path}`, after, found === undefined ? null : "something");
      }
      continue;
    }
    if (after.mode !== undefined) {
      const mode = (found.mode & 0o777).toString(8).padStart(4, "0");
      comparison.text(`files_after.${path}.mode`, after.mode, mode);
    }
    if (after.text !== undefined) {
      comparison.text(`files_after.${path}`, after.text, await readFile(place, "utf8"));
    }
    if (after.pattern !== undefined && !isPattern(await readFile(place), after.pattern)) {
      comparison.wrong(`files_after.${path}`, `${after.pattern} bytes of the pattern`, "others");
    }
  }
  const now = await allFiles(home);
  for (const path of new Set([...before.keys(), ...now.keys()])) {
    if (!Object.hasOwn(expected, path) && before.get(path) !== now.get(path)) {
      comparison.wrong(`the file ${path}`, "as it was", "changed");
    }
  }
}
