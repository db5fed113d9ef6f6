//! `generate`: a Rust crate from anybody's OpenAPI document.

use std::fs;
use std::path::{Path, PathBuf};

use codegen::diag::{Report, Source};
use codegen::emit::rust;
use codegen::model::Api;
use codegen::spec::{Profile, Spec};

use crate::files::{Owner, is_generated, plan};
use crate::outcome::{Failure, Outcome, count};
use crate::{crate_name, document, paths};

const EXAMPLES: &str = "\
Examples:
  cargo xtask generate petstore.yaml --out ../petstore
  cargo xtask generate github.json --out /tmp/github --name github-client --all
  cd ../petstore && cargo check

Exit codes: 0 fine (what was left out is named), 1 the document has errors, 2 wrong usage.";

/// How many warnings are shown unless all are asked for.
const SHOWN: usize = 20;

/// Make a Rust crate from any OpenAPI 3.0 document, ready for `cargo check`.
///
/// Generates what it can. Each operation or part that is left out is named, with its line and the reason.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The document, YAML or JSON.
    #[arg(value_name = "SPEC")]
    spec: PathBuf,
    /// Where the crate goes: a folder that is new, empty, or holds a crate that was generated before.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// What the crate is called; from the document's title if left out.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Show all warnings, not only the first 20.
    #[arg(long)]
    all: bool,
}

pub(crate) fn run(args: &Args) -> Outcome {
    if let Some((name, fault)) = args.name.as_ref().and_then(|name| Some((name, crate_name::fault(name)?))) {
        return Err(Failure::usage(format!("error: `{name}` can't be a crate's name: {fault}")));
    }
    usable_folder(&args.out)?;
    let source = document::read(Some(&args.spec))?;
    let loaded = codegen::load(&source, Profile::Foreign);
    let kept_back = document::tell(&source, &loaded.report, if args.all { usize::MAX } else { SHOWN });
    if kept_back > 0 {
        eprintln!("… and {kept_back} more; --all shows them\n");
    }
    let report = loaded.report.clone();
    let (api, operations) = document::usable(&source, loaded, "nothing was written")?;
    account(&source, &api, &report)?;
    let name = args.name.clone().unwrap_or_else(|| crate_name::from_title(&api.title));
    let files = rust::standalone(&api, &name)
        .map_err(|error| Failure::failed(format!("error: no crate can be made of {}: {error}", source.name)))?;
    let plan = plan(&args.out, files, Owner::User)?;
    plan.refuse_foreign()?;
    plan.apply()?;
    println!("crate `{name}`: {}", plan.summary());
    let (made, types, out) = (api.operations.len(), count(api.types.len(), "type"), args.out.display());
    println!("{made} of {}, {types} → {out}", count(operations, "operation"));
    if made < operations {
        let whole = if kept_back > 0 { "; --all shows every reason" } else { "" };
        println!("left out: {}, named above with the reason{whole}", count(operations - made, "operation"));
    }
    Ok(())
}

/// Nobody's own files are overwritten.
fn usable_folder(out: &Path) -> Outcome {
    let entries = match fs::read_dir(out) {
        Ok(entries) => entries.count(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Failure::usage(format!("error: can't use {}: {error}", out.display()))),
    };
    let manifest = fs::read(out.join("Cargo.toml")).unwrap_or_default();
    if entries == 0 || is_generated(&manifest) {
        return Ok(());
    }
    let message = "is not empty, and its Cargo.toml is not from `generate`; name another folder with --out";
    Err(Failure::usage(format!("error: {} {message}", out.display())))
}

/// Every operation of the document is in the API, or a finding stands in it: anything else is a defect of ours.
fn account(source: &Source, api: &Api, report: &Report) -> Outcome {
    let Some(spec) = Spec::read(source, Profile::Foreign, &mut Report::default()) else { return Ok(()) };
    let findings = report.sorted();
    for at in spec.operations().filter(|at| api.operations.iter().all(|operation| operation.span != at.verb_span)) {
        let own = |span| at.node.span.contains(span) || at.verb_span.contains(span);
        if !findings.iter().any(|finding| own(finding.span)) {
            let (line, column) = source.line_column(at.verb_span.start);
            let (verb, path) = (at.verb.to_uppercase(), at.path);
            let place = format!("{}:{line}:{column}", paths::shown(Path::new(&source.name)));
            let message =
                format!("error: `{verb} {path}` ({place}) was left out without a word; this is a bug in codegen");
            return Err(Failure::failed(message));
        }
    }
    Ok(())
}
