// What each runtime lacks of what cases may require, and why. tests/conformance/README.md says what the words mean.

const everywhere = {
  "connect-timeout": "fetch has no limit of connecting",
  dates: "times are the documented strings",
  "big-integers": "numbers are doubles",
  "bytes-before-break": "where a connection breaks, fetch drops what it has not handed on yet",
  framing: "how an answer said where it ends, fetch doesn't tell",
};

const SENT_WHOLE = "a body is sent whole, and nothing is seen of it";

/** Word to reason, by runtime. */
export const LACKS = {
  node: everywhere,
  deno: {
    ...everywhere,
    "one-send": "on a kept connection that breaks, fetch sends again by itself",
    "sent-bytes": SENT_WHOLE,
  },
  bun: {
    ...everywhere,
    "one-send": "on a kept connection that breaks, fetch sends again by itself",
    handshakes: "a handshake that broke off looks like a connection that broke later",
  },
  workerd: {
    ...everywhere,
    files: "there are none",
    "one-send": "on a kept connection that breaks, fetch sends again by itself",
    unsent: "why a fetch failed is not said",
    "sent-bytes": SENT_WHOLE,
  },
  chromium: {
    ...everywhere,
    files: "there are none",
    unsent: "why a fetch failed is not said",
    redirects: "where one points is not said",
    "user-agent": "it is the browser's",
    "exact-headers": "the browser sends its own",
    "one-send": "on a kept connection that breaks, fetch sends again by itself",
    "sent-bytes": SENT_WHOLE,
    "early-answers": "an answer is handed on when the body was sent",
    "strict-heads":
      "a length that is none is passed over, and a head ends where the connection does",
  },
};

/** Where bytes and a break come at once, some drop the bytes. So many seconds are to be between them. */
export const PAUSES = { bun: 0.05, chromium: 0.05 };

/** Which of them this is. */
export function runtime() {
  return "Deno" in globalThis ? "deno" : "Bun" in globalThis ? "bun" : "node";
}
