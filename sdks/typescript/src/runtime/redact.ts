// Keeps secrets out of text that is shown: keys, and the users, queries and fragments of URLs.

import type { ApiKey } from "./api-key.js";

/** The most characters of a foreign text that are shown. */
const LONGEST = 1000;

/** A shorter key isn't looked for in messages: it would be found in every other word, and guards nothing. */
const KEY_FROM = 8;

/** Returns a URL, absolute or not, without user, query and fragment. */
export function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/s, "").replace(/^([^/]*:)?\/\/[^/]*@/, "$1//");
}

/** Returns a URL in the same way, with a sign that there was a query. */
export function shownUrl(url: string): string {
  return withoutQuery(url) + (/^[^?#]*\?/.test(url) ? "?…" : "");
}

/** Returns foreign text as it may be shown: without keys and the secret parts of URLs, on one line, and not too long. */
export function shownText(text: string, keys: Iterable<ApiKey>): string {
  for (const key of keys) {
    if (key.secret.length >= KEY_FROM) {
      text = text.replaceAll(key.secret, key.shown);
    }
  }
  text = withoutSecrets(text).replace(/\p{Cc}/gu, " ");
  // No character has more than two units.
  const characters = Array.from(text.slice(0, 2 * LONGEST + 2));
  return characters.length > LONGEST ? `${characters.slice(0, LONGEST).join("")}…` : text;
}

/**
 * Takes the secrets out of every word that is a URL, absolute or not, or ends with one. No part of a word is read again and again,
 * as a server may write long ones.
 */
function withoutSecrets(text: string): string {
  return text.replace(/[^\s\p{Cc}"<>`]+/gu, (word) => {
    const shown = word.replace(USER, "$1");
    const before = QUERY.exec(shown)?.[0];
    return before === undefined ? shown : `${before}…`;
  });
}

/** Where the host of a URL begins. In the middle of a path, `//` begins none. */
const HOST = String.raw`(?:^|:|[^\p{L}\p{N}\-._~%/@])//`;

const USER = new RegExp(`(${HOST})[^/?#]*@`, "gu");

/**
 * What is before a query or fragment: in a URL that is known to be one, anything behind a `?` or `#` is one; elsewhere, what has a
 * `=`. What a lookahead found isn't searched again.
 */
const QUERY = new RegExp(String.raw`^(?:[^?#]*[?#](?=.*=)|(?=(.*?${HOST}))\1[^?#]*[?#])(?=.)`, "u");
