// The entry where there is a home folder, in which keys may be kept: Node, Deno and Bun.

import { Client } from "./runtime/client.js";
import type { ClientOptions } from "./runtime/options.js";
import type { System } from "./runtime/system.js";
import { nodeSystem } from "./runtime/system-node.js";

export * from "./exports.js";
/** @internal For our own tests. */
export { credentialsBelow, nodeSystem } from "./runtime/system-node.js";

/** A client of the Infrai API. */
export class InfraiClient extends Client {
  /** Checks the options. Sends and reads nothing: what isn't given is looked up at the first call. */
  constructor(options?: ClientOptions);
  /** @internal */
  constructor(options: ClientOptions | undefined, system: System);
  constructor(options?: ClientOptions, system: System = nodeSystem) {
    super(options, system);
  }
}
