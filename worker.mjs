import { InfraiClient } from "@infrai/sdk";
export default { async fetch(req, env) {
  const out = [];
  try {
    const c = new InfraiClient({ baseUrl: env.URL, logger: () => undefined });
    const a = await c.activate(); out.push(["activate", a.shownKey, a.file]);
    out.push((await c.storage.bucket.create({ bucket: "user-files" })).bucket);
    const place = { bucket: "user-files", key: "a/b.txt" };
    const bytes = Uint8Array.from({ length: 300000 }, (_, i) => i % 251);
    for (const [n, source, size] of [["bytes", bytes], ["blob", new Blob([bytes], { type: "text/plain" })], ["stream", new Blob([bytes]).stream(), 300000], ["empty", ""]]) {
      try { const u = await c.storage.object.upload({ ...place, source, size }); out.push([n, u.bytes, (await c.storage.object.download(place)).length]); } catch (e) { out.push([n, "FAIL", e.message, e.cause?.message]); }
    }
    try { await new InfraiClient({ apiKey: "x".repeat(20), baseUrl: "http://127.0.0.1:9" , maxRetries: 0}).storage.bucket.list(); } catch (e) { out.push([e.name, e.message, e.cause?.message]); }
  } catch (e) { out.push(String(e.stack)); }
  return Response.json(out);
} };
