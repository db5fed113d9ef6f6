// What can be uploaded: how long it is, and how it is read.

import { concat } from "../bytes.js";
import type { Session } from "./session.js";
import type { ReopenableSource, UploadSource } from "./types.js";

/** The most bytes of a stream without a size that are collected in memory, so that its length is known. */
const MOST_COLLECTED = 64 * 1024 * 1024;

/** The most bytes of a stream that are kept for an attempt that never got as far as sending them. */
const MOST_KEPT = 1024 * 1024;

/** The bytes that are handed on at once. */
const PIECE = 64 * 1024;

/** Bytes, one piece after the other. */
export interface Pieces {
  /** Returns the next bytes, or nothing at the end. */
  next(): Promise<Uint8Array | undefined>;
  /** No more are wanted. */
  close(reason: unknown): void;
}

/** A source whose length is known. */
export interface Opened {
  readonly size: number;
  /** The bytes as `fetch` takes them at once, if they are all there. */
  readonly whole?: Uint8Array | Blob;
  /** Whether it can be read from its first byte on, again or still, after an attempt that sent something or nothing of it. */
  isLeft(isUnsent: boolean): boolean;
  /** Returns the bytes from the first one on. */
  open(): Pieces | Promise<Pieces>;
  /** There will be no further attempt. */
  close(reason: unknown): void;
}

/** Finds out how long a source is. */
export async function openSource(
  session: Session,
  source: UploadSource | undefined,
  size: number | undefined,
): Promise<Opened> {
  if (source === undefined || source === null) {
    throw session.faults.invalid("`source` is missing");
  }
  if (typeof source === "string") {
    return ofBytes(session, new TextEncoder().encode(source), size);
  }
  if (source instanceof ArrayBuffer) {
    return ofBytes(session, new Uint8Array(source), size);
  }
  if (ArrayBuffer.isView(source)) {
    return ofBytes(session, bytesOf(source), size);
  }
  if (source instanceof Blob) {
    // Without its type, of which `fetch` would make a header.
    const whole = source.slice(0, source.size);
    const open = (): Pieces => piecesOf(source.stream());
    return { ...reopenable(session, size ?? source.size, open), whole };
  }
  if (source instanceof ReadableStream) {
    return size === undefined
      ? ofBytes(session, await collected(session, source), size)
      : once(session, source, size);
  }
  const { open, size: own }: Partial<ReopenableSource> = source;
  if (typeof open !== "function" || "pipe" in source) {
    const known = "text, bytes, a `Blob`, a `ReadableStream` or `{ size, open }`";
    throw session.faults.invalid(
      `\`source\` must be ${known}; of a Node stream, give \`Readable.toWeb(stream)\``,
    );
  }
  const announced =
    size ?? (typeof own === "function" ? await session.reading(() => own.call(source)) : own);
  return reopenable(session, announced, async () => piecesOf(await open.call(source)));
}

function ofBytes(session: Session, whole: Uint8Array, size: number | undefined): Opened {
  const open = (): Pieces => {
    let at = 0;
    return {
      next: async () => (at < whole.length ? whole.subarray(at, (at += PIECE)) : undefined),
      close: () => undefined,
    };
  };
  return { ...reopenable(session, size ?? whole.length, open), whole };
}

function reopenable(session: Session, size: unknown, open: Opened["open"]): Opened {
  return { size: checkedSize(session, size), isLeft: () => true, open, close: () => undefined };
}

async function once(
  session: Session,
  stream: ReadableStream<Uint8Array>,
  size: number,
): Promise<Opened> {
  const announced = checkedSize(session, size);
  const pieces = await session.reading(() => piecesOf(stream));
  // Runtimes take the first bytes before they connect.
  let kept: Uint8Array[] | undefined = [];
  let length = 0;
  let asked: Promise<Uint8Array | undefined> | undefined;
  const open = (): Pieces => {
    const again = [...(kept ?? [])];
    let isClosed = false;
    return {
      async next() {
        const known = again.shift();
        if (known !== undefined) {
          return known;
        }
        const piece = await (asked ??= pieces.next());
        // What an attempt has asked for and can no longer use, the next one gets.
        if (!isClosed) {
          asked = undefined;
          length += piece?.length ?? 0;
          kept = length <= MOST_KEPT ? kept : undefined;
          kept?.push(...(piece === undefined ? [] : [piece]));
        }
        return piece;
      },
      close() {
        isClosed = true;
      },
    };
  };
  return {
    size: announced,
    isLeft: (isUnsent) => length === 0 || (isUnsent && kept !== undefined),
    open,
    close: (reason) => {
      pieces.close(reason);
    },
  };
}

/** Reads a whole stream into memory. */
async function collected(
  session: Session,
  stream: ReadableStream<Uint8Array>,
): Promise<Uint8Array> {
  const pieces = await session.reading(() => piecesOf(stream));
  const all: Uint8Array[] = [];
  let left = MOST_COLLECTED;
  try {
    let piece = await session.reading(() => pieces.next());
    for (; piece !== undefined; piece = await session.reading(() => pieces.next())) {
      all.push(piece);
      left -= piece.length;
      if (left < 0) {
        throw session.faults.invalid(
          `a stream of more than ${MOST_COLLECTED / 1024 / 1024} MiB needs its size`,
        );
      }
    }
  } finally {
    pieces.close(session.waits.signal.reason);
  }
  return concat(all);
}

/** Takes over a stream: it is read to its end, or cancelled. */
function piecesOf(stream: ReadableStream<Uint8Array>): Pieces {
  const reader = stream.getReader();
  return {
    async next() {
      const { done, value } = await reader.read();
      return done ? undefined : bytesOf(value);
    },
    close(reason) {
      // Nothing happens to one that has ended.
      reader.cancel(reason).catch(() => undefined);
      reader.releaseLock();
    },
  };
}

/** Returns what a view shows, counted in bytes. */
function bytesOf(view: ArrayBufferView): Uint8Array {
  if (!ArrayBuffer.isView(view)) {
    throw new TypeError("what it gives is no `Uint8Array`");
  }
  return view instanceof Uint8Array
    ? view
    : new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

function checkedSize(session: Session, size: unknown): number {
  if (typeof size === "number" && Number.isSafeInteger(size) && size >= 0) {
    return size;
  }
  const isLess = typeof size === "number" && size < 0;
  throw session.faults.invalid(`\`size\` must be ${isLess ? "at least 0" : "a whole number"}`);
}
