// Which base URLs are taken, and the form in which they are kept.

import { type InfraiError, InvalidRequestError } from "./errors.js";

/** Returns the base URL without a `/` at its end. `origin` says where it came from; a fault never repeats the URL, which may hold a password. */
export function checkedBaseUrl(
  text: string,
  origin: string,
  allowInsecure: boolean,
  operation?: string,
  Refused: typeof InfraiError = InvalidRequestError,
): string {
  const refused = (why: string): InfraiError =>
    new Refused({ operation, detail: `the base URL from ${origin} ${why}` });
  if (!/^https?:\/\//i.test(text)) {
    throw refused("must start with `https://` or `http://`");
  }
  // A URL is ASCII (RFC 3986 §2): what encodes the rest does so in more than one way.
  if (/[^\0-\x7f]/.test(text) || !URL.canParse(text)) {
    throw refused("is not a URL");
  }
  const url = new URL(text);
  if (url.hostname.includes("%")) {
    // Chromium takes characters that no host has, and escapes them.
    throw refused("is not a URL");
  }
  if (url.username !== "" || url.password !== "") {
    throw refused("must not hold a user or password: give the key as `api_key`");
  }
  if (/[?#]/.test(text)) {
    throw refused("must not have a query or fragment");
  }
  if (url.protocol === "http:" && !allowInsecure && !isLoopback(url.hostname)) {
    throw refused(
      "is plain `http`, which would show the API key to the network: use `https`, or set `allow_insecure`",
    );
  }
  return url.href.replace(/\/+$/, "");
}

/** Whether the host is this machine by its name or address, whatever name servers say. */
function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127(\.\d+){3}$/.test(host);
}
