// Runs the packed package in a runtime other than Node: what the page and the README show, what must work everywhere, and the
// conformance vectors, as many as the runtime is able to.
//
// Usage: GATEWAY=<program> CONFORMANCE_SERVER=<program> node tests/runtimes.mjs <runtime> <tarball> [part of a case's name]
//
// The runtimes are deno, bun, workerd and chromium. As with conformance.mjs, CONFORMANCE_CONTROL and CONFORMANCE_VECTORS may say more.

import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { startServer } from "./conformance/server.mjs";
import { makeApp } from "./runtimes/app.mjs";
import { chromium, workerd } from "./runtimes/as-web.mjs";
import { bun, deno } from "./runtimes/as-files.mjs";
import { startGateway } from "./runtimes/gateway.mjs";
import { program } from "./runtimes/programs.mjs";

const RUNTIMES = { deno, bun, workerd, chromium };

const [, , runtime = "", tarball = "", wanted = ""] = process.argv;
const { GATEWAY, CONFORMANCE_SERVER, CONFORMANCE_CONTROL } = process.env;
const folder = await mkdtemp(join(tmpdir(), "infrai-runtimes-"));
const server = await startServer(CONFORMANCE_SERVER ?? "", CONFORMANCE_CONTROL);
const gateway = await startGateway(GATEWAY ?? "", folder);
try {
  const app = await makeApp(folder, tarball);
  // Below the application, so that `@infrai/sdk` is what is installed there.
  const tests = join(app, "tests");
  await cp(fileURLToPath(new URL(".", import.meta.url)), tests, { recursive: true });
  const places = { program: program(runtime), folder, app, tests, gateway, control: server.url };
  if (!(await RUNTIMES[runtime](places, wanted))) {
    process.exitCode = 1;
  }
} finally {
  gateway.stop();
  server.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}
