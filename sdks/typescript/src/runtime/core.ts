// What the calls of a client share: settings, where the service is once that is known, and what may be spent on retries.

import { VERSION } from "../version.js";
import { ApiKey } from "./api-key.js";
import { checkedBaseUrl } from "./base-url.js";
import { type Connection, findConnection, type Given } from "./connection.js";
import { InfraiError, InvalidRequestError } from "./errors.js";
import { checkedHeaders, headerValue } from "./header-lines.js";
import type { Level, Log, Logger } from "./log.js";
import { LOG_VARIABLE } from "./names.js";
import {
  type CallLimits,
  checkedLimits,
  checkOptions,
  type ClientOptions,
  type RequestOptions,
} from "./options.js";
import { shownText } from "./redact.js";
import { Tokens } from "./retry.js";
import type { System } from "./system.js";

/** Loads what writes the log. */
export type LoadLog = () => Promise<{ readonly Log: typeof Log }>;

/** What calls share. Holds its secrets in private fields. */
export class Core {
  readonly system: System;
  readonly tokens: Tokens = new Tokens();
  readonly fetch: typeof globalThis.fetch;
  readonly #limits: CallLimits;
  readonly #given: Given;
  readonly #headers: ReadonlyMap<string, string>;
  readonly #refusesKeys: boolean;
  readonly #keys = new Set<ApiKey>();
  readonly #level: Level;
  readonly #logger: Logger;
  readonly #loadLog: LoadLog;
  #log: Promise<Log> | undefined;
  #connection: Promise<Connection> | undefined;

  /** Checks the settings, and how much is to be logged. What else isn't given is looked up at the first call. */
  constructor(options: ClientOptions, system: System, loadLog: LoadLog) {
    checkOptions(options);
    const { allowInsecure = false, fetch, logger } = options;
    const optional = <T>(value: string | null | undefined, checked: (text: string) => T) =>
      value === undefined || value === null ? undefined : checked(value);
    this.system = system;
    this.#loadLog = loadLog;
    this.#refusesKeys = system.isBrowser && options.dangerouslyAllowBrowser !== true;
    this.#given = {
      apiKey: optional(options.apiKey, (text) => new ApiKey(text, "`api_key`")),
      baseUrl: optional(options.baseUrl, (text) =>
        checkedBaseUrl(text, "`base_url`", allowInsecure),
      ),
      allowInsecure,
    };
    if (this.#given.apiKey !== undefined) {
      this.guardPage();
    }
    for (const [name, own] of Object.entries({ fetch, logger })) {
      if ((own ?? undefined) !== undefined && typeof own !== "function") {
        throw new InvalidRequestError({ detail: `\`${name}\` must be a function` });
      }
    }
    this.#limits = checkedLimits(options, { timeout: 30_000, deadline: 120_000, maxRetries: 2 });
    const suffix = optional(
      options.userAgentSuffix,
      (text) => ` ${headerValue("user_agent_suffix", text)}`,
    );
    this.#level = checkedLevel(system.variable(LOG_VARIABLE) ?? "off");
    this.#logger = logger ?? ((line) => system.log(line));
    const agent = `infrai-typescript/${VERSION}${suffix ?? ""}`;
    this.#headers = new Map([
      // A browser has its own, or asks the server whether a page may send another.
      ...(system.isBrowser ? [] : [["user-agent", agent] as const]),
      ...checkedHeaders(options.headers),
    ]);
    // Looked up at each call, so that what tests put in its place later is seen.
    this.fetch = fetch ?? ((input, init) => globalThis.fetch(input, init));
  }

  /** What the caller gave. */
  get given(): Given {
    return this.#given;
  }

  /** The headers that go with every request. */
  get headers(): ReadonlyMap<string, string> {
    return this.#headers;
  }

  /** Returns the limits of a call. */
  limits(options: RequestOptions, operation: string): CallLimits {
    return checkedLimits(options, this.#limits, operation);
  }

  /** What transfers say of who sends them, as all calls do. */
  get userAgent(): string {
    return this.#headers.get("user-agent") ?? "";
  }

  /** Returns foreign text as it may be shown. */
  readonly shown = (text: string): string => shownText(text, this.#keys);

  /** Returns where the service is. Looked up once; a key that isn't there is looked for again. */
  async connection(operation: string): Promise<Connection> {
    const looking = (this.#connection ??= findConnection(
      this.#given,
      this.system,
      operation,
      true,
    ));
    const found = await looking.catch((error: unknown) => {
      this.#forget(looking);
      throw error;
    });
    if (found.apiKey === undefined) {
      this.#forget(looking);
    } else {
      this.guardPage(operation);
      this.#keys.add(found.apiKey);
    }
    return found;
  }

  /** Refuses to have a key in a page, unless that is allowed. */
  guardPage(operation?: string): void {
    if (this.#refusesKeys) {
      throw new InvalidRequestError({
        operation,
        detail:
          "whoever uses a page can read the API key in it: keep it on a server, or set `dangerouslyAllowBrowser`",
      });
    }
  }

  /** Takes a connection from now on. Keys stay known after they were replaced, as a server may still repeat them. */
  use(connection: Connection): void {
    if (connection.apiKey !== undefined) {
      this.#keys.add(connection.apiKey);
    }
    this.#connection = Promise.resolve(connection);
  }

  /** Has the log tell something, if there is to be one. It is loaded for its first line, and no call waits for it or fails with it. */
  log(tell: (log: Log) => void): void {
    if (this.#level !== "off") {
      this.#log ??= this.#loadLog().then(
        ({ Log }) => new Log(this.#level, this.#logger, this.shown),
      );
      this.#log.then(tell).catch(() => undefined);
    }
  }

  /** Logs what an operation fails with. */
  async logged<T>(operation: string, result: () => Promise<T>): Promise<T> {
    try {
      return await result();
    } catch (error) {
      // What another operation failed with, such as a presigning, it has logged itself.
      if (error instanceof InfraiError && error.operation === operation) {
        this.log((log) => {
          log.failed(error);
        });
      }
      throw error;
    }
  }

  #forget(looking: Promise<Connection>): void {
    if (this.#connection === looking) {
      this.#connection = undefined;
    }
  }
}

function checkedLevel(word: string): Level {
  if (!/^(off|error|info|debug)$/.test(word)) {
    throw new InvalidRequestError({ detail: `${LOG_VARIABLE} must be off, error, info or debug` });
  }
  return word as Level;
}
