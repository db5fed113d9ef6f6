// Files as sources and targets of transfers, where there are files: Node, Deno and Bun.

import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Readable } from "node:stream";

import type { DownloadSink, DownloadTarget, ReopenableSource } from "./runtime/transfers/types.js";

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
  return { open: () => fileSink(path) };
}

/** The file beside the target, until the object is whole. */
interface Part {
  readonly file: FileHandle;
  readonly path: string;
  readonly target: string;
}

function fileSink(path: string): DownloadSink {
  let made: Promise<Part> | undefined;
  const part = async (): Promise<Part> => (made ??= makePart(path));
  return {
    canBeginAgain: true,
    async begin() {
      await (await part()).file.truncate(0);
    },
    async write(bytes) {
      await (await part()).file.appendFile(bytes);
    },
    async commit() {
      const { file, path: from, target } = await part();
      await file.sync();
      await file.close();
      await rename(from, target);
    },
    async discard() {
      const there = await made?.catch(() => undefined);
      // Waits for a write that is still going on.
      await there?.file.close();
      await (there && rm(there.path, { force: true }));
    },
  };
}

async function makePart(path: string): Promise<Part> {
  const target = await realpath(path).catch(() => path);
  const old = await stat(target).catch(() => undefined);
  if (old?.isDirectory() === true) {
    throw unwritable(path, Object.assign(new Error("it is a folder"), { code: "EISDIR" }));
  }
  const beside = join(dirname(target), `.${basename(target)}.${randomUUID()}.part`);
  try {
    const file = await open(beside, "ax", old && old.mode & 0o777);
    // The umask may have taken something away; nobody may read of it who may not read the target.
    await (old && file.chmod(old.mode & 0o7777).catch(() => undefined));
    return { file, path: beside, target };
  } catch (fault) {
    throw unwritable(path, fault as Error);
  }
}

/** Says which file it was: faults name the one beside it, which the caller never heard of. */
function unwritable(path: string, cause: Error & { readonly code?: string }): Error {
  return Object.assign(new Error(`${path} can't be written: ${cause.message}`, { cause }), {
    code: cause.code,
  });
}
