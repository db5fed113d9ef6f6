// What `@hey-api/openapi-ts` makes, with its client over `fetch`.

import { storageBucketList, storageObjectPresign } from "hey-api-client";
import { client } from "hey-api-client/client.gen.js";

/** Sets up the client that the generated functions share. */
export function open(baseUrl, apiKey) {
  client.setConfig({ baseUrl, auth: () => apiKey, throwOnError: true });
}

/** Lists buckets. */
export async function list() {
  const { data } = await storageBucketList();
  return data;
}

/** Signs a URL for an object. */
export async function presign(_, { bucket, key, ...body }) {
  const { data } = await storageObjectPresign({ path: { bucket, key }, body });
  return data;
}
