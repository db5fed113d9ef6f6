// What a `fetch` that failed says about why: every runtime has its own words for it.

import type { Failed } from "./retry.js";

/** Why there is no answer. */
export interface NetworkFault {
  readonly failed: Failed;
  /** Why no connection was made; absent where one broke. */
  readonly unconnected?: string;
  /** Whether connecting took too long for the runtime. */
  readonly timedOut?: true;
}

/** What a failure's words say, the first that fits. Words of Node and undici, Deno, Bun and workerd. */
const KNOWN: readonly (readonly [words: RegExp, failed: Failed, unconnected: string])[] = [
  [
    /certificate|_CERT|CERT_|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|ALTNAME/i,
    "for-good",
    "certificate not trusted",
  ],
  [/ECONNREFUSED|ConnectionRefused|connection refused/i, "unsent", "connection refused"],
  [/ENOTFOUND|EAI_AGAIN|dns error|lookup address|DNS lookup failed/i, "unsent", "host not found"],
  [/before secure TLS connection|tls handshake eof/i, "unsent", "TLS handshake failed"],
  [/ERR_SSL_|EPROTO|SSL routines|received corrupt message/i, "for-good", "TLS handshake failed"],
];

/** Says what a failure of `fetch` was, and whether anything was sent before it. What isn't known counts as sent. */
export function networkFault(fault: unknown): NetworkFault {
  const words = wordsOf(fault);
  const text = words.join("\n");
  if (/UND_ERR_CONNECT_TIMEOUT/.test(text)) {
    return { failed: "unsent", timedOut: true };
  }
  for (const [known, failed, unconnected] of KNOWN) {
    if (known.test(text)) {
      return { failed, unconnected };
    }
  }
  if (/\bconnect E[A-Z]+|error \(Connect\)|bad port|are blocked|unsupported scheme/.test(text)) {
    return { failed: "unsent", unconnected: words.at(-1) ?? text };
  }
  return { failed: "broken" };
}

/** Returns what an error and its causes say, as one that holds nothing else: runtimes hang sockets and whole URLs on theirs. */
export function plainCause(fault: unknown, shown: (text: string) => string): Error {
  const cause = new Error(shown(wordsOf(fault).join(": ")));
  delete cause.stack;
  return cause;
}

/** Returns the codes and messages of an error and its causes, the outermost first. */
function wordsOf(fault: unknown): string[] {
  const words: string[] = [];
  let next: unknown = fault;
  for (let depth = 0; depth < 8 && typeof next === "object" && next !== null; depth++) {
    const { message, code, cause, errors } = next as {
      message?: unknown;
      code?: unknown;
      cause?: unknown;
      errors?: readonly unknown[];
    };
    words.push(
      ...[code, message].filter((word): word is string => typeof word === "string" && word !== ""),
    );
    next = cause ?? errors?.[0];
  }
  return words;
}
