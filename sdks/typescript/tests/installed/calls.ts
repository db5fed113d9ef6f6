// The calls of the documentation page, in its words.
import { InfraiClient } from "@infrai/sdk";
const client = new InfraiClient({ apiKey: process.env.INFRAI_API_KEY! });
// → client.storage

const b = await client.storage.bucket.create({ bucket: "user-uploads", acl: "private" });
console.log("bucket:", b.bucket, "| vendor:", b.vendor);

for (const b of (await client.storage.bucket.list()).items) console.log(b.bucket, b.region);

const put = await client.storage.object.presign({
  bucket: "user-uploads",
  key: "uploads/hello.txt",
  method: "PUT",
  expires_seconds: 600,
});
console.log("upload url:", put.url.split("?")[0]);

const res = await client.storage.object.delete({ bucket: "user-uploads", key: "uploads/old.txt" });
console.log("deleted:", res.ok);
