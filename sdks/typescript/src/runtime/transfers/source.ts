// Where the bytes of an upload come from, and that they are as many as was said.

import { InvalidRequestError } from "../errors.js";
import { Crc64 } from "./checksum.js";

/** The most bytes of a stream without a size that are collected in memory, so that its length is known. */
const MOST_COLLECTED = 64 * 1024 * 1024;

/** The bytes that are handed on at once. */
const PIECE = 64 * 1024;

/** Bytes that can be read more than once. */
export interface ReopenableSource {
  /** How many bytes there are. */
  readonly size: number | (() => Promise<number>);
  /** Returns the bytes from the first one on. */
  open(): ReadableStream<Uint8Array> | Promise<ReadableStream<Uint8Array>>;
}

/** What can be uploaded. A `ReadableStream` is not tried again once a byte of it was read. */
export type UploadSource =
  string | ArrayBuffer | Uint8Array | Blob | ReadableStream<Uint8Array> | ReopenableSource;

/** A source whose length is known. */
export interface Opened {
  readonly size: number;
  /** Whether it can be read from its first byte on, again or still, after an attempt that sent something or nothing of it. */
  readonly isLeft: (isUnsent: boolean) => boolean;
  /** Returns what to send, from the first byte on. */
  readonly feed: () => Promise<Feed>;
  /** The bytes as `fetch` takes them where it takes no stream. */
  readonly whole: () => Promise<Uint8Array | Blob>;
}

/** Finds out how long a source is. */
export async function openSource(
  source: UploadSource,
  size: number | undefined,
  operation: string,
): Promise<Opened> {
  if (typeof source === "string") {
    return ofBytes(new TextEncoder().encode(source), size, operation);
  }
  if (source instanceof ArrayBuffer) {
    return ofBytes(new Uint8Array(source), size, operation);
  }
  if (ArrayBuffer.isView(source)) {
    return ofBytes(source, size, operation);
  }
  if (source instanceof Blob) {
    // Without its type, of which `fetch` would make a header.
    const bare = source.slice(0, source.size);
    const open = (): ReadableStream<Uint8Array> => source.stream();
    return reopenable(size ?? source.size, open, () => Promise.resolve(bare), operation);
  }
  if (source instanceof ReadableStream) {
    return size === undefined
      ? ofBytes(await collected(source, MOST_COLLECTED, operation), undefined, operation)
      : once(source, size, operation);
  }
  const announced = size ?? (typeof source.size === "number" ? source.size : await source.size());
  const whole = async (): Promise<Uint8Array> =>
    collected(await source.open(), announced, operation);
  return reopenable(announced, () => source.open(), whole, operation);
}

function ofBytes(bytes: Uint8Array, size: number | undefined, operation: string): Opened {
  const open = (): ReadableStream<Uint8Array> => {
    let at = 0;
    return new ReadableStream({
      pull(controller) {
        if (at < bytes.length) {
          controller.enqueue(bytes.subarray(at, at + PIECE));
          at += PIECE;
        } else {
          controller.close();
        }
      },
    });
  };
  return reopenable(size ?? bytes.length, open, () => Promise.resolve(bytes), operation);
}

function reopenable(
  size: number,
  open: ReopenableSource["open"],
  whole: Opened["whole"],
  operation: string,
): Opened {
  const feed = async (): Promise<Feed> => new Feed(await open(), size, operation);
  return { size, isLeft: () => true, feed, whole };
}

/** The most bytes of a stream that are kept for an attempt that never got as far as sending them. */
const MOST_KEPT = 1024 * 1024;

function once(stream: ReadableStream<Uint8Array>, size: number, operation: string): Opened {
  const reader = stream.getReader();
  // Runtimes take the first bytes before they connect.
  let kept: Uint8Array[] | undefined = [];
  let length = 0;
  const left = (): ReadableStream<Uint8Array> => {
    const again = [...(kept ?? [])];
    const pull = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
      const known = again.shift();
      if (known !== undefined) {
        controller.enqueue(known);
        return;
      }
      const { done, value } = await reader.read();
      if (done) {
        controller.close();
        return;
      }
      length += value.length;
      kept = length <= MOST_KEPT ? kept : undefined;
      kept?.push(value);
      controller.enqueue(value);
    };
    return new ReadableStream({ pull }, { highWaterMark: 0 });
  };
  return {
    size,
    isLeft: (isUnsent) => length === 0 || (isUnsent && kept !== undefined),
    feed: () => Promise.resolve(new Feed(left(), size, operation)),
    whole: () => collected(left(), size, operation),
  };
}

/** Reads a whole stream. */
async function collected(
  stream: ReadableStream<Uint8Array>,
  most: number,
  operation: string,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = stream.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    chunks.push(next.value);
    length += next.value.length;
    if (length > most) {
      await reader.cancel();
      const detail =
        most === MOST_COLLECTED
          ? `a stream of more than ${MOST_COLLECTED / 1024 / 1024} MiB needs its size`
          : tooMuch(most);
      throw new InvalidRequestError({ operation, detail });
    }
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** Makes sure that bytes that are sent whole are as many as was said. */
export function checkLength(length: number, size: number, operation: string): void {
  if (length !== size) {
    const detail = length < size ? tooLittle(length, size) : tooMuch(size);
    throw new InvalidRequestError({ operation, detail });
  }
}

function tooLittle(length: number, size: number): string {
  return `the source ended after ${length} of ${size} bytes`;
}

function tooMuch(size: number): string {
  return `the source has more than the ${size} bytes that were announced`;
}

/** What one attempt sends: exactly as many bytes as were announced, or a fault. */
export class Feed {
  /** What is wrong with the source, once that is known. */
  fault: InvalidRequestError | undefined;
  readonly sum: Crc64 = new Crc64();
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #size: number;
  readonly #operation: string;
  #sent = 0;
  #held: Uint8Array | undefined;

  constructor(stream: ReadableStream<Uint8Array>, size: number, operation: string) {
    this.#reader = stream.getReader();
    this.#size = size;
    this.#operation = operation;
  }

  /** Returns the bytes as a stream; `moved` is told of each step. */
  stream(moved: (bytes: number) => void): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          const piece = await this.#next();
          if (piece === undefined) {
            controller.close();
          } else {
            this.#sent += piece.length;
            this.sum.update(piece);
            moved(this.#sent);
            controller.enqueue(piece);
          }
        },
      },
      { highWaterMark: 0 },
    );
  }

  /** Makes sure that there is nothing to send. */
  async checkEmpty(): Promise<void> {
    await this.#next();
  }

  /** Lets go of the source. */
  release(): void {
    this.#reader.releaseLock();
  }

  /** Returns the next bytes. The last one is held back until the source has ended, so that no store takes too much for enough. */
  async #next(): Promise<Uint8Array | undefined> {
    for (;;) {
      const { done, value } = await this.#reader.read().catch((cause: unknown) => {
        throw this.#refused(`the source can't be read: ${String(cause)}`);
      });
      if (done) {
        const held = this.#held;
        this.#held = undefined;
        const length = this.#sent + (held?.length ?? 0);
        if (length < this.#size) {
          throw this.#refused(tooLittle(length, this.#size));
        }
        return held;
      }
      if (value.length === 0) {
        continue;
      }
      const rest = this.#size - this.#sent - value.length;
      if (this.#held !== undefined || rest < 0) {
        throw this.#refused(tooMuch(this.#size));
      }
      if (rest > 0) {
        return value;
      }
      this.#held = value.subarray(-1);
      if (value.length > 1) {
        return value.subarray(0, -1);
      }
    }
  }

  #refused(detail: string): InvalidRequestError {
    this.fault = new InvalidRequestError({ operation: this.#operation, detail });
    return this.fault;
  }
}
