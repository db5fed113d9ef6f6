// The answer to a presigning, as far as requests can be sent with it.

import type { PresignedUrl } from "../../generated/types.js";
import { APIDecodeError } from "../errors.js";

/** Where a request goes, with which headers. */
export interface SignedUrl {
  readonly url: string;
  readonly headers: Headers;
  /** When it is over, in milliseconds since 1970; NaN if nobody can tell. */
  readonly end: number;
}

/** Headers of a connection, with which no `fetch` sends a request. */
const HOP_BY_HOP = ["connection", "expect", "keep-alive", "transfer-encoding", "upgrade"];

/** Checks a presigned URL, so that no fault of a `fetch` can show it. */
export function checkedUrl(
  { url, headers = {}, expires_at: end }: PresignedUrl,
  operation: string,
): SignedUrl {
  const refused = (jsonPath: string, why: string): APIDecodeError => {
    const detail = `the answer is not as documented: ${jsonPath}: ${why}`;
    return new APIDecodeError({ operation, detail, jsonPath });
  };
  if (!/^https?:/i.test(url) || !isUrl(url)) {
    throw refused("$.url", "not an `http` or `https` URL");
  }
  const sendable = sendableHeaders(headers);
  if (sendable === undefined) {
    throw refused("$.headers", "not headers that can be sent");
  }
  return { url, headers: sendable, end: Date.parse(end) };
}

function isUrl(text: string): boolean {
  try {
    return new URL(text).hostname !== "";
  } catch {
    return false;
  }
}

function sendableHeaders(given: Readonly<Record<string, string>>): Headers | undefined {
  try {
    const headers = new Headers(given);
    return HOP_BY_HOP.some((name) => headers.has(name)) ? undefined : headers;
  } catch {
    return undefined;
  }
}
