//! How long a server asks to wait: `retry-after-ms`, else `Retry-After` (RFC 9110 §10.2.3).

use std::time::{Duration, SystemTime};

use http::{HeaderMap, header};

/// Milliseconds instead of seconds: not a standard, but what several services send.
const RETRY_AFTER_MS: &str = "retry-after-ms";

/// Returns the wait that an answer asks for. What is not more than zero, or isn't a finite number or date, counts as absent.
pub(crate) fn server_wait(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let milliseconds = text(RETRY_AFTER_MS).and_then(decimal).map(|milliseconds| milliseconds / 1000.0);
    if let Some(wait) = milliseconds.and_then(positive) {
        return Some(wait);
    }
    let told = text(header::RETRY_AFTER.as_str())?;
    match decimal(told) {
        Some(seconds) => positive(seconds),
        None => httpdate::parse_http_date(told).ok()?.duration_since(now).ok().filter(|wait| !wait.is_zero()),
    }
}

/// Digits, perhaps with a point and further digits. Rust's parser would also take `inf`, `nan`, signs and exponents.
fn decimal(text: &str) -> Option<f64> {
    let plain = text.starts_with(|c: char| c.is_ascii_digit()) && text.chars().all(|c| c.is_ascii_digit() || c == '.');
    text.parse().ok().filter(|_| plain)
}

fn positive(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok().filter(|wait| !wait.is_zero())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use http::{HeaderMap, HeaderName, HeaderValue};

    use super::server_wait;

    fn wait(lines: &[(&'static str, &'static str)]) -> Option<f64> {
        let line = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        let headers: HeaderMap = lines.iter().map(line).collect();
        // Sun, 06 Nov 1994 08:49:37 GMT, the date of RFC 9110 §5.6.7.
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        server_wait(&headers, now).map(|wait| wait.as_secs_f64())
    }

    #[test]
    fn seconds_milliseconds_and_dates() {
        assert_eq!(wait(&[("retry-after", "1.5")]), Some(1.5));
        assert_eq!(wait(&[("retry-after", "2"), ("retry-after-ms", "250")]), Some(0.25));
        assert_eq!(wait(&[("retry-after", "2"), ("retry-after-ms", "soon")]), Some(2.0));
        for date in ["Sun, 06 Nov 1994 08:49:47 GMT", "Sunday, 06-Nov-94 08:49:47 GMT", "Sun Nov  6 08:49:47 1994"] {
            assert_eq!(wait(&[("retry-after", date)]), Some(10.0), "{date}");
        }
    }

    #[test]
    fn nonsense_counts_as_absent() {
        for text in ["", "0", "-1", "+1", "nan", "inf", "1e3", "0x10", "1 s", ".5", "Sun, 06 Nov 1994 08:49:37 GMT"] {
            assert_eq!(wait(&[("retry-after", text)]), None, "{text:?}");
            assert_eq!(wait(&[("retry-after-ms", text)]), None, "{text:?}");
        }
        assert_eq!(wait(&[("retry-after", "9".repeat(400).leak())]), None);
    }
}
