// One request and its whole answer, within limits of time and size.

import { onAbort } from "./abort.js";
import { concat } from "./bytes.js";
import { after } from "./system-web.js";

/** The most bytes of an answer that are read. */
export const LONGEST_BODY: number = 16 * 1024 * 1024;

/** The most bytes of a body that an error keeps. */
export const KEPT_BODY: number = 64 * 1024;

/** What came: an answer, or none. */
export type Came = Answer | { readonly late: true } | { readonly fault: unknown };

/** An answer. */
export interface Answer {
  readonly response: Response;
  readonly body: Uint8Array;
  /** Whether `body` is the whole of it. */
  readonly isWhole: boolean;
}

/** Why an exchange was aborted: any reason but one that has to be made, with a stack. */
const ENDED = "ended";

/** Sends a request and reads the answer. Rejects only with the reason of `signal`; whatever happens, nothing is left running. */
export async function exchange(
  fetch: typeof globalThis.fetch,
  url: string,
  init: RequestInit,
  milliseconds: number,
  signal: AbortSignal | undefined,
): Promise<Came> {
  signal?.throwIfAborted();
  const controller = new AbortController();
  const reading: Reading = { chunks: [], length: 0 };
  let end = (_why: "late" | "cancelled"): void => undefined;
  const ended = new Promise<"late" | "cancelled">((resolve) => {
    end = resolve;
  });
  const stop = after(milliseconds, () => {
    end("late");
  });
  const forget = onAbort(signal, () => {
    end("cancelled");
  });
  // A `fetch` of the caller's own need not heed the signal, so it isn't relied on.
  const read = receive(fetch, url, { ...init, signal: controller.signal }, reading);
  const came = await Promise.race([read.catch((fault: unknown) => ({ fault })), ended]);
  stop();
  forget();
  // Frees the connection. Where the answer was read to its end it is free, and to abort costs much.
  if (came !== true) {
    controller.abort(ENDED);
  }
  if (came === "cancelled") {
    throw signal?.reason;
  }
  const { response } = reading;
  // Where an error status is known already, a body that breaks off changes nothing about it.
  if (response !== undefined && (typeof came === "boolean" || !response.ok)) {
    return { response, body: concat(reading.chunks), isWhole: came === true };
  }
  return typeof came === "object" ? came : { late: true };
}

/** What was read so far. */
interface Reading {
  response?: Response;
  readonly chunks: Uint8Array[];
  length: number;
}

/** Reads an answer. Returns whether it is the whole, and not too long. */
async function receive(
  fetch: typeof globalThis.fetch,
  url: string,
  init: RequestInit & { readonly signal: AbortSignal },
  reading: Reading,
): Promise<boolean> {
  const response = await fetch(url, init);
  reading.response = response;
  const announced = Number(response.headers.get("content-length"));
  const limit = announced > LONGEST_BODY ? KEPT_BODY : LONGEST_BODY;
  const reader = response.body?.getReader();
  onAbort(init.signal, () => {
    // It rejects where `fetch` has ended the body by itself.
    reader?.cancel().catch(() => undefined);
  });
  for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) {
    reading.chunks.push(next.value);
    reading.length += next.value.length;
    if (reading.length > limit) {
      return false;
    }
  }
  return true;
}
