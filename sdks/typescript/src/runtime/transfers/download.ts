// Downloads: a signed URL, then the bytes from the store, in as many pieces as it takes.

import type { Core } from "../core.js";
import { Crc64 } from "./checksum.js";
import { Broken, type Head, type Presign, Session, type TransferOptions } from "./session.js";

/** Where the bytes of a download go. */
export interface DownloadTarget {
  /** Whether it can be begun again after bytes were written. */
  readonly canBeginAgain: boolean;
  /** The first byte of the object comes next; what was written before doesn't count. */
  begin(): void | Promise<void>;
  /** Takes the next bytes. */
  write(bytes: Uint8Array): void | Promise<void>;
  /** All bytes came, and are those of the object. */
  commit(): void | Promise<void>;
  /** The download failed. */
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

/** The operation, as errors and logs name it. */
export const DOWNLOAD = "storage.object.download";

/** Downloads into a target. */
export async function download(
  core: Core,
  target: DownloadTarget,
  presign: Presign,
  options: TransferOptions,
): Promise<Downloaded> {
  const session = new Session(core, DOWNLOAD, "GET", presign, options);
  const inbox = new Inbox(target, options);
  let changes = 0;
  try {
    for (;;) {
      await session.sign();
      session.begin();
      const before = inbox.have;
      try {
        if (await attempt(core, session, inbox)) {
          await target.commit();
          session.succeeded();
          return { bytes: inbox.have, etag: inbox.etag, attempts: session.number };
        }
        changes += 1;
        if (changes > 1 || !inbox.canBeginAgain) {
          throw session.otherBytes("the object changed while it was downloaded");
        }
        inbox.forget();
      } catch (fault) {
        if (!(fault instanceof Broken)) {
          throw fault;
        }
        if (!inbox.canGoOn && !inbox.canBeginAgain) {
          throw fault.failure.error;
        }
        if (!inbox.canGoOn) {
          inbox.forget();
        }
        await session.again(fault, Math.max(0, inbox.have - before));
      }
    }
  } catch (error) {
    await target.discard(error);
    throw error;
  }
}

/** Makes one attempt, from where the last one ended. Returns whether the object is still the same. */
async function attempt(core: Core, session: Session, inbox: Inbox): Promise<boolean> {
  const controller = new AbortController();
  const from = inbox.have;
  const headers: Record<string, string> = {};
  if (from > 0 && inbox.etag !== undefined) {
    headers["range"] = `bytes=${from}-`;
    headers["if-match"] = inbox.etag;
  }
  if (core.system.sendsStreams) {
    // Otherwise `fetch` asks for compressed bytes, and the length would be theirs.
    headers["accept-encoding"] = "identity";
  }
  let status: number | undefined;
  try {
    const head = await session.send(headers, controller);
    ({ status } = head);
    if (from > 0 && status === 206) {
      if (!inbox.goesOn(head.headers)) {
        return false;
      }
    } else if (from > 0 && (status === 412 || status === 416)) {
      return false;
    } else if (status < 200 || status > 299) {
      throw await session.refused(head);
    } else if (status !== 200) {
      throw session.otherBytes("the answer is not the object", head);
    } else if (from > 0 && !inbox.canBeginAgain) {
      // The store passes over the range, and sends the whole.
      return false;
    } else {
      await inbox.begin(head.headers);
    }
    return await read(core, session, inbox, head);
  } finally {
    session.came(status);
    controller.abort();
  }
}

/** Reads an answer to its end, and compares. */
async function read(core: Core, session: Session, inbox: Inbox, head: Head): Promise<boolean> {
  inbox.tell();
  for (let bytes = await head.next(); bytes !== undefined; bytes = await head.next()) {
    if (inbox.total !== undefined && inbox.have + bytes.length > inbox.total) {
      return false;
    }
    await inbox.take(bytes);
  }
  if (inbox.total !== undefined && inbox.have < inbox.total) {
    throw session.brokeOff();
  }
  const ours = inbox.sum?.text();
  if (ours !== undefined && ours !== inbox.checksum) {
    const told = core.shown(inbox.checksum ?? "");
    throw session.otherBytes(`the object's checksum is ${told}, of what came ${ours}`, head);
  }
  return true;
}

/** What has come of an object. */
class Inbox {
  /** The bytes so far. */
  have = 0;
  etag: string | undefined;
  total: number | undefined;
  /** What the store says of the whole object, and what we find; absent where it says nothing. */
  checksum: string | undefined;
  sum: Crc64 | undefined;
  readonly #target: DownloadTarget;
  readonly #progress: TransferOptions["progress"];

  constructor(target: DownloadTarget, { progress }: TransferOptions) {
    this.#target = target;
    this.#progress = progress;
  }

  /** Whether the rest can be asked for: only a strong ETag is that of these very bytes (RFC 9110 §8.8.3). */
  get canGoOn(): boolean {
    return /^".+"$/.test(this.etag ?? "");
  }

  /** Whether the whole can be asked for. */
  get canBeginAgain(): boolean {
    return this.have === 0 || this.#target.canBeginAgain;
  }

  /** The next attempt begins at the first byte. */
  forget(): void {
    this.have = 0;
    this.etag = undefined;
    this.total = undefined;
    this.checksum = undefined;
    this.sum = undefined;
  }

  /** Takes note of the head of a whole object. */
  async begin(headers: Headers): Promise<void> {
    this.forget();
    // What `fetch` unpacks has another length and another checksum than what is stored, and can't be gone on with.
    if ((headers.get("content-encoding") ?? "identity") === "identity") {
      const length = headers.get("content-length");
      this.etag = headers.get("etag") ?? undefined;
      this.total = length === null ? undefined : Number(length);
      this.checksum = headers.get("x-amz-checksum-crc64nvme") ?? undefined;
      this.sum = this.checksum === undefined ? undefined : new Crc64();
    }
    await this.#target.begin();
  }

  /** Whether the head of a part is that of the rest of this object. */
  goesOn(headers: Headers): boolean {
    const range = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers.get("content-range") ?? "");
    const [first = -1, last = -1, total = -1] = range?.slice(1).map(Number) ?? [];
    const fits = first === this.have && last + 1 === total && (this.total ?? total) === total;
    this.total ??= total;
    return fits && headers.get("etag") === this.etag;
  }

  async take(bytes: Uint8Array): Promise<void> {
    this.sum?.update(bytes);
    await this.#target.write(bytes);
    this.have += bytes.length;
    this.tell();
  }

  tell(): void {
    this.#progress?.(this.have, this.total);
  }
}
