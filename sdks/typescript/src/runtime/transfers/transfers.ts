// `upload` and `download`, which stand beside the documented operations on objects. They are ours, not the API's.

import type { Core } from "../core.js";
import type { Transfers } from "./types.js";

/** Returns the transfers of a client. What runs them is loaded with the first one, so that who has none has less to load. */
export const transfers = (core: Core): Transfers => ({
  upload: async (request, options) =>
    (await import("../later.js")).runUpload(core, request, options),
  download: async (request, options) =>
    (await import("../later.js")).runDownload(core, request, options),
});
