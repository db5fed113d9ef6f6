// What a `fetch` that failed says about why: each runtime has its own words for it.

import type { NetworkFault } from "./system.js";
import type { Failed } from "./retry.js";

/**
 * What a failure's words say, the first that fits. Words of Node and undici, Deno and Bun. They may name a host, so that each is a
 * word in capitals, or several.
 */
const KNOWN: readonly (readonly [words: RegExp, failed: Failed, unconnected: string])[] = [
  [/ECONNREFUSED|ConnectionRefused|[Cc]onnection refused/, "unsent", "connection refused"],
  [/ENOTFOUND|EAI_AGAIN|dns error:|lookup address|DNS lookup failed/, "unsent", "host not found"],
  [/before secure TLS connection|tls handshake eof/, "unsent", "TLS handshake failed"],
  [
    /_CERT|CERT_|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME|(^|\s)certificate(\s|:|$)/m,
    "for-good",
    "certificate not trusted",
  ],
  [/ERR_SSL_|EPROTO|SSL routines|received corrupt message/, "for-good", "TLS handshake failed"],
];

/** What isn't the network's fault: `fetch` refuses what it is given, or a `fetch` of the caller's own has a mistake in it. */
const MISTAKE =
  /UND_ERR_INVALID_ARG|UND_ERR_NOT_SUPPORTED| is not (a function|defined|iterable)|^Cannot read prop/m;

/** Says what a failure of `fetch` was, and whether anything was sent before it. What isn't known counts as sent. */
export function networkFault(words: readonly string[]): NetworkFault {
  const text = words.join("\n");
  const last = words.at(-1) ?? "";
  if (/UND_ERR_CONNECT_TIMEOUT/.test(text)) {
    return { failed: "unsent", timedOut: true };
  }
  if (MISTAKE.test(text)) {
    return { failed: "for-good", unconnected: last };
  }
  for (const [known, failed, unconnected] of KNOWN) {
    if (known.test(text)) {
      return { failed, unconnected };
    }
  }
  if (/\bconnect E[A-Z]+|error \(Connect\)|bad port|are blocked|unsupported scheme/.test(text)) {
    return { failed: "unsent", unconnected: last };
  }
  return { failed: "broken" };
}
