//! Making a bucket with exactly the access that was asked for, or not at all.

use std::time::Duration;

use serde_json::json;

use super::send::Call;
use super::{S3Vendor, xml};
use crate::state::Access;
use crate::vendor::config::Public;
use crate::vendor::{Left, Make, NotMade, VendorError};

/// How often a policy is tried: Amazon may need a second to forget the block that was taken away just before.
const TRIES: u32 = 4;

/// The ownership that lets objects have ACLs on Amazon.
const OWNERSHIP: (&str, &str) = ("x-amz-object-ownership", "ObjectWriter");

impl S3Vendor {
    pub(super) async fn make(&self, bucket: &Make<'_>) -> Result<(), NotMade> {
        if bucket.access == Access::Public && self.public == Public::None {
            return Err(self.refused("it can't make objects readable for everybody: its `public` is `none`").into());
        }
        let known = self.create(bucket).await? || bucket.again;
        // It is empty, so it shows nobody anything.
        self.settle(bucket, known).await.map_err(|error| match NotMade::from(error) {
            NotMade { error, left: Left::Nothing } => NotMade { error, left: Left::Bucket },
            unsure => unsure,
        })
    }

    /// Returns whether the bucket was ours before.
    async fn create(&self, bucket: &Make<'_>) -> Result<bool, NotMade> {
        let mut headers = Vec::new();
        match self.public {
            Public::Acl => headers.push(("x-amz-acl", canned(bucket.access))),
            Public::ObjectAcl if self.public_access_block && bucket.access == Access::Public => headers.push(OWNERSHIP),
            _ => {}
        }
        // This region has no name of its own there.
        let named = self.location_constraint && bucket.region != "us-east-1";
        let body = if named { xml::location(bucket.region) } else { String::new() };
        let call = Call::new("PUT", "make", bucket.physical, bucket.region).headers(&headers).body(&body);
        match self.call(call).await {
            Ok(_) => Ok(false),
            Err(failure) if failure.code == "BucketAlreadyOwnedByYou" => Ok(true),
            // SeaweedFS says so of our own buckets, too, where these have an ACL. No other account's shows us what is in it.
            Err(failure) if failure.code == "BucketAlreadyExists" => {
                match self.has(bucket.physical, bucket.region).await {
                    Ok(true) => Ok(true),
                    Err(error @ VendorError::Down(_)) => Err(error.into()),
                    _ => Err(failure.into()),
                }
            }
            Err(failure) => Err(failure.into()),
        }
    }

    /// Gives the bucket its access, also where it may have had another.
    async fn settle(&self, bucket: &Make<'_>, known: bool) -> Result<(), VendorError> {
        match (self.public, bucket.access) {
            (Public::Acl, access) if known => {
                let call = Call::new("PUT", "set the ACL of", bucket.physical, bucket.region).query(&[("acl", "")]);
                self.call(call.headers(&[("x-amz-acl", canned(access))])).await?;
            }
            (Public::Policy, Access::Public) => {
                self.unblock(bucket).await?;
                self.publish(bucket).await?;
            }
            // Amazon's oldest region answers 200 for a bucket that was there, so this isn't only for known ones.
            (Public::Policy, Access::Private) => {
                let call = Call::new("DELETE", "clear the policy of", bucket.physical, bucket.region);
                match self.call(call.query(&[("policy", "")])).await {
                    Err(failure) if failure.code != "NoSuchBucketPolicy" => return Err(failure.error),
                    _ => {}
                }
            }
            (Public::ObjectAcl, Access::Public) => self.unblock(bucket).await?,
            (Public::Acl | Public::ObjectAcl | Public::None, _) => {}
        }
        Ok(())
    }

    async fn unblock(&self, bucket: &Make<'_>) -> Result<(), VendorError> {
        if self.public_access_block {
            let call = Call::new("DELETE", "take the public access block off", bucket.physical, bucket.region);
            self.call(call.query(&[("publicAccessBlock", "")])).await?;
        }
        Ok(())
    }

    async fn publish(&self, bucket: &Make<'_>) -> Result<(), VendorError> {
        let policy = json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Sid": "EverybodyReads",
                "Effect": "Allow",
                "Principal": "*",
                "Action": ["s3:GetObject"],
                "Resource": [format!("arn:{}:s3:::{}/*", self.partition(bucket.region), bucket.physical)],
            }],
        })
        .to_string();
        let query = [("policy", "")];
        let call = Call::new("PUT", "set the policy of", bucket.physical, bucket.region).query(&query).body(&policy);
        let mut tries = 1;
        loop {
            match self.call(call).await {
                Ok(_) => return Ok(()),
                Err(failure) if self.public_access_block && failure.code == "AccessDenied" && tries < TRIES => {
                    tokio::time::sleep(Duration::from_millis(500)).await;
                    tries += 1;
                }
                Err(failure) => return Err(failure.error),
            }
        }
    }

    /// Amazon is three worlds, and names say which.
    fn partition(&self, region: &str) -> &'static str {
        match region {
            _ if !self.endpoint.is_aws() => "aws",
            _ if region.starts_with("cn-") => "aws-cn",
            _ if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        }
    }
}

fn canned(access: Access) -> &'static str {
    match access {
        Access::Public => "public-read",
        Access::Private => "private",
    }
}
