// What a transfer fails with.

import type { Core } from "../core.js";
import {
  APIConnectionError,
  APIDecodeError,
  type ErrorParts,
  InvalidRequestError,
} from "../errors.js";
import { BROKE_OFF, noAnswer, refused, seconds, tooLate } from "../failure.js";
import type { Failure } from "../retry.js";
import { serverWait } from "../server-wait.js";
import type { Answer } from "./answer.js";
import { readStoreError } from "./store-error.js";

/** What an attempt throws that failed and may be made again. It never leaves a transfer, so it is no `Error`. */
export class Broken {
  readonly failure: Failure;

  constructor(failure: Failure) {
    this.failure = failure;
  }
}

/** Makes the errors of a transfer, and the failures of its attempts. */
export class Faults {
  readonly #core: Core;
  readonly #operation: string;
  /** How many attempts there were. */
  attempts = 0;

  constructor(core: Core, operation: string) {
    this.#core = core;
    this.#operation = operation;
  }

  /** What the caller gave can't be used. */
  invalid(detail: string, cause?: Error): InvalidRequestError {
    return new InvalidRequestError({ operation: this.#operation, detail, cause });
  }

  /** The caller's source failed by itself. */
  unreadable(fault: unknown): InvalidRequestError {
    if (fault instanceof InvalidRequestError) {
      return fault;
    }
    const cause = fault instanceof Error ? fault : new Error(String(fault));
    return this.invalid(`the source can't be read: ${this.#core.shown(cause.message)}`, cause);
  }

  /** Nothing moved for so many milliseconds. */
  stalled(milliseconds: number): Broken {
    return new Broken(tooLate(this.#known, "stall", `no byte for ${seconds(milliseconds)}`));
  }

  /** No answer came from where a URL leads, or not the whole of it. */
  noAnswer(fault: unknown, url: string): Broken {
    const { system, shown } = this.#core;
    return new Broken(noAnswer(system, this.#known, fault, url, shown));
  }

  /** An answer ended too early, or came too early. */
  brokeOff(): Broken {
    const error = new APIConnectionError({ ...this.#known, detail: BROKE_OFF });
    return new Broken({ failed: "broken", error });
  }

  /** An answer is no success. */
  refused({ status, headers }: Answer, body: string): Broken {
    const { system, shown } = this.#core;
    const { Code: code, Message: message, RequestId: requestId } = readStoreError(body);
    const known = {
      ...this.#known,
      status,
      requestId: this.#requestId(headers),
      retryAfter: serverWait(headers, system.wallClock()),
      headers,
      body,
    };
    return new Broken(refused(known, { code, message, requestId }, shown));
  }

  /** A success has bytes that are not the object's. */
  otherBytes(detail: string, answer?: Answer): APIDecodeError {
    const { status, headers } = answer ?? {};
    const requestId = headers && this.#requestId(headers);
    return new APIDecodeError({ ...this.#known, detail, status, headers, requestId });
  }

  /** The checksum that the store tells is not that of the bytes that came or were sent. */
  otherChecksum(theirs: string, ours: string, answer: Answer): APIDecodeError {
    return this.otherBytes(
      `the object's checksum is ${this.#core.shown(theirs)}, of what ${ours}`,
      answer,
    );
  }

  get #known(): Pick<ErrorParts, "operation" | "attempts"> {
    return { operation: this.#operation, attempts: this.attempts };
  }

  #requestId(headers: Headers): string | undefined {
    const id = headers.get("x-amz-request-id");
    return id ? this.#core.shown(id) : undefined;
  }
}
