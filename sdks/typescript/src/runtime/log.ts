// Lines about what happens, for people: as many as the environment asks for.

import type { ApiKey } from "./api-key.js";
import { InvalidRequestError } from "./errors.js";
import { LOG_VARIABLE } from "./names.js";
import { shownText } from "./redact.js";
import type { System } from "./system.js";

/** How much is logged: each level has the lines of those before it. */
const LEVELS = ["off", "error", "info", "debug"] as const;

/** A level at which lines are written. */
export type Level = "error" | "info" | "debug";

/** Where lines go. */
export type Logger = (line: string) => void;

/** The headers whose values may be seen. Of all others only the name is. */
const SHOWN: ReadonlySet<string> = new Set([
  "accept",
  "accept-ranges",
  "content-length",
  "content-range",
  "content-type",
  "date",
  "etag",
  "idempotency-key",
  "if-match",
  "range",
  "retry-after",
  "retry-after-ms",
  "server",
  "user-agent",
  "x-infrai-attempt",
  "x-request-id",
]);

/** A log: as much as its level lets through. */
export class Log {
  readonly #level: number;
  readonly #write: Logger;

  /** Takes the level that the environment names. */
  constructor(system: System, logger: Logger | undefined) {
    const word = system.variable(LOG_VARIABLE) ?? "off";
    this.#level = (LEVELS as readonly string[]).indexOf(word);
    if (this.#level < 0) {
      throw new InvalidRequestError({
        detail: `${LOG_VARIABLE} must be off, error, info or debug`,
      });
    }
    this.#write = logger ?? ((line) => system.log(line));
  }

  /** Whether lines of this level are written. */
  shows(level: Level): boolean {
    return LEVELS.indexOf(level) <= this.#level;
  }

  /** Writes a line, if its level is let through. */
  line(level: Level, text: string): void {
    if (this.shows(level)) {
      this.#write(`infrai ${level}: ${text}`);
    }
  }
}

/** Returns headers as they may be seen, in alphabetical order. */
export function shownHeaders(
  headers: Iterable<readonly [string, string]>,
  keys: readonly ApiKey[],
): string {
  const lines = Array.from(headers, ([name, value]) =>
    SHOWN.has(name) ? `${name}: ${shownText(value, keys)}` : name,
  );
  return `[${lines.sort().join(", ")}]`;
}

/** Returns milliseconds as seconds with at most three decimals: `0.25 s`. */
export function seconds(milliseconds: number): string {
  return `${Number((milliseconds / 1000).toFixed(3))} s`;
}
