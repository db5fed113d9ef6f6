// Where downloads go that are no targets of the caller's.

import { concat } from "../bytes.js";
import type { Bytes, Downloaded, DownloadSink } from "./types.js";

/** Downloads into what it makes; `stop` ends the download. */
export type Run = (
  open: (stop: (reason: unknown) => void) => DownloadSink | Promise<DownloadSink>,
) => Promise<Downloaded>;

/** Downloads into memory. */
export async function toBytes(run: Run): Promise<Bytes> {
  return concat(await toPieces(run));
}

/** Downloads into a `Blob`. */
export async function toBlob(run: Run): Promise<Blob> {
  return new Blob(await toPieces(run));
}

async function toPieces(run: Run): Promise<Bytes[]> {
  let pieces: Bytes[] = [];
  await run(() => ({
    canBeginAgain: true,
    begin: () => {
      pieces = [];
    },
    write: (bytes) => {
      pieces.push(bytes);
    },
    commit: () => undefined,
    discard: () => undefined,
  }));
  return pieces;
}

/**
 * Downloads into a stream, which is there with the head of the object. What was read of it can't be taken back. Who cancels it
 * ends the download.
 */
export function toStream(run: Run): Promise<ReadableStream<Bytes>> {
  return new Promise((resolve, reject) => {
    const open = (stop: (reason: unknown) => void): DownloadSink => {
      let controller: ReadableStreamDefaultController<Bytes>;
      let wanted = (): void => undefined;
      const stream = new ReadableStream<Bytes>({
        start: (own) => {
          controller = own;
        },
        pull: () => {
          wanted();
        },
        cancel: stop,
      });
      return {
        canBeginAgain: false,
        begin: () => {
          resolve(stream);
        },
        write: (bytes) => {
          controller.enqueue(bytes);
          return new Promise((taken) => {
            wanted = taken;
            if ((controller.desiredSize ?? 0) > 0) {
              taken();
            }
          });
        },
        commit: () => {
          controller.close();
        },
        discard: (error) => {
          controller.error(error);
        },
      };
    };
    run(open).catch(reject);
  });
}
