//! An S3-compatible object store in one process: files for the bytes, `SQLite` for the index.

pub mod engine;
pub mod s3;

pub use engine::{Collected, Credentials, Damage, Error, NewBucket, OpenError, Options, Store, Verified};
