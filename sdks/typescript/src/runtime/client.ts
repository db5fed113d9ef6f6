// The client: its options, its groups of operations, and what goes beyond them.

import { type Groups, groups } from "../generated/operations.js";
import type { Activation } from "./activate.js";
import { ApiPromise } from "./api-promise.js";
import { Core } from "./core.js";
import { execute } from "./execute.js";
import type { ClientOptions, CustomRequestOptions, RequestOptions } from "./options.js";
import { prepare } from "./prepare.js";
import type { System } from "./system.js";
import { transfers } from "./transfers/transfers.js";
import type { Transfers } from "./transfers/types.js";

/** The operations of `client.storage`, with the transfers that stand on them. */
export type StorageWithTransfers = Omit<Groups["storage"], "object"> & {
  /** Move objects in and out, and remove them. */
  readonly object: Groups["storage"]["object"] & Transfers;
};

/** What all runtimes' clients are. */
export class Client {
  /** Buckets and objects. */
  readonly storage: StorageWithTransfers;
  readonly #core: Core;

  /** @internal */
  constructor(options: ClientOptions | undefined, system: System) {
    const core = new Core(options ?? {}, system, () => import("./later.js"));
    const { storage } = operations(core);
    this.#core = core;
    this.storage = { ...storage, object: { ...storage.object, ...transfers(core) } };
  }

  /**
   * Sends a request to `path` below the base URL, with its query if it has one: for what this version has no method for. It has
   * the same credentials, headers, limits, retries and errors. An answer without a body is `null`.
   *
   * It is not tried again where a first attempt may have done something, unless it is `idempotent` or has an `idempotencyKey`.
   *
   * @param method - The verb, in capitals.
   * @param path - Begins with `/`, and is sent as it is.
   */
  request<T = unknown>(
    method: string,
    path: string,
    options?: CustomRequestOptions,
  ): ApiPromise<T> {
    const answer = import("./later.js").then(({ request }) =>
      request<T>(this.#core, String(method), String(path), options ?? {}),
    );
    return ApiPromise.of(answer);
  }

  /**
   * Makes sure that there is a key: keeps the one that is found, if it works, else asks the service for a trial account and
   * writes its key into `~/.infrai/credentials` (mode 0600), where all clients look for it. Where there are no files, only this
   * client has it. It uses the key from then on.
   *
   * @throws {@link AuthenticationError} if the key that was given, or is in the environment, is refused: it would go before a new one.
   */
  async activate(options?: RequestOptions): Promise<Activation> {
    const { activate } = await import("./later.js");
    return activate(this.#core, (list) => this.storage.bucket.list(list), options ?? {});
  }
}

/** Returns the operations as a client makes them. */
export function operations(core: Core): Groups {
  return groups((operation, given, options) => {
    const request = { ...operation, prepare: () => prepare(operation, given) };
    return ApiPromise.of(execute(core, request, options));
  });
}
