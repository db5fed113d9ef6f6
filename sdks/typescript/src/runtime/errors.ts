// What goes wrong: one class for each kind of failure, and the one line that each prints as.

/** Which time limit was passed. `stall` is that of transfers: no byte moved for so long. */
export type TimeoutPhase = "connect" | "attempt" | "deadline" | "stall";

/** What is known of a failure, of which an error is made. */
export interface ErrorParts {
  /** The reason for people, free of secrets, on one line. Without one, the status's own is taken. */
  readonly detail?: string | undefined;
  readonly operation?: string | undefined;
  readonly status?: number | undefined;
  readonly code?: string | undefined;
  readonly requestId?: string | undefined;
  /** In milliseconds. */
  readonly retryAfter?: number | undefined;
  readonly attempts?: number | undefined;
  readonly headers?: Headers | undefined;
  readonly body?: string | undefined;
  readonly jsonPath?: string | undefined;
  readonly phase?: TimeoutPhase | undefined;
  readonly cause?: Error | undefined;
}

/**
 * The base of every error of this package.
 *
 * `message` is one line that says it all, such as
 * `storage.bucket.create: 409 bucket_exists: bucket already exists (request req_123, 1 attempt)`.
 * Neither it nor anything else that the error prints as holds the API key or the query of a URL.
 */
export class InfraiError extends Error {
  /** The operation that failed, such as `storage.bucket.create`; absent where a client was being built. */
  readonly operation: string | undefined;
  /** The reason for people, without the rest of the line. */
  readonly detail: string;
  /** The HTTP status, if there was an answer; 0 where a browser hides that of a redirect. */
  readonly status: number | undefined;
  /** The service's reason for programs, such as `bucket_exists`. Services add codes: go by the status where you don't know one. */
  readonly code: string | undefined;
  /** The request's id, to be quoted when you ask for help. Absent if nothing was sent. */
  readonly requestId: string | undefined;
  /** How long the service asked to wait, in milliseconds, if its last answer said so. More than 60,000 are never waited. */
  readonly retryAfter: number | undefined;
  /** How often the request was sent, or was tried to be; 0 if it was refused before. */
  readonly attempts: number;
  // Not shown when the error is printed: they are as the server wrote them.
  readonly #headers: Headers | undefined;
  readonly #body: string | undefined;

  constructor(parts: ErrorParts) {
    super(line(parts), parts.cause && { cause: parts.cause });
    this.operation = parts.operation;
    this.detail = parts.detail ?? reason(parts.status);
    this.status = parts.status;
    this.code = parts.code;
    this.requestId = parts.requestId;
    this.retryAfter = parts.retryAfter;
    this.attempts = parts.attempts ?? 0;
    this.#headers = parts.headers;
    this.#body = parts.body;
  }

  /**
   * Whether a thing is one, be it of another copy: a process may have this package as an ES module and as CommonJS.
   * @internal
   */
  static override [Symbol.hasInstance](thing: unknown): boolean {
    const prototype = this.prototype as object;
    const [mark] = Object.getOwnPropertySymbols(prototype);
    // A class that somebody has derived has no mark.
    return mark === undefined
      ? Object.prototype.isPrototypeOf.call(prototype, Object(thing) as object)
      : mark in (Object(thing) as object);
  }

  /** The headers of the answer, as they came; absent if there was none. */
  get headers(): Headers | undefined {
    return this.#headers;
  }

  /** The first 64 KiB of the answer's body, as they came; absent if there were none. */
  get body(): string | undefined {
    return this.#body;
  }
}

/** The request was refused before it was sent: an argument, an option or the base URL can't be used. */
export class InvalidRequestError extends InfraiError {}

/** There is no API key, or one that can't be used. Nothing was sent. */
export class CredentialsError extends InfraiError {}

/** No connection was made, or it broke before the whole answer was there. */
export class APIConnectionError extends InfraiError {}

/** Time ran out. */
export class APITimeoutError extends APIConnectionError {
  /** Which limit was passed. */
  readonly phase: TimeoutPhase;

  constructor(parts: ErrorParts & { readonly phase: TimeoutPhase }) {
    super(parts);
    this.phase = parts.phase;
  }
}

/** The service reported success, but the body isn't the documented one. */
export class APIDecodeError extends InfraiError {
  /** Where in the body the fault is: `$.items[3].created_at`. Absent where it isn't JSON. */
  readonly jsonPath: string | undefined;

  constructor(parts: ErrorParts) {
    super(parts);
    this.jsonPath = parts.jsonPath;
  }
}

/** The service answered with an error status, or with a redirect, which isn't followed. */
export class APIStatusError extends InfraiError {
  declare readonly status: number;

  constructor(parts: ErrorParts & { readonly status: number }) {
    super(parts);
  }
}

/** 400: the request is malformed in the service's eyes. */
export class BadRequestError extends APIStatusError {}

/** 401: the service did not accept the API key. */
export class AuthenticationError extends APIStatusError {}

/** 403: the service knows the API key and does not allow this. */
export class PermissionDeniedError extends APIStatusError {}

/** 404: there is no such thing. */
export class NotFoundError extends APIStatusError {}

/** 409: something else stands in the way, such as a bucket of that name. */
export class ConflictError extends APIStatusError {}

/** 422: the service understood the request and can't do it. */
export class UnprocessableEntityError extends APIStatusError {}

/** 429: the service wants fewer requests; `retryAfter` may say from when on it takes more. */
export class RateLimitError extends APIStatusError {}

/** 5xx: the fault is the service's. */
export class InternalServerError extends APIStatusError {}

// The names of the classes, which survive minifiers, are where JavaScript's own errors have theirs. They may be set, too.
for (const [name, { prototype }] of Object.entries({
  InfraiError,
  InvalidRequestError,
  CredentialsError,
  APIConnectionError,
  APITimeoutError,
  APIDecodeError,
  APIStatusError,
  BadRequestError,
  AuthenticationError,
  PermissionDeniedError,
  NotFoundError,
  ConflictError,
  UnprocessableEntityError,
  RateLimitError,
  InternalServerError,
})) {
  Object.defineProperty(prototype, "name", { value: name, writable: true, configurable: true });
  Object.defineProperty(prototype, Symbol.for(`@infrai/sdk.${name}`), {});
}

/** Returns the error of a status. */
export function statusError(parts: ErrorParts & { readonly status: number }): APIStatusError {
  const { status } = parts;
  const Own = status >= 500 && status < 600 ? InternalServerError : BY_STATUS[status];
  return new (Own ?? APIStatusError)(parts);
}

/** The statuses that have a class of their own. */
const BY_STATUS: Readonly<Record<number, typeof APIStatusError>> = {
  400: BadRequestError,
  401: AuthenticationError,
  403: PermissionDeniedError,
  404: NotFoundError,
  409: ConflictError,
  422: UnprocessableEntityError,
  429: RateLimitError,
};

function line({ operation, status, code, detail, requestId, attempts = 0 }: ErrorParts): string {
  const words = detail ?? reason(status);
  // Only a status's own reason follows it without a colon.
  const colon = code === undefined && detail === undefined && words !== NO_REASON ? "" : ":";
  const answered = !status ? "" : `${[status, code].filter(Boolean).join(" ")}${colon} `;
  const text = (operation === undefined ? "" : `${operation}: `) + answered + words;
  if (attempts === 0) {
    return text;
  }
  const request = requestId === undefined ? "" : `request ${requestId}, `;
  return `${text} (${request}${attempts} attempt${attempts === 1 ? "" : "s"})`;
}

/** Returns what a status means in a word or two: the same words in every language. */
function reason(status: number | undefined): string {
  return REASONS[status ?? 0] ?? NO_REASON;
}

const NO_REASON = "no reason given";

/** RFC 9110 §15, RFC 6585 §4. */
const REASONS: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  409: "Conflict",
  410: "Gone",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
};
