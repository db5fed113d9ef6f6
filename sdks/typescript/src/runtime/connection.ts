// Where the service is and with which key it is called: what was given, else the environment's, else the credentials file's.

import { service } from "../generated/service.js";
import { ApiKey } from "./api-key.js";
import { checkedBaseUrl } from "./base-url.js";
import { CredentialsError } from "./errors.js";
import {
  API_KEY_VARIABLE,
  BASE_URL_VARIABLE,
  CREDENTIALS_PLACE,
  DEFAULT_PROFILE,
  PROFILE_VARIABLE,
} from "./names.js";
import { CredentialsFault, type CredentialsStore, type System } from "./system.js";

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
  const named = system.variable(PROFILE_VARIABLE);
  const name = named ?? DEFAULT_PROFILE;
  const keyVariable = system.variable(API_KEY_VARIABLE);
  const urlVariable = system.variable(BASE_URL_VARIABLE);
  const key =
    given.apiKey ??
    (keyVariable === undefined
      ? undefined
      : new ApiKey(keyVariable, `\`${API_KEY_VARIABLE}\``, operation));
  let baseUrl =
    given.baseUrl ??
    (urlVariable === undefined
      ? undefined
      : checkedBaseUrl(urlVariable, `\`${BASE_URL_VARIABLE}\``, allowInsecure, operation));
  // Who gave both needs no file, and isn't stopped by one that can't be read.
  const store = key === undefined || baseUrl === undefined ? system.credentials : undefined;
  const file = store && (await readStore(store, operation));
  const profile = file?.profile(name);
  if (needsProfile && named !== undefined && store !== undefined && profile === undefined) {
    throw new CredentialsError({ operation, detail: `${store.path} has no profile ${name}` });
  }
  const storedUrl = profile?.get("base_url");
  const own =
    storedUrl === undefined
      ? service.baseUrl
      : checkedBaseUrl(storedUrl, store?.path ?? "", allowInsecure, operation, CredentialsError);
  baseUrl ??= own;
  if (key !== undefined) {
    return { baseUrl, apiKey: key, isStored: false, lack: "" };
  }
  const stored = profile?.get("api_key");
  if (stored === undefined) {
    const where =
      profile === undefined
        ? `~/${CREDENTIALS_PLACE} has no profile ${name}`
        : `profile ${name} of ~/${CREDENTIALS_PLACE} has no api_key`;
    const lack = `no API key: not given, ${API_KEY_VARIABLE} is not set, and ${where}; activate() gets one`;
    return { baseUrl, apiKey: undefined, isStored: false, lack };
  }
  const apiKey = new ApiKey(stored, store?.path ?? "", operation);
  const [home, there] = [originOf(own), originOf(baseUrl)];
  if (home !== there) {
    const detail = `the key of profile ${name} is for ${home}, not for ${there}: give the key for it, or set ${PROFILE_VARIABLE}`;
    throw new CredentialsError({ operation, detail });
  }
  return { baseUrl, apiKey, isStored: true, lack: "" };
}

/** Returns the scheme, host and port of a URL. */
export function originOf(url: string): string {
  return new URL(url).origin;
}

async function readStore(
  store: CredentialsStore,
  operation: string,
): ReturnType<CredentialsStore["read"]> {
  try {
    return await store.read();
  } catch (fault) {
    throw fault instanceof CredentialsFault
      ? new CredentialsError({ operation, detail: fault.message })
      : fault;
  }
}
