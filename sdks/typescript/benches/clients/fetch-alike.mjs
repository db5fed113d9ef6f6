// By hand, with the headers that this package sends, no redirects, and a limit of time.

/** Makes what calls share. */
export function open(baseUrl, apiKey) {
  return { baseUrl, authorization: `Bearer ${apiKey}` };
}

/** Lists buckets. */
export function list(client) {
  return send(client, "/v1/storage/buckets", { method: "GET" });
}

/** Signs a URL for an object. */
export function presign(client, { bucket, key, ...body }) {
  const place = `${encodeURIComponent(bucket)}/objects/${encodeURIComponent(key)}`;
  return send(client, `/v1/storage/buckets/${place}/presign`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

async function send({ baseUrl, authorization }, path, { method, headers, body }) {
  const response = await fetch(baseUrl + path, {
    method,
    headers: {
      accept: "application/json",
      ...headers,
      "user-agent": "infrai-typescript/0.1.0",
      "x-request-id": crypto.randomUUID(),
      "x-infrai-attempt": "1",
      authorization,
    },
    body,
    redirect: "manual",
    signal: AbortSignal.timeout(30_000),
  });
  if (!response.ok) {
    throw new Error(`status ${response.status}`);
  }
  return response.json();
}
