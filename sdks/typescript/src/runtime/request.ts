// Requests that no operation of this client makes: a method and a path, and the same care as for all others.

import type { ApiPromise } from "./api-promise.js";
import { InvalidRequestError } from "./errors.js";
import type { Core } from "./execute.js";
import type { RequestOptions } from "./options.js";
import { shownUrl } from "./redact.js";

/** Options of a request of the caller's own making. */
export interface CustomRequestOptions extends RequestOptions {
  /** The body, to be sent as JSON. */
  readonly json?: unknown;
  /** Whether doing this twice is the same as doing it once, so that it may be tried again. */
  readonly idempotent?: boolean | undefined;
}

/** Sends a request to `path` below the base URL. */
export function request<T>(
  core: Core,
  method: string,
  path: string,
  { json, idempotent = false, ...options }: CustomRequestOptions,
): ApiPromise<T> {
  const id = `${method} ${shownUrl(path).replace(/\?…$/, "")}`;
  return core.send(
    {
      id,
      method,
      repeat: idempotent ? "idempotent" : "not-idempotent",
      key: "needed",
      answer: "any",
      mayBeEmpty: true,
      prepare: (baseUrl) => {
        const fault = pathFault(baseUrl, path) ?? methodFault(method, json !== undefined);
        if (fault !== undefined) {
          throw new InvalidRequestError({ operation: id, detail: fault });
        }
        const body = json === undefined ? undefined : JSON.stringify(json);
        return { target: path, headers: new Map(), body };
      },
    },
    options,
  );
}

/** Says why a path would not be sent as it is. What the URL's parser changes would go elsewhere than it says. */
function pathFault(baseUrl: string, path: string): string | undefined {
  if (!path.startsWith("/") || path.startsWith("//")) {
    return "`path` must begin with one `/`: it is what follows the base URL";
  }
  const text = baseUrl + path;
  return path.includes("#") || !URL.canParse(text) || new URL(text).href !== text
    ? "`path` must be written as it is sent: percent-encoded, without `.`, `..` and `#`"
    : undefined;
}

/** Says why `fetch` would not send this. */
function methodFault(method: string, hasBody: boolean): string | undefined {
  if (!/^[A-Z]+$/.test(method) || /^(CONNECT|TRACE|TRACK)$/.test(method)) {
    return "`method` must be a verb in capitals that `fetch` sends";
  }
  return hasBody && /^(GET|HEAD)$/.test(method)
    ? "`json` can't be sent with `GET` and `HEAD`"
    : undefined;
}
