//! Paths that are imported need not be spelt out.

use syn::ImplItemFn;
use syn::visit_mut::{self, VisitMut};

/// Shortens the paths into `reqwest::header`, and counts them.
pub(super) fn shorten(method: &mut ImplItemFn) -> usize {
    let mut pass = Shorten(0);
    pass.visit_impl_item_fn_mut(method);
    pass.0
}

struct Shorten(usize);

impl VisitMut for Shorten {
    fn visit_path_mut(&mut self, path: &mut syn::Path) {
        let words: Vec<String> = path.segments.iter().take(2).map(|segment| segment.ident.to_string()).collect();
        if words == ["reqwest", "header"] {
            path.leading_colon = None;
            path.segments = path.segments.iter().skip(2).cloned().collect();
            self.0 += 1;
        }
        visit_mut::visit_path_mut(self, path);
    }
}
