// Keeps secrets out of text that is shown: keys, and the users, queries and fragments of URLs.

import type { ApiKey } from "./api-key.js";

/** The most characters of a foreign text that are shown. */
const LONGEST = 1000;

/** A shorter key isn't looked for in messages: it would be found in every other word, and guards nothing. */
const KEY_FROM = 8;

/** Returns a URL, absolute or not, without user, query and fragment. */
export function shownUrl(url: string): string {
  const at = url.search(/[?#]/);
  const place = at < 0 ? url : url.slice(0, at);
  const cut = at >= 0 && url[at] === "?" ? "?…" : "";
  return place.replace(/^([^/]*:)?\/\/[^/]*@/, "$1//") + cut;
}

/** Returns foreign text as it may be shown: without keys and the secret parts of URLs, on one line, and not too long. */
export function shownText(text: string, keys: readonly ApiKey[]): string {
  for (const key of keys) {
    if (key.secret.length >= KEY_FROM) {
      text = text.replaceAll(key.secret, key.shown);
    }
  }
  text = withoutSecrets(text).replace(/\p{Cc}/gu, " ");
  if (text.length > LONGEST) {
    const characters = Array.from(text);
    if (characters.length > LONGEST) {
      return characters.slice(0, LONGEST).join("") + "…";
    }
  }
  return text;
}

/** Takes the secrets out of every word that is a URL, absolute or not, or ends with one. */
function withoutSecrets(text: string): string {
  return text.replace(/[^\s\p{Cc}"<>`]+/gu, shownWord);
}

/** Cuts the users of the URLs in a word, and the word from the first `?` or `#` that begins a query or fragment. */
function shownWord(word: string): string {
  let shown = "";
  let rest = word;
  let absolute = false;
  for (;;) {
    const cut = secretFrom(rest, absolute);
    const host = rest.indexOf("//") + 2;
    if (host < 2 || (cut !== undefined && host >= cut)) {
      return shown + (cut === undefined ? rest : rest.slice(0, cut) + "…");
    }
    const before = rest.slice(0, host - 2);
    shown += rest.slice(0, host);
    rest = rest.slice(host);
    // In the middle of a path, `//` begins no host.
    if (before.endsWith(":") || !/[\p{L}\p{N}\-._~%/@]$/u.test(before)) {
      absolute = true;
      const authority = /^[^/?#]*/.exec(rest)?.[0] ?? "";
      rest = rest.slice(authority.lastIndexOf("@") + 1);
    }
  }
}

/** Returns where a query or fragment begins: a `=` makes one of what stands behind a `?` or `#`; in a URL that is known to be one, anything does. */
function secretFrom(text: string, absolute: boolean): number | undefined {
  for (const { index } of text.matchAll(/[?#]/g)) {
    const at = index + 1;
    if (text.includes("=", at) || (absolute && at < text.length)) {
      return at;
    }
  }
  return undefined;
}
