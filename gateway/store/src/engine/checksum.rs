//! Checksums: names, values, and how those of parts become that of the whole.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A checksum that S3 knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Algorithm {
    /// CRC-32.
    #[serde(rename = "crc32")]
    Crc32,
    /// CRC-32C.
    #[serde(rename = "crc32c")]
    Crc32c,
    /// CRC-64/NVME.
    #[serde(rename = "crc64nvme")]
    Crc64Nvme,
    /// SHA-1.
    #[serde(rename = "sha1")]
    Sha1,
    /// SHA-256.
    #[serde(rename = "sha256")]
    Sha256,
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        })
    }
}

/// What a checksum of a multipart object is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Of all bytes (`FULL_OBJECT`).
    #[default]
    Full,
    /// Of the parts' checksums (`COMPOSITE`).
    Composite,
}

/// The checksums of an object or part.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checksums {
    /// What they are of.
    pub kind: Kind,
    /// Each in base64, as S3 shows it (composite ones end in `-` and the number of parts).
    pub values: Vec<(Algorithm, String)>,
}

impl Checksums {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The one of this algorithm.
    pub fn get(&self, algorithm: Algorithm) -> Option<&str> {
        self.values.iter().find(|(one, _)| *one == algorithm).map(|(_, value)| value.as_str())
    }
}
