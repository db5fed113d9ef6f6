// Headers that callers give: which are taken, and which are the client's own.

import { InvalidRequestError } from "./errors.js";
import { ATTEMPT, CREDENTIAL, IDEMPOTENCY_KEY } from "./names.js";

/** Headers as callers give them: an object, pairs, or a `Headers`. A value that is `undefined` is left out. */
export type HeadersLike =
  Readonly<Record<string, string | undefined>> | Iterable<readonly [name: string, value: string]>;

/** Returns the headers with their names in small letters; of two with one name the later counts. */
export function checkedHeaders(
  given: HeadersLike | undefined,
  operation?: string,
): Map<string, string> {
  const headers = new Map<string, string>();
  if (given === undefined) {
    return headers;
  }
  const pairs = Symbol.iterator in given ? given : Object.entries(given);
  for (const [name, value] of pairs as Iterable<readonly [string, string | undefined]>) {
    if (value === undefined) {
      continue;
    }
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) {
      throw new InvalidRequestError({
        operation,
        detail: `\`${visible(name)}\` is not a header's name`,
      });
    }
    const known = name.toLowerCase();
    const instead = reserved(known);
    if (instead !== undefined) {
      throw new InvalidRequestError({
        operation,
        detail: `the header \`${known}\` is the client's own: ${instead}`,
      });
    }
    headers.set(known, headerValue(name, value, operation));
  }
  return headers;
}

/** Returns `value`, if a header can carry it. */
export function headerValue(name: string, value: string, operation?: string): string {
  if (/^[\t\x20-\x7e]*$/.test(value)) {
    return value;
  }
  const why = "a header's value holds visible ASCII characters and spaces, no line breaks";
  throw new InvalidRequestError({
    operation,
    detail: `the value for \`${visible(name)}\` can't be sent: ${why}`,
  });
}

/** Returns a name with its control characters as they are written in code. */
function visible(name: string): string {
  return name.replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));
}

/** For a header that a caller may not set: what to do instead. */
function reserved(name: string): string | undefined {
  switch (name) {
    case CREDENTIAL:
      return "give the key as `api_key`";
    case ATTEMPT:
      return "it counts the attempts";
    case IDEMPOTENCY_KEY:
      return "give it as `idempotency_key`";
    case "host":
      return "give the host in `base_url`";
    case "connection":
    case "content-length":
    case "transfer-encoding":
      return "it follows from the connection and the body";
    default:
      return undefined;
  }
}
