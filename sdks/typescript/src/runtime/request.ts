// Requests that no operation of this client makes: a method and a path, and the same care as for all others.

import type { ApiResponse } from "./api-promise.js";
import type { Core } from "./core.js";
import { InvalidRequestError } from "./errors.js";
import { execute } from "./execute.js";
import type { CustomRequestOptions } from "./options.js";
import { jsonText } from "./prepare.js";
import { withoutQuery } from "./redact.js";

/** Sends a request to `path` below the base URL. */
export function request<T>(
  core: Core,
  method: string,
  path: string,
  { json: given, idempotent = false, ...options }: CustomRequestOptions,
): Promise<ApiResponse<T>> {
  const id = core.shown(`${method} ${withoutQuery(path)}`);
  const json = given ?? undefined;
  return execute(
    core,
    {
      id,
      method,
      repeat: idempotent ? "idempotent" : "not-idempotent",
      key: "needed",
      answer: "any",
      mayBeEmpty: true,
      prepare: (baseUrl) => {
        const detail = pathFault(baseUrl, path) ?? methodFault(method, json !== undefined);
        if (detail !== undefined) {
          throw new InvalidRequestError({ operation: id, detail });
        }
        return { target: path, headers: [], body: jsonText(json, id) };
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
