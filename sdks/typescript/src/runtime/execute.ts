// The life of one call: checked, sent, tried again where that may help, and answered.

import { service } from "../generated/service.js";
import type { ApiResponse } from "./api-promise.js";
import { json, looseText, uuid } from "./bytes.js";
import type { Core } from "./core.js";
import { type Fault, faultOf, type Shape } from "./decode.js";
import { APIDecodeError, CredentialsError, InvalidRequestError } from "./errors.js";
import { type Answer, exchange, KEPT_BODY, LONGEST_BODY } from "./exchange.js";
import { noAnswer, refused, seconds, type Told, tooLate } from "./failure.js";
import { checkedHeaders, headerValue } from "./header-lines.js";
import { ATTEMPT, CREDENTIAL, IDEMPOTENCY_KEY, REQUEST_ID } from "./names.js";
import type { Operation } from "./operation.js";
import type { RequestOptions } from "./options.js";
import type { Prepared } from "./prepare.js";
import { Attempts, type Failure, type Limit, type Repeat } from "./retry.js";
import { serverWait } from "./server-wait.js";

/** What is sent, and how. */
export interface Request<T> extends Pick<Operation<T>, "id" | "method" | "repeat" | "key"> {
  /** What the answer must be; `undefined` if its body doesn't matter. */
  readonly answer: Shape | undefined;
  /** Whether a body that is documented may be missing. */
  readonly mayBeEmpty?: true | undefined;
  /** Makes what is sent; throws if it can't be. */
  readonly prepare: (baseUrl: string) => Prepared;
}

/** What all attempts of a call have in common. */
interface Plan<T> {
  readonly request: Request<T>;
  readonly url: string;
  /** All but the attempt's number. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Sends a request, again where that may help. */
export function execute<T>(
  core: Core,
  request: Request<T>,
  options?: RequestOptions,
): Promise<ApiResponse<T>> {
  return core.logged(request.id, () => run(core, request, options ?? {}));
}

/** Makes one attempt after the other. */
async function run<T>(
  core: Core,
  request: Request<T>,
  options: RequestOptions,
): Promise<ApiResponse<T>> {
  const { id } = request;
  const { signal } = options;
  const idempotencyKey = options.idempotencyKey ?? undefined;
  signal?.throwIfAborted();
  const repeat =
    request.repeat === "not-idempotent" && idempotencyKey !== undefined ? "keyed" : request.repeat;
  // Checked before anything is looked up.
  const { target, headers: own, body } = request.prepare(core.given.baseUrl ?? service.baseUrl);
  const headers = requestHeaders(
    core,
    id,
    repeat,
    options.headers,
    idempotencyKey,
    own,
    body !== undefined,
  );
  const { timeout, deadline, maxRetries } = core.limits(options, id);

  const { baseUrl, apiKey, lack } = await core.connection(id);
  if (apiKey !== undefined && request.key !== "none") {
    headers.set(CREDENTIAL, `Bearer ${apiKey.secret}`);
  } else if (request.key === "needed") {
    throw new CredentialsError({ operation: id, detail: lack });
  }
  const plan: Plan<T> = {
    request,
    url: baseUrl + target,
    headers: Object.fromEntries(headers),
    body,
    signal,
  };
  const attempts = new Attempts(core, id, maxRetries, deadline);
  for (;;) {
    const result = await attempt(core, plan, attempts.begin(), attempts.limit(timeout));
    attempts.came("error" in result ? result.error.status : result.status);
    if (!("error" in result)) {
      attempts.succeeded();
      return result;
    }
    await attempts.again(result, repeat, signal);
  }
}

/** Makes one attempt. */
async function attempt<T>(
  core: Core,
  { request, url, headers, body, signal }: Plan<T>,
  number: number,
  limit: Limit,
): Promise<ApiResponse<T> | Failure> {
  const { shown } = core;
  const { id, method } = request;
  const sent = { ...headers, [ATTEMPT]: String(number) };
  const init: RequestInit = { method, headers: sent, redirect: "manual" };
  if (core.system.isBrowser) {
    // It would answer by itself what it has kept: Chromium keeps even a 410 that says nothing about it.
    init.cache = "no-store";
  }
  if (body !== undefined) {
    init.body = body;
  }
  core.log((log) => {
    log.sends(id, number, method, url, sent);
  });
  const came = await exchange(core.fetch, url, init, limit.time, signal);
  const answered = "response" in came ? came.response.headers : undefined;
  const requestId = shown(answered?.get(REQUEST_ID) || headers[REQUEST_ID] || "");
  const known = { operation: id, attempts: number, requestId };
  if ("late" in came) {
    const of = limit.phase === "deadline" ? "the deadline of " : "";
    return tooLate(known, limit.phase, `no whole answer within ${of}${seconds(limit.told)}`);
  }
  if ("fault" in came) {
    return noAnswer(core.system, known, came.fault, url, shown);
  }
  const { status, headers: lines } = came.response;
  core.log((log) => {
    log.answered(id, number, lines);
  });
  const read = valueOf(request, came);
  if ("value" in read) {
    return { value: read.value as T, status, headers: lines, requestId };
  }
  const parts = {
    ...known,
    status,
    retryAfter: serverWait(lines, core.system.wallClock()),
    headers: lines,
    body: looseText(came.body.subarray(0, KEPT_BODY)),
  };
  if ("told" in read) {
    return refused(parts, read.told, shown);
  }
  const jsonPath = shown(read.path);
  const detail = `the answer is not as documented: ${jsonPath}: ${shown(read.why)}`;
  return { failed: "for-good", error: new APIDecodeError({ ...parts, detail, jsonPath }) };
}

/** Returns the value of an answer, what an error says of itself, or what isn't as documented. */
function valueOf(
  { answer, mayBeEmpty }: Request<unknown>,
  { response, body, isWhole }: Answer,
): { readonly value: unknown } | { readonly told: Told } | Fault {
  if (response.type === "opaqueredirect" || response.redirected) {
    // A browser says nothing more of it. A `fetch` of the caller's own that follows it may have taken the key along.
    const message = "a redirect is not followed";
    return { told: { code: undefined, message, requestId: undefined } };
  }
  if (!response.ok) {
    const told = json(body);
    const { code, message, requestId } = service.errors;
    return {
      told: {
        code: textAt(told, code),
        message: textAt(told, message),
        requestId: textAt(told, requestId),
      },
    };
  }
  if (answer === undefined || (mayBeEmpty && body.length === 0)) {
    return { value: answer && null };
  }
  if (!isWhole) {
    return { path: "$", why: `the body is longer than ${LONGEST_BODY / 1024 / 1024} MiB` };
  }
  const value = json(body);
  if (value === undefined) {
    return { path: "$", why: body.length === 0 ? "the body is empty" : "the body is not JSON" };
  }
  return (value === null && mayBeEmpty ? undefined : faultOf(value, answer)) ?? { value };
}

/** Returns the text at the first of some places in a value where there is one. */
function textAt(value: unknown, places: readonly (readonly string[])[]): string | undefined {
  for (const place of places) {
    let found = value;
    for (const name of place) {
      const isOwn = typeof found === "object" && found !== null && Object.hasOwn(found, name);
      found = isOwn ? (found as Record<string, unknown>)[name] : undefined;
    }
    if (typeof found === "string" && found !== "") {
      return found;
    }
  }
  return undefined;
}

/** Returns the headers of all attempts: ours, the client's, the call's, then what only we set. */
function requestHeaders(
  core: Core,
  operation: string,
  repeat: Repeat,
  given: RequestOptions["headers"],
  idempotencyKey: string | undefined,
  own: Prepared["headers"],
  hasBody: boolean,
): Map<string, string> {
  const headers = new Map([
    ["accept", "application/json"],
    ...(hasBody ? [["content-type", "application/json"] as const] : []),
    ...core.headers,
    ...checkedHeaders(given, operation),
    ...own,
  ]);
  if (!headers.get(REQUEST_ID)) {
    headers.set(REQUEST_ID, uuid());
  }
  if (idempotencyKey !== undefined) {
    // `fetch` takes off the spaces around it.
    const key = headerValue("idempotency_key", idempotencyKey, operation).trim();
    if (key === "") {
      throw new InvalidRequestError({ operation, detail: "`idempotency_key` must not be empty" });
    }
    headers.set(IDEMPOTENCY_KEY, key);
  } else if (repeat === "keyed") {
    headers.set(IDEMPOTENCY_KEY, uuid());
  }
  return headers;
}
