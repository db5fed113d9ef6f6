//! The `Range` header, by RFC 9110 section 14.

use std::ops::Range;

/// What a `Range` header comes to for an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All of it: there is no header, it asks for several ranges, or it can't be understood.
    Whole,
    /// These bytes.
    Part(Range<u64>),
    /// 416.
    Unsatisfiable,
}

pub(super) fn read(header: &str, size: u64) -> Wanted {
    let Some((unit, spec)) = header.split_once('=') else { return Wanted::Whole };
    let Some((first, last)) = spec.trim().split_once('-') else { return Wanted::Whole };
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return Wanted::Whole;
    }
    let range = match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last => first..last.saturating_add(1).min(size),
        (Some(first), None) if last.is_empty() => first..size,
        (None, Some(length)) if first.is_empty() => size.saturating_sub(length)..size,
        _ => return Wanted::Whole,
    };
    if range.is_empty() { Wanted::Unsatisfiable } else { Wanted::Part(range) }
}

/// The first and the last byte of a range that says both, as copies of parts must.
pub(super) fn exact(header: &str) -> Option<(u64, u64)> {
    let (first, last) = header.strip_prefix("bytes=")?.split_once('-')?;
    let (first, last) = (number(first)?, number(last)?);
    (first <= last).then_some((first, last))
}

fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // More digits than a number has are still a number, and past any end.
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exact_range_says_both_its_ends() {
        assert_eq!(exact("bytes=0-9"), Some((0, 9)));
        for wrong in
            ["bytes=2-", "bytes=-3", "bytes=5-2", "Bytes=0-9", "bytes= 0-9", "bytes=0-1,3-4", "0-9", "bytes=", ""]
        {
            assert_eq!(exact(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn ranges_come_to_what_the_standard_says() {
        for (header, size, wanted) in [
            ("bytes=0-0", 10, Wanted::Part(0..1)),
            ("bytes=2-5", 10, Wanted::Part(2..6)),
            ("bytes=2-", 10, Wanted::Part(2..10)),
            ("bytes=-3", 10, Wanted::Part(7..10)),
            ("bytes=-30", 10, Wanted::Part(0..10)),
            ("Bytes=5-99999999999999999999", 10, Wanted::Part(5..10)),
            ("bytes=10-", 10, Wanted::Unsatisfiable),
            ("bytes=99999999999999999999-", 10, Wanted::Unsatisfiable),
            ("bytes=-0", 10, Wanted::Unsatisfiable),
            ("bytes=0-", 0, Wanted::Unsatisfiable),
            ("bytes=-5", 0, Wanted::Unsatisfiable),
            ("bytes=5-2", 10, Wanted::Whole),
            ("bytes=0-1,3-4", 10, Wanted::Whole),
            ("bytes=a-b", 10, Wanted::Whole),
            ("bytes=+1-2", 10, Wanted::Whole),
            ("bytes=-", 10, Wanted::Whole),
            ("lines=1-2", 10, Wanted::Whole),
            ("nonsense", 10, Wanted::Whole),
        ] {
            assert_eq!(read(header, size), wanted, "{header} of {size}");
        }
    }
}
