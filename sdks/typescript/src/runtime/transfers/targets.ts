// Where downloads go that are no files.

import type { Downloaded, DownloadTarget } from "./download.js";

/** Downloads into a target. */
type Run = (target: DownloadTarget) => Promise<Downloaded>;

/** Downloads into memory. */
export async function bytesTarget(run: Run): Promise<Uint8Array> {
  const chunks = await chunksOf(run);
  const whole = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** Downloads into a `Blob`. */
export async function blobTarget(run: Run): Promise<Blob> {
  return new Blob((await chunksOf(run)) as BlobPart[]);
}

async function chunksOf(run: Run): Promise<Uint8Array[]> {
  let chunks: Uint8Array[] = [];
  await run({
    canBeginAgain: true,
    begin: () => {
      chunks = [];
    },
    write: (bytes) => {
      chunks.push(bytes);
    },
    commit: () => undefined,
    discard: () => undefined,
  });
  return chunks;
}

/** Downloads into a stream, which is there with the head of the object. What was read of it can't be taken back. */
export function streamTarget(run: Run): Promise<ReadableStream<Uint8Array>> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  // Whoever reads the stream learns of a failure there.
  writer.closed.catch(() => undefined);
  return new Promise((resolve, reject) => {
    const target: DownloadTarget = {
      canBeginAgain: false,
      begin: () => {
        resolve(readable);
      },
      write: (bytes) => writer.write(bytes),
      commit: () => {
        resolve(readable);
        return writer.close();
      },
      discard: (error) => writer.abort(error),
    };
    run(target).catch(reject);
  });
}
