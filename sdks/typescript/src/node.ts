// Files as sources and targets of transfers, where there are files: Node, Deno and Bun.

import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { chmod, type FileHandle, open, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Readable } from "node:stream";

import type { DownloadTarget } from "./runtime/transfers/download.js";
import type { ReopenableSource } from "./runtime/transfers/source.js";

/** Uploads a file. It is read from its first byte again where that is needed. */
export function fileSource(path: string): ReopenableSource {
  return {
    size: async () => (await stat(path)).size,
    open: () => Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>,
  };
}

/**
 * Downloads into a file, which is made or replaced when the object is whole and its bytes are on the disk. Until then, and if the
 * download fails, the path has what it had. A link is followed, and the mode of a file that is replaced is kept.
 */
export function fileTarget(path: string): DownloadTarget {
  let file: FileHandle | undefined;
  let target = path;
  let beside = "";
  const close = async (): Promise<void> => {
    const open = file;
    file = undefined;
    await open?.close();
  };
  return {
    canBeginAgain: true,
    async begin() {
      if (file === undefined) {
        target = await realpath(path).catch(() => path);
        beside = join(dirname(target), `.${basename(target)}.${randomUUID()}.part`);
        file = await open(beside, "ax");
      } else {
        await file.truncate(0);
      }
    },
    async write(bytes) {
      await file?.appendFile(bytes);
    },
    async commit() {
      await file?.sync();
      await close();
      const old = await stat(target).catch(() => undefined);
      if (old !== undefined) {
        await chmod(beside, old.mode & 0o7777);
      }
      await rename(beside, target);
    },
    async discard() {
      await close();
      if (beside !== "") {
        await rm(beside, { force: true });
      }
    },
  };
}
