//! Buckets as the database has them and as the API shows them.

use chrono::{DateTime, SubsecRound, Utc};

use crate::generated::operations::StorageBucketCreate;
use crate::generated::types;
use crate::state::{Access, Bucket};

/// What a caller wants of a new bucket.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub(super) name: String,
    pub(super) vendor: Option<String>,
    pub(super) region: Option<String>,
    pub(super) access: Option<Access>,
}

impl Wish {
    /// Who shall read the objects: nobody, unless it was said.
    pub(super) fn access(&self) -> Access {
        self.access.unwrap_or(Access::Private)
    }

    /// Whether this bucket is what was asked for.
    pub(super) fn fits(&self, bucket: &Bucket) -> bool {
        self.vendor.as_ref().is_none_or(|vendor| *vendor == bucket.vendor)
            && self.region.as_ref().is_none_or(|region| *region == bucket.region)
            && bucket.access == Some(self.access())
    }
}

impl From<StorageBucketCreate> for Wish {
    fn from(request: StorageBucketCreate) -> Self {
        let access = request.acl.map(|acl| match acl {
            types::Acl::Private => Access::Private,
            types::Acl::Public => Access::Public,
        });
        Self { name: request.bucket, vendor: request.vendor, region: request.region, access }
    }
}

impl From<Bucket> for types::Bucket {
    fn from(bucket: Bucket) -> Self {
        let acl = bucket.access.map(|access| match access {
            Access::Private => types::Acl::Private,
            Access::Public => types::Acl::Public,
        });
        Self { bucket: bucket.name, vendor: bucket.vendor, region: bucket.region, created_at: bucket.created_at, acl }
    }
}

/// Times are shown, and so kept, in whole seconds.
pub(super) fn whole_seconds(time: DateTime<Utc>) -> DateTime<Utc> {
    time.trunc_subsecs(0)
}
