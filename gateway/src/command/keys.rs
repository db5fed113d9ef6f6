//! `keys`: makes, lists and revokes API keys.

use std::sync::Arc;

use chrono::{SecondsFormat, Utc};
use infrai_store::Credentials;

use super::say::{say, write};
use super::{Failed, Settings};
use crate::account::{self, AccountError};
use crate::config::Config;
use crate::state::{self, Database, State};

/// What tools have to be told besides. The variables alone are on standard output, for a shell.
const TOOLS: &str = "\
buckets are addressed by path, and signed URLs by signature version 4:
  boto3: Config(signature_version=\"s3v4\", s3={\"addressing_style\": \"path\"})
  aws:   aws configure set default.s3.signature_version s3v4
         aws configure set default.s3.addressing_style path";

/// What `keys` takes.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// Make a key and show it, this once. The account is made if there is none of this name.
    Create {
        /// The account that the key is for.
        #[arg(long, default_value = "default")]
        account: String,
        /// What to call the key in lists.
        #[arg(long, default_value = "default")]
        name: String,
        #[command(flatten)]
        settings: Settings,
    },
    /// List the keys: id, last characters, account, when made, when revoked.
    List {
        #[command(flatten)]
        settings: Settings,
    },
    /// Revoke a key, at once.
    Revoke {
        /// The key's id, as `keys list` has it.
        id: String,
        #[command(flatten)]
        settings: Settings,
    },
    /// Show the embedded S3 store's own credentials, for tools such as aws-cli.
    S3 {
        #[command(flatten)]
        settings: Settings,
    },
}

pub(super) async fn run(args: &Args) -> Result<(), Failed> {
    match &args.verb {
        Verb::Create { account, name, settings } => {
            let (state, config) = open(settings).await?;
            create(&*state, account, name, &config.database).await
        }
        Verb::List { settings } => list(&*open(settings).await?.0).await,
        Verb::Revoke { id, settings } => revoke(&*open(settings).await?.0, id).await,
        Verb::S3 { settings } => s3(&settings.resolve()?.config),
    }
}

async fn open(settings: &Settings) -> Result<(Arc<dyn State>, Config), Failed> {
    let config = settings.resolve()?.config;
    crate::gateway::make_folder(&config)?;
    Ok((state::open(&config.database).await?, config))
}

async fn create(state: &dyn State, account: &str, name: &str, database: &Database) -> Result<(), Failed> {
    let failed = |error: AccountError| Failed(error.to_string());
    let now = Utc::now();
    let made = match account::create(state, account, name, now).await {
        Err(AccountError::NameTaken(_)) => account::add_key(state, account, name, now).await.map_err(failed)?,
        made => made.map_err(failed)?,
    };
    let (account, id) = (&made.account.name, &made.key.id);
    eprintln!("a key of the account `{account}`, with the id {id}, in {database}; it is not shown again:");
    write(format_args!("{}\n", made.secret.reveal())).map_err(|error| {
        let remedy = format!("revoke it with `keys revoke {id}` and make another");
        Failed(format!("the key couldn't be written to standard output: {error}; nobody has seen it: {remedy}"))
    })
}

async fn list(state: &dyn State) -> Result<(), Failed> {
    let keys = state.keys().await?;
    if keys.is_empty() {
        eprintln!("there are no keys; make one with `keys create`");
        return Ok(());
    }
    let line = |id: &str, key: &str, account: &str, made: &str, revoked: &str, name: &str| {
        say(format_args!("{id:<18} {key:<8} {account:<24} {made:<20} {revoked:<20} {name}"))
    };
    line("ID", "KEY", "ACCOUNT", "MADE", "REVOKED", "NAME")?;
    let time = |at: chrono::DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    for (key, account) in keys {
        let owner = if account.trial.is_some() { format!("trial {}", account.id) } else { account.name };
        let revoked = key.revoked_at.map_or_else(|| "-".to_owned(), time);
        line(&key.id, &format!("…{}", key.hint), &owner, &time(key.created_at), &revoked, &key.name)?;
    }
    Ok(())
}

async fn revoke(state: &dyn State, id: &str) -> Result<(), Failed> {
    if state.revoke_key(id, Utc::now()).await? {
        eprintln!("revoked {id}");
        return Ok(());
    }
    Err(Failed(format!("there is no key `{id}` that could be revoked; `keys list` shows their ids")))
}

fn s3(config: &Config) -> Result<(), Failed> {
    let credentials = Credentials::read(&config.store_folder()).map_err(|error| Failed(error.to_string()))?;
    say(format_args!("AWS_ACCESS_KEY_ID={}", credentials.access_key))?;
    say(format_args!("AWS_SECRET_ACCESS_KEY={}", credentials.secret_key))?;
    say(format_args!("AWS_REGION={}", crate::embedded::REGION))?;
    say(format_args!("AWS_ENDPOINT_URL_S3={}", config.s3_url(config.s3_listen)))?;
    eprintln!("{TOOLS}");
    Ok(())
}
