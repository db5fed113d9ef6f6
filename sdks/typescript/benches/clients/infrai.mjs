// This package.

import { InfraiClient } from "@infrai/sdk";

/** Makes a client. */
export function open(baseUrl, apiKey) {
  return new InfraiClient({ baseUrl, apiKey });
}

/** Lists buckets. */
export function list(client) {
  return client.storage.bucket.list();
}

/** Signs a URL for an object. */
export function presign(client, options) {
  return client.storage.object.presign(options);
}
