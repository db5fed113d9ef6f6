// What callers give to transfers, and get from them. Nothing here names a type that only browsers have.

import type { RequestOptions } from "../options.js";

/** Bytes in memory of their own, as `Blob` and `Response` take them: a `Uint8Array`. */
export type Bytes = ReturnType<typeof Uint8Array.from>;

/** Options of a transfer. `timeout` and `deadline` are those of the presigning; a transfer as a whole has no limit. */
export interface TransferOptions extends RequestOptions {
  /**
   * Milliseconds without a byte after which an attempt ends.
   * @defaultValue `20_000`
   */
  readonly stall?: number | undefined;
  /**
   * Is told of the bytes so far and of the whole length, if that is known. Called in the middle of the transfer: be quick. What it
   * throws ends the transfer, which rejects with it.
   */
  readonly progress?: ((bytes: number, total: number | undefined) => void) | undefined;
  /** For how many seconds a signed URL works, 1 to 604800. One that expires meanwhile is replaced. */
  readonly expiresSeconds?: number | undefined;
}

/** Bytes that can be read more than once. */
export interface ReopenableSource {
  /** How many bytes there are. */
  readonly size: number | (() => Promise<number>);
  /** Returns the bytes from the first one on. A stream that isn't read to its end is cancelled. */
  open(): ReadableStream<Uint8Array> | Promise<ReadableStream<Uint8Array>>;
}

/**
 * What can be uploaded. A `ReadableStream` is not tried again once a byte of it was read, and is read to its end or cancelled.
 */
export type UploadSource =
  string | ArrayBuffer | ArrayBufferView | Blob | ReadableStream<Uint8Array> | ReopenableSource;

/** What to upload, and where to. */
export interface UploadRequest {
  /** Which bucket. */
  readonly bucket: string;
  /** Which object: its name in the bucket. */
  readonly key: string;
  /** The bytes. */
  readonly source: UploadSource;
  /** How many bytes a stream has. Without it, the stream is collected in memory first, up to 64 MiB. */
  readonly size?: number | undefined;
}

/** An upload that succeeded. */
export interface Uploaded {
  /** How many bytes the object has. */
  readonly bytes: number;
  /** The object's ETag, as the store sent it, quotes included. */
  readonly etag: string | undefined;
  /** How often it was tried. */
  readonly attempts: number;
}

/** Where the bytes of downloads go. */
export interface DownloadTarget {
  /** Returns what takes the bytes of one download. Nothing has come of it yet. */
  open(): DownloadSink | Promise<DownloadSink>;
}

/** What takes the bytes of one download. What its methods throw, the download rejects with. */
export interface DownloadSink {
  /** Whether it can be begun again after bytes were written. */
  readonly canBeginAgain: boolean;
  /** The first byte of the object comes next; what was written before doesn't count. */
  begin(): void | Promise<void>;
  /** Takes the next bytes. */
  write(bytes: Bytes): void | Promise<void>;
  /** All bytes came, and are those of the object. */
  commit(): void | Promise<void>;
  /** The download failed. If it was cancelled, the last method that was called may still be at work. */
  discard(error: unknown): void | Promise<void>;
}

/** A download that succeeded. */
export interface Downloaded {
  /** How many bytes the object has. */
  readonly bytes: number;
  /** The object's ETag, as the store sent it, quotes included. */
  readonly etag: string | undefined;
  /** How often the store was asked. */
  readonly attempts: number;
}

/** What to download. */
export interface DownloadRequest<To = "bytes"> {
  /** Which bucket. */
  readonly bucket: string;
  /** Which object: its name in the bucket. */
  readonly key: string;
  /**
   * What to make of the bytes: all of them in memory as a `Uint8Array` (`"bytes"`) or a `Blob`; a stream, which is there with the
   * head of the object, can fail later, and ends the download where it is cancelled; or a target such as a file.
   * @defaultValue `"bytes"`
   */
  readonly to?: To;
}

/** What is made of the bytes. */
export type DownloadTo = "bytes" | "blob" | "stream" | DownloadTarget | undefined;

/** What a download resolves with. */
export type DownloadOf<To extends DownloadTo> = To extends "bytes" | undefined
  ? Bytes
  : To extends "stream"
    ? ReadableStream<Bytes>
    : To extends "blob"
      ? Blob
      : Downloaded;

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
   * What a target throws comes as it is.
   */
  download<const To extends DownloadTo = "bytes">(
    request: DownloadRequest<To>,
    options?: TransferOptions,
  ): Promise<DownloadOf<To>>;
}
