//! The command line: `serve`, `keys`, `doctor`, `gc`.

#![allow(clippy::print_stderr, reason = "a command line talks to people")]

mod doctor;
mod gc;
mod keys;
mod say;
mod serve;
mod told;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::config::{Config, ConfigError, Layer, VARIABLES};
use crate::gateway::StartError;

const AFTER_HELP: &str = "\
Settings come from flags, else the environment, else the configuration file, else defaults; `serve --print-config` shows
them all, each with where it comes from. In the file a setting has its flag's name with `_` for `-`: `s3_listen = \"…\"`.

Exit codes:
  0  fine
  1  something failed; the message says what
  2  wrong usage";

/// The Infrai Storage service: its API, over an embedded S3 store or over S3 engines that are there already.
#[derive(Parser)]
#[command(name = "infrai-gateway", version, max_term_width = 120, after_help = AFTER_HELP)]
#[command(args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    serve: serve::Args,
}

#[derive(Subcommand)]
enum Verb {
    /// Serve the API and the embedded S3 store. The default.
    Serve(serve::Args),
    /// Make, list and revoke API keys; show the embedded store's own credentials.
    Keys(keys::Args),
    /// Look whether the gateway could run well here, and say what is wrong.
    Doctor(Settings),
    /// Remove temporary files, parts of uploads that were given up, answers past their time, and ended trials.
    Gc(gc::Args),
}

/// Where settings come from: flags, and the file that they may name.
#[derive(Args, Clone, Debug)]
struct Settings {
    /// The configuration file [default: infrai-gateway/config.toml in the platform's configuration folder, if it is there]
    #[arg(long, env = "INFRAI_GATEWAY_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    layer: Layer,
}

/// The settings that hold, and what they were made of.
struct Resolved {
    config: Config,
    file: Option<PathBuf>,
    from_file: Vec<&'static str>,
}

impl Settings {
    fn resolve(&self) -> Result<Resolved, ConfigError> {
        let (layer, file) = Config::read_file(self.config.as_deref())?;
        let from_file = layer.set();
        Ok(Resolved { config: Config::new(self.layer.clone(), layer)?, file, from_file })
    }
}

/// Why a command failed. The message says what and what to do.
struct Failed(String);

impl From<ConfigError> for Failed {
    fn from(error: ConfigError) -> Self {
        Self(error.0)
    }
}

impl From<StartError> for Failed {
    fn from(error: StartError) -> Self {
        Self(error.0)
    }
}

impl From<crate::state::StateError> for Failed {
    fn from(error: crate::state::StateError) -> Self {
        Self(error.to_string())
    }
}

/// Runs what the command line asks for.
pub fn run() -> ExitCode {
    let matches = without_empty(Cli::command()).get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let values = matches.subcommand().map_or(&matches, |(_, matches)| matches);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&Failed(format!("the threads to run on can't be made: {error}"))),
    };
    let done = runtime.block_on(async {
        match cli.verb.unwrap_or(Verb::Serve(cli.serve)) {
            Verb::Serve(args) => serve::run(&args, &origins(values)).await,
            Verb::Keys(args) => keys::run(&args).await,
            Verb::Doctor(settings) => doctor::run(&settings).await,
            Verb::Gc(args) => gc::run(&args).await,
        }
    });
    // What still runs on a blocking thread (an upload that was cut off) must not hold up the end.
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => fail(&failed),
    }
}

/// An empty variable of the environment is one that isn't set.
fn without_empty(command: clap::Command) -> clap::Command {
    let is_empty = |name: &std::ffi::OsStr| std::env::var_os(name).is_some_and(|value| value.is_empty());
    let command = command.mut_args(|arg| match arg.get_env() {
        Some(name) if is_empty(name) => arg.env(None::<&str>),
        _ => arg,
    });
    command.mut_subcommands(without_empty)
}

fn fail(failed: &Failed) -> ExitCode {
    eprintln!("error: {}", failed.0);
    ExitCode::FAILURE
}

/// Which settings were given as flags, and which by the environment.
struct Origins {
    flags: Vec<&'static str>,
    environment: Vec<&'static str>,
}

fn origins(matches: &clap::ArgMatches) -> Origins {
    let from = |source| {
        let given =
            |name: &&'static str| matches.try_contains_id(name).is_ok() && matches.value_source(name) == Some(source);
        VARIABLES.iter().map(|(_, name)| *name).filter(given).collect()
    };
    Origins {
        flags: from(clap::parser::ValueSource::CommandLine),
        environment: from(clap::parser::ValueSource::EnvVariable),
    }
}
