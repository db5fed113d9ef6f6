// How an attempt of a call or of a transfer failed, and the error that says so.

import {
  APIConnectionError,
  APITimeoutError,
  type ErrorParts,
  statusError,
  type TimeoutPhase,
} from "./errors.js";
import { shownUrl } from "./redact.js";
import type { Failure } from "./retry.js";
import type { System } from "./system.js";

/** What every error of an attempt has. */
export type Known = Omit<ErrorParts, "detail">;

/** Returns foreign text as it may be shown. */
export type Shown = (text: string) => string;

/** What the body of an error says of itself. */
export type Told = Readonly<Record<"code" | "message" | "requestId", string | undefined>>;

/** What is said where a connection was made and broke. */
export const BROKE_OFF = "the connection broke before the answer was whole";

/** Returns the failure of a request to `url` that got no answer, or not the whole of it. */
export function noAnswer(
  system: System,
  known: Known,
  fault: unknown,
  url: string,
  shown: Shown,
): Failure {
  const words = wordsOf(fault);
  const { failed, unconnected, timedOut } = system.networkFault(words);
  // Runtimes hang sockets and whole URLs on their errors, so that the cause has nothing but their words.
  const cause = new Error(shown(words.join(": ")));
  delete cause.stack;
  const unreached = `no connection to ${new URL(url).origin}`;
  if (timedOut) {
    return tooLate({ ...known, cause }, "connect", unreached, failed);
  }
  const detail = unconnected === undefined ? BROKE_OFF : `${unreached}: ${shown(unconnected)}`;
  return { failed, error: new APIConnectionError({ ...known, detail, cause }) };
}

/** Returns milliseconds as seconds with at most three decimals: `0.25 s`. */
export function seconds(milliseconds: number): string {
  return `${Number((milliseconds / 1000).toFixed(3))} s`;
}

/** Returns the failure of an attempt whose time was up. */
export function tooLate(
  known: Known,
  phase: TimeoutPhase,
  detail: string,
  failed: Failure["failed"] = "broken",
): Failure {
  return { failed, error: new APITimeoutError({ ...known, detail, phase }) };
}

/** Returns the failure that an answer is which is no success. */
export function refused(
  known: Known & { readonly status: number; readonly headers: Headers },
  { message, code, requestId }: Told,
  shown: Shown,
): Failure {
  const maybe = (text: string | undefined): string | undefined => (text ? shown(text) : undefined);
  const location = known.status < 400 ? known.headers.get("location") : null;
  const error = statusError({
    ...known,
    detail:
      location === null
        ? maybe(message)
        : `redirect to ${shown(shownUrl(location))} is not followed`,
    code: maybe(code),
    requestId: maybe(requestId) ?? known.requestId,
  });
  return { failed: "status", error };
}

/** Returns the codes and messages of an error and its causes, the outermost first. */
function wordsOf(fault: unknown): string[] {
  const words: string[] = [];
  let next = fault as Partial<Record<"message" | "code" | "cause" | "errors", unknown>> | undefined;
  for (let depth = 0; depth < 8 && typeof next === "object" && next !== null; depth++) {
    for (const word of [next.code, next.message]) {
      if (typeof word === "string" && word !== "") {
        words.push(word);
      }
    }
    next = (next.cause ?? (next.errors as unknown[] | undefined)?.[0]) as typeof next;
  }
  return words;
}
