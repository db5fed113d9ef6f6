// Running transfers: the part that is loaded with the first one.

import { groups } from "../../generated/operations.js";
import { operations } from "../client.js";
import type { Core } from "../core.js";
import type { Call, Operation } from "../operation.js";
import { prepare } from "../prepare.js";
import { DOWNLOAD, download, type Downloaded, type DownloadTarget } from "./download.js";
import type { Presign, TransferOptions } from "./session.js";
import { blobTarget, bytesTarget, streamTarget } from "./targets.js";
import type { DownloadOf, DownloadRequest, DownloadTo } from "./transfers.js";
import { UPLOAD, upload, type Uploaded, type UploadRequest } from "./upload.js";

/** Uploads, and logs what that fails with. */
export function runUpload(
  core: Core,
  request: UploadRequest,
  options: TransferOptions,
): Promise<Uploaded> {
  return core.logged(UPLOAD, async () =>
    upload(core, request, presigning(core, UPLOAD, request, options), options),
  );
}

/** Downloads, and logs what that fails with. */
export async function runDownload<const To extends DownloadTo>(
  core: Core,
  request: DownloadRequest<To>,
  options: TransferOptions,
): Promise<DownloadOf<To>> {
  const run = (target: DownloadTarget): Promise<Downloaded> =>
    core.logged(DOWNLOAD, async () =>
      download(core, target, presigning(core, DOWNLOAD, request, options), options),
    );
  const to: DownloadTo = request.to;
  switch (to) {
    case undefined:
    case "bytes":
      return (await bytesTarget(run)) as DownloadOf<To>;
    case "blob":
      return (await blobTarget(run)) as DownloadOf<To>;
    case "stream":
      return (await streamTarget(run)) as DownloadOf<To>;
    default:
      return (await run(to)) as DownloadOf<To>;
  }
}

/** Makes what presigns, once the arguments are checked under the transfer's own name. */
function presigning(
  core: Core,
  operation: string,
  { bucket, key }: { readonly bucket: string; readonly key: string },
  options: TransferOptions,
): Presign {
  const given = (method: "GET" | "PUT", expires?: number) =>
    ({ bucket, key, method, expires_seconds: expires }) as const;
  const check = ((own: Operation<unknown>, opts: Readonly<Record<string, unknown>>) =>
    prepare({ ...own, id: operation }, opts)) as unknown as Call;
  void groups(check).storage.object.presign(given("GET", options.expiresSeconds));
  const { presign } = operations(core).storage.object;
  return (method, expires) => presign(given(method, expires), options);
}
