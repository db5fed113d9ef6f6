// The folder of a case, with its home: files are put there before it, and compared after it.

import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";

import { credentialsBelow } from "../../dist/esm/index.node.js";
import { fileSource, fileTarget } from "../../dist/esm/node.js";
import { isPattern, pattern } from "./pattern.mjs";

/** A folder, where there are files. */
export class Folder {
  #path;

  constructor(path) {
    this.#path = path;
    this.home = join(path, "home");
  }

  /** The file of keys. */
  get credentials() {
    return credentialsBelow(this.home);
  }

  /** Writes files below the home folder. */
  async put(files = {}) {
    await mkdir(this.home, { recursive: true });
    for (const [path, { text, mode = "0600" }] of Object.entries(files)) {
      const place = join(this.home, path);
      await mkdir(dirname(place), { recursive: true, mode: 0o700 });
      await writeFile(place, text);
      await chmod(place, Number.parseInt(mode, 8));
    }
  }

  /** Returns all files below the home folder: path to text. */
  async all() {
    const files = new Map();
    for (const entry of await readdir(this.home, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) {
        const place = join(entry.parentPath ?? entry.path, entry.name);
        files.set(relative(this.home, place), await readFile(place, "latin1"));
      }
    }
    return files;
  }

  /** Compares the files that are named, and all others with what they were. */
  async compare(expected, before, comparison) {
    for (const [path, after] of Object.entries(expected)) {
      const place = join(this.home, path);
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
    const now = await this.all();
    for (const path of new Set([...before.keys(), ...now.keys()])) {
      if (!Object.hasOwn(expected, path) && before.get(path) !== now.get(path)) {
        comparison.wrong(`the file ${path}`, "as it was", "changed");
      }
    }
  }

  /** A file of the pattern to upload, which is not below the home folder. */
  async source(length) {
    const path = join(this.#path, "source");
    await writeFile(path, pattern(length));
    return fileSource(path);
  }

  /** The file to download to, with what it has before. */
  async target(before) {
    const path = join(this.home, "download");
    if (before !== undefined) {
      await writeFile(path, before);
    }
    return { to: fileTarget(path), read: () => readFile(path) };
  }

  async remove() {
    await rm(this.#path, { recursive: true, force: true });
  }
}
