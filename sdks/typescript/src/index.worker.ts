// The entry of workers at the edge: there are no files, but `fetch` says why it failed.

import { Client } from "./runtime/client.js";
import { networkFault } from "./runtime/network.js";
import type { ClientOptions } from "./runtime/options.js";
import type { System } from "./runtime/system.js";
import { webSystem } from "./runtime/system-web.js";

export * from "./exports.js";

const workerSystem: System = { ...webSystem, networkFault };
/** @internal For our own tests, which take it by the name that it has elsewhere. */
export { workerSystem as webSystem };

/** A client of the Infrai API. */
export class InfraiClient extends Client {
  /** Checks the options. Sends and reads nothing: what isn't given is looked up at the first call. */
  constructor(options?: ClientOptions);
  /** @internal */
  constructor(options: ClientOptions | undefined, system: System);
  constructor(options?: ClientOptions, system: System = workerSystem) {
    super(options, system);
  }
}
