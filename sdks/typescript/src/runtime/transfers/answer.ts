// The answer of a store, as it comes.

import type { Bytes } from "./types.js";

/** An answer whose body is still to be read. */
export class Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly #controller: AbortController;
  readonly #reader: ReadableStreamDefaultReader<Bytes> | undefined;
  readonly #wait: <T>(work: () => Promise<T>) => Promise<T>;
  #asked: Promise<ReadableStreamReadResult<Bytes>> | undefined;

  /**
   * @param controller - Ends the request.
   * @param wait - Waits for the next bytes, as long as it may.
   */
  constructor(
    { status, headers, body }: Response,
    controller: AbortController,
    wait: <T>(work: () => Promise<T>) => Promise<T>,
  ) {
    this.status = status;
    this.headers = headers;
    this.#controller = controller;
    this.#reader = body?.getReader();
    this.#wait = wait;
    this.#ask();
    if (controller.signal.aborted) {
      this.close();
    }
  }

  /** Returns the next bytes, or nothing at the end. */
  async next(): Promise<Bytes | undefined> {
    const asked = this.#asked;
    const piece = asked && (await this.#wait(() => asked));
    if (piece === undefined || piece.done) {
      this.#asked = undefined;
      return undefined;
    }
    this.#ask();
    return piece.value;
  }

  /** Ends the request, whatever is still to come. A `fetch` of the caller's own need not heed signals. */
  close(): void {
    this.#controller.abort();
    this.#reader?.cancel().catch(() => undefined);
  }

  /** Where a connection breaks, runtimes drop the bytes that nobody has asked for yet. So the next ones always are. */
  #ask(): void {
    this.#asked = this.#reader?.read();
    this.#asked?.catch(() => undefined);
  }
}
