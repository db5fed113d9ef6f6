// Whether a call is tried again, and after which wait. The rules are those of docs/behaviour.md, "Retries".

import type { Core } from "./core.js";
import { APITimeoutError, type InfraiError, type TimeoutPhase } from "./errors.js";

/** What a repeat of a call does. What nobody says anything of is `not-idempotent`. */
export type Repeat = "safe" | "idempotent" | "keyed" | "not-idempotent";

/**
 * How an attempt failed, as far as another one depends on it: before a byte was sent, after that and before the whole answer
 * came, with an error status, or in a way that another attempt can't mend.
 */
export type Failed = "unsent" | "broken" | "status" | "for-good";

/** An attempt that failed. */
export interface Failure {
  readonly failed: Failed;
  readonly error: InfraiError;
}

/** The longest wait that a server may ask for. Who asks for more has the call fail at once. */
const LONGEST_SERVER_WAIT = 60_000;

const REPEATABLE_STATUSES: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Returns whether a call of this kind may be tried again after this failure. */
function mayRepeat({ failed, error }: Failure, repeat: Repeat): boolean {
  const repeatable = repeat !== "not-idempotent";
  switch (failed) {
    case "for-good":
      return false;
    case "unsent":
      return true;
    case "broken":
      return repeatable;
    case "status":
      // With 429 nothing was done, and a 503 that knows when to come back says the same.
      return repeatable
        ? REPEATABLE_STATUSES.has(error.status ?? 0)
        : error.status === 429 || (error.status === 503 && error.retryAfter !== undefined);
  }
}

/** Returns the milliseconds before retry `n`, counted from 0, with `u` from [0, 1). */
export function backoff(n: number, u: number): number {
  return Math.min(8000, 500 * 2 ** n) * (0.5 + 0.5 * u);
}

const MOST_TOKENS = 500;

/** What a client may still spend on retries. It keeps a service that is down from being asked three times as much. */
export class Tokens {
  #left: number = MOST_TOKENS;

  /** Takes what a retry costs; nothing, if there isn't enough. */
  take(cost: number): boolean {
    const enough = this.#left >= cost;
    if (enough) {
      this.#left -= cost;
    }
    return enough;
  }

  giveBack(tokens: number): void {
    this.#left = Math.min(MOST_TOKENS, this.#left + tokens);
  }
}

/** How long an attempt may take. */
export interface Limit {
  /** In milliseconds. */
  readonly time: number;
  /** Which limit it is. */
  readonly phase: TimeoutPhase;
  /** The limit that the caller knows, in milliseconds. */
  readonly told: number;
}

/** The attempts of one call: how many there were, how long the next may take, and whether there is one. */
export class Attempts {
  readonly #core: Core;
  readonly #operation: string;
  readonly #maxRetries: number;
  readonly #deadline: number;
  readonly #end: number;
  #made = 0;
  #started = 0;
  #retries = 0;
  #paid = 1;
  #isFree = false;

  /** @param deadline - Of the whole call, in milliseconds; `Infinity` if there is none. */
  constructor(core: Core, operation: string, maxRetries: number, deadline: number) {
    this.#core = core;
    this.#operation = operation;
    this.#maxRetries = maxRetries;
    this.#deadline = deadline;
    this.#end = core.system.now() + deadline;
  }

  /** Begins an attempt and returns its number, from 1. */
  begin(): number {
    this.#started = this.#core.system.now();
    return ++this.#made;
  }

  /** Returns the limit of the attempt that begins: `timeout`, or what the deadline leaves if that is less. */
  limit(timeout: number): Limit {
    const left = this.#end - this.#started;
    return left < timeout
      ? { time: Math.max(0, left), phase: "deadline", told: this.#deadline }
      : { time: timeout, phase: "attempt", told: timeout };
  }

  /** Notes what the attempt came to. */
  came(status: number | undefined): void {
    const took = this.#core.system.now() - this.#started;
    this.#core.log((log) => {
      log.ended(this.#operation, this.#made, status, took);
    });
  }

  /** Waits before the next attempt, and pays for it; or throws the failure's error, if that is the call's. */
  async again(failure: Failure, repeat: Repeat, signal: AbortSignal | undefined): Promise<void> {
    const { system, tokens } = this.#core;
    const { error } = failure;
    const isFree = this.#isFree;
    this.#isFree = false;
    if (!mayRepeat(failure, repeat) || (!isFree && this.#retries >= this.#maxRetries)) {
      throw error;
    }
    const wait = error.retryAfter ?? backoff(this.#retries, system.random());
    if (wait > LONGEST_SERVER_WAIT || system.now() + wait >= this.#end) {
      throw error;
    }
    // Tokens guard a service that is down, which one that brings so much is not.
    const cost = isFree ? 0 : error instanceof APITimeoutError ? 10 : 5;
    if (!tokens.take(cost)) {
      throw error;
    }
    this.#retries += isFree ? 0 : 1;
    this.#paid = cost || 1;
    this.#core.log((log) => {
      log.waits(this.#operation, this.#made + 1, wait);
    });
    await system.sleep(wait, signal);
  }

  /** The last attempt came so far that the next one doesn't count as a retry. */
  progressed(): void {
    this.#isFree = true;
  }

  /** The call is a success: its last retry is paid back, or else a little of what others took. */
  succeeded(): void {
    this.#core.tokens.giveBack(this.#paid);
  }
}
