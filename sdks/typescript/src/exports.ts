// What every entry of this package gives.

export type { Groups, Storage, StorageBucket, StorageObject } from "./generated/operations.js";
export type * from "./generated/types.js";
export type { Activation } from "./runtime/activate.js";
export type { StorageWithTransfers } from "./runtime/client.js";
export { ApiPromise, type ApiResponse } from "./runtime/api-promise.js";
export {
  APIConnectionError,
  APIDecodeError,
  APIStatusError,
  APITimeoutError,
  AuthenticationError,
  BadRequestError,
  ConflictError,
  CredentialsError,
  type ErrorParts,
  InfraiError,
  InternalServerError,
  InvalidRequestError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
  type TimeoutPhase,
  UnprocessableEntityError,
} from "./runtime/errors.js";
export type { HeadersLike } from "./runtime/header-lines.js";
export type { Logger } from "./runtime/log.js";
export type { ClientOptions, CustomRequestOptions, RequestOptions } from "./runtime/options.js";
export type {
  Bytes,
  Downloaded,
  DownloadOf,
  DownloadRequest,
  DownloadSink,
  DownloadTarget,
  DownloadTo,
  ReopenableSource,
  Transfers,
  TransferOptions,
  Uploaded,
  UploadRequest,
  UploadSource,
} from "./runtime/transfers/types.js";
export { VERSION } from "./version.js";
