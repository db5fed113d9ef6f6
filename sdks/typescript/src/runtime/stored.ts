// The part of a connection that a credentials file has.

import { service } from "../generated/service.js";
import { ApiKey } from "./api-key.js";
import { checkedBaseUrl } from "./base-url.js";
import { type Connection, type Given, lackOfKey } from "./connection.js";
import { CredentialsError } from "./errors.js";
import { CREDENTIALS_PLACE, DEFAULT_PROFILE, PROFILE_VARIABLE } from "./names.js";
import { CredentialsFault } from "./system.js";

/** The file as it was read. */
export interface CredentialsFile {
  /** Returns the values of a profile. */
  profile(name: string): ReadonlyMap<string, string> | undefined;
}

/**
 * Returns what is known, with what it lacks from the file.
 *
 * @param named - The profile that the environment names.
 * @param needsProfile - Whether that profile must be there.
 */
export async function storedConnection(
  path: string,
  read: () => Promise<CredentialsFile | undefined>,
  { apiKey: key, baseUrl, allowInsecure }: Given,
  named: string | undefined,
  operation: string,
  needsProfile: boolean,
): Promise<Connection> {
  const refused = (detail: string): CredentialsError => new CredentialsError({ operation, detail });
  const file = await read().catch((fault: unknown) => {
    throw fault instanceof CredentialsFault ? refused(fault.message) : fault;
  });
  const name = named ?? DEFAULT_PROFILE;
  const profile = file?.profile(name);
  if (needsProfile && named !== undefined && profile === undefined) {
    throw refused(`${path} has no profile ${name}`);
  }
  const url = profile?.get("base_url");
  const own =
    url === undefined
      ? service.baseUrl
      : checkedBaseUrl(url, path, allowInsecure, operation, CredentialsError);
  const stored = profile?.get("api_key");
  if (key !== undefined || stored === undefined) {
    const lack = lackOfKey(
      profile === undefined
        ? `~/${CREDENTIALS_PLACE} has no profile ${name}`
        : `profile ${name} of ~/${CREDENTIALS_PLACE} has no api_key`,
    );
    return { baseUrl: baseUrl ?? own, apiKey: key, isStored: false, lack };
  }
  const apiKey = new ApiKey(stored, path, operation);
  const [home, there] = [new URL(own).origin, new URL(baseUrl ?? own).origin];
  if (home !== there) {
    throw refused(
      `the key of profile ${name} is for ${home}, not for ${there}: give the key for it, or set ${PROFILE_VARIABLE}`,
    );
  }
  return { baseUrl: baseUrl ?? own, apiKey, isStored: true, lack: "" };
}
