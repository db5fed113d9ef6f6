//! The gateway as a server: clients that stop half way or go away, web pages, starts and stops, one gateway a folder; and which vendor
//! it chooses.

#[path = "gateway_server/choice.rs"]
mod choice;
#[path = "gateway_server/clients.rs"]
mod clients;
#[path = "gateway_server/expect.rs"]
mod expect;
#[path = "gateway_server/settings.rs"]
mod settings;
#[path = "gateway_server/starts.rs"]
mod starts;
#[cfg(unix)]
#[path = "gateway_server/stops.rs"]
mod stops;

use std::path::Path;

use infrai_tests::gateway::credentials_file;
use tempfile::TempDir;

/// Where buckets are made.
const BUCKETS: &str = "/v1/storage/buckets";

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

/// A configuration file with these lines and an engine called `other` at this address.
fn config(folder: &Path, lines: &str, engine: &str) -> String {
    let path = folder.join("config.toml");
    credentials_file(folder);
    let vendor = format!(
        "[[vendor]]\nname = 'other'\nendpoint = '{engine}'\nregion = 'eu-1'\ncredentials_file = 'credentials'\n"
    );
    std::fs::write(&path, format!("{lines}\n{vendor}")).expect("a file");
    path.to_string_lossy().into_owned()
}
