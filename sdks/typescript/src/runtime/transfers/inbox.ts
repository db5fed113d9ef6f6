// What has come of an object, and what takes it.

import { Crc64 } from "./checksum.js";
import type { Session } from "./session.js";
import type { Bytes, DownloadSink } from "./types.js";

/** The bytes of a download, on their way to where they go. */
export class Inbox {
  /** The bytes so far. */
  have = 0;
  etag: string | undefined;
  total: number | undefined;
  /** What the store says of the whole object, and what we find; absent where it says nothing. */
  checksum: string | undefined;
  sum: Crc64 | undefined;
  readonly #session: Session;
  readonly #sink: DownloadSink;
  #isBusy = false;

  constructor(session: Session, sink: DownloadSink) {
    this.#session = session;
    this.#sink = sink;
  }

  /** Whether the rest can be asked for: only a strong ETag is that of these very bytes (RFC 9110 §8.8.3). */
  get canGoOn(): boolean {
    return /^".+"$/.test(this.etag ?? "");
  }

  /** Whether the whole can be asked for. */
  get canBeginAgain(): boolean {
    return this.have === 0 || this.#sink.canBeginAgain;
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
    await this.#do(() => this.#sink.begin());
  }

  /** Whether the head of a part is that of the rest of this object. */
  goesOn(headers: Headers): boolean {
    const range = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers.get("content-range") ?? "");
    const [first = -1, last = -1, total = -1] = range?.slice(1).map(Number) ?? [];
    const fits = first === this.have && last + 1 === total && (this.total ?? total) === total;
    this.total ??= total;
    return fits && headers.get("etag") === this.etag;
  }

  /** Takes the next bytes. */
  async take(bytes: Bytes): Promise<void> {
    this.sum?.update(bytes);
    await this.#do(() => this.#sink.write(bytes));
    this.have += bytes.length;
    this.tell();
  }

  /** The object is whole. */
  async commit(): Promise<void> {
    await this.#do(() => this.#sink.commit());
  }

  /** The download failed, which matters more than what goes wrong now. */
  async discard(error: unknown): Promise<void> {
    const discarding = (async () => this.#sink.discard(error))().catch(() => undefined);
    // Who cancels doesn't wait for a write that hangs.
    if (!this.#isBusy) {
      await discarding;
    }
  }

  tell(): void {
    this.#session.tell(this.have, this.total);
  }

  async #do(work: () => void | Promise<void>): Promise<void> {
    await this.#session.waits.until(async () => {
      this.#isBusy = true;
      try {
        await work();
      } finally {
        this.#isBusy = false;
      }
    });
  }
}
