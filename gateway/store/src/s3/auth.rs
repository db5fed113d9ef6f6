//! Who may do what: the store's own credentials everything; everybody may read the objects of public buckets.

use async_trait::async_trait;
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::{S3Error, S3ErrorCode, S3Result};

use super::notes::Notes;

/// The one pair of keys.
pub(super) struct Keys {
    access_key: String,
    secret_key: SecretKey,
}

impl Keys {
    pub(super) fn new(access_key: &str, secret_key: &str) -> Self {
        Self { access_key: access_key.to_owned(), secret_key: SecretKey::from(secret_key) }
    }
}

#[async_trait]
impl S3Auth for Keys {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        if access_key == self.access_key {
            return Ok(self.secret_key.clone());
        }
        Err(S3Error::with_message(S3ErrorCode::InvalidAccessKeyId, "the access key is not one of this store"))
    }
}

/// Lets in what is signed. Reads of objects don't come by here: they have a route of their own.
pub(super) struct SignedOnly;

#[async_trait]
impl S3Access for SignedOnly {
    async fn check(&self, context: &mut S3AccessContext<'_>) -> S3Result<()> {
        let operation = context.s3_op().name().to_owned();
        let known = Notes::of(context.extensions_mut()).is_some_and(|notes| notes.set_operation(&operation));
        match context.credentials() {
            None => Err(unsigned()),
            // Told here, before `s3s` reads a body and finds fault with that.
            Some(_) if !known => {
                Err(S3Error::with_message(S3ErrorCode::NotImplemented, format!("`{operation}` is not supported")))
            }
            Some(_) => Ok(()),
        }
    }
}

/// The refusal of an anonymous request.
pub(super) fn unsigned() -> S3Error {
    S3Error::with_message(S3ErrorCode::AccessDenied, "the request must be signed")
}
