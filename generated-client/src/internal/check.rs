//! Checks of arguments before anything is sent: the ranges and lengths that a description states.
//!
//! Patterns and closed lists are left to the service, so that an old client can send a new value.

use std::cmp::Ordering;
use std::fmt;

/// Why something can't be sent, for people. It never repeats the value: at most, it tells how long that is.
#[derive(Clone, Debug)]
pub(crate) struct Invalid(String);

impl Invalid {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Checks that `value` lies between `min` and `max`, both included. An absent value passes, NaN doesn't.
pub(crate) fn range<T>(name: &str, value: impl Into<Option<T>>, min: Option<T>, max: Option<T>) -> Result<(), Invalid>
where
    T: PartialOrd + fmt::Display,
{
    let Some(value) = value.into() else {
        return Ok(());
    };
    let out = |bound: &T, wrong: Ordering| value.partial_cmp(bound).is_none_or(|ordering| ordering == wrong);
    if let Some(min) = min.filter(|min| out(min, Ordering::Less)) {
        return Err(Invalid(format!("`{name}` must be at least {min}")));
    }
    if let Some(max) = max.filter(|max| out(max, Ordering::Greater)) {
        return Err(Invalid(format!("`{name}` must be at most {max}")));
    }
    Ok(())
}

/// Checks that `value` can be one segment of a path. `""`, `.` and `..` can't: URL parsers take these for steps, encoded or not
/// (RFC 3986 §5.2.4), so the request would go to another resource.
pub(crate) fn segment(name: &str, value: &str) -> Result<(), Invalid> {
    match value {
        "" => Err(Invalid(format!("`{name}` must not be empty"))),
        "." | ".." => {
            Err(Invalid(format!("`{name}` must not be `.` or `..`: in a URL these are steps to another resource")))
        }
        _ => Ok(()),
    }
}

/// Checks that `value` has between `min` and `max` characters (code points) or items, both included. An absent value passes.
pub(crate) fn length(
    name: &str,
    value: &(impl Measured + ?Sized),
    min: Option<usize>,
    max: Option<usize>,
) -> Result<(), Invalid> {
    let Some((length, unit)) = value.measured() else {
        return Ok(());
    };
    if let Some(min) = min.filter(|min| length < *min) {
        return Err(Invalid(format!("`{name}` must have at least {}, not {length}", count(min, unit))));
    }
    if let Some(max) = max.filter(|max| length > *max) {
        return Err(Invalid(format!("`{name}` must have at most {}, not {length}", count(max, unit))));
    }
    Ok(())
}

fn count(n: usize, unit: &str) -> String {
    format!("{n} {unit}{}", if n == 1 { "" } else { "s" })
}

/// What has a length.
pub(crate) trait Measured {
    /// Returns the length and its unit, unless the value is absent.
    fn measured(&self) -> Option<(usize, &'static str)>;
}

impl Measured for str {
    fn measured(&self) -> Option<(usize, &'static str)> {
        Some((self.chars().count(), "character"))
    }
}

impl Measured for String {
    fn measured(&self) -> Option<(usize, &'static str)> {
        self.as_str().measured()
    }
}

impl<T> Measured for Vec<T> {
    fn measured(&self) -> Option<(usize, &'static str)> {
        Some((self.len(), "item"))
    }
}

impl<T: Measured> Measured for Option<T> {
    fn measured(&self) -> Option<(usize, &'static str)> {
        self.as_ref()?.measured()
    }
}

impl<T: Measured + ?Sized> Measured for &T {
    fn measured(&self) -> Option<(usize, &'static str)> {
        (**self).measured()
    }
}

#[cfg(test)]
mod tests {
    use super::{Invalid, length, range};

    fn said(checked: Result<(), Invalid>) -> String {
        checked.map_or_else(|fault| fault.to_string(), |()| String::new())
    }

    #[test]
    fn ranges_include_their_ends() {
        for value in [1, 604_800] {
            assert_eq!(said(range("n", value, Some(1), Some(604_800))), "");
        }
        assert_eq!(said(range("n", Some(0), Some(1), None)), "`n` must be at least 1");
        assert_eq!(said(range("n", 604_801, Some(1), Some(604_800))), "`n` must be at most 604800");
        assert_eq!(said(range("n", None::<i64>, Some(1), Some(2))), "");
        assert_eq!(said(range("n", f64::NAN, Some(1.5), None)), "`n` must be at least 1.5");
    }

    #[test]
    fn lengths_are_counted_in_code_points() {
        assert_eq!(said(length("key", "é🦀é", Some(3), Some(3))), "");
        assert_eq!(
            said(length("key", &Some("ab".to_owned()), Some(3), None)),
            "`key` must have at least 3 characters, not 2"
        );
        assert_eq!(said(length("key", &None::<String>, Some(3), None)), "");
        assert_eq!(said(length("ids", &vec![1, 2], None, Some(1))), "`ids` must have at most 1 item, not 2");
    }
}
