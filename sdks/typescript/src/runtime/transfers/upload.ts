// Uploads: a signed URL, then the bytes to the store.

import { concat } from "../bytes.js";
import type { Answer } from "./answer.js";
import { Broken } from "./faults.js";
import { checkLength, Feed } from "./feed.js";
import type { Session } from "./session.js";
import { type Opened, openSource } from "./source.js";
import type { Uploaded, UploadSource } from "./types.js";

/** Uploads. The store has the whole object when this resolves, and what it had before when this rejects. */
export async function upload(
  session: Session,
  source: UploadSource | undefined,
  size: number | undefined,
): Promise<Uploaded> {
  const opened = await openSource(session, source, size ?? undefined);
  try {
    for (;;) {
      await session.begin();
      try {
        const etag = await attempt(session, opened);
        session.succeeded();
        return { bytes: opened.size, etag, attempts: session.faults.attempts };
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
  } finally {
    opened.close(session.waits.signal.reason);
  }
}

/** Makes one attempt. Returns the object's ETag. */
async function attempt(session: Session, opened: Opened): Promise<string | undefined> {
  const { core, waits } = session;
  const { size } = opened;
  const feed = await session.reading(async () => {
    const pieces = await opened.open();
    if (waits.signal.aborted) {
      // Nobody waits for it any more.
      pieces.close(waits.signal.reason);
    }
    return new Feed(session, pieces, size);
  });
  let answer: Answer | undefined;
  try {
    const streams = core.system.sendsStreams && size > 0;
    const body = streams ? feed.stream() : await wholeBody(session, opened, feed);
    // Where `fetch` sets it by itself, to the same, it passes over ours.
    answer = await session.send({ "content-length": String(size) }, body, streams ? 0 : size);
    const { status, headers } = answer;
    if (status < 200 || status > 299) {
      throw session.faults.refused(answer, await session.rest(answer));
    }
    await session.rest(answer);
    waits.signal.throwIfAborted();
    if (streams && !feed.isSent) {
      // Whoever takes an object for whole before it has come knows nothing of it.
      throw session.faults.brokeOff();
    }
    const theirs = headers.get("x-amz-checksum-crc64nvme");
    const ours = feed.sum.text();
    if (theirs !== null && feed.isSent && theirs !== ours) {
      throw session.faults.otherChecksum(theirs, `was sent ${ours}`, answer);
    }
    if (!streams) {
      session.tell(size, size);
    }
    return headers.get("etag") ?? undefined;
  } finally {
    session.came(answer);
    answer?.close();
    feed.close(waits.signal.reason);
  }
}

/** Returns what to send where no stream is sent. A `Blob` may be larger than the memory, so it isn't read for its checksum. */
async function wholeBody(
  session: Session,
  { whole, size }: Opened,
  feed: Feed,
): Promise<BodyInit | undefined> {
  if (whole instanceof Blob) {
    checkLength(session, whole.size, size);
    return size === 0 ? undefined : whole;
  }
  const all: Uint8Array[] = [];
  const next = (): Promise<Uint8Array | undefined> => session.reading(() => feed.next());
  for (let piece = await next(); piece !== undefined; piece = await next()) {
    all.push(piece);
  }
  return size === 0 ? undefined : ((whole ?? concat(all)) as BodyInit);
}
