//! The limits of the description: ranges and lengths. Patterns are the service's own rules.

use std::collections::BTreeMap;
use std::fmt::Display;

/// A limit that is broken, or a parameter that can't be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The argument, as it is called on the wire; what is wrong may be deep within it.
    pub field: &'static str,
    /// Where exactly: `bucket`, `corners[2].x`.
    pub path: String,
    /// What is wrong; reads on behind the path.
    pub says: String,
}

impl Broken {
    /// Says what is wrong with a field.
    pub fn new(field: &'static str, says: impl Into<String>) -> Self {
        Self { field, path: field.to_owned(), says: says.into() }
    }

    /// Says that it is within a field.
    fn within(self, field: &'static str) -> Self {
        let dot = if self.path.starts_with('[') { "" } else { "." };
        Self { field, path: format!("{field}{dot}{}", self.path), says: self.says }
    }

    /// Says that it is within an element.
    fn at(self, element: &impl Display) -> Self {
        let dot = if self.path.starts_with('[') { "" } else { "." };
        Self { path: format!("[{element}]{dot}{}", self.path), ..self }
    }
}

/// A value that knows its limits.
pub trait Check {
    /// Says which limit is broken, if one is.
    fn check(&self) -> Result<(), Broken>;
}

impl<T: Check> Check for Option<T> {
    fn check(&self) -> Result<(), Broken> {
        self.as_ref().map_or(Ok(()), Check::check)
    }
}

impl<T: Check> Check for Box<T> {
    fn check(&self) -> Result<(), Broken> {
        (**self).check()
    }
}

impl<T: Check> Check for Vec<T> {
    fn check(&self) -> Result<(), Broken> {
        let broken = |(at, item): (usize, &T)| item.check().map_err(|broken| broken.at(&at));
        self.iter().enumerate().try_for_each(broken)
    }
}

impl<T: Check> Check for BTreeMap<String, T> {
    fn check(&self) -> Result<(), Broken> {
        self.iter().try_for_each(|(key, item)| item.check().map_err(|broken| broken.at(&format_args!("{key:?}"))))
    }
}

/// Checks the limits within a field's value.
pub fn within(field: &'static str, value: &impl Check) -> Result<(), Broken> {
    value.check().map_err(|broken| broken.within(field))
}

/// A number, or perhaps one.
pub trait Ranged {
    /// What its ends are.
    type End: PartialOrd + Display + Copy;

    /// Returns the number, if there is one.
    fn number(&self) -> Option<Self::End>;
}

macro_rules! ranged {
    ($($ty:ty)*) => {
        $(impl Ranged for $ty {
            type End = Self;

            fn number(&self) -> Option<Self> {
                Some(*self)
            }
        })*
    };
}

ranged!(i32 i64 u64 f64);

impl<T: Ranged> Ranged for Option<T> {
    type End = T::End;

    fn number(&self) -> Option<T::End> {
        self.as_ref().and_then(Ranged::number)
    }
}

/// Checks that a number is within its ends.
pub fn range<T: Ranged>(
    field: &'static str,
    value: &T,
    least: Option<T::End>,
    most: Option<T::End>,
) -> Result<(), Broken> {
    let Some(number) = value.number() else { return Ok(()) };
    let low = least.is_some_and(|least| number < least);
    let high = most.is_some_and(|most| number > most);
    if !low && !high {
        return Ok(());
    }
    Err(Broken::new(field, format!("must be {}, not {number}", span(least, most))))
}

/// Something with a length, or perhaps something.
pub trait Long {
    /// What one of its parts is called.
    const PART: &str;

    /// Returns the length: of a text in code points.
    fn length(&self) -> Option<u64>;
}

impl Long for String {
    const PART: &str = "character";

    fn length(&self) -> Option<u64> {
        u64::try_from(self.chars().count()).ok()
    }
}

impl<T> Long for Vec<T> {
    const PART: &str = "element";

    fn length(&self) -> Option<u64> {
        u64::try_from(self.len()).ok()
    }
}

impl<T: Long> Long for Option<T> {
    const PART: &str = T::PART;

    fn length(&self) -> Option<u64> {
        self.as_ref().and_then(Long::length)
    }
}

/// Checks that a length is within its ends.
pub fn length<T: Long>(field: &'static str, value: &T, least: Option<u64>, most: Option<u64>) -> Result<(), Broken> {
    let Some(length) = value.length() else { return Ok(()) };
    if least.is_none_or(|least| length >= least) && most.is_none_or(|most| length <= most) {
        return Ok(());
    }
    let plural = if most.or(least) == Some(1) { "" } else { "s" };
    Err(Broken::new(field, format!("must have {} {}{plural}, not {length}", span(least, most), T::PART)))
}

fn span(least: Option<impl Display>, most: Option<impl Display>) -> String {
    match (least, most) {
        (Some(least), Some(most)) => format!("{least} to {most}"),
        (Some(least), None) => format!("at least {least}"),
        (None, Some(most)) => format!("at most {most}"),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Broken, Check, length, range, within};

    struct Point(f64);

    impl Check for Point {
        fn check(&self) -> Result<(), Broken> {
            range("x", &self.0, Some(0.5), None)
        }
    }

    fn says(checked: Result<(), Broken>) -> String {
        checked.map_or_else(|broken| format!("{} | {}: {}", broken.field, broken.path, broken.says), |()| String::new())
    }

    #[test]
    fn ends_are_within() {
        for (number, broken) in [(1, ""), (604_800, ""), (0, "n | n: must be 1 to 604800, not 0")] {
            assert_eq!(says(range("n", &number, Some(1), Some(604_800))), broken);
        }
        assert_eq!(says(range("n", &Some(-1_i64), Some(0), None)), "n | n: must be at least 0, not -1");
        assert_eq!(says(range("n", &None::<i64>, Some(0), None)), "");
        assert_eq!(says(range("n", &Some(Some(3_u64)), None, Some(2))), "n | n: must be at most 2, not 3");
    }

    #[test]
    fn lengths_are_in_code_points_and_elements() {
        assert_eq!(says(length("t", &"éé".to_owned(), Some(2), Some(2))), "");
        assert_eq!(
            says(length("t", &Some(String::new()), Some(1), None)),
            "t | t: must have at least 1 character, not 0"
        );
        assert_eq!(says(length("l", &vec![1], None, Some(0))), "l | l: must have at most 0 elements, not 1");
    }

    #[test]
    fn the_place_is_named_however_deep() {
        let points = vec![vec![Point(1.0)], vec![Point(1.0), Point(0.0)]];
        assert_eq!(says(within("lines", &points)), "lines | lines[1][1].x: must be at least 0.5, not 0");
        let named = BTreeMap::from([("a".to_owned(), Some(Box::new(Point(0.0))))]);
        assert_eq!(says(within("named", &named)), "named | named[\"a\"].x: must be at least 0.5, not 0");
    }
}
