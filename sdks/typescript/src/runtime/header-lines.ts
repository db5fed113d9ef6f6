// Headers that callers give: which are taken, and which are the client's own.

import { InvalidRequestError } from "./errors.js";
import { ATTEMPT, CREDENTIAL, IDEMPOTENCY_KEY } from "./names.js";

/** Headers as callers give them: an object, pairs, or a `Headers`. A value that is `undefined` is left out. */
export type HeadersLike =
  | Readonly<Record<string, string | undefined>>
  | Iterable<readonly [name: string, value: string]>
  | Headers;

/** What follows from the connection and the body. */
const FOLLOWS = "it follows from the connection and the body";

/** The headers that a caller may not set, and what to do instead. */
const RESERVED: ReadonlyMap<string, string> = new Map([
  [CREDENTIAL, "give the key as `api_key`"],
  [ATTEMPT, "it counts the attempts"],
  [IDEMPOTENCY_KEY, "give it as `idempotency_key`"],
  ["host", "give the host in `base_url`"],
  ["connection", FOLLOWS],
  ["content-length", FOLLOWS],
  ["transfer-encoding", FOLLOWS],
]);

/** Returns the headers with their names in small letters; of two with one name the later counts. */
export function checkedHeaders(given?: HeadersLike, operation?: string): Map<string, string> {
  const headers = new Map<string, string>();
  const all = given ?? {};
  const pairs = Symbol.iterator in all ? all : Object.entries(all);
  for (const [name, value] of pairs as Iterable<readonly [string, string | undefined]>) {
    if ((value ?? undefined) === undefined) {
      continue;
    }
    // One of that name, `fetch` would lose.
    if (!/^(?!__proto__$)[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) {
      throw refused(operation, `${visible(name)} is not a header's name`);
    }
    const known = name.toLowerCase();
    const instead = RESERVED.get(known);
    if (instead !== undefined) {
      throw refused(operation, `the header \`${known}\` is the client's own: ${instead}`);
    }
    headers.set(known, headerValue(name, value, operation));
  }
  return headers;
}

/** Returns `value`, if a header can carry it. */
export function headerValue(name: string, value: unknown, operation?: string): string {
  if (typeof value === "string" && /^[\t\x20-\x7e]*$/.test(value)) {
    return value;
  }
  throw refused(
    operation,
    `the value for ${visible(name)} can't be sent: a header's value holds visible ASCII characters and spaces, no line breaks`,
  );
}

function refused(operation: string | undefined, detail: string): InvalidRequestError {
  return new InvalidRequestError({ operation, detail });
}

/** Returns a name with its control characters as they are written in code. */
export function visible(name: string): string {
  return `\`${name.replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1))}\``;
}
