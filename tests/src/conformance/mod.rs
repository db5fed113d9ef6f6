//! The conformance vectors: what they say, the server that plays them, and how the Rust client is held to them.
//!
//! `tests/conformance/README.md` is the form of the files, `docs/behaviour.md` what they prove. [`server`] plays a case's script,
//! and [`control`] does so for other programs. [`run`] holds the Rust client to a case; only [`rust_client`] knows its methods.

pub mod case;
pub mod compare;
pub mod control;
pub mod files;
pub mod machine;
pub mod pattern;
pub mod places;
pub mod play;
pub mod read;
pub mod requests;
pub mod run;
pub mod rust_client;
pub mod script;
pub mod server;
pub mod template;
pub mod tls;
pub mod vectors;
pub mod watch;
