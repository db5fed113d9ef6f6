//! What an edit of the document means for callers: two models, compared as the surface they describe.
//!
//! A change is breaking where a program that was written against the old API may stop to compile or to work: on the
//! wire, or in Rust, where required arguments are positional and optional ones are `Option`s. Named types are compared
//! through the operations that use them, once for requests and once for answers; a type that nothing uses isn't
//! compared. Pure: where the two documents come from and where the list goes is the caller's business.

mod api;
mod arguments;
mod fields;
mod limits;
mod operations;
mod pairing;
mod reach;
mod render;
mod step;
mod types;
mod usage;
mod words;

pub use render::render;
pub use step::{Step, Verdict, VersionError, needed, step, verdict};

use crate::diag::Span;
use crate::model::Api;

/// How much a change matters, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Something reads differently; needs a patch step.
    Docs,
    /// There is more than before, and what was there stays; needs a minor step.
    Additive,
    /// Old programs go on to compile and to be understood, but get something else, such as another default; needs a
    /// minor step and a look.
    Behaviour,
    /// Old programs may fail; needs a major step.
    Breaking,
}

/// In which of the two documents a place is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// In the old one: what is gone stands only there.
    Old,
    /// In the new one.
    New,
}

/// One difference that a caller can notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// How much it matters.
    pub level: Level,
    /// The operation's id; the name of a type that several operations use; or [`API`].
    pub operation: String,
    /// What differs, in one line: lower case, no full stop, code in backticks.
    pub text: String,
    /// Where it stands; absent for facts that the model keeps without a place.
    pub span: Option<Span>,
    /// In which document it stands there.
    pub side: Side,
    /// For a type's change, the operations that it reaches; empty for an operation's.
    pub reach: Vec<String>,
}

/// What [`Change::operation`] says for changes of the API as a whole.
pub const API: &str = "api";

/// Returns every difference, ordered by operation, the API first and shared types last, then by level, the worst first.
pub fn compare(old: &Api, new: &Api) -> Vec<Change> {
    let apis = Apis { old, new };
    let mut changes = Vec::new();
    api::compare(apis, &mut changes);
    let pairs = operations::pair(apis);
    operations::compare(apis, &pairs, &mut changes);
    types::compare(apis, &reach::reach(apis, &pairs), &mut changes);
    arrange(apis, &mut changes);
    changes
}

fn arrange(apis: Apis<'_>, changes: &mut [Change]) {
    let operation = |id: &str| {
        let mut ids = apis.new.operations.iter().chain(&apis.old.operations).map(|operation| operation.id.as_str());
        ids.position(|known| known == id)
    };
    let ty = |name: &str| apis.new.types.iter().position(|ty| ty.name.pascal() == name);
    changes.sort_by_cached_key(|change| {
        let group = match change {
            Change { operation, .. } if operation == API => (0, None),
            Change { reach, operation: id, .. } if reach.is_empty() => (1, operation(id)),
            Change { operation: name, .. } => (2, ty(name)),
        };
        (group, std::cmp::Reverse(change.level))
    });
}

/// The two models.
#[derive(Clone, Copy)]
struct Apis<'a> {
    old: &'a Api,
    new: &'a Api,
}

/// Which way a value travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Direction {
    Request,
    Response,
}

/// Collects the changes of one operation or type.
struct Scope<'o> {
    out: &'o mut Vec<Change>,
    operation: &'o str,
    reach: &'o [String],
}

impl Scope<'_> {
    /// Adds a change that stands in the new document.
    fn say(&mut self, level: Level, span: Span, text: String) {
        self.push(level, Some(span), Side::New, text);
    }

    /// Adds a change about what is gone.
    fn was(&mut self, level: Level, span: Span, text: String) {
        self.push(level, Some(span), Side::Old, text);
    }

    /// Adds a change without a place.
    fn placeless(&mut self, level: Level, text: String) {
        self.push(level, None, Side::New, text);
    }

    fn push(&mut self, level: Level, span: Option<Span>, side: Side, text: String) {
        let (operation, reach) = (self.operation.to_owned(), self.reach.to_vec());
        self.out.push(Change { level, operation, text, span, side, reach });
    }
}
