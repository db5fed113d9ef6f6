//! Follows a JSON pointer as far as it goes, and says what it may have been meant to be.
//!
//! Not a rule.

use super::words;
use crate::diag::{Diagnostic, Span};
use crate::spec::Spec;
use crate::spec::node::Node;

/// Where a pointer that leads nowhere stops leading anywhere.
pub(super) struct Lost {
    /// The pointer up to there; empty at the root.
    pub walked: String,
    /// The first part that isn't there, unescaped.
    pub token: String,
    /// Where a near key stands, and the whole pointer with it.
    pub near: Option<(Span, String)>,
}

impl Lost {
    /// Says what is meant, if anything is near; otherwise that nothing is there.
    pub(super) fn explain(
        self,
        diagnostic: Diagnostic,
        begin: &str,
        otherwise: impl FnOnce(&Self) -> String,
    ) -> Diagnostic {
        match &self.near {
            Some((span, meant)) => {
                diagnostic.related(*span, "this one is near").help(format!("did you mean `{begin}{meant}`?"))
            }
            None => diagnostic.help(otherwise(&self)),
        }
    }
}

/// Returns where `pointer` stops; nothing if it leads to something, or doesn't begin with `/`.
pub(super) fn lost(spec: &Spec, pointer: &str) -> Option<Lost> {
    let mut parent: &Node = &spec.root;
    let mut walked = String::new();
    let mut tokens = pointer.strip_prefix('/')?.split('/');
    while let Some(token) = tokens.next() {
        if let Some(next) = parent.pointer(&format!("/{token}")) {
            parent = next;
            walked = format!("{walked}/{token}");
            continue;
        }
        let token = token.replace("~1", "/").replace("~0", "~");
        let near = words::near(&token, parent.entries().map(|(key, _)| key)).map(|near| {
            let escaped = near.replace('~', "~0").replace('/', "~1");
            let meant = tokens.fold(format!("{walked}/{escaped}"), |all, token| format!("{all}/{token}"));
            (parent.key_span(near), meant)
        });
        return Some(Lost { walked, token, near });
    }
    None
}
