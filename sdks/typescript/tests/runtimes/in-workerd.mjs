// The worker: a request is a task, its answer what was seen.

import { perform } from "./on-web.mjs";

export default {
  fetch: async (request) => Response.json(await perform(await request.json())),
};
