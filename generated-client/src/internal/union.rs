//! How a value that may be one of several types is read: by the property that says which, or by trying them in order.

use serde_json::Value;

/// Implements reading for an enum whose property `by` tells the variant. A value that no variant is named for is `Unknown`.
macro_rules! tagged_union {
    ($name:ident by $property:literal { $($tag:literal => $variant:ident),* $(,)? }) => {
        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = <::serde_json::Value as ::serde::Deserialize>::deserialize(deserializer)?;
                match value.get($property).and_then(::serde_json::Value::as_str) {
                    $(Some($tag) => ::serde::Deserialize::deserialize(&value)
                        .map(Self::$variant)
                        .map_err(::serde::de::Error::custom),)*
                    _ => $crate::internal::not_a_value(&value).map(|()| Self::Unknown(value)),
                }
            }
        }
    };
}

/// Implements reading for an enum whose variants are tried in order, each unless it finds what it does `not` know. A value
/// that none takes is `Unknown`.
macro_rules! untagged_union {
    ($name:ident { $($variant:ident $(not $open:pat)?),* $(,)? }) => {
        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = <::serde_json::Value as ::serde::Deserialize>::deserialize(deserializer)?;
                $(if let Ok(found) = ::serde::Deserialize::deserialize(&value) $(&& !matches!(found, $open))? {
                    return Ok(Self::$variant(found));
                })*
                $crate::internal::not_a_value(&value).map(|()| Self::Unknown(value))
            }
        }
    };
}

pub(crate) use {tagged_union, untagged_union};

/// Refuses `null`: a value that is there may be of an unknown kind, but it is there.
pub(crate) fn not_a_value<E: serde::de::Error>(value: &Value) -> Result<(), E> {
    if value.is_null() { Err(E::custom("invalid type: null, expected a value")) } else { Ok(()) }
}
