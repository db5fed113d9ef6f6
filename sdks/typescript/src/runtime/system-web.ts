// The machine where there are no files: browsers, workers, and whatever has `fetch`.

import { onAbort } from "./abort.js";
import type { System } from "./system.js";

/** The longest that timers of any runtime can be set to, in milliseconds. */
const LONGEST = 2 ** 31 - 1;

/** What may be there beyond the web's own globals. */
interface Globals {
  readonly process?: { readonly env?: Readonly<Record<string, string | undefined>> };
  readonly document?: unknown;
  readonly importScripts?: unknown;
  readonly navigator?: { readonly userAgent?: string };
}

const globals: Globals = globalThis as Globals;

/** The real machine, without files. */
export const webSystem: System = {
  get isBrowser(): boolean {
    const ofServer = /^(Cloudflare-Workers|Deno|Bun|Node)/.test(globals.navigator?.userAgent ?? "");
    return !ofServer && (globals.document ?? globals.importScripts) !== undefined;
  },

  sendsStreams: false,

  variable(name: string): string | undefined {
    try {
      return globals.process?.env?.[name] || undefined;
    } catch {
      // Where reading variables needs a permission that isn't there, there are none.
      return undefined;
    }
  },

  now: () => performance.now(),

  wallClock: () => Date.now(),

  sleep: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      const wake = after(milliseconds, () => {
        forget();
        resolve();
      });
      const forget = onAbort(signal, () => {
        wake();
        reject(signal?.reason as Error);
      });
    }),

  random: () => Math.random(),

  log(line: string): void {
    console.error(line);
  },

  // Browsers tell pages nothing about it, so that they can't look around in somebody's network.
  networkFault: () => ({ failed: "broken" }),
};

/** Calls `end` after so many milliseconds, unless the returned function is called before. */
export function after(milliseconds: number, end: () => void): () => void {
  const timer = setTimeout(end, Math.min(milliseconds, LONGEST));
  return () => {
    clearTimeout(timer);
  };
}
