// From arguments to what is sent: checks them, and puts each where it travels.

import { InvalidRequestError } from "./errors.js";
import { headerValue } from "./header-lines.js";
import type { Argument, Limits, Operation } from "./operation.js";

/** What is sent, as far as it follows from the arguments. */
export interface Prepared {
  /** The path below the base URL, and the query. */
  readonly target: string;
  readonly headers: ReadonlyMap<string, string>;
  /** The JSON of the body. */
  readonly body: string | undefined;
}

const NONE: ReadonlyMap<string, string> = new Map();

/** Checks the arguments of a call and puts them in their places. */
export function prepare(
  operation: Operation<unknown>,
  given: Readonly<Record<string, unknown>> | undefined,
): Prepared {
  const { id } = operation;
  const known = Object.entries(operation.arguments);
  const values = checkedValues(id, known, given ?? {});

  let target = operation.path;
  const query: string[] = [];
  let headers = NONE;
  let body: unknown;
  for (const [own, argument] of known) {
    const name = argument.name ?? own;
    const value = values.get(own);
    if (argument.in === "path") {
      // A function, as `$&` and the like in a text would mean something.
      target = target.replace(`{${name}}`, () => encoded(textOf(value)));
    } else if (argument.in === undefined) {
      body ??= {};
      if (value !== undefined) {
        setOwn(body as object, name, value);
      }
    } else if (value === undefined) {
      continue;
    } else if (argument.in === "body") {
      body = value;
    } else if (argument.in === "header") {
      headers = new Map([...headers, [name.toLowerCase(), headerValue(own, textOf(value), id)]]);
    } else {
      const texts = Array.isArray(value) && argument.joined !== true ? value : [value];
      query.push(...texts.map((text) => `${encoded(name)}=${encoded(textOf(text))}`));
    }
  }
  return {
    target: query.length === 0 ? target : `${target}?${query.join("&")}`,
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
  };
}

/** Returns the arguments that are to be sent. What is missing, unknown or out of range is refused. */
function checkedValues(
  operation: string,
  known: readonly (readonly [string, Argument])[],
  given: Readonly<Record<string, unknown>>,
): Map<string, unknown> {
  const refused = (name: string, why: string): InvalidRequestError =>
    new InvalidRequestError({ operation, detail: `\`${name}\` ${why}` });
  const stranger = Object.keys(given).find((name) => known.every(([own]) => own !== name));
  if (stranger !== undefined) {
    throw refused(stranger, "is not an argument");
  }
  const values = new Map<string, unknown>();
  for (const [name, argument] of known) {
    let value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (value === undefined || (value === null && argument.nullable !== true)) {
      value = argument.default;
    }
    if (value === undefined) {
      if (argument.optional !== true) {
        throw refused(name, "is missing");
      }
      continue;
    }
    const fault = argument.in === "path" ? stepFault(value) : unsendable(value);
    if (fault !== undefined) {
      throw refused(name, fault);
    }
    values.set(name, value);
  }
  for (const [name, argument] of known) {
    const fault = limitFault(values.get(name), argument);
    if (fault !== undefined) {
      throw refused(name, fault);
    }
  }
  return values;
}

/** URL parsers take these for steps, encoded or not (RFC 3986 §5.2.4), so that the request would go to another resource. */
function stepFault(value: unknown): string | undefined {
  if (value === "") {
    return "must not be empty";
  }
  if (value === "." || value === "..") {
    return "must not be `.` or `..`: in a URL these are steps to another resource";
  }
  return typeof value === "object" ? "must be a text" : unsendable(value);
}

/** JSON and UTF-8 have no form for half a character, nor JSON for a number that isn't finite. */
function unsendable(value: unknown): string | undefined {
  if (typeof value === "string" && /\p{Cs}/u.test(value)) {
    return "must not have half a surrogate pair";
  }
  if (typeof value === "number" && !Number.isFinite(value)) {
    return "must be a finite number";
  }
  return undefined;
}

function limitFault(value: unknown, limits: Limits): string | undefined {
  switch (typeof value) {
    case "number":
      if (limits.minimum !== undefined && value < limits.minimum) {
        return `must be at least ${limits.minimum}`;
      }
      return limits.maximum !== undefined && value > limits.maximum
        ? `must be at most ${limits.maximum}`
        : undefined;
    case "string":
      return lengthFault(codePoints(value), limits.minLength, limits.maxLength, "character");
    default:
      return Array.isArray(value)
        ? lengthFault(value.length, limits.minItems, limits.maxItems, "item")
        : undefined;
  }
}

function lengthFault(
  length: number,
  min: number | undefined,
  max: number | undefined,
  unit: string,
): string | undefined {
  const count = (n: number): string => `${n} ${unit}${n === 1 ? "" : "s"}`;
  if (min !== undefined && length < min) {
    return `must have at least ${count(min)}, not ${length}`;
  }
  return max !== undefined && length > max
    ? `must have at most ${count(max)}, not ${length}`
    : undefined;
}

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) {
    count += 1;
  }
  return count;
}

/** Percent-encodes all but the unreserved characters of RFC 3986 §2.3, so that no URL parser changes anything. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function textOf(value: unknown): string {
  return String(value);
}

/** Sets a field of any name; an assignment to `__proto__` would set something else. */
function setOwn(body: object, name: string, value: unknown): void {
  Object.defineProperty(body, name, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}
