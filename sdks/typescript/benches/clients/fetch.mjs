// By hand, in the plainest way: what must be sent, and nothing else.

/** Makes what calls share. */
export function open(baseUrl, apiKey) {
  return { baseUrl, authorization: `Bearer ${apiKey}` };
}

/** Lists buckets. */
export async function list({ baseUrl, authorization }) {
  const response = await fetch(`${baseUrl}/v1/storage/buckets`, { headers: { authorization } });
  return answer(response);
}

/** Signs a URL for an object. */
export async function presign({ baseUrl, authorization }, { bucket, key, ...body }) {
  const place = `${encodeURIComponent(bucket)}/objects/${encodeURIComponent(key)}`;
  const response = await fetch(`${baseUrl}/v1/storage/buckets/${place}/presign`, {
    method: "POST",
    headers: { authorization, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return answer(response);
}

function answer(response) {
  if (!response.ok) {
    throw new Error(`status ${response.status}`);
  }
  return response.json();
}
