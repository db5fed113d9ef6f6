// Uploads: a signed URL, then the bytes to the store.

import type { Core } from "../core.js";
import { Crc64 } from "./checksum.js";
import { Broken, type Presign, Session, type TransferOptions } from "./session.js";
import { checkLength, type Opened, openSource, type UploadSource } from "./source.js";

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

/** The operation, as errors and logs name it. */
export const UPLOAD = "storage.object.upload";

/** Uploads. The store has the whole object when this resolves, and what it had before when this rejects. */
export async function upload(
  core: Core,
  { source, size }: UploadRequest,
  presign: Presign,
  options: TransferOptions,
): Promise<Uploaded> {
  const session = new Session(core, UPLOAD, "PUT", presign, options);
  const opened = await openSource(source, size, UPLOAD);
  for (;;) {
    await session.sign();
    session.begin();
    try {
      const etag = await attempt(core, session, opened, options);
      session.succeeded();
      return { bytes: opened.size, etag, attempts: session.number };
    } catch (fault) {
      if (!(fault instanceof Broken)) {
        throw fault;
      }
      if (!opened.isLeft(fault.failure.failed === "unsent")) {
        throw fault.failure.error;
      }
      await session.again(fault, 0);
    }
  }
}

/** Makes one attempt. Returns the object's ETag. */
async function attempt(
  core: Core,
  session: Session,
  opened: Opened,
  { progress }: TransferOptions,
): Promise<string | undefined> {
  const { size } = opened;
  const controller = new AbortController();
  let status: number | undefined;
  const sends = core.system.sendsStreams;
  const feed = sends || size === 0 ? await opened.feed() : undefined;
  try {
    let sum = feed?.sum;
    let body: BodyInit | undefined;
    if (size === 0) {
      await feed?.checkEmpty();
    } else if (feed === undefined) {
      const whole = await opened.whole();
      checkLength(whole instanceof Blob ? whole.size : whole.length, size, UPLOAD);
      sum = whole instanceof Blob ? undefined : new Crc64();
      if (!(whole instanceof Blob)) {
        sum?.update(whole);
      }
      body = whole as BodyInit;
    }
    const length: Record<string, string> = sends ? { "content-length": String(size) } : {};
    const head = await session.send(length, controller, (moves) => {
      if (size === 0 || feed === undefined) {
        return body;
      }
      return feed.stream((bytes) => {
        moves();
        progress?.(bytes, size);
      });
    });
    ({ status } = head);
    if (status < 200 || status > 299) {
      throw await session.refused(head);
    }
    await session.rest(head);
    const theirs = head.headers.get("x-amz-checksum-crc64nvme");
    const ours = sum?.text();
    if (theirs !== null && ours !== undefined && theirs !== ours) {
      const told = core.shown(theirs);
      throw session.otherBytes(`the object's checksum is ${told}, of what was sent ${ours}`, head);
    }
    if (size === 0 || feed === undefined) {
      progress?.(size, size);
    }
    return head.headers.get("etag") ?? undefined;
  } catch (fault) {
    throw feed?.fault ?? fault;
  } finally {
    session.came(status);
    controller.abort();
    feed?.release();
  }
}
