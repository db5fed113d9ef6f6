//! A `Debug` that shows no sensitive value.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use crate::emit::rust_syntax::context::Context;
use crate::model::Type;

/// The line for a field that may be sensitive; `optional` ones are kept as an `Option`.
pub(super) fn line(cx: &Context<'_>, ident: &Ident, ty: &Type, sensitive: bool, optional: bool) -> TokenStream {
    let label = ident.to_string();
    let text = matches!(cx.resolve(ty), Type::String);
    match (sensitive, optional) {
        (false, _) => quote!(.field(#label, &self.#ident)),
        (true, _) if !text => quote!(.field(#label, &format_args!("…"))),
        (true, false) => quote!(.field(#label, &crate::internal::Redacted(&self.#ident))),
        (true, true) => quote!(.field(#label, &self.#ident.as_deref().map(crate::internal::Redacted))),
    }
}

/// The implementation for a type with these lines. `generics` are its parameters with their bounds, and what it is given.
pub(super) fn careful(name: &Ident, generics: Option<[TokenStream; 2]>, lines: &[TokenStream]) -> TokenStream {
    let title = name.to_string();
    let [parameters, given] = generics.unwrap_or_default();
    quote! {
        impl #parameters std::fmt::Debug for #name #given {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(#title)#(#lines)*.finish()
            }
        }
    }
}
