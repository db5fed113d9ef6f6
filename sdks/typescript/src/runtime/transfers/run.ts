// Running transfers: the part that is loaded with the first one.

import { groups } from "../../generated/operations.js";
import type { StorageObjectPresignOptions } from "../../generated/types.js";
import { operations } from "../client.js";
import type { Core } from "../core.js";
import { InvalidRequestError } from "../errors.js";
import type { Call, Operation } from "../operation.js";
import { prepare } from "../prepare.js";
import { download } from "./download.js";
import { type Presign, Session } from "./session.js";
import { type Run, toBlob, toBytes, toStream } from "./targets.js";
import type {
  DownloadOf,
  DownloadRequest,
  DownloadTarget,
  DownloadTo,
  TransferOptions,
  Uploaded,
  UploadRequest,
} from "./types.js";
import { upload } from "./upload.js";

const UPLOAD = "storage.object.upload";
const DOWNLOAD = "storage.object.download";

/** Uploads. */
export async function runUpload(
  core: Core,
  request: UploadRequest | undefined,
  options: TransferOptions | undefined,
): Promise<Uploaded> {
  const { source, size, ...place }: Partial<UploadRequest> = request ?? {};
  return transfer(core, UPLOAD, "PUT", place, options, (session) => upload(session, source, size));
}

/** Downloads. */
export async function runDownload<const To extends DownloadTo>(
  core: Core,
  request: DownloadRequest<To> | undefined,
  options: TransferOptions | undefined,
): Promise<DownloadOf<To>> {
  const { to, ...place }: Partial<DownloadRequest<DownloadTo>> = request ?? {};
  const run: Run = (open) =>
    transfer(core, DOWNLOAD, "GET", place, options, async (session) => {
      const stop = (reason: unknown): void => {
        session.waits.stop(reason);
      };
      return download(session, await session.waits.until(() => open(stop)));
    });
  const made = await intoWhat(run, to ?? "bytes");
  return made as DownloadOf<To>;
}

function intoWhat(run: Run, to: NonNullable<DownloadTo>): Promise<DownloadOf<DownloadTo>> {
  switch (to) {
    case "bytes":
      return toBytes(run);
    case "blob":
      return toBlob(run);
    case "stream":
      return toStream(run);
    default:
      return run(() => {
        if (typeof (to as Partial<DownloadTarget>).open !== "function") {
          const known = '"bytes", "blob", "stream" or a target such as `fileTarget(path)`';
          throw new InvalidRequestError({ operation: DOWNLOAD, detail: `\`to\` must be ${known}` });
        }
        return to.open();
      });
  }
}

/** Runs a transfer, once its arguments are checked under its own name, and logs what it fails with. */
function transfer<T>(
  core: Core,
  operation: string,
  method: "GET" | "PUT",
  place: { readonly bucket?: string; readonly key?: string },
  options: TransferOptions | undefined,
  run: (session: Session) => Promise<T>,
): Promise<T> {
  return core.logged(operation, async () => {
    const { stall, progress, expiresSeconds, ...call } = options ?? {};
    call.signal?.throwIfAborted();
    const given = (expires: number | undefined) =>
      ({ ...place, method, expires_seconds: expires }) as StorageObjectPresignOptions;
    const check = ((own: Operation<unknown>, opts: object) =>
      prepare({ ...own, id: operation }, opts)) as unknown as Call;
    void groups(check).storage.object.presign(given(expiresSeconds));
    const { presign } = operations(core).storage.object;
    const sign: Presign = (expires, signal) => presign(given(expires), { ...call, signal });
    const session = new Session(core, operation, method, sign, options ?? {});
    try {
      return await run(session);
    } finally {
      session.waits.close();
    }
  });
}
