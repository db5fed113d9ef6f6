//! What the tests share.

pub mod documented;
pub mod fixture;
pub mod http;
pub mod outline;
pub mod paths;
pub mod reachable;
pub mod surface;

/// The Rust code of the README is compiled with the doc tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
