// What one attempt of an upload sends: exactly as many bytes as were announced, or a fault.

import { Crc64 } from "./checksum.js";
import type { Session } from "./session.js";
import type { Pieces } from "./source.js";

/** The bytes of a source, for one attempt. */
export class Feed {
  readonly sum: Crc64 = new Crc64();
  readonly #session: Session;
  readonly #pieces: Pieces;
  readonly #size: number;
  #sent = 0;
  #held: Uint8Array | undefined;
  #isClosed = false;

  constructor(session: Session, pieces: Pieces, size: number) {
    this.#session = session;
    this.#pieces = pieces;
    this.#size = size;
  }

  /** Whether all bytes were handed on. */
  get isSent(): boolean {
    return this.#sent === this.#size;
  }

  /** Returns the next bytes, or nothing at the end. */
  async next(): Promise<Uint8Array | undefined> {
    const piece = await this.#exact();
    if (piece !== undefined && !this.#isClosed) {
      this.#sent += piece.length;
      this.sum.update(piece);
    }
    return piece;
  }

  /** Returns the bytes as a stream. What goes wrong with the source ends the transfer. */
  stream(): ReadableStream<Uint8Array> {
    const session = this.#session;
    const pull = async (controller: ReadableStreamDefaultController): Promise<void> => {
      try {
        const piece = await this.next();
        if (this.#isClosed) {
          return;
        }
        if (piece === undefined) {
          controller.close();
          return;
        }
        session.waits.moved();
        session.tell(this.#sent, this.#size);
        controller.enqueue(piece);
      } catch (fault) {
        if (!this.#isClosed) {
          session.waits.stop(fault);
        }
        throw fault;
      }
    };
    const cancel = (reason: unknown): void => {
      this.close(reason);
    };
    return new ReadableStream({ pull, cancel }, { highWaterMark: 0 });
  }

  /** Lets go of the source. */
  close(reason: unknown): void {
    this.#isClosed = true;
    this.#pieces.close(reason);
  }

  /** Returns the next bytes. The last one is held back until the source has ended, so that no store takes too much for enough. */
  async #exact(): Promise<Uint8Array | undefined> {
    for (;;) {
      const piece = await this.#pieces.next().catch((fault: unknown) => {
        throw this.#session.faults.unreadable(fault);
      });
      if (piece === undefined) {
        const held = this.#held;
        this.#held = undefined;
        const length = this.#sent + (held?.length ?? 0);
        checkLength(this.#session, length, this.#size);
        return held;
      }
      if (piece.length === 0) {
        continue;
      }
      const rest = this.#size - this.#sent - piece.length;
      if (this.#held !== undefined || rest < 0) {
        checkLength(this.#session, this.#size + 1, this.#size);
      }
      if (rest > 0) {
        return piece;
      }
      this.#held = piece.subarray(-1);
      if (piece.length > 1) {
        return piece.subarray(0, -1);
      }
    }
  }
}

/** Makes sure that the bytes of a source are as many as were announced. */
export function checkLength(session: Session, length: number, size: number): void {
  if (length !== size) {
    throw session.faults.invalid(
      length < size
        ? `the source ended after ${length} of ${size} bytes`
        : `the source has more than the ${size} bytes that were announced`,
    );
  }
}
