// `upload` and `download`, which stand beside the documented operations on objects. They are ours, not the API's.

import type { Core } from "../core.js";
import type { Downloaded, DownloadTarget } from "./download.js";
import type { TransferOptions } from "./session.js";
import type { Uploaded, UploadRequest } from "./upload.js";

/** What to download. */
export interface DownloadRequest<To = undefined> {
  /** Which bucket. */
  readonly bucket: string;
  /** Which object: its name in the bucket. */
  readonly key: string;
  /**
   * What to make of the bytes: all of them in memory as a `Uint8Array` (`"bytes"`) or a `Blob`; a stream, which resolves with its
   * first byte and can fail later; or a target such as a file.
   * @defaultValue `"bytes"`
   */
  readonly to?: To;
}

/** What is made of the bytes. */
export type DownloadTo = "bytes" | "blob" | "stream" | DownloadTarget | undefined;

/** What a download resolves with. */
export type DownloadOf<To extends DownloadTo> = To extends "stream"
  ? ReadableStream<Uint8Array>
  : To extends "blob"
    ? Blob
    : To extends DownloadTarget
      ? Downloaded
      : Uint8Array;

/** Moving bytes in and out. */
export interface Transfers {
  /**
   * Uploads an object: presigns a URL and sends the bytes to it, again where that may help. The API key does not go to the store.
   *
   * The store has the whole object when this resolves, and what it had before when this rejects; but where a connection breaks
   * after the last byte, it may have the new one all the same.
   *
   * @throws InfraiError: of the presigning, named `storage.object.presign`, or of the store, named `storage.object.upload`.
   */
  upload(request: UploadRequest, options?: TransferOptions): Promise<Uploaded>;

  /**
   * Downloads an object: presigns a URL and reads the bytes from it. Where the connection breaks, it goes on where it was; where
   * the object changed meanwhile, it begins again, once. Length and checksum are compared.
   *
   * @throws InfraiError: of the presigning, named `storage.object.presign`, or of the store, named `storage.object.download`.
   */
  download<const To extends DownloadTo = undefined>(
    request: DownloadRequest<To>,
    options?: TransferOptions,
  ): Promise<DownloadOf<To>>;
}

/** Returns the transfers of a client. What runs them is loaded with the first one, so that who has none has less to load. */
export const transfers = (core: Core): Transfers => ({
  upload: async (request, options = {}) =>
    (await import("../later.js")).runUpload(core, request, options),
  download: async (request, options = {}) =>
    (await import("../later.js")).runDownload(core, request, options),
});
