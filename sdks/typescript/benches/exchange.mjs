// The two calls that are measured: what clients are asked for, what the server answers.

export const API_KEY = "ifr_pk_proj_0123456789abcdef0123456789";

/** What a URL is signed for. */
export const OBJECT = {
  bucket: "user-uploads",
  key: "reports/2026/q1.pdf",
  method: "PUT",
  expires_seconds: 600,
};

/** The answers by method and path. */
export const ANSWERS = {
  "GET /v1/storage/buckets": JSON.stringify({
    items: ["demo", "user-uploads"].map((bucket) => ({
      bucket,
      vendor: "local",
      region: "us-east-1",
      created_at: "2026-01-12T16:05:00Z",
    })),
  }),
  "POST /v1/storage/buckets/user-uploads/objects/reports%2F2026%2Fq1.pdf/presign": JSON.stringify({
    url: `https://objects.example/user-uploads/reports/2026/q1.pdf?X-Amz-Signature=${"0".repeat(400)}`,
    method: "PUT",
    expires_at: "2026-01-15T09:40:00Z",
    headers: { host: "objects.example" },
  }),
};

/** The calls by name; each returns whether the answer came out. */
export const CALLS = {
  list: async (client, { list }) => (await list(client)).items[1].bucket === "user-uploads",
  presign: async (client, { presign }) =>
    (await presign(client, OBJECT)).url.startsWith("https://objects.example/"),
};
