// What generated code tells the runtime about an operation. Plain descriptions: nothing here acts.

import type { ApiPromise } from "./api-promise.js";
import type { Shape } from "./decode.js";
import type { RequestOptions } from "./options.js";
import type { Repeat } from "./retry.js";

/** Makes the promise of an operation's answer. */
export type Call = <T>(
  operation: Operation<T>,
  given: object | undefined,
  options: RequestOptions | undefined,
) => ApiPromise<T>;

/** An operation of the API. */
export interface Operation<Answer> {
  /** As it is documented, and as errors and logs name it. */
  readonly id: string;
  /** The verb, in capitals. */
  readonly method: string;
  /** The path, with a `{name}` for each argument that is one of its segments. */
  readonly path: string;
  /** What a repeat does. */
  readonly repeat: Repeat;
  /** Whether the API key goes with it. */
  readonly key: "needed" | "optional" | "none";
  /** The arguments in documented order, by their names on the wire. */
  readonly arguments: Readonly<Record<string, Argument>>;
  /** What a successful answer is; `undefined` for one without a body. */
  readonly answer: Shape | undefined;
  /** Whether some successful answers have no body. */
  readonly mayBeEmpty?: true;
  /** The type of the value, which only the compiler knows. */
  readonly type?: Answer;
}

/** An argument: where it travels, and which values are checked before it is sent. */
export interface Argument {
  /** Where it travels; in the JSON body, as a field of it, if nothing is said. `body` is the body as a whole. */
  readonly in?: "path" | "query" | "header" | "body";
  /** Its type, if it is part of the path and no text. */
  readonly type?: "number" | "boolean";
  /** Its name on the wire, if the caller has another. */
  readonly name?: string;
  /** Whether it may be left out. */
  readonly optional?: true;
  /** Whether it may be `null`. */
  readonly nullable?: true;
  /** Whether a list of it is one text with commas. */
  readonly joined?: true;
  /** Which numbers are sent. */
  readonly range?: Range;
  /** How many code points a text may have. */
  readonly length?: Range;
  /** How many items a list may have. */
  readonly items?: Range;
  /** What is sent when it is left out. */
  readonly default?: unknown;
}

/** The least and the most that is sent. An end that is `undefined` is open. */
export type Range = readonly [least?: number | undefined, most?: number];

/** What the runtime must know of a service. */
export interface Service {
  /** Where it is, unless somebody says otherwise. */
  readonly baseUrl: string;
  /** The part of a key that may be shown. */
  readonly keyPrefix: string;
  /** Where error bodies keep what: paths of names, the first that leads to a text counts. */
  readonly errors: {
    readonly code: readonly (readonly string[])[];
    readonly message: readonly (readonly string[])[];
    readonly requestId: readonly (readonly string[])[];
  };
}
