// What uploads and downloads have in common: a signed URL that is good, and one attempt after the other.

import type { PresignedUrl } from "../../generated/types.js";
import { concat, looseText } from "../bytes.js";
import type { Core } from "../core.js";
import { PermissionDeniedError } from "../errors.js";
import { KEPT_BODY } from "../exchange.js";
import { positive } from "../options.js";
import { Attempts } from "../retry.js";
import { Answer } from "./answer.js";
import { Broken, Faults } from "./faults.js";
import { checkedUrl, type SignedUrl } from "./signed-url.js";
import type { TransferOptions } from "./types.js";
import { STALLED, Waits } from "./waits.js";

/** The least that an attempt must bring so that the next one isn't counted as a retry. */
const PROGRESS = 1024 * 1024;

/** The least bytes a millisecond that a body counts on of which `fetch` does not say how much has gone. */
const SLOWEST = 16;

/** Makes a signed URL. */
export type Presign = (
  expiresSeconds: number | undefined,
  signal: AbortSignal,
) => Promise<PresignedUrl>;

/** A transfer. */
export class Session {
  readonly core: Core;
  readonly operation: string;
  readonly waits: Waits;
  readonly faults: Faults;
  readonly #method: "GET" | "PUT";
  readonly #presign: Presign;
  readonly #options: TransferOptions;
  readonly #attempts: Attempts;
  #signed: SignedUrl | undefined;
  #wasRenewed = false;

  constructor(
    core: Core,
    operation: string,
    method: "GET" | "PUT",
    presign: Presign,
    options: TransferOptions,
  ) {
    const stall = positive("stall", options.stall ?? 20_000, operation);
    const { maxRetries } = core.limits({ maxRetries: options.maxRetries }, operation);
    this.core = core;
    this.operation = operation;
    this.faults = new Faults(core, operation);
    this.waits = new Waits(stall, options.signal);
    this.#method = method;
    this.#presign = presign;
    this.#options = options;
    this.#attempts = new Attempts(core, operation, maxRetries, Infinity);
  }

  /** Begins an attempt, with a signed URL that is still good if it was used before. */
  async begin(): Promise<void> {
    if (this.#signed === undefined || this.#isOver()) {
      const presigned = await this.#presign(this.#options.expiresSeconds, this.waits.signal);
      this.#signed = checkedUrl(presigned, this.operation);
    }
    this.faults.attempts = this.#attempts.begin();
  }

  /**
   * Sends a request to where the signed URL leads, and waits for the head of the answer as long as something still moves.
   *
   * @param unseen - How many bytes go of which nothing is seen.
   */
  async send(ours: Readonly<Record<string, string>>, body?: BodyInit, unseen = 0): Promise<Answer> {
    const { core, operation } = this;
    const { attempts } = this.faults;
    const { url, headers: signed } = this.#signed as SignedUrl;
    const own: Record<string, string> = { ...Object.fromEntries(signed), ...ours };
    const controller = new AbortController();
    const init: RequestInit & { duplex: "half" } = {
      method: this.#method,
      headers: own,
      redirect: "manual",
      signal: controller.signal,
      duplex: "half",
    };
    if (body !== undefined) {
      init.body = body;
    }
    if (core.system.isBrowser) {
      // It would answer by itself what it has kept.
      init.cache = "no-store";
    } else {
      // In a page, a store would have to allow it.
      own["user-agent"] = core.userAgent;
    }
    core.log((log) => {
      log.sends(operation, attempts, this.#method, url, own);
    });
    const wait = <T>(work: () => Promise<T>): Promise<T> => this.#answered(work);
    try {
      const answer = await this.#answered(
        async () => new Answer(await core.fetch(url, init), controller, wait),
        unseen / SLOWEST,
      );
      core.log((log) => {
        log.answered(operation, attempts, answer.headers);
      });
      return answer;
    } catch (fault) {
      controller.abort();
      throw fault;
    }
  }

  /** Waits for the store. */
  async #answered<T>(work: () => Promise<T>, more?: number): Promise<T> {
    try {
      return await this.waits.moving(work, more);
    } catch (fault) {
      this.waits.signal.throwIfAborted();
      throw fault === STALLED
        ? this.faults.stalled(this.waits.stall)
        : this.faults.noAnswer(fault, (this.#signed as SignedUrl).url);
    }
  }

  /** Waits for the caller's source. What it fails with ends the transfer: another attempt would not mend it. */
  async reading<T>(work: () => T | Promise<T>): Promise<T> {
    try {
      return await this.waits.moving(work);
    } catch (fault) {
      const { faults, waits } = this;
      waits.signal.throwIfAborted();
      const error =
        fault === STALLED ? faults.stalled(waits.stall).failure.error : faults.unreadable(fault);
      waits.stop(error);
      throw error;
    }
  }

  /** Tells the caller how far it is. */
  tell(bytes: number, total: number | undefined): void {
    this.#options.progress?.(bytes, total);
  }

  /** Reads what little a store says beside its head. Nothing depends on it, so it may end early. */
  async rest(answer: Answer): Promise<string> {
    const pieces: Uint8Array[] = [];
    let left = KEPT_BODY;
    try {
      let piece = await answer.next();
      for (; piece !== undefined && left > 0; piece = await answer.next()) {
        pieces.push(piece.subarray(0, left));
        left -= piece.length;
      }
    } catch (fault) {
      if (!(fault instanceof Broken)) {
        throw fault;
      }
    }
    return looseText(concat(pieces));
  }

  /** Notes what an attempt came to. */
  came(answer: Answer | undefined): void {
    this.#attempts.came(answer?.status);
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
    await this.#attempts.again(failure, "idempotent", this.waits.signal);
  }

  /** The transfer is a success. */
  succeeded(): void {
    this.#attempts.succeeded();
  }

  #isOver(): boolean {
    return this.core.system.wallClock() >= (this.#signed?.end ?? NaN);
  }
}
