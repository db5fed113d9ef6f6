//! The Infrai Storage service.

pub mod state;
pub mod vendor;
