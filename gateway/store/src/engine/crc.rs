//! The CRC of a whole from those of its parts. Uploads of 10,000 parts are completed while nobody else can change the index, so it
//! takes one multiplication for each bit of a part's size that is set, and not a matrix of bits for each bit.

use super::Algorithm;

/// Joins CRCs of one kind. They are polynomials over GF(2), whose highest bit stands for 1 and the lowest for the highest power of x.
#[derive(Debug)]
pub(crate) struct Joiner {
    one: u64,
    /// What the CRC is the remainder of, without its highest power.
    divisor: u64,
    /// What 1, 2, 4, 8 and so on zero bytes multiply a CRC by: the powers 8, 16, 32, 64 … of x.
    zeros: [u64; 64],
}

impl Joiner {
    /// One for this kind; `None` for what is no CRC.
    pub(crate) fn new(algorithm: Algorithm) -> Option<Self> {
        let (one, divisor) = match algorithm {
            Algorithm::Crc32 => (1 << 31, 0xedb8_8320),
            Algorithm::Crc32c => (1 << 31, 0x82f6_3b78),
            Algorithm::Crc64Nvme => (1 << 63, 0x9a6c_9329_ac4b_c9b5),
            Algorithm::Sha1 | Algorithm::Sha256 => return None,
        };
        let mut joiner = Self { one, divisor, zeros: [0; 64] };
        let (mut zeros, mut next) = ([0; 64], one >> 8);
        for power in &mut zeros {
            *power = next;
            next = joiner.times(next, next);
        }
        joiner.zeros = zeros;
        Some(joiner)
    }

    /// The CRC of bytes that have the CRC `first`, followed by `size` bytes that have the CRC `second`.
    pub(crate) fn join(&self, first: u64, second: u64, size: u64) -> u64 {
        let set = self.zeros.iter().enumerate().filter(|(bit, _)| size >> bit & 1 == 1);
        set.fold(first, |sum, (_, power)| self.times(sum, *power)) ^ second
    }

    fn times(&self, mut one: u64, mut other: u64) -> u64 {
        let mut product = 0;
        while one & (self.one | (self.one - 1)) != 0 {
            if one & self.one != 0 {
                product ^= other;
            }
            one <<= 1;
            other = other >> 1 ^ if other & 1 == 1 { self.divisor } else { 0 };
        }
        product
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_joins_as_the_crate_does_that_works_them_out() {
        for (algorithm, theirs, bits) in [
            (Algorithm::Crc32, crc_fast::CrcAlgorithm::Crc32IsoHdlc, 32),
            (Algorithm::Crc32c, crc_fast::CrcAlgorithm::Crc32Iscsi, 32),
            (Algorithm::Crc64Nvme, crc_fast::CrcAlgorithm::Crc64Nvme, 64),
        ] {
            let joiner = Joiner::new(algorithm).unwrap();
            let (mut first, mut second) = (u64::MAX >> (64 - bits), 1);
            for size in [0, 1, 2, 7, 255, 256, 5 << 20, (5 << 20) + 1, 5 << 30, 50 << 40, u64::MAX] {
                let joined = joiner.join(first, second, size);
                assert_eq!(joined, crc_fast::checksum_combine(theirs, first, second, size), "{algorithm} {size}");
                (first, second) = (joined, first);
            }
        }
        assert!(Joiner::new(Algorithm::Sha1).is_none());
    }
}
