// What the runner takes from a runtime without files: workers and browsers.

import { InfraiClient, InfraiError, VERSION, webSystem } from "@infrai/sdk";

/** Stands for the folder of a case: cases that need one are left out. */
const nothing = {
  home: "",
  credentials: undefined,
  put: async () => undefined,
  all: async () => new Map(),
  compare: async () => undefined,
  remove: async () => undefined,
};

export const host = {
  InfraiClient,
  InfraiError,
  VERSION,
  system: webSystem,
  folder: async () => nothing,
  shown: () => [],
};
