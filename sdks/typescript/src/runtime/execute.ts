// The life of one call: checked, sent, tried again where that may help, and answered.

import { service } from "../generated/service.js";
import { VERSION } from "../version.js";
import type { ApiKey } from "./api-key.js";
import { ApiPromise, type ApiResponse } from "./api-promise.js";
import { checkedBaseUrl } from "./base-url.js";
import { json, looseText, uuid } from "./bytes.js";
import { type Connection, findConnection, type Given, originOf } from "./connection.js";
import { type Fault, faultOf, type Shape } from "./decode.js";
import {
  APIConnectionError,
  APIDecodeError,
  APITimeoutError,
  CredentialsError,
  type ErrorParts,
  InfraiError,
  InvalidRequestError,
  statusError,
} from "./errors.js";
import { type Answer, exchange, KEPT_BODY, LONGEST_BODY } from "./exchange.js";
import { checkedHeaders, headerValue } from "./header-lines.js";
import { Log, seconds, shownHeaders } from "./log.js";
import { ATTEMPT, CREDENTIAL, IDEMPOTENCY_KEY, REQUEST_ID } from "./names.js";
import { networkFault, plainCause } from "./network.js";
import type { Operation } from "./operation.js";
import { type ClientOptions, few, positive, type RequestOptions } from "./options.js";
import { type Prepared, prepare } from "./prepare.js";
import { shownText, shownUrl } from "./redact.js";
import { Attempts, type Failure, type Limit, type Repeat, Tokens } from "./retry.js";
import { serverWait } from "./server-wait.js";
import type { System } from "./system.js";

/** What is sent, and how. */
export interface Request<T> extends Pick<Operation<T>, "id" | "method" | "repeat" | "key"> {
  /** What the answer must be; `undefined` if its body doesn't matter. */
  readonly answer: Shape | undefined;
  /** Whether a body that is documented may be missing. */
  readonly mayBeEmpty?: true | undefined;
  /** Makes what is sent; throws if it can't be. */
  readonly prepare: (baseUrl: string) => Prepared;
}

/** Makes the promise of an operation's answer. */
export type Call = <T>(
  operation: Operation<T>,
  given: object | undefined,
  options: RequestOptions | undefined,
) => ApiPromise<T>;

/** What all attempts of a call have in common. */
interface Plan {
  readonly operation: string;
  readonly method: string;
  readonly url: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string | undefined;
  readonly connection: Connection;
  readonly key: ApiKey | undefined;
  readonly requestId: string;
  readonly signal: AbortSignal | undefined;
}

/** What calls share: settings, the connection once it is known, and what may be spent on retries. Holds its secrets in private fields. */
export class Core {
  readonly system: System;
  readonly log: Log;
  readonly tokens: Tokens = new Tokens();
  readonly maxRetries: number;
  readonly deadline: number;
  readonly fetch: typeof globalThis.fetch;
  readonly #timeout: number;
  readonly #given: Given;
  readonly #headers: ReadonlyMap<string, string>;
  readonly #keys: ApiKey[] = [];
  #connection: Promise<Connection> | undefined;

  /** Checks the settings, and how much is to be logged. What else isn't given is looked up at the first call. */
  constructor(options: ClientOptions, apiKey: ApiKey | undefined, system: System) {
    const { allowInsecure = false, baseUrl, fetch } = options;
    this.system = system;
    this.log = new Log(system, options.logger);
    this.#given = {
      apiKey,
      baseUrl:
        baseUrl === undefined ? undefined : checkedBaseUrl(baseUrl, "`base_url`", allowInsecure),
      allowInsecure,
    };
    this.#timeout = positive("timeout", options.timeout ?? 30_000);
    this.deadline = positive("deadline", options.deadline ?? 120_000);
    this.maxRetries = few(options.maxRetries ?? 2);
    this.#headers = new Map([
      ["user-agent", userAgent(options.userAgentSuffix)],
      ...checkedHeaders(options.headers),
    ]);
    // Looked up at each call, so that what tests put in its place later is seen.
    this.fetch = fetch ?? ((input, init) => globalThis.fetch(input, init));
  }

  /** Calls an operation. */
  readonly call: Call = (operation, given, options) =>
    this.send(
      {
        id: operation.id,
        method: operation.method,
        repeat: operation.repeat,
        key: operation.key,
        answer: operation.answer,
        mayBeEmpty: operation.mayBeEmpty,
        prepare: () => prepare(operation, given as Readonly<Record<string, unknown>> | undefined),
      },
      options,
    );

  /** Sends a request. */
  send<T>(request: Request<T>, options: RequestOptions = {}): ApiPromise<T> {
    return ApiPromise.of(this.#logged(this.#run<T>(request, options)));
  }

  /** What transfers say of who sends them, as all calls do. */
  get userAgent(): string {
    return this.#headers.get("user-agent") ?? "";
  }

  /** Returns foreign text as it may be shown. */
  readonly shown = (text: string): string => shownText(text, this.#keys);

  /** Returns headers as they may be seen. */
  readonly shownHeaders = (headers: Iterable<readonly [string, string]>): string =>
    shownHeaders(headers, this.#keys);

  /** Returns where the service is. Looked up once; a key that isn't there is looked for again. */
  async connection(operation: string): Promise<Connection> {
    this.#connection ??= findConnection(this.#given, this.system, operation, true);
    const looking = this.#connection;
    let found: Connection | undefined;
    try {
      found = await looking;
    } finally {
      if (found?.apiKey === undefined && this.#connection === looking) {
        this.#connection = undefined;
      }
    }
    this.#know(found.apiKey);
    return found;
  }

  /** Returns where the service is, for who wants to get a key: the profile need not be there. */
  async connectionForNewKey(operation: string): Promise<Connection> {
    const found = await findConnection(this.#given, this.system, operation, false);
    this.use(found);
    return found;
  }

  /** Takes a connection from now on. */
  use(connection: Connection): void {
    this.#know(connection.apiKey);
    this.#connection = Promise.resolve(connection);
  }

  /** Whether the caller gave the base URL. */
  get hasBaseUrl(): boolean {
    return this.#given.baseUrl !== undefined;
  }

  /** Whether plain `http` is allowed everywhere. */
  get allowsInsecure(): boolean {
    return this.#given.allowInsecure;
  }

  /** Keys stay known after they were replaced, as a server may still repeat them. */
  #know(key: ApiKey | undefined): void {
    if (key !== undefined && !this.#keys.includes(key)) {
      this.#keys.push(key);
    }
  }

  async #logged<T>(result: Promise<T>): Promise<T> {
    try {
      return await result;
    } catch (error) {
      if (error instanceof InfraiError) {
        this.log.line("error", error.message);
      }
      throw error;
    }
  }

  /** Makes one attempt after the other. */
  async #run<T>(request: Request<T>, options: RequestOptions): Promise<ApiResponse<T>> {
    const { id, method } = request;
    const { signal } = options;
    signal?.throwIfAborted();
    const repeat: Repeat =
      request.repeat === "not-idempotent" && options.idempotencyKey !== undefined
        ? "keyed"
        : request.repeat;
    // Checked before anything is looked up.
    const { target, headers: own, body } = request.prepare(this.#given.baseUrl ?? service.baseUrl);
    const headers = this.#requestHeaders(id, repeat, options, own, body !== undefined);
    const timeout = positive("timeout", options.timeout ?? this.#timeout, id);
    const deadline = positive("deadline", options.deadline ?? this.deadline, id);
    const maxRetries = few(options.maxRetries ?? this.maxRetries, id);

    const connection = await this.connection(id);
    const key = request.key === "none" ? undefined : connection.apiKey;
    if (key === undefined && request.key === "needed") {
      throw new CredentialsError({ operation: id, detail: connection.lack });
    }
    const plan: Plan = {
      operation: id,
      method,
      url: connection.baseUrl + target,
      headers,
      body,
      connection,
      key,
      requestId: this.shown(headers.get(REQUEST_ID) ?? ""),
      signal,
    };
    const attempts = new Attempts(this.system, this.tokens, maxRetries, deadline);
    for (;;) {
      const number = attempts.begin();
      const started = this.system.now();
      const result = await this.#attempt(request, plan, number, attempts.limit(timeout));
      const status = "error" in result ? result.error.status : result.status;
      this.log.line(
        "info",
        `${id}: attempt ${number}: ${status ?? "no answer"} after ${seconds(this.system.now() - started)}`,
      );
      if (!("error" in result)) {
        attempts.succeeded();
        return result;
      }
      const wait = attempts.waitAfter(result, repeat);
      if (wait === undefined) {
        throw result.error;
      }
      this.log.line("info", `${id}: attempt ${number + 1} follows in ${seconds(wait)}`);
      await this.system.sleep(wait, signal);
    }
  }

  /** Makes one attempt. */
  async #attempt<T>(
    { answer, mayBeEmpty }: Request<T>,
    plan: Plan,
    number: number,
    limit: Limit,
  ): Promise<ApiResponse<T> | Failure> {
    const { log } = this;
    const { operation, method, url } = plan;
    const headers: Record<string, string> = Object.fromEntries(plan.headers);
    headers[ATTEMPT] = String(number);
    if (plan.key !== undefined) {
      headers[CREDENTIAL] = `Bearer ${plan.key.secret}`;
    }
    if (log.shows("debug")) {
      const shown = `${method} ${shownUrl(url).replace(/\?…$/, "")} ${this.shownHeaders(Object.entries(headers))}`;
      log.line("debug", `${operation}: attempt ${number}: ${shown}`);
    }
    const init: RequestInit = { method, headers, redirect: "manual" };
    if (plan.body !== undefined) {
      init.body = plan.body;
    }
    const came = await exchange(this.fetch, url, init, limit.time, plan.signal);
    const known = { operation, attempts: number, requestId: plan.requestId || undefined };
    if ("late" in came) {
      return lateFailure(known, limit);
    }
    if ("fault" in came) {
      return this.#networkFailure(known, came.fault, originOf(plan.connection.baseUrl));
    }
    if (log.shows("debug")) {
      log.line(
        "debug",
        `${operation}: attempt ${number}: answer ${this.shownHeaders(came.headers)}`,
      );
    }
    const answered = this.#answeredId(came.headers) ?? plan.requestId;
    const parts = {
      ...known,
      requestId: answered || undefined,
      status: came.status,
      retryAfter: serverWait(came.headers, this.system.wallClock()),
      headers: came.headers,
      body: looseText(came.body.subarray(0, KEPT_BODY)),
    };
    if (came.status < 200 || came.status > 299) {
      return this.#statusFailure(parts, came);
    }
    let value: unknown;
    let fault: Fault | undefined;
    if (answer !== undefined) {
      value = came.body.length === 0 && mayBeEmpty === true ? null : json(came.body);
      fault =
        bodyFault(came, value) ??
        (value === null && mayBeEmpty ? undefined : faultOf(value, answer));
    }
    if (fault !== undefined) {
      const jsonPath = this.shown(fault.path);
      const detail = `the answer is not as documented: ${jsonPath}: ${this.shown(fault.why)}`;
      return { failed: "for-good", error: new APIDecodeError({ ...parts, detail, jsonPath }) };
    }
    return { value: value as T, status: came.status, headers: came.headers, requestId: answered };
  }

  /** Returns the failure of a request that got no answer, or not the whole of it. */
  #networkFailure(known: Omit<ErrorParts, "detail">, fault: unknown, origin: string): Failure {
    const { failed, unconnected, timedOut } = networkFault(fault);
    const cause = plainCause(fault, this.shown);
    if (timedOut) {
      const detail = `no connection to ${origin}`;
      return { failed, error: new APITimeoutError({ ...known, detail, cause, phase: "connect" }) };
    }
    const detail =
      unconnected === undefined
        ? "the connection broke before the answer was whole"
        : `no connection to ${origin}: ${this.shown(unconnected)}`;
    return { failed, error: new APIConnectionError({ ...known, detail, cause }) };
  }

  #statusFailure(
    parts: Omit<ErrorParts, "detail"> & { readonly status: number },
    { headers, body }: Answer,
  ): Failure {
    const told = json(body);
    const find = (places: readonly (readonly string[])[]): string | undefined => {
      const found = places.map((place) => textAt(told, place)).find((text) => text !== undefined);
      return found === undefined ? undefined : this.shown(found);
    };
    const { status } = parts;
    const location = status >= 300 && status < 400 ? headers.get("location") : null;
    const detail =
      location === null
        ? find(service.errors.message)
        : `redirect to ${this.shown(shownUrl(location))} is not followed`;
    const error = statusError({
      ...parts,
      detail,
      code: find(service.errors.code),
      requestId: find(service.errors.requestId) ?? parts.requestId,
    });
    return { failed: "status", error };
  }

  #answeredId(headers: Headers): string | undefined {
    const id = headers.get(REQUEST_ID);
    return id ? this.shown(id) : undefined;
  }

  /** Returns the headers of all attempts: ours, the client's, the call's, then what only we set. */
  #requestHeaders(
    operation: string,
    repeat: Repeat,
    options: RequestOptions,
    own: ReadonlyMap<string, string>,
    hasBody: boolean,
  ): Map<string, string> {
    const headers = new Map([["accept", "application/json"]]);
    if (hasBody) {
      headers.set("content-type", "application/json");
    }
    for (const lines of [this.#headers, checkedHeaders(options.headers, operation), own]) {
      for (const [name, value] of lines) {
        headers.set(name, value);
      }
    }
    if (!headers.get(REQUEST_ID)) {
      headers.set(REQUEST_ID, uuid());
    }
    const { idempotencyKey } = options;
    if (idempotencyKey === "") {
      throw new InvalidRequestError({ operation, detail: "`idempotency_key` must not be empty" });
    }
    if (idempotencyKey !== undefined) {
      headers.set(IDEMPOTENCY_KEY, headerValue("idempotency_key", idempotencyKey, operation));
    } else if (repeat === "keyed") {
      headers.set(IDEMPOTENCY_KEY, uuid());
    }
    return headers;
  }
}

function userAgent(suffix: string | undefined): string {
  const own = `infrai-typescript/${VERSION}`;
  return suffix === undefined ? own : `${own} ${headerValue("user_agent_suffix", suffix)}`;
}

/** Returns the failure of an attempt whose time was up. */
function lateFailure(known: Omit<ErrorParts, "detail">, { phase, told }: Limit): Failure {
  const of = phase === "deadline" ? "the deadline of " : "";
  const detail = `no whole answer within ${of}${seconds(told)}`;
  return { failed: "broken", error: new APITimeoutError({ ...known, detail, phase }) };
}

/** Returns what is wrong with a body before anything is known of its value. */
function bodyFault({ body, isWhole }: Answer, value: unknown): Fault | undefined {
  if (!isWhole) {
    return { path: "$", why: `the body is longer than ${LONGEST_BODY / 1024 / 1024} MiB` };
  }
  if (value !== undefined) {
    return undefined;
  }
  return { path: "$", why: body.length === 0 ? "the body is empty" : "the body is not JSON" };
}

/** Returns the text at a place in a value, if there is one. */
function textAt(value: unknown, place: readonly string[]): string | undefined {
  for (const name of place) {
    const isOwn = typeof value === "object" && value !== null && Object.hasOwn(value, name);
    value = isOwn ? (value as Record<string, unknown>)[name] : undefined;
  }
  return typeof value === "string" && value !== "" ? value : undefined;
}
