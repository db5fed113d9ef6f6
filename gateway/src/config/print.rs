//! `serve --print-config`: the settings that hold, each with where it comes from.

use std::path::Path;

use super::{Config, VARIABLES};

/// Returns the settings as TOML, with a comment on each. Passwords are left out.
///
/// `from_environment` and `from_file` have the names of the settings that come from there, `from_flags` likewise.
pub fn print(
    config: &Config,
    from_flags: &[&str],
    from_environment: &[&str],
    from_file: &[&str],
    file: Option<&Path>,
) -> String {
    let mut text = match file {
        Some(file) => format!("# {}\n", file.display()),
        None => "# there is no configuration file\n".to_owned(),
    };
    for (name, value) in values(config) {
        let origin = if from_flags.contains(&name) {
            format!("--{}", name.replace('_', "-"))
        } else if from_environment.contains(&name) {
            VARIABLES
                .iter()
                .find(|(_, setting)| *setting == name)
                .map_or_else(String::new, |(variable, _)| (*variable).to_owned())
        } else if from_file.contains(&name) {
            "the file".to_owned()
        } else {
            "default".to_owned()
        };
        match value {
            // Without its password it is no setting that could be read again.
            Some(value) if name == "database" => {
                text.push_str(&format!("{:<48} # {origin}\n", format!("# {name} = {value}")));
            }
            Some(value) => text.push_str(&format!("{:<48} # {origin}\n", format!("{name} = {value}"))),
            None => text.push_str(&format!("{:<48} # not set\n", format!("# {name}"))),
        }
    }
    for vendor in &config.vendors {
        text.push_str(&format!("\n[[vendor]]\n{}", vendor.print()));
    }
    text
}

/// The settings in the order of the command line's help, as TOML has them.
fn values(config: &Config) -> Vec<(&'static str, Option<String>)> {
    let text = |text: &str| Some(toml::Value::from(text).to_string());
    let (limits, trial) = (&config.limits, &config.trial);
    vec![
        ("data", text(&config.data.to_string_lossy())),
        ("listen", text(&config.listen.to_string())),
        ("s3_listen", text(&config.s3_listen.to_string())),
        ("public_s3_url", config.public_s3_url.as_deref().and_then(text)),
        ("public_url", config.public_url.as_deref().and_then(text)),
        ("client_address_header", config.client_address_header.as_ref().and_then(|name| text(name.as_str()))),
        ("embedded", Some(config.embedded.to_string())),
        ("embedded_priority", Some(config.embedded_priority.to_string())),
        ("database", if config.is_alone() { None } else { text(&config.database.to_string()) }),
        ("database_connections", Some(config.database_connections.to_string())),
        ("log", text(&format!("{:?}", config.log).to_lowercase())),
        ("log_level", text(&format!("{:?}", config.log_level).to_lowercase())),
        ("max_body_bytes", Some(limits.body_bytes.to_string())),
        ("header_seconds", Some(limits.headers.as_secs().to_string())),
        ("body_seconds", Some(limits.body.as_secs().to_string())),
        ("stall_seconds", Some(limits.stall.as_secs().to_string())),
        ("max_requests", Some(limits.requests.to_string())),
        ("max_connections", Some(limits.connections.to_string())),
        ("stop_seconds", Some(limits.stop.as_secs().to_string())),
        ("trial", Some(trial.enabled.to_string())),
        ("trial_buckets", Some(trial.max_buckets.unwrap_or(0).to_string())),
        ("trial_bytes", Some(trial.max_bytes.unwrap_or(0).to_string())),
        ("trial_days", Some(trial.days.unwrap_or(0).to_string())),
        ("trial_per_client", Some(trial.per_hour_per_client.to_string())),
        ("trial_per_hour", Some(trial.per_hour.to_string())),
    ]
}
