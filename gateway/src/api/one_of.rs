//! How types that are one of several are read.

use serde::de::{DeserializeOwned, Error, Unexpected};
use serde_json::Value;

use super::json::Reader;

/// Implements the reading of an enum whose alternatives a property tells apart, or are tried in this order.
#[allow(unused_macros, reason = "whether it is used depends on the description")]
macro_rules! one_of {
    ($name:ident by $property:literal { $($word:literal => $variant:ident),* $(,)? }) => {
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
                let value = <serde_json::Value as serde::Deserialize>::deserialize(source)?;
                match $crate::api::one_of::word(&value, $property)? {
                    $($word => $crate::api::one_of::read(value).map($name::$variant),)*
                    other => Err(serde::de::Error::unknown_variant(other, &[$($word),*])),
                }
            }
        }
    };
    ($name:ident { $($variant:ident),* $(,)? }) => {
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
                let value = <serde_json::Value as serde::Deserialize>::deserialize(source)?;
                $(if let Ok(read) = $crate::api::one_of::read::<_, D::Error>(value.clone()) {
                    return Ok($name::$variant(read));
                })*
                Err(serde::de::Error::custom(concat!("is none of the alternatives", $(" `", stringify!($variant), "`"),*)))
            }
        }
    };
}

#[allow(unused_imports, reason = "as above")]
pub(crate) use one_of;

/// Returns the word that tells the alternatives apart.
pub fn word<'a, E: Error>(value: &'a Value, property: &'static str) -> Result<&'a str, E> {
    let Value::Object(fields) = value else {
        return Err(E::invalid_type(Unexpected::Other("another value"), &"an object"));
    };
    match fields.get(property) {
        None => Err(E::missing_field(property)),
        Some(Value::String(word)) => Ok(word),
        Some(_) => Err(E::custom(format_args!("`{property}` must be a string"))),
    }
}

/// Reads one alternative.
pub fn read<T: DeserializeOwned, E: Error>(value: Value) -> Result<T, E> {
    serde_path_to_error::deserialize(Reader(value)).map_err(|error| match error.path().to_string().as_str() {
        "." => E::custom(error.inner()),
        path => E::custom(format_args!("`{path}`: {}", error.inner())),
    })
}
