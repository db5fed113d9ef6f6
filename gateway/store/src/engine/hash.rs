//! Working out checksums of a body as it comes, and of a whole from those of its parts.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use s3s::crypto::{Checksum as _, Sha1, Sha256};

use super::crc::Joiner;
use super::{Algorithm, Checksums, Error, Expected, Kind};

/// MD5 and what else was asked for.
pub(crate) struct Hasher {
    md5: Md5,
    others: Vec<(Algorithm, Running)>,
}

enum Running {
    Crc(crc_fast::Digest),
    Sha1(Sha1),
    Sha256(Sha256),
}

impl Running {
    fn new(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Crc32 | Algorithm::Crc32c | Algorithm::Crc64Nvme => {
                Self::Crc(crc_fast::Digest::new(crc_name(algorithm)))
            }
            Algorithm::Sha1 => Self::Sha1(Sha1::new()),
            Algorithm::Sha256 => Self::Sha256(Sha256::new()),
        }
    }

    fn update(&mut self, data: &[u8]) {
        match self {
            Self::Crc(digest) => digest.update(data),
            Self::Sha1(digest) => digest.update(data),
            Self::Sha256(digest) => digest.update(data),
        }
    }

    fn finish(self, algorithm: Algorithm) -> String {
        match self {
            Self::Crc(digest) => crc_text(algorithm, digest.finalize()),
            Self::Sha1(digest) => STANDARD.encode(digest.finalize()),
            Self::Sha256(digest) => STANDARD.encode(digest.finalize()),
        }
    }
}

impl Hasher {
    /// One for MD5 and these.
    pub(crate) fn new(algorithms: &[Algorithm]) -> Self {
        let mut others: Vec<(Algorithm, Running)> = Vec::with_capacity(algorithms.len());
        for algorithm in algorithms {
            if others.iter().all(|(there, _)| there != algorithm) {
                others.push((*algorithm, Running::new(*algorithm)));
            }
        }
        Self { md5: Md5::new(), others }
    }

    /// Takes the next bytes.
    pub(crate) fn update(&mut self, data: &[u8]) {
        self.md5.update(data);
        for (_, running) in &mut self.others {
            running.update(data);
        }
    }

    /// What came out.
    pub(crate) fn finish(self) -> Digests {
        let values =
            self.others.into_iter().map(|(algorithm, running)| (algorithm, running.finish(algorithm))).collect();
        Digests { md5: self.md5.finalize().into(), checksums: Checksums { kind: Kind::Full, values } }
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hasher").finish_non_exhaustive()
    }
}

/// What a body's bytes come to.
#[derive(Clone, Debug)]
pub(crate) struct Digests {
    pub(crate) md5: [u8; 16],
    pub(crate) checksums: Checksums,
}

impl Digests {
    /// Compares with what the sender said.
    pub(crate) fn verify(&self, expected: &Expected) -> Result<(), Error> {
        if expected.md5.is_some_and(|md5| md5 != self.md5) {
            return Err(Error::BadDigest);
        }
        for (algorithm, text) in &expected.checksums {
            verify_one(&self.checksums, *algorithm, text)?;
        }
        Ok(())
    }
}

/// Compares one checksum with what the sender said.
pub(crate) fn verify_one(ours: &Checksums, algorithm: Algorithm, text: &str) -> Result<(), Error> {
    let ours = ours.get(algorithm).ok_or(Error::InvalidChecksum { algorithm })?;
    if ours == text {
        return Ok(());
    }
    match STANDARD.decode(text.split('-').next().unwrap_or_default()) {
        Ok(bytes) if bytes.len() == width(algorithm) => Err(Error::BadChecksum { algorithm }),
        _ => Err(Error::InvalidChecksum { algorithm }),
    }
}

/// An `ETag` from MD5s of parts: the MD5 of them all in a row, and their number.
pub(crate) fn etag_of_parts<'a>(etags: impl Iterator<Item = &'a str>) -> String {
    let mut md5 = Md5::new();
    let mut count = 0;
    for etag in etags {
        md5.update(unhex(etag));
        count += 1;
    }
    format!("{}-{count}", hex(&md5.finalize()))
}

/// The checksum of a whole from those of its parts (each with its size). `None` if one of them is none, or
/// if that can't be: a SHA of all bytes follows from no others.
pub(crate) fn combine(algorithm: Algorithm, kind: Kind, parts: &[(&str, u64)]) -> Option<String> {
    match kind {
        Kind::Full => {
            let joiner = Joiner::new(algorithm)?;
            let mut sum: Option<u64> = None;
            for (text, size) in parts {
                let next = STANDARD.decode(text).ok()?.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
                sum = Some(sum.map_or(next, |sum| joiner.join(sum, next, *size)));
            }
            Some(crc_text(algorithm, sum?))
        }
        Kind::Composite => {
            let mut running = Running::new(algorithm);
            for (text, _) in parts {
                running.update(&STANDARD.decode(text).ok()?);
            }
            Some(format!("{}-{}", running.finish(algorithm), parts.len()))
        }
    }
}

/// What a checksum of the whole is of, where the algorithm leaves no choice.
pub(crate) fn kind_for(algorithm: Algorithm, wished: Kind) -> Kind {
    match algorithm {
        Algorithm::Crc64Nvme => Kind::Full,
        Algorithm::Sha1 | Algorithm::Sha256 => Kind::Composite,
        Algorithm::Crc32 | Algorithm::Crc32c => wished,
    }
}

/// Bytes as lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |n: u8| char::from(DIGITS.get(usize::from(n)).copied().unwrap_or(b'0'));
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.chars().filter_map(|c| c.to_digit(16)).filter_map(|n| u8::try_from(n).ok()).collect();
    digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect()
}

fn crc_name(algorithm: Algorithm) -> crc_fast::CrcAlgorithm {
    match algorithm {
        Algorithm::Crc32c => crc_fast::CrcAlgorithm::Crc32Iscsi,
        Algorithm::Crc64Nvme => crc_fast::CrcAlgorithm::Crc64Nvme,
        _ => crc_fast::CrcAlgorithm::Crc32IsoHdlc,
    }
}

fn crc_text(algorithm: Algorithm, sum: u64) -> String {
    let bytes = sum.to_be_bytes();
    STANDARD.encode(bytes.get(8 - width(algorithm)..).unwrap_or_default())
}

/// A checksum's bytes; for the CRCs at most 8.
fn width(algorithm: Algorithm) -> usize {
    match algorithm {
        Algorithm::Crc32 | Algorithm::Crc32c => 4,
        Algorithm::Crc64Nvme => 8,
        Algorithm::Sha1 => 20,
        Algorithm::Sha256 => 32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Algorithm; 5] =
        [Algorithm::Crc32, Algorithm::Crc32c, Algorithm::Crc64Nvme, Algorithm::Sha1, Algorithm::Sha256];

    fn of(data: &[u8]) -> Digests {
        let mut hasher = Hasher::new(&ALL);
        hasher.update(data);
        hasher.finish()
    }

    #[test]
    fn known_values() {
        let digests = of(b"123456789");
        assert_eq!(hex(&digests.md5), "25f9e794323b453885f5181f1b624d0b");
        let get = |algorithm| digests.checksums.get(algorithm).unwrap().to_owned();
        assert_eq!(get(Algorithm::Crc32), "y/Q5Jg==");
        assert_eq!(get(Algorithm::Crc32c), "4waSgw==");
        assert_eq!(get(Algorithm::Crc64Nvme), "rosUhgp5mIg=");
        assert_eq!(get(Algorithm::Sha1), "98O8HYCOBHMq32eZZczDTKeuNEE=");
        assert_eq!(get(Algorithm::Sha256), "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=");
    }

    #[test]
    fn crcs_of_parts_are_the_crc_of_the_whole() {
        let (whole, left, right) = (of(b"some bytes and others"), of(b"some bytes"), of(b" and others"));
        for algorithm in [Algorithm::Crc32, Algorithm::Crc32c, Algorithm::Crc64Nvme] {
            let parts = [(left.checksums.get(algorithm).unwrap(), 10), (right.checksums.get(algorithm).unwrap(), 11)];
            assert_eq!(combine(algorithm, Kind::Full, &parts).as_deref(), whole.checksums.get(algorithm));
        }
        for algorithm in [Algorithm::Sha1, Algorithm::Sha256] {
            let parts = [(left.checksums.get(algorithm).unwrap(), 10)];
            assert_eq!(combine(algorithm, Kind::Full, &parts), None);
        }
    }

    #[test]
    fn wrong_and_senseless_checksums_are_told_apart() {
        let digests = of(b"x");
        let verify =
            |text: &str| digests.verify(&Expected { md5: None, checksums: vec![(Algorithm::Crc32, text.to_owned())] });
        assert!(matches!(verify("AAAAAA=="), Err(Error::BadChecksum { .. })));
        assert!(matches!(verify("AAAA"), Err(Error::InvalidChecksum { .. })));
        assert!(matches!(verify("no!"), Err(Error::InvalidChecksum { .. })));
        assert!(matches!(
            digests.verify(&Expected { md5: Some([0; 16]), checksums: Vec::new() }),
            Err(Error::BadDigest)
        ));
    }

    #[test]
    fn etags_of_parts() {
        // Two parts, "a" and "b": MD5 of the two MD5s in a row.
        let (a, b) = (hex(&of(b"a").md5), hex(&of(b"b").md5));
        assert_eq!(unhex(&a), of(b"a").md5);
        let mut both = of(b"a").md5.to_vec();
        both.extend(of(b"b").md5);
        assert_eq!(etag_of_parts([a.as_str(), b.as_str()].into_iter()), format!("{}-2", hex(&of(&both).md5)));
    }
}
