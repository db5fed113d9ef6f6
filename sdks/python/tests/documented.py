"""The calls of the documentation page, letter for letter. A trial account has the bucket `demo`."""

# ruff: noqa: E402

from infrai import infra

b = infra.storage.bucket.create(bucket="user-uploads", acl="private")
print("bucket:", b.get("bucket"), "| vendor:", b.get("vendor"))

from infrai import infra

for b in infra.storage.bucket.list().get("items", []):
    print(b.get("bucket"), b.get("region"))

from infrai import infra

# Presign a PUT, then upload bytes directly to the object store.
put = infra.storage.object.presign(
    bucket="demo",
    key="uploads/hello.txt",
    method="PUT",
    expires_seconds=600,
)
print("upload url:", put.get("url"))

from infrai import infra

res = infra.storage.object.delete(bucket="user-uploads", key="uploads/old.txt")
print("deleted:", res.get("ok"))
