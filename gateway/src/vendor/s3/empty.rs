//! Removing a bucket with all that is in it.

use super::send::Call;
use super::xml::{self, Upload};
use super::{S3Vendor, VendorError};

impl S3Vendor {
    /// Uploads go first: one that ends in between leaves an object, and that goes with the others.
    pub(super) async fn empty(&self, physical: &str, region: &str) -> Result<(), VendorError> {
        match self.clear(physical, region).await {
            Err(VendorError::NoBucket(_)) => Ok(()),
            Err(error) => Err(error),
            Ok(()) => self.remove(physical, region).await,
        }
    }

    async fn clear(&self, physical: &str, region: &str) -> Result<(), VendorError> {
        let mut before: Vec<Upload> = Vec::new();
        loop {
            let uploads = self.uploads(physical, region).await?;
            if uploads.is_empty() {
                break;
            }
            if uploads == before {
                return Err(self.odd(
                    "empty",
                    physical,
                    region,
                    "it says that uploads are ended, and lists them again",
                ));
            }
            for upload in &uploads {
                self.abort(physical, region, upload).await?;
            }
            before = uploads;
        }
        let mut before: Vec<String> = Vec::new();
        loop {
            let keys = self.keys(physical, region).await?;
            if keys.is_empty() {
                return Ok(());
            }
            if keys == before {
                return Err(self.odd(
                    "empty",
                    physical,
                    region,
                    "it says that objects are deleted, and lists them again",
                ));
            }
            self.delete(physical, region, &keys).await?;
            before = keys;
        }
    }

    async fn keys(&self, physical: &str, region: &str) -> Result<Vec<String>, VendorError> {
        let call = Call::new("GET", "list", physical, region).query(&[("list-type", "2"), ("max-keys", "1000")]);
        let answer = self.call(call).await?;
        let page = xml::page(&answer.body).map_err(|error| self.odd("list", physical, region, &error))?;
        Ok(page.contents.into_iter().map(|object| object.key).collect())
    }

    async fn delete(&self, physical: &str, region: &str, keys: &[String]) -> Result<(), VendorError> {
        let body = xml::delete(keys.iter().map(String::as_str));
        let query = [("delete", "")];
        let call = Call::new("POST", "delete objects of", physical, region).query(&query).body(&body);
        let answer = self.call(call).await?;
        let deleted =
            xml::deleted(&answer.body).map_err(|error| self.odd("delete objects of", physical, region, &error))?;
        // An object that is gone by now is what was wanted.
        match deleted.error.into_iter().find(|error| error.code != "NoSuchKey") {
            None => Ok(()),
            Some(error) => Err(self.doing("delete objects of", physical, region).said(&error)),
        }
    }

    /// Engines without uploads in parts have none that are left.
    async fn uploads(&self, physical: &str, region: &str) -> Result<Vec<Upload>, VendorError> {
        match self.call(Call::new("GET", "list uploads to", physical, region).query(&[("uploads", "")])).await {
            Ok(answer) => {
                let uploads = xml::uploads(&answer.body)
                    .map_err(|error| self.odd("list uploads to", physical, region, &error))?;
                Ok(uploads.upload)
            }
            Err(failure) if failure.code == "NotImplemented" => Ok(Vec::new()),
            Err(failure) => Err(failure.error),
        }
    }

    async fn abort(&self, physical: &str, region: &str, upload: &Upload) -> Result<(), VendorError> {
        let query = [("uploadId", upload.upload_id.as_str())];
        let call = Call::new("DELETE", "end an upload to", physical, region).key(&upload.key).query(&query);
        match self.call(call).await {
            Err(failure) if failure.code != "NoSuchUpload" => Err(failure.error),
            _ => Ok(()),
        }
    }
}
