// The API key: which keys are refused, and how one is shown.

import { CredentialsError } from "./errors.js";
import { service } from "../generated/service.js";

/** A key of fewer characters is not shown at all: its last 4 would be too much of it. */
const SHOWN_FROM = 16;

/** A usable key. The key itself is in no property, so that nothing that prints objects can show it. */
export class ApiKey {
  /** The key as it may be shown. */
  readonly shown: string;
  readonly #secret: string;

  /** Takes a key that came from `origin`, a place to name in an error. */
  constructor(text: string, origin: string, operation?: string) {
    const fault = keyFault(text);
    if (fault !== undefined) {
      throw new CredentialsError({ operation, detail: `the API key from ${origin} ${fault}` });
    }
    this.#secret = text;
    this.shown = shownKey(text);
  }

  /** The key itself, to be sent. */
  get secret(): string {
    return this.#secret;
  }

  toString(): string {
    return this.shown;
  }
}

function keyFault(text: string): string | undefined {
  if (typeof text !== "string") {
    return "is not a text";
  }
  if (text === "") {
    return "is empty";
  }
  if (text.trim() === "") {
    return "is blank";
  }
  if (/[^\0-\x7f]/.test(text)) {
    return "has characters that are not ASCII";
  }
  return /[\0-\x1f\x7f]/.test(text) ? "has control characters, such as a line break" : undefined;
}

function shownKey(text: string): string {
  if (text.length < SHOWN_FROM) {
    return "…";
  }
  const prefix = service.keyPrefix;
  const showsPrefix = text.startsWith(prefix) && prefix.length + SHOWN_FROM / 2 <= text.length;
  return `${showsPrefix ? prefix : ""}…${text.slice(-4)}`;
}
