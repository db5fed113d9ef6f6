//! What every target that writes Rust needs: identifiers, types, values, doc comments, imports, and the printing of files.

pub(super) mod bounds;
pub(super) mod context;
pub(super) mod docs;
pub(super) mod imports;
pub(super) mod leniency;
pub(super) mod literal;
pub(super) mod moment;
pub(super) mod names;
pub(super) mod print;
