// One request and its whole answer, within limits of time and size.

import { after } from "./system-web.js";

/** The most bytes of an answer that are read. */
export const LONGEST_BODY: number = 16 * 1024 * 1024;

/** The most bytes of a body that an error keeps. */
export const KEPT_BODY: number = 64 * 1024;

/** What came: an answer, or none. */
export type Came = Answer | { readonly late: true } | { readonly fault: unknown };

/** An answer. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
  /** Whether `body` is the whole of it. */
  readonly isWhole: boolean;
}

/** Why an exchange of ours was ended: its time was up, or enough was read. */
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
  let stop = (): void => undefined;
  const stopped = new Promise<"late" | "cancelled">((resolve) => {
    stop = after(milliseconds, () => {
      resolve("late");
    });
    signal?.addEventListener(
      "abort",
      () => {
        resolve("cancelled");
      },
      { once: true, signal: controller.signal },
    );
  });
  // A `fetch` of the caller's own need not heed the signal, so it isn't relied on.
  const read = readAnswer(fetch, url, { ...init, signal: controller.signal }, reading);
  const came = await Promise.race([read.catch((fault: unknown) => ({ fault })), stopped]);
  stop();
  // Frees the connection where the answer was not read to its end.
  controller.abort(ENDED);
  if (came === "cancelled") {
    throw signal?.reason;
  }
  if (came !== "late" && !("fault" in came)) {
    return came;
  }
  // Where an error status is known already, a body that breaks off changes nothing about it.
  const { status, headers } = reading;
  if (status !== undefined && headers !== undefined && (status < 200 || status > 299)) {
    return { status, headers, body: joined(reading), isWhole: false };
  }
  return came === "late" ? { late: true } : came;
}

/** What was read so far. */
interface Reading {
  status?: number;
  headers?: Headers;
  readonly chunks: Uint8Array[];
  length: number;
}

async function readAnswer(
  fetch: typeof globalThis.fetch,
  url: string,
  init: RequestInit,
  reading: Reading,
): Promise<Answer> {
  const response = await fetch(url, init);
  const { status, headers } = response;
  reading.status = status;
  reading.headers = headers;
  const announced = Number(headers.get("content-length") ?? 0);
  const limit = announced > LONGEST_BODY ? KEPT_BODY : LONGEST_BODY;
  let isWhole = true;
  if (response.body !== null) {
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        break;
      }
      reading.chunks.push(value);
      reading.length += value.length;
      if (reading.length > limit) {
        isWhole = false;
        break;
      }
    }
  }
  return { status, headers, body: joined(reading), isWhole };
}

function joined({ chunks, length }: Reading): Uint8Array {
  const [first] = chunks;
  if (chunks.length === 1 && first !== undefined) {
    return first;
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
