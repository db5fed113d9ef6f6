//! What the tests share.

pub mod built;
pub mod conformance;
pub mod documented;
pub mod engine;
pub mod fixture;
pub mod gateway;
pub mod host;
pub mod http;
pub mod node;
pub mod odd_keys;
pub mod outline;
pub mod paths;
pub mod postgres;
pub mod process;
pub mod program;
pub mod python;
pub mod reachable;
pub mod seaweedfs;
pub mod sigv4;
pub mod skip;
pub mod surface;
pub mod validate;
pub mod vendor;

/// The Rust code of the README is compiled with the doc tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
