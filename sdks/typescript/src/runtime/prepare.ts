// From arguments to what is sent: checks them, and puts each where it travels.

import { InvalidRequestError } from "./errors.js";
import { headerValue, visible } from "./header-lines.js";
import type { Argument, Operation, Range } from "./operation.js";

/** What is sent, as far as it follows from the arguments. */
export interface Prepared {
  /** The path below the base URL, and the query. */
  readonly target: string;
  readonly headers: Iterable<readonly [name: string, value: string]>;
  /** The JSON of the body. */
  readonly body: string | undefined;
}

/** Checks the arguments of a call and puts them in their places. */
export function prepare(operation: Operation<unknown>, given?: object): Prepared {
  const { id } = operation;
  const known = Object.entries(operation.arguments);
  const values = checkedValues(id, known, (given ?? {}) as Readonly<Record<string, unknown>>);

  let target = operation.path;
  const query: string[] = [];
  const headers: [string, string][] = [];
  const fields: [string, unknown][] = [];
  let body: unknown;
  for (const [own, argument] of known) {
    const { name = own } = argument;
    const value = values.get(own);
    if (argument.in === undefined) {
      body = fields;
    }
    if (value === undefined) {
      continue;
    }
    switch (argument.in) {
      case "path":
        // A function, as `$&` and the like in a text would mean something.
        target = target.replace(`{${name}}`, () => encoded(value));
        break;
      case "query":
        for (const one of Array.isArray(value) && !argument.joined ? value : [value]) {
          query.push(`${encoded(name)}=${encoded(one)}`);
        }
        break;
      case "header":
        headers.push([name.toLowerCase(), headerValue(own, String(value), id)]);
        break;
      case "body":
        body = value;
        break;
      default:
        fields.push([name, value]);
    }
  }
  return {
    target: query.length === 0 ? target : `${target}?${query.join("&")}`,
    headers,
    body: jsonText(body === fields ? Object.fromEntries(fields) : body, id),
  };
}

/** Returns a value as JSON. What JSON can't say is refused: it would be left out, or become `null`. */
export function jsonText(value: unknown, operation: string): string | undefined {
  let text: string | undefined;
  try {
    text = JSON.stringify(value, (_, part: unknown) => {
      if (typeof part === "function" || typeof part === "symbol" || unsendable(part)) {
        throw new TypeError();
      }
      return part;
    });
  } catch {
    // Neither big integers nor objects that hold themselves are JSON, either.
  }
  if (text === undefined && value !== undefined) {
    throw new InvalidRequestError({ operation, detail: "the body can't be written as JSON" });
  }
  return text;
}

/** Returns the arguments that are to be sent. What is missing, unknown or out of range is refused. */
function checkedValues(
  operation: string,
  known: readonly (readonly [string, Argument])[],
  given: Readonly<Record<string, unknown>>,
): Map<string, unknown> {
  const check = (name: string, fault: string | undefined): void => {
    if (fault !== undefined) {
      throw new InvalidRequestError({ operation, detail: `${visible(name)} ${fault}` });
    }
  };
  const values = new Map<string, unknown>();
  for (const [name, value] of Object.entries(given)) {
    const isKnown = known.some(([own]) => own === name);
    check(name, isKnown || (value ?? undefined) === undefined ? undefined : "is not an argument");
  }
  for (const [name, argument] of known) {
    let value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (value === undefined || (value === null && !argument.nullable)) {
      value = argument.default;
    }
    if (value !== undefined) {
      check(name, argument.in === "path" ? stepFault(value, argument) : undefined);
      check(name, unsendable(value));
      values.set(name, value);
    } else if (!argument.optional) {
      check(name, "is missing");
    }
  }
  for (const [name, argument] of known) {
    check(name, limitFault(values.get(name), argument));
  }
  return values;
}

/** URL parsers take these for steps, encoded or not (RFC 3986 §5.2.4), so that the request would go to another resource. */
function stepFault(value: unknown, { type }: Argument): string | undefined {
  switch (value) {
    case "":
      return "must not be empty";
    case ".":
    case "..":
      return "must not be `.` or `..`: in a URL these are steps to another resource";
    default:
      // What a list or a function prints as names a resource that nobody meant.
      return typeof value === (type ?? "string") ? undefined : `must be a ${type ?? "text"}`;
  }
}

/** JSON and UTF-8 have no form for half a character, nor JSON for a number that isn't finite. */
function unsendable(value: unknown): string | undefined {
  if (typeof value === "string" && /\p{Cs}/u.test(value)) {
    return "must not have half a surrogate pair";
  }
  return typeof value === "number" && !Number.isFinite(value)
    ? "must be a finite number"
    : undefined;
}

function limitFault(value: unknown, { range, length, items }: Argument): string | undefined {
  if (typeof value === "number") {
    const fault = beyond(value, range);
    return fault && `must be ${fault.end} ${fault.limit}`;
  }
  if (typeof value === "string") {
    return lengthFault([...value].length, length, "character");
  }
  return Array.isArray(value) ? lengthFault(value.length, items, "item") : undefined;
}

function lengthFault(length: number, range: Range | undefined, unit: string): string | undefined {
  const fault = beyond(length, range);
  return (
    fault &&
    `must have ${fault.end} ${fault.limit} ${unit}${fault.limit === 1 ? "" : "s"}, not ${length}`
  );
}

/** Returns the end of a range that a number is beyond. */
function beyond(
  number: number,
  [least = -Infinity, most = Infinity]: Range = [],
): { readonly end: string; readonly limit: number } | undefined {
  if (number < least) {
    return { end: "at least", limit: least };
  }
  return number > most ? { end: "at most", limit: most } : undefined;
}

/** Percent-encodes all but the unreserved characters of RFC 3986 §2.3, so that no URL parser changes anything. */
function encoded(value: unknown): string {
  return encodeURIComponent(String(value)).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
