// What a transfer waits for, and what ends a wait before that: the caller's signal, a fault elsewhere, or that nothing moves.

import { onAbort } from "../abort.js";
import { after } from "../system-web.js";

/** What a wait rejects with in which nothing moved for too long. */
export const STALLED: unique symbol = Symbol("stalled");

/** The waits of one transfer, of which there is one at a time. */
export class Waits {
  /** How many milliseconds may pass in which nothing moves. */
  readonly stall: number;
  /** Lets go of the caller's signal. */
  readonly close: () => void;
  readonly #controller = new AbortController();
  #end: (reason: unknown) => void = () => undefined;
  #unwatch: (() => void) | undefined;

  /** @param signal - The caller's, which ends them, too. */
  constructor(stall: number, signal: AbortSignal | undefined) {
    this.stall = stall;
    this.close = onAbort(signal, () => {
      this.stop(signal?.reason);
    });
  }

  /** Ends with the transfer's waits, for what waits by itself. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Ends what is waited for now or later: it rejects with this reason. */
  stop(reason: unknown): void {
    this.#controller.abort(reason);
    this.#end(this.signal.reason);
  }

  /** Waits for work, however long it takes. Work that doesn't heed a signal is left behind. */
  until<T>(work: () => T | Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.signal.throwIfAborted();
      this.#end = reject;
      (async () => work())().then(resolve, reject);
    });
  }

  /** Waits for work as long as something moves, which may take `more` milliseconds longer than the limit to begin. */
  async moving<T>(work: () => T | Promise<T>, more = 0): Promise<T> {
    this.#watch(more);
    try {
      return await this.until(work);
    } finally {
      this.#unwatch?.();
      this.#unwatch = undefined;
    }
  }

  /** Something moved. */
  moved(): void {
    if (this.#unwatch !== undefined) {
      this.#unwatch();
      this.#watch();
    }
  }

  #watch(more = 0): void {
    this.#unwatch = after(this.stall + more, () => {
      this.#end(STALLED);
    });
  }
}
