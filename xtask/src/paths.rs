//! Where things are.

use std::path::{Path, PathBuf};

/// The description of the API that people edit, from the repository's root.
pub(crate) const SPEC: &str = "openapi/storage.yaml";

/// The repository's root: this program is built in it and only serves it.
pub(crate) fn root() -> &'static Path {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest)
}

/// Where builds go, and what is only needed on the way.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// A path as people see it: from the root where it is below it.
pub(crate) fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string().replace('\\', "/")
}
