//! Bytes of which each can be told by its place: byte i is i mod 251.

use std::ops::Range;

/// A prime, so that the pattern meets no boundary of a buffer twice in the same way.
const PERIOD: u64 = 251;

/// Returns these bytes of the pattern.
pub fn bytes(range: Range<u64>) -> Vec<u8> {
    range.map(at).collect()
}

/// Returns whether these bytes are the pattern's from `start` on.
pub fn is_at(start: u64, bytes: &[u8]) -> bool {
    (start..).zip(bytes).all(|(place, byte)| *byte == at(place))
}

fn at(place: u64) -> u8 {
    (place % PERIOD) as u8
}
