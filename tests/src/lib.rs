//! What the tests share.

pub mod documented;
pub mod fixture;
pub mod http;
pub mod outline;
pub mod paths;
pub mod surface;
