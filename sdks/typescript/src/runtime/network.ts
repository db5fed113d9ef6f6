// What a `fetch` that failed says about why: every runtime has its own words for it.

import type { NetworkFault } from "./system.js";
import type { Failed } from "./retry.js";

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
export function networkFault(words: readonly string[]): NetworkFault {
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
