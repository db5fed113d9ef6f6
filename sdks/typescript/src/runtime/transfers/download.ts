// Downloads: a signed URL, then the bytes from the store, in as many pieces as it takes.

import type { Answer } from "./answer.js";
import { Inbox } from "./inbox.js";
import { Broken } from "./faults.js";
import type { Session } from "./session.js";
import type { Downloaded, DownloadSink } from "./types.js";

/** Downloads. */
export async function download(session: Session, sink: DownloadSink): Promise<Downloaded> {
  const inbox = new Inbox(session, sink);
  let changes = 0;
  try {
    for (;;) {
      await session.begin();
      const before = inbox.have;
      try {
        if (await attempt(session, inbox)) {
          await inbox.commit();
          session.succeeded();
          return { bytes: inbox.have, etag: inbox.etag, attempts: session.faults.attempts };
        }
        changes += 1;
        if (changes > 1 || !inbox.canBeginAgain) {
          throw session.faults.otherBytes("the object changed while it was downloaded");
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
    await inbox.discard(error);
    throw error;
  }
}

/** Makes one attempt, from where the last one ended. Returns whether the object is still the same. */
async function attempt(session: Session, inbox: Inbox): Promise<boolean> {
  const from = inbox.have;
  const headers: Record<string, string> = {};
  if (from > 0 && inbox.etag !== undefined) {
    headers["range"] = `bytes=${from}-`;
    headers["if-match"] = inbox.etag;
  }
  if (session.core.system.sendsStreams) {
    // Otherwise `fetch` asks for compressed bytes, and the length would be theirs.
    headers["accept-encoding"] = "identity";
  }
  let answer: Answer | undefined;
  try {
    answer = await session.send(headers);
    const { status } = answer;
    if (from > 0 && status === 206) {
      if (!inbox.goesOn(answer.headers)) {
        return false;
      }
    } else if (from > 0 && (status === 412 || status === 416)) {
      return false;
    } else if (status < 200 || status > 299) {
      throw session.faults.refused(answer, await session.rest(answer));
    } else if (status !== 200) {
      throw session.faults.otherBytes("the answer is not the object", answer);
    } else if (from > 0 && !inbox.canBeginAgain) {
      // The store passes over the range, and sends the whole.
      return false;
    } else {
      await inbox.begin(answer.headers);
    }
    return await read(session, inbox, answer);
  } finally {
    session.came(answer);
    answer?.close();
  }
}

/** Reads an answer to its end, and compares. */
async function read(session: Session, inbox: Inbox, answer: Answer): Promise<boolean> {
  inbox.tell();
  for (let bytes = await answer.next(); bytes !== undefined; bytes = await answer.next()) {
    if (inbox.total !== undefined && inbox.have + bytes.length > inbox.total) {
      return false;
    }
    await inbox.take(bytes);
  }
  if (inbox.total !== undefined && inbox.have < inbox.total) {
    throw session.faults.brokeOff();
  }
  const ours = inbox.sum?.text();
  if (ours !== undefined && ours !== inbox.checksum) {
    throw session.faults.otherChecksum(inbox.checksum ?? "", `came ${ours}`, answer);
  }
  return true;
}
