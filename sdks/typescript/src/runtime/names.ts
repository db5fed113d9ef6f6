// The names that the outside knows: headers and environment variables.

/** The header that carries the API key. */
export const CREDENTIAL = "authorization";

/** The header that counts the attempts of a call. */
export const ATTEMPT = "x-infrai-attempt";

/** The header by which the service recognises a repeated request. */
export const IDEMPOTENCY_KEY = "idempotency-key";

/** The header that names a request, both ways. */
export const REQUEST_ID = "x-request-id";

/** The variable that may hold the API key. */
export const API_KEY_VARIABLE = "INFRAI_API_KEY";

/** The variable that may hold another base URL. */
export const BASE_URL_VARIABLE = "INFRAI_BASE_URL";

/** The variable that says how much is logged. */
export const LOG_VARIABLE = "INFRAI_LOG";

/** The variable that names a profile of the credentials file. */
export const PROFILE_VARIABLE = "INFRAI_PROFILE";

/** The file that keeps keys, below the home folder. */
export const CREDENTIALS_PLACE = ".infrai/credentials";

/** The profile that counts unless another is named. */
export const DEFAULT_PROFILE = "default";
