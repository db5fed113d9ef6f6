// Getting a key: a trial account from the service, kept in the credentials file.

import { ApiKey } from "./api-key.js";
import { checkedBaseUrl } from "./base-url.js";
import { findConnection } from "./connection.js";
import type { Shape } from "./decode.js";
import { APIDecodeError, AuthenticationError, CredentialsError, InfraiError } from "./errors.js";
import type { Core } from "./core.js";
import { execute } from "./execute.js";
import { DEFAULT_PROFILE, PROFILE_VARIABLE } from "./names.js";
import type { RequestOptions } from "./options.js";
import { CredentialsFault } from "./system.js";

/** A key that works, and where it is kept. */
export interface Activation {
  /** The key as it may be shown: `ifr_pk_…` and its last 4 characters. */
  readonly shownKey: string;
  /** Where the service is. */
  readonly baseUrl: string;
  /** The credentials file that the key was written to; absent if one was there that works, or there are no files. */
  readonly file: string | undefined;
  /** Whether there was a key that works. Then nothing was asked for or written. */
  readonly kept: boolean;
}

/** The operation, as errors and logs name it. */
const OPERATION = "activate";

/** What the service answers. */
interface Account {
  readonly api_key: string;
  readonly base_url?: string;
}

const account: Shape = { required: { api_key: "string" }, optional: { base_url: "string" } };

/** Makes sure that there is a key. `list` is a call that any key may make. */
export async function activate(
  core: Core,
  list: (options: RequestOptions) => Promise<unknown>,
  options: RequestOptions,
): Promise<Activation> {
  try {
    core.guardPage(OPERATION);
    const connection = await findConnection(core.given, core.system, OPERATION, false);
    core.use(connection);
    if (connection.apiKey !== undefined && (await works(list, options, connection.isStored))) {
      const { apiKey, baseUrl } = connection;
      return { shownKey: apiKey.shown, baseUrl, file: undefined, kept: true };
    }
    const { value } = await execute<Account>(
      core,
      {
        id: OPERATION,
        method: "POST",
        repeat: "not-idempotent",
        key: "none",
        answer: account,
        prepare: () => ({ target: "/v1/activate", headers: [], body: undefined }),
      },
      options,
    );
    const { api_key, base_url } = value;
    const apiKey = new ApiKey(api_key, "the service", OPERATION);
    const { baseUrl } = connection;
    // Whoever said where the service is will say so again, and the key must be for that place.
    const told =
      core.given.baseUrl !== undefined || base_url === undefined
        ? baseUrl
        : checkedBaseUrl(
            base_url,
            "the service",
            core.given.allowInsecure,
            OPERATION,
            APIDecodeError,
          );
    const store = core.system.credentials;
    const profile = core.system.variable(PROFILE_VARIABLE) ?? DEFAULT_PROFILE;
    const isOurs = await store?.write(profile, connection.apiKey?.secret, [
      ["api_key", apiKey.secret],
      ["base_url", told],
    ]);
    if (isOurs === false) {
      // Another process was quicker: all go on with the key that is kept.
      return await activate(core, list, options);
    }
    core.use({ baseUrl, apiKey, isStored: true, lack: "" });
    return { shownKey: apiKey.shown, baseUrl, file: store?.path, kept: false };
  } catch (error) {
    throw error instanceof CredentialsFault
      ? new CredentialsError({ operation: OPERATION, detail: error.message })
      : error;
  }
}

/** Whether the key is one that the service knows. One that isn't the file's can't be replaced, so that its refusal is an error. */
async function works(
  list: (options: RequestOptions) => Promise<unknown>,
  options: RequestOptions,
  isStored: boolean,
): Promise<boolean> {
  try {
    await list(options);
    return true;
  } catch (error) {
    if (error instanceof AuthenticationError && isStored) {
      return false;
    }
    // Any other status shows that the key was known, or says nothing about it.
    if (error instanceof InfraiError && error.status !== undefined && error.status !== 401) {
      return true;
    }
    throw error;
  }
}
