//! A service that does next to nothing, and shows what reached it.

use std::future::Future;
use std::sync::Mutex;
use std::time::Duration;

use chrono::DateTime;
use infrai_gateway::api::{ApiError, Call, Caller, Code, Host, Rejected, Reply};
use infrai_gateway::generated::operations::{
    Operations, StorageBucketCreate, StorageBucketList, StorageObjectDelete, StorageObjectPresign,
};
use infrai_gateway::generated::types::{Bucket, BucketList, DeleteObjectResult, PresignedUrl};
use infrai_gateway::state::Account;

/// What reached the service.
#[derive(Default)]
pub(super) struct Fake {
    pub(super) keyed: Mutex<Vec<(String, [u8; 32])>>,
}

impl Host for Fake {
    async fn authenticate(&self, key: Option<&str>) -> Result<Caller, ApiError> {
        if key != Some("good") {
            return Err(ApiError::new(Code::Unauthorized, "there is no such API key"));
        }
        let created_at = DateTime::UNIX_EPOCH;
        Ok(Caller { account: Account { id: "acc".into(), name: "test".into(), created_at, trial: None } })
    }

    async fn once(
        &self,
        _: &Caller,
        key: &str,
        fingerprint: [u8; 32],
        attempt: impl Future<Output = Result<Reply, ApiError>> + Send,
    ) -> Result<Reply, ApiError> {
        self.keyed.lock().expect("no panic").push((key.to_owned(), fingerprint));
        attempt.await
    }

    fn refuse(&self, rejected: Rejected) -> ApiError {
        let code = match rejected.field {
            "bucket" => Code::InvalidBucket,
            "key" => Code::InvalidKey,
            _ => Code::InvalidRequest,
        };
        ApiError::new(code, rejected.message)
    }
}

impl Operations for Fake {
    async fn storage_bucket_create(&self, call: Call, request: StorageBucketCreate) -> Result<Bucket, ApiError> {
        if request.bucket == "busy" {
            return Err(ApiError::new(Code::RateLimited, "wait").with_retry_after(Duration::from_millis(1200)));
        }
        Ok(Bucket {
            bucket: request.bucket,
            vendor: call.idempotency_key.unwrap_or_else(|| "none".into()),
            region: request.region.unwrap_or_default(),
            created_at: DateTime::from_timestamp(1_768_469_400, 0).expect("a moment"),
            acl: request.acl,
        })
    }

    async fn storage_bucket_list(&self, _: Call, _: StorageBucketList) -> Result<BucketList, ApiError> {
        Ok(BucketList { items: Vec::new() })
    }

    async fn storage_object_presign(&self, _: Call, request: StorageObjectPresign) -> Result<PresignedUrl, ApiError> {
        Ok(PresignedUrl {
            url: format!("{}/{} {}", request.bucket, request.key, request.expires_seconds.unwrap_or(900)),
            method: request.method,
            expires_at: DateTime::from_timestamp(1_768_469_400, 500_000_000).expect("a moment"),
            headers: None,
        })
    }

    async fn storage_object_delete(
        &self,
        _: Call,
        request: StorageObjectDelete,
    ) -> Result<DeleteObjectResult, ApiError> {
        // The key comes back in the message, for the tests to see.
        if request.key.starts_with("show") {
            return Err(ApiError::new(Code::BucketNotFound, format!("{}|{}", request.bucket, request.key)));
        }
        Ok(DeleteObjectResult { ok: true })
    }
}
