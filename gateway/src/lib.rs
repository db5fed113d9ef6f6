//! The Infrai Storage service: its API, over an embedded S3 store or over S3 engines that are there already.
//!
//! The routes are generated from the API's description (`generated`, on the runtime in [`api`]); what the operations do is
//! [`service`], over what must be remembered ([`state`]) and who keeps the bytes ([`vendor`], [`embedded`]).
//! [`Gateway`] puts it together and runs it.

pub mod account;
pub mod api;
pub mod command;
pub mod config;
pub mod embedded;
mod gateway;
#[rustfmt::skip]
#[allow(clippy::pedantic, reason = "written by codegen")]
pub mod generated;
pub mod server;
pub mod service;
pub mod state;
mod strays;
pub mod vendor;

pub use gateway::{Gateway, KEPT_AFTER_TRIAL, StartError};
