// Lines about what happens, for people. Loaded only where somebody wants them.

import type { InfraiError } from "./errors.js";
import { seconds } from "./failure.js";
import { withoutQuery } from "./redact.js";

/** How much is logged: each level has the lines of those before it. */
export type Level = "off" | "error" | "info" | "debug";

const ORDER: readonly Level[] = ["off", "error", "info", "debug"];

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
  readonly #level: Level;
  readonly #write: Logger;
  readonly #shown: (text: string) => string;

  /** @param shown - Returns foreign text as it may be shown. */
  constructor(level: Level, write: Logger, shown: (text: string) => string) {
    this.#level = level;
    this.#write = write;
    this.#shown = shown;
  }

  /** A call failed. */
  failed(error: InfraiError): void {
    this.#line("error", error.message);
  }

  /** An attempt begins. */
  sends(
    operation: string,
    attempt: number,
    method: string,
    url: string,
    headers: Readonly<Record<string, string>>,
  ): void {
    const shown = this.#headers(Object.entries(headers));
    this.#attempt("debug", operation, attempt, `: ${method} ${withoutQuery(url)} ${shown}`);
  }

  /** The head of an answer came. */
  answered(operation: string, attempt: number, headers: Headers): void {
    this.#attempt("debug", operation, attempt, `: answer ${this.#headers(headers)}`);
  }

  /** An attempt ended after so many milliseconds. */
  ended(operation: string, attempt: number, status: number | undefined, took: number): void {
    const what = `: ${status ?? "no answer"} after ${seconds(took)}`;
    this.#attempt("info", operation, attempt, what);
  }

  /** There will be another attempt after so many milliseconds. */
  waits(operation: string, attempt: number, wait: number): void {
    this.#attempt("info", operation, attempt, ` follows in ${seconds(wait)}`);
  }

  #attempt(level: Level, operation: string, attempt: number, what: string): void {
    this.#line(level, `${operation}: attempt ${attempt}${what}`);
  }

  #line(level: Level, text: string): void {
    if (ORDER.indexOf(level) <= ORDER.indexOf(this.#level)) {
      this.#write(`infrai ${level}: ${text}`);
    }
  }

  /** Returns headers as they may be seen, in alphabetical order. */
  #headers(headers: Iterable<readonly [string, string]>): string {
    const lines = Array.from(headers, ([name, value]) =>
      SHOWN.has(name) ? `${name}: ${this.#shown(value)}` : name,
    );
    return `[${lines.sort().join(", ")}]`;
  }
}
