// The types of what the documentation shows. Nothing here runs: the compiler is the test.

import {
  APIDecodeError,
  APIStatusError,
  type Bucket,
  InfraiClient,
  InfraiError,
  NotFoundError,
  type PresignedUrl,
  type StorageBucketCreateOptions,
} from "@infrai/sdk";
import { fileSource, fileTarget } from "@infrai/sdk/node";

/** Whether two types are the very same. */
type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

function same<A, B>(..._: Same<A, B> extends true ? [] : [never]): void {}

declare const client: InfraiClient;

// Each call as it is documented: `create(opts): Promise<Bucket>` and so on.
const bucket: {
  create(opts: {
    bucket: string;
    vendor?: string;
    region?: string;
    acl?: "private" | "public";
  }): Promise<Bucket>;
  list(): Promise<{ items: Bucket[] }>;
} = client.storage.bucket;

const object: {
  presign(opts: {
    bucket: string;
    key: string;
    method?: "GET" | "PUT";
    expires_seconds?: number;
  }): Promise<PresignedUrl>;
  delete(opts: { bucket: string; key: string }): Promise<{ ok: boolean }>;
} = client.storage.object;

// Each result as it is documented: `Bucket { bucket, vendor, region, created_at, acl? }` and so on.
type Acl = "private" | "public" | (string & {});
type Method = "GET" | "PUT" | (string & {});
same<
  { [Name in keyof Bucket]: Bucket[Name] },
  { bucket: string; vendor: string; region: string; created_at: string; acl?: Acl }
>();
same<
  { [Name in keyof PresignedUrl]: PresignedUrl[Name] },
  { url: string; method: Method; expires_at: string; headers?: Record<string, string> }
>();
same<Awaited<ReturnType<typeof client.storage.bucket.create>>, Bucket>();
same<Awaited<ReturnType<typeof client.storage.object.presign>>, PresignedUrl>();
same<
  { [Name in keyof StorageBucketCreateOptions]: StorageBucketCreateOptions[Name] },
  {
    bucket: string;
    vendor?: string | undefined;
    region?: string | undefined;
    acl?: Acl | undefined;
  }
>();

// What is left out may also be `undefined`, and words that are new are words.
void client.storage.bucket.create({ bucket: "b", region: process.env["REGION"], acl: "team" });
// @ts-expect-error `bucket` is required
void client.storage.bucket.create({});
// @ts-expect-error there is no such argument
void client.storage.bucket.create({ bucket: "b", acll: "private" });
// @ts-expect-error `null` is never sent
void client.storage.bucket.create({ bucket: "b", region: null });
// @ts-expect-error `key` is required
void client.storage.object.delete({ bucket: "b" });
// @ts-expect-error an error has no such part
void new InfraiError({ detail: "no" }).reason;

// Options of a call come second, or first where there are no arguments.
const signal = AbortSignal.timeout(1000);
void client.storage.bucket.list({ timeout: 1000, deadline: 5000, maxRetries: 0, signal });
void client.storage.object.delete(
  { bucket: "b", key: "k" },
  { headers: { "X-Team": "blue" }, idempotencyKey: "one" },
);

const { value, status, headers, requestId } = await client.storage.bucket.list().withResponse();
same<typeof value.items, Bucket[]>();
same<[typeof status, typeof headers, typeof requestId], [number, Headers, string]>();

// Transfers give what they are asked for.
const place = { bucket: "b", key: "k" };
same<Awaited<ReturnType<typeof bytes>>, Uint8Array<ArrayBuffer>>();
const bytes = () => client.storage.object.download(place);
void new Blob([await bytes(), await new Response(await bytes()).arrayBuffer()]);
const blob: Blob = await client.storage.object.download({ ...place, to: "blob" });
const stream: ReadableStream<Uint8Array> = await client.storage.object.download({
  ...place,
  to: "stream",
});
const file: { bytes: number } = await client.storage.object.download({
  ...place,
  to: fileTarget("a.txt"),
});
const { etag } = await client.storage.object.upload({ ...place, source: fileSource("a.txt") });
same<typeof etag, string | undefined>();

// Requests of one's own are of whatever type is said.
same<typeof anything, unknown>();
const anything = await client.request("GET", "/v1/usage");
const usage: { used: number } = await client.request<{ used: number }>("GET", "/v1/usage");

// Classes of errors tell what there is.
try {
  await client.activate();
} catch (error) {
  if (error instanceof NotFoundError) {
    same<typeof error.status, number>();
  }
  if (error instanceof APIDecodeError) {
    same<typeof error.jsonPath, string | undefined>();
  }
  if (error instanceof APIStatusError) {
    same<typeof error.code, string | undefined>();
  }
}

void [bucket, object, blob, stream, file, usage];
