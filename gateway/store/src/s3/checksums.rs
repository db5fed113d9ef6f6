//! Checksums on the wire: which header is which, and what a request says of its body.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName};
use s3s::checksum::ChecksumHasher;
use s3s::dto::{Checksum, ChecksumAlgorithm, ChecksumType};
use s3s::{S3Error, S3ErrorCode, S3Result};

use crate::engine::{Algorithm, Checksums, Kind};

const ALL: [(Algorithm, &str); 5] = [
    (Algorithm::Crc32, "x-amz-checksum-crc32"),
    (Algorithm::Crc32c, "x-amz-checksum-crc32c"),
    (Algorithm::Crc64Nvme, "x-amz-checksum-crc64nvme"),
    (Algorithm::Sha1, "x-amz-checksum-sha1"),
    (Algorithm::Sha256, "x-amz-checksum-sha256"),
];

/// Headers that are about checksums and tell none.
const ABOUT: [&str; 3] = ["x-amz-checksum-algorithm", "x-amz-checksum-mode", "x-amz-checksum-type"];

/// The header of a checksum.
pub(super) fn header(algorithm: Algorithm) -> HeaderName {
    let name = ALL.iter().find(|(known, _)| *known == algorithm).map_or("x-amz-checksum-crc32", |(_, name)| *name);
    HeaderName::from_static(name)
}

/// The algorithm of a header.
pub(super) fn of_header(name: &str) -> Option<Algorithm> {
    ALL.iter().find(|(_, known)| *known == name).map(|(algorithm, _)| *algorithm)
}

/// Whether a header tells a checksum, of whatever kind, of a body.
pub(super) fn is_one(name: &str) -> bool {
    name.starts_with("x-amz-checksum-") && !ABOUT.contains(&name)
}

/// The checksums that headers (or trailers) tell.
pub(super) fn in_headers(headers: &HeaderMap) -> Vec<(Algorithm, String)> {
    // What isn't text is no checksum either; left out, it would pass for one that wasn't sent.
    let value = |name: &str| Some(String::from_utf8_lossy(headers.get(name)?.as_bytes()).trim().to_owned());
    ALL.iter().filter_map(|(algorithm, name)| Some((*algorithm, value(name)?))).collect()
}

/// The checksum of no bytes.
pub(super) fn of_nothing(algorithm: Algorithm) -> Option<String> {
    found(hasher([algorithm].into_iter()).finalize()).pop().map(|(_, value)| value)
}

/// The algorithm that a request names.
pub(super) fn named(name: &ChecksumAlgorithm) -> S3Result<Algorithm> {
    let algorithm = ALL.iter().map(|(algorithm, _)| *algorithm).find(|known| known.to_string() == name.as_str());
    algorithm.ok_or_else(unknown)
}

/// The refusal of a checksum that can't be verified: taken, it would pass for one that was.
pub(super) fn unknown() -> S3Error {
    S3Error::with_message(
        S3ErrorCode::InvalidRequest,
        "the checksum algorithms are CRC32, CRC32C, CRC64NVME, SHA1 and SHA256",
    )
}

pub(super) fn name(algorithm: Algorithm) -> ChecksumAlgorithm {
    ChecksumAlgorithm::from(algorithm.to_string())
}

pub(super) fn kind(kind: Kind) -> ChecksumType {
    ChecksumType::from_static(match kind {
        Kind::Full => ChecksumType::FULL_OBJECT,
        Kind::Composite => ChecksumType::COMPOSITE,
    })
}

/// Checksums as `s3s` writes them.
pub(super) fn told(checksums: &Checksums) -> Checksum {
    let value = |algorithm| checksums.get(algorithm).map(str::to_owned);
    Checksum {
        checksum_crc32: value(Algorithm::Crc32),
        checksum_crc32c: value(Algorithm::Crc32c),
        checksum_crc64nvme: value(Algorithm::Crc64Nvme),
        checksum_sha1: value(Algorithm::Sha1),
        checksum_sha256: value(Algorithm::Sha256),
        checksum_type: (!checksums.is_empty()).then(|| kind(checksums.kind)),
    }
}

/// Checksums as `s3s` reads them.
pub(super) fn found(checksum: Checksum) -> Vec<(Algorithm, String)> {
    let all = [
        (Algorithm::Crc32, checksum.checksum_crc32),
        (Algorithm::Crc32c, checksum.checksum_crc32c),
        (Algorithm::Crc64Nvme, checksum.checksum_crc64nvme),
        (Algorithm::Sha1, checksum.checksum_sha1),
        (Algorithm::Sha256, checksum.checksum_sha256),
    ];
    all.into_iter().filter_map(|(algorithm, value)| Some((algorithm, value?))).collect()
}

/// What works out these checksums.
pub(super) fn hasher(algorithms: impl Iterator<Item = Algorithm>) -> ChecksumHasher {
    let mut hasher = ChecksumHasher::default();
    for algorithm in algorithms {
        match algorithm {
            Algorithm::Crc32 => hasher.crc32 = Some(s3s::crypto::Checksum::new()),
            Algorithm::Crc32c => hasher.crc32c = Some(s3s::crypto::Checksum::new()),
            Algorithm::Crc64Nvme => hasher.crc64nvme = Some(s3s::crypto::Checksum::new()),
            Algorithm::Sha1 => hasher.sha1 = Some(s3s::crypto::Checksum::new()),
            Algorithm::Sha256 => hasher.sha256 = Some(s3s::crypto::Checksum::new()),
        }
    }
    hasher
}

/// The bytes of a `Content-MD5`: base64 of sixteen, in the one way that they can be written.
pub(super) fn md5(text: &str) -> Option<[u8; 16]> {
    STANDARD.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::hex;

    #[test]
    fn a_digest_has_one_spelling() {
        assert_eq!(
            md5("1B2M2Y8AsgTpgAmY7PhCfg==").map(|md5| hex(&md5)).as_deref(),
            Some("d41d8cd98f00b204e9800998ecf8427e")
        );
        for wrong in [
            "",
            "1B2M2Y8AsgTpgAmY7PhCfg",
            "1B2M2Y8AsgTpgAmY7PhCfh==",
            "1B2M2Y8AsgTpgAmY7PhC*g==",
            "1B2M2Y8AsgTpgAmY7PhCAfg==",
        ] {
            assert_eq!(md5(wrong), None, "{wrong}");
        }
    }
}
