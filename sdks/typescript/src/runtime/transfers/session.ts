// What uploads and downloads have in common: a signed URL that is good, one attempt after the other, and what is seen of them.

import type { PresignedUrl } from "../../generated/types.js";
import { looseText } from "../bytes.js";
import type { Core } from "../core.js";
import {
  APIConnectionError,
  APIDecodeError,
  type ErrorParts,
  PermissionDeniedError,
} from "../errors.js";
import { BROKE_OFF, noAnswer, refused, seconds, tooLate } from "../failure.js";
import { positive, type RequestOptions } from "../options.js";
import { Attempts, type Failure } from "../retry.js";
import { serverWait } from "../server-wait.js";
import { after } from "../system-web.js";
import { readStoreError } from "./store-error.js";

/** Options of a transfer. `timeout` and `deadline` are those of the presigning; a transfer as a whole has no limit. */
export interface TransferOptions extends RequestOptions {
  /**
   * Milliseconds without a byte after which an attempt ends.
   * @defaultValue `20_000`
   */
  readonly stall?: number | undefined;
  /** Is told of the bytes so far and of the whole length, if that is known. Called in the middle of the transfer: be quick. */
  readonly progress?: ((bytes: number, total: number | undefined) => void) | undefined;
  /** For how many seconds a signed URL works, 1 to 604800. One that expires meanwhile is replaced. */
  readonly expiresSeconds?: number | undefined;
}

/** The least that an attempt must bring so that the next one isn't counted as a retry. */
const PROGRESS = 1024 * 1024;

/** The most of an error, or of an answer to an upload, that is read. */
const LONGEST_BODY = 64 * 1024;

/** Makes a signed URL. */
export type Presign = (
  method: "GET" | "PUT",
  expiresSeconds: number | undefined,
) => Promise<PresignedUrl>;

/** An answer of a store whose body is still to be read. */
export interface Head {
  readonly status: number;
  readonly headers: Headers;
  /** Returns the next bytes, or nothing at the end. */
  next(): Promise<Uint8Array | undefined>;
}

/** An attempt that failed, and may be made again. */
export class Broken extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.error.message);
    this.failure = failure;
  }
}

/** A transfer. */
export class Session {
  readonly operation: string;
  readonly stall: number;
  readonly #core: Core;
  readonly #method: "GET" | "PUT";
  readonly #presign: Presign;
  readonly #options: TransferOptions;
  readonly #attempts: Attempts;
  number = 0;
  #signed: PresignedUrl | undefined;
  #wasRenewed = false;

  constructor(
    core: Core,
    operation: string,
    method: "GET" | "PUT",
    presign: Presign,
    options: TransferOptions,
  ) {
    this.operation = operation;
    this.stall = positive("stall", options.stall ?? 20_000, operation);
    this.#core = core;
    this.#method = method;
    this.#presign = presign;
    this.#options = options;
    const { maxRetries } = core.limits({ maxRetries: options.maxRetries }, operation);
    this.#attempts = new Attempts(core, operation, maxRetries, Infinity);
  }

  /** Makes sure that there is a signed URL, and that it is still good if it was used before. */
  async sign(): Promise<void> {
    if (this.#signed === undefined || this.#isOver()) {
      this.#signed = await this.#presign(this.#method, this.#options.expiresSeconds);
    }
  }

  /** Begins an attempt. */
  begin(): void {
    this.number = this.#attempts.begin();
  }

  /**
   * Sends a request to where the signed URL leads, and waits for the head of the answer as long as something still moves.
   *
   * @param body - Makes the body. What it is given is to be called whenever something moves.
   */
  async send(
    ours: Readonly<Record<string, string>>,
    controller: AbortController,
    body?: (moves: () => void) => BodyInit | undefined,
  ): Promise<Head> {
    const { url, headers: signed = {} } = this.#signed as PresignedUrl;
    const own = new Map(Object.entries(signed).map(([name, value]) => [name.toLowerCase(), value]));
    for (const [name, value] of [
      ["user-agent", this.#core.userAgent] as const,
      ...Object.entries(ours),
    ]) {
      own.set(name, value);
    }
    const sent = Object.fromEntries(own);
    this.#core.log((log) => {
      log.sends(this.operation, this.number, this.#method, url, sent);
    });
    const { signal } = this.#options;
    signal?.throwIfAborted();
    const cancel = (): void => {
      controller.abort(signal?.reason);
    };
    signal?.addEventListener("abort", cancel, { once: true, signal: controller.signal });
    const watch = new Watch(this.stall, controller);
    const init: RequestInit & { duplex?: "half" } = {
      method: this.#method,
      headers: sent,
      redirect: "manual",
      signal: controller.signal,
      duplex: "half",
    };
    const made = body?.(() => {
      watch.begin();
    });
    if (made !== undefined) {
      init.body = made;
    }
    let pending: Promise<ReadableStreamReadResult<Uint8Array>> | undefined;
    let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
    // Where a connection breaks, runtimes drop the bytes that nobody has asked for yet. So the next ones always are.
    const ask = (): void => {
      pending = reader?.read();
      pending?.catch(() => undefined);
    };
    const send = async (): Promise<Response> => {
      const response = await this.#core.fetch(url, init);
      reader = response.body?.getReader();
      ask();
      return response;
    };
    const { status, headers } = await this.#guarded(watch, signal, send);
    this.#core.log((log) => {
      log.answered(this.operation, this.number, headers);
    });
    const next = async (): Promise<Uint8Array | undefined> => {
      const asked = pending;
      const piece = asked && (await this.#guarded(watch, signal, () => asked));
      if (piece === undefined || piece.done) {
        pending = undefined;
        return undefined;
      }
      ask();
      return piece.value;
    };
    return { status, headers, next };
  }

  /** Waits for something as long as the stall limit allows. */
  async #guarded<T>(
    watch: Watch,
    signal: AbortSignal | undefined,
    wait: () => Promise<T>,
  ): Promise<T> {
    watch.begin();
    try {
      return await wait();
    } catch (fault) {
      signal?.throwIfAborted();
      if (watch.isOver) {
        throw new Broken(tooLate(this.known(), "stall", `no byte for ${seconds(this.stall)}`));
      }
      const { url } = this.#signed as PresignedUrl;
      const { system, shown } = this.#core;
      throw new Broken(noAnswer(system, this.known(), fault, url, shown));
    } finally {
      watch.end();
    }
  }

  /** Reads what little a store says beside its head. Nothing depends on it, so it may end early. */
  async rest({ next }: Head): Promise<string> {
    const chunks: Uint8Array[] = [];
    let left = LONGEST_BODY;
    try {
      for (let piece = await next(); piece !== undefined && left > 0; piece = await next()) {
        chunks.push(piece.subarray(0, left));
        left -= piece.length;
      }
    } catch (fault) {
      if (!(fault instanceof Broken)) {
        throw fault;
      }
    }
    return chunks.map(looseText).join("");
  }

  /** Returns the failure that an answer is which is no success. */
  async refused(head: Head): Promise<Broken> {
    const { status, headers } = head;
    const { system, shown } = this.#core;
    const body = await this.rest(head);
    const { Code: code, Message: message, RequestId: requestId } = readStoreError(body);
    const known = {
      ...this.known(),
      status,
      requestId: this.requestId(headers),
      retryAfter: serverWait(headers, system.wallClock()),
      headers,
      body,
    };
    return new Broken(refused(known, { code, message, requestId }, shown));
  }

  /** Returns the error of a success whose bytes are not the object's. */
  otherBytes(detail: string, head?: Head): APIDecodeError {
    const { status, headers } = head ?? {};
    const requestId = headers && this.requestId(headers);
    return new APIDecodeError({ ...this.known(), detail, status, headers, requestId });
  }

  /** Notes what an attempt came to. */
  came(status: number | undefined): void {
    this.#attempts.came(status);
  }

  /** Waits before the next attempt, after `bytes` new ones; or throws the failure's error, if there is none. */
  async again({ failure }: Broken, bytes: number): Promise<void> {
    if (failure.error instanceof PermissionDeniedError && this.#isOver() && !this.#wasRenewed) {
      this.#wasRenewed = true;
      return;
    }
    this.#wasRenewed = false;
    if (bytes >= PROGRESS) {
      this.#attempts.progressed();
    }
    await this.#attempts.again(failure, "idempotent", this.#options.signal);
  }

  /** The transfer is a success. */
  succeeded(): void {
    this.#attempts.succeeded();
  }

  /** What every error of an attempt has. */
  known(): Pick<ErrorParts, "operation" | "attempts"> {
    return { operation: this.operation, attempts: this.number };
  }

  /** The failure of an answer that ended too early. */
  brokeOff(): Broken {
    const error = new APIConnectionError({ ...this.known(), detail: BROKE_OFF });
    return new Broken({ failed: "broken", error });
  }

  requestId(headers: Headers): string | undefined {
    const id = headers.get("x-amz-request-id");
    return id ? this.#core.shown(id) : undefined;
  }

  #isOver(): boolean {
    const end = Date.parse(this.#signed?.expires_at ?? "");
    return this.#core.system.wallClock() >= end;
  }
}

/** Ends an attempt in which nothing moves. */
class Watch {
  isOver = false;
  readonly #stall: number;
  readonly #controller: AbortController;
  #stop: () => void = () => undefined;

  constructor(stall: number, controller: AbortController) {
    this.#stall = stall;
    this.#controller = controller;
  }

  /** Something is waited for, from now on. */
  begin(): void {
    this.#stop();
    this.#stop = after(this.#stall, () => {
      this.isOver = true;
      this.#controller.abort();
    });
  }

  /** Nothing is waited for. */
  end(): void {
    this.#stop();
  }
}
