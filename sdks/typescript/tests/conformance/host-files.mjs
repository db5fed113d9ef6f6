// What the runner takes from a runtime that has files: Node, Deno and Bun.

import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";

import { InfraiClient, InfraiError, nodeSystem, VERSION } from "../../dist/esm/index.node.js";
import { Folder } from "./folder.mjs";

export const host = {
  InfraiClient,
  InfraiError,
  VERSION,
  system: nodeSystem,

  /** Makes the folder of a case. */
  folder: async () => new Folder(await mkdtemp(join(tmpdir(), "infrai-conformance-"))),

  /** Everything that a thing prints as in this runtime. */
  shown(thing) {
    const all = [inspect(thing, { depth: 20, showHidden: true, getters: false })];
    const { Deno, Bun } = globalThis;
    if (Deno !== undefined) {
      all.push(Deno.inspect(thing, { depth: 20, showHidden: true, getters: false }));
    }
    if (Bun !== undefined) {
      all.push(Bun.inspect(thing, { depth: 20 }));
    }
    return all;
  },
};
