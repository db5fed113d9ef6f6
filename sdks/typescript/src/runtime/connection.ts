// Where the service is and with which key it is called: what was given, else the environment's, else what is kept in a file.

import { service } from "../generated/service.js";
import { ApiKey } from "./api-key.js";
import { checkedBaseUrl } from "./base-url.js";
import {
  API_KEY_VARIABLE,
  BASE_URL_VARIABLE,
  CREDENTIALS_PLACE,
  DEFAULT_PROFILE,
  PROFILE_VARIABLE,
} from "./names.js";
import type { System } from "./system.js";

/** What the caller gave when the client was built, checked. */
export interface Given {
  readonly apiKey: ApiKey | undefined;
  readonly baseUrl: string | undefined;
  readonly allowInsecure: boolean;
}

/** Where the service is and with which key it is called. */
export interface Connection {
  /** Without a `/` at its end. */
  readonly baseUrl: string;
  /** The key; absent if there is none. */
  readonly apiKey: ApiKey | undefined;
  /** Whether the key is the credentials file's. */
  readonly isStored: boolean;
  /** What is said to who needs a key where there is none. */
  readonly lack: string;
}

/**
 * Looks everything up. What fails here fails the call.
 *
 * @param needsProfile - Whether a profile that the environment names must be there; not so for who wants to make it.
 */
export async function findConnection(
  given: Given,
  system: System,
  operation: string,
  needsProfile: boolean,
): Promise<Connection> {
  const { allowInsecure } = given;
  const variable = <T>(
    name: string,
    checked: (text: string, place: string) => T,
  ): T | undefined => {
    const text = system.variable(name);
    return text === undefined ? undefined : checked(text, `\`${name}\``);
  };
  const apiKey =
    given.apiKey ?? variable(API_KEY_VARIABLE, (text, place) => new ApiKey(text, place, operation));
  const baseUrl =
    given.baseUrl ??
    variable(BASE_URL_VARIABLE, (text, place) =>
      checkedBaseUrl(text, place, allowInsecure, operation),
    );
  const profile = system.variable(PROFILE_VARIABLE);
  const { credentials } = system;
  // Who gave both needs no file, and isn't stopped by one that can't be read.
  if (credentials !== undefined && (apiKey === undefined || baseUrl === undefined)) {
    const known = { apiKey, baseUrl, allowInsecure };
    return credentials.complete(known, profile, operation, needsProfile);
  }
  return {
    baseUrl: baseUrl ?? service.baseUrl,
    apiKey,
    isStored: false,
    lack: lackOfKey(`~/${CREDENTIALS_PLACE} has no profile ${profile ?? DEFAULT_PROFILE}`),
  };
}

/** Returns what is said to who needs a key where there is none, also where keys are kept. */
export function lackOfKey(where: string): string {
  return `no API key: not given, ${API_KEY_VARIABLE} is not set, and ${where}; activate() gets one`;
}
