//! File handles: each connection takes one, each upload and download another.

/// Takes as many as the system allows; the usual 1024 are fewer than the connections that may be.
#[cfg(unix)]
pub(crate) fn raise() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    if limit.current == limit.maximum {
        return;
    }
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }) {
        tracing::debug!(%error, "the limit on file handles could not be raised");
    }
}

/// There is no such limit here.
#[cfg(not(unix))]
pub(crate) fn raise() {}

/// As many as `serve` can have; nothing where there is no limit.
#[cfg(unix)]
pub(crate) fn most() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::Nofile).maximum
}

/// There is no such limit here.
#[cfg(not(unix))]
pub(crate) fn most() -> Option<u64> {
    None
}
