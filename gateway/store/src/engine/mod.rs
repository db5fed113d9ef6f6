//! The engine: blobs in files with random names, and an index in `SQLite` that says which object is in which blob.
//!
//! A body is received into a temporary file while it is hashed, verified, synced and renamed to its place; the folder is
//! synced; then the index changes in one transaction, and only then is it acknowledged. Keys never become paths.

mod blobs;
mod checksum;
mod crc;
mod credentials;
mod error;
mod file;
mod flow;
mod folder;
pub mod fs;
mod gc;
mod hash;
mod index;
mod layouts;
mod leftovers;
mod multipart;
mod object;
mod open;
mod pins;
mod reader;
mod receive;
mod reserved;
mod store;
mod sweeper;
mod upload;
mod verify;
mod write;

pub use checksum::{Algorithm, Checksums, Kind};
pub use credentials::Credentials;
pub use error::{BodyError, Error};
pub(crate) use hash::{etag_of_parts, hex, kind_for};
pub use object::{
    Bucket, Collected, Condition, Copy, Damage, Entry, Expected, Incoming, List, Listing, Metadata, NewBucket, Object,
    Put, Replaces, Verified,
};
pub use open::{OpenError, Options};
pub use reader::{Chunks, Reader};
pub use receive::Received;
pub use store::Store;
pub use upload::{Complete, CompletePart, ListUploads, NewUpload, Part, Parts, PutPart, Upload, UploadAt, Uploads};
