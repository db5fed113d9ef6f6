// Holds the built package to all conformance vectors, in Node, Deno or Bun: plays each case against the scripted server, and compares.
//
// Usage: CONFORMANCE_SERVER=<program> node tests/conformance.mjs [part of a case's name]
//
// Instead of the program, CONFORMANCE_CONTROL may name the control of a server that runs, and CONFORMANCE_VECTORS the folder of the
// vectors. tests/conformance/README.md says what the fields of a case mean.

import { controlled } from "./conformance/control.mjs";
import { host } from "./conformance/host-files.mjs";
import { playAll } from "./conformance/play.mjs";
import { LACKS, PAUSES, runtime } from "./conformance/runtimes.mjs";
import { startServer } from "./conformance/server.mjs";
import { readVectors, report } from "./conformance/vectors.mjs";

const { CONFORMANCE_SERVER, CONFORMANCE_CONTROL, CONFORMANCE_VECTORS } = process.env;
const name = runtime();
const lacks = LACKS[name];
const files = await readVectors(CONFORMANCE_VECTORS);
const server = await startServer(CONFORMANCE_SERVER ?? "", CONFORMANCE_CONTROL);
const control = controlled(server.url, PAUSES[name]);
const seen = await playAll(files, control, host, lacks, process.argv[2]);
server.stop();
// A case that has no end may still hold something open.
process.exit(report(seen, lacks) ? 0 : 1);
