// A program and its dependencies may load the package in both forms: an error is an instance of the class of either.

import { equal } from "node:assert/strict";
import { createRequire } from "node:module";

import * as module from "../../dist/esm/index.node.js";

const common = createRequire(import.meta.url)("../../dist/cjs/index.node.js");
const error = await new common.InfraiClient({
  apiKey: "ifr_pk_proj_canary-0123456789",
  fetch: async () => new Response(null, { status: 409 }),
}).storage.bucket
  .list()
  .catch((fault) => fault);
equal(error instanceof module.ConflictError, true);
equal(error instanceof module.InfraiError, true);
equal(error instanceof module.NotFoundError, false);
equal(new Error("other") instanceof module.InfraiError, false);
equal(undefined instanceof module.InfraiError, false);
class Derived extends module.ConflictError {}
equal(error instanceof Derived, false);
equal(new Derived({ status: 409 }) instanceof Derived, true);
equal(new Derived({ status: 409 }) instanceof common.ConflictError, true);

// Its name is as that of any error of JavaScript.
equal(error.name, "ConflictError");
error.name = "Wrapped";
equal(error.name, "Wrapped");
equal(Object.keys(error).includes("name"), true);
equal(Object.keys(new module.InfraiError({})).includes("name"), false);
