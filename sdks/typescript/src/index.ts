// The entry where there are no files: browsers, workers, and whatever has `fetch`.

import { Client } from "./runtime/client.js";
import type { ClientOptions } from "./runtime/options.js";
import type { System } from "./runtime/system.js";
import { webSystem } from "./runtime/system-web.js";

export * from "./exports.js";
/** @internal For our own tests. */
export { webSystem } from "./runtime/system-web.js";

/** A client of the Infrai API. */
export class InfraiClient extends Client {
  /** Checks the options. Sends and reads nothing: what isn't given is looked up at the first call. */
  constructor(options?: ClientOptions);
  /** @internal */
  constructor(options: ClientOptions | undefined, system: System);
  constructor(options?: ClientOptions, system: System = webSystem) {
    super(options, system);
  }
}
