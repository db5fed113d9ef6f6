//! An S3-compatible object store in one process.
