// What callers can set, for a client and for one call.

import { InvalidRequestError } from "./errors.js";
import type { HeadersLike } from "./header-lines.js";
import type { Logger } from "./log.js";

/** Options of one call. What is not set comes from the client. */
export interface RequestOptions {
  /** Milliseconds that one attempt may take, the last byte of its answer included. */
  readonly timeout?: number | undefined;
  /** Milliseconds that the whole call may take, over all attempts and the waits between them. */
  readonly deadline?: number | undefined;
  /** How often the call is tried again at most, 0 to 10, if it is one that may be repeated and trying again may help. */
  readonly maxRetries?: number | undefined;
  /** Ends the call at once, in a wait too. The call then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Further headers; they go before the client's. */
  readonly headers?: HeadersLike | undefined;
  /** The caller's own idempotency key, for a call that is to be repeated in another process. */
  readonly idempotencyKey?: string | undefined;
}

/** Options of a request of the caller's own making. */
export interface CustomRequestOptions extends RequestOptions {
  /** The body, to be sent as JSON. */
  readonly json?: unknown;
  /** Whether doing this twice is the same as doing it once, so that it may be tried again. */
  readonly idempotent?: boolean | undefined;
}

/** Options of a client. */
export interface ClientOptions {
  /**
   * The API key. Without one, `INFRAI_API_KEY` is taken, else the key in `~/.infrai/credentials` where there are files.
   * It is sent to the base URL and nowhere else.
   */
  readonly apiKey?: string | undefined;
  /**
   * Where the service is: an `http` or `https` URL, perhaps with a path. Without one, `INFRAI_BASE_URL` is taken, else that of
   * the credentials file, else the service's own.
   */
  readonly baseUrl?: string | undefined;
  /** Allows plain `http` to other hosts than this machine. The API key and all data can then be read on the way. */
  readonly allowInsecure?: boolean | undefined;
  /** Allows a key in a browser, where whoever uses the page can read it. Only for keys that everybody may have. */
  readonly dangerouslyAllowBrowser?: boolean | undefined;
  /**
   * Milliseconds that one attempt may take, the last byte of its answer included.
   * @defaultValue `30_000`
   */
  readonly timeout?: number | undefined;
  /**
   * Milliseconds that a whole call may take, over all attempts and the waits between them.
   * @defaultValue `120_000`
   */
  readonly deadline?: number | undefined;
  /**
   * How often a call is tried again at most, 0 to 10, if it is one that may be repeated and trying again may help.
   * @defaultValue `2`
   */
  readonly maxRetries?: number | undefined;
  /** Headers that go with every request. */
  readonly headers?: HeadersLike | undefined;
  /** What is added to the `User-Agent`, after a space: `my-app/1.2`. Browsers have their own. */
  readonly userAgentSuffix?: string | undefined;
  /** A `fetch` to use instead of the global one: for proxies and certificates of your own. It must not follow redirects. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Takes the lines of the log instead of standard error. How many there are, `INFRAI_LOG` says. */
  readonly logger?: Logger | undefined;
}

const CLIENT_OPTIONS: Readonly<Record<keyof ClientOptions, true>> = {
  apiKey: true,
  baseUrl: true,
  allowInsecure: true,
  dangerouslyAllowBrowser: true,
  timeout: true,
  deadline: true,
  maxRetries: true,
  headers: true,
  userAgentSuffix: true,
  fetch: true,
  logger: true,
};

/** Refuses options that are none: a key or host that is passed over would leave another one in its place. */
export function checkOptions(options: ClientOptions): void {
  const stranger = Object.keys(options).find((name) => !Object.hasOwn(CLIENT_OPTIONS, name));
  if (typeof options !== "object" || stranger !== undefined) {
    const detail =
      typeof options === "object"
        ? `\`${stranger}\` is not an option of a client`
        : "a client's options are an object, such as `{ apiKey }`";
    throw new InvalidRequestError({ detail });
  }
}

/** How long a call and each of its attempts may take, in milliseconds, and how often it is tried again. */
export interface CallLimits {
  readonly timeout: number;
  readonly deadline: number;
  readonly maxRetries: number;
}

/** Returns the limits that options set, and of the others those of `fallback`. */
export function checkedLimits(
  { timeout, deadline, maxRetries }: RequestOptions,
  fallback: CallLimits,
  operation?: string,
): CallLimits {
  return {
    timeout: positive("timeout", timeout ?? fallback.timeout, operation),
    deadline: positive("deadline", deadline ?? fallback.deadline, operation),
    maxRetries: few(maxRetries ?? fallback.maxRetries, operation),
  };
}

/** Returns a time, if something can happen within it. */
export function positive(name: string, milliseconds: number, operation?: string): number {
  if (typeof milliseconds === "number" && milliseconds > 0) {
    return milliseconds;
  }
  throw new InvalidRequestError({ operation, detail: `\`${name}\` must be more than zero` });
}

/** Returns a number of retries, if it is one and not too many. */
function few(retries: number, operation?: string): number {
  if (Number.isInteger(retries) && retries >= 0 && retries <= 10) {
    return retries;
  }
  const must = retries > 10 ? "at most 10" : retries < 0 ? "at least 0" : "a whole number";
  throw new InvalidRequestError({ operation, detail: `\`max_retries\` must be ${must}` });
}
