//! `raw.rs`: one method an operation, made by progenitor and polished by us.

use progenitor::{GenerationSettings, Generator, HooksMode, InterfaceStyle};
use quote::quote;

use super::calls::CallInfo;
use super::polish;
use super::subset::subset;
use crate::emit::EmitError;
use crate::emit::rust_syntax::context::Context;

/// Emits the raw client.
pub(super) fn raw(cx: &Context<'_>, calls: &[CallInfo<'_>]) -> Result<syn::File, EmitError> {
    let subset = subset(cx, calls);
    let mut settings = GenerationSettings::default();
    settings
        .with_interface(InterfaceStyle::Positional)
        .with_hooks(HooksMode::Expected)
        .with_inner_type(quote!(Exchange));
    for (name, ty) in &subset.replaced {
        settings.with_replacement(name, ty, std::iter::empty());
    }
    let tokens = Generator::new(&settings)
        .generate_tokens(&subset.document)
        .map_err(|error| EmitError(format!("progenitor refused the document: {error}")))?;
    let file = syn::parse2(tokens).map_err(|error| EmitError(format!("progenitor's tokens are no Rust: {error}")))?;
    polish::polish(cx, calls, file)
}
