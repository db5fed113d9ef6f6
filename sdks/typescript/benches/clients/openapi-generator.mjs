// What openapi-generator makes as `typescript-fetch`.

import { BucketsApi, Configuration, ObjectsApi } from "openapi-generator-client";

/** Makes what the classes of calls need. */
export function open(baseUrl, apiKey) {
  return new Configuration({ basePath: baseUrl, accessToken: apiKey });
}

/** The object of a class for a configuration, which an application would keep. */
const kept = new Map();
function api(Api, configuration) {
  if (!kept.has(Api)) {
    kept.set(Api, new Api(configuration));
  }
  return kept.get(Api);
}

/** Lists buckets. */
export function list(configuration) {
  return api(BucketsApi, configuration).storageBucketList();
}

/** Signs a URL for an object. */
export function presign(configuration, { bucket, key, method, expires_seconds: expiresSeconds }) {
  const presignObjectRequest = { method, expiresSeconds };
  return api(ObjectsApi, configuration).storageObjectPresign({ bucket, key, presignObjectRequest });
}
