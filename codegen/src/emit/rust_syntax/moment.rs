//! Days and moments of the document (RFC 3339, section 5.6), checked before Rust is made of them.

/// Whether a text is a day: `2026-01-15`.
pub(in crate::emit) fn is_date(text: &str) -> bool {
    let mut parts = text.split('-').map(digits);
    let (Some(Some((4, year))), Some(Some((2, month))), Some(Some((2, day))), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(leap),
        _ => return false,
    };
    (1..=days).contains(&day)
}

/// Whether a text is a moment: `2026-01-15T09:30:00Z`. Leap seconds are none.
pub(in crate::emit) fn is_date_time(text: &str) -> bool {
    let Some((day, rest)) = text.split_once(['T', 't']) else { return false };
    let Some(at) = rest.find(['Z', 'z', '+', '-']) else { return false };
    let Some((time, zone)) = rest.split_at_checked(at) else { return false };
    let (clock, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let zone = match zone.strip_prefix(['+', '-']) {
        Some(offset) => offset.split(':').count() == 2 && is_clock(offset),
        None => zone.len() == 1,
    };
    let fraction = (1..=9).contains(&fraction.len()) && fraction.bytes().all(|b| b.is_ascii_digit());
    is_date(day) && clock.split(':').count() == 3 && is_clock(clock) && fraction && zone
}

/// Whether a text is hours, minutes and maybe seconds.
fn is_clock(text: &str) -> bool {
    text.split(':').zip([23, 59, 59]).all(|(part, most)| matches!(digits(part), Some((2, number)) if number <= most))
}

/// How many digits a text has, and their number.
fn digits(text: &str) -> Option<(usize, u32)> {
    let number = text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())??;
    Some((text.len(), number))
}

#[cfg(test)]
mod tests {
    use super::{is_date, is_date_time};

    #[test]
    fn days_and_moments() {
        for text in ["2026-01-15", "2024-02-29", "2000-02-29"] {
            assert!(is_date(text), "{text}");
        }
        for text in ["2026-02-29", "1900-02-29", "2026-13-01", "2026-1-1", "2026-01-00", "2026-01-1é", "today"] {
            assert!(!is_date(text), "{text}");
        }
        for text in ["2026-01-15T09:30:00Z", "2026-01-15t09:30:00.25+01:00", "2026-01-15T09:30:00-23:59"] {
            assert!(is_date_time(text), "{text}");
        }
        let wrong =
            ["2026-01-15", "2026-01-15T09:30Z", "2026-01-15T24:00:00Z", "2026-01-15T09:30:00", "2026-01-15T09:30:00.Z"];
        for text in wrong {
            assert!(!is_date_time(text), "{text}");
        }
    }
}
