//! The example of an operation in its docs: the document's own Rust sample, or a call made of its example values.

use proc_macro2::TokenStream;
use quote::quote;

use super::calls::CallInfo;
use crate::emit::rust_syntax::context::Context;
use crate::emit::rust_syntax::docs;
use crate::emit::rust_syntax::literal::{default_of, is_argument};
use crate::model::{Argument, Encoding, Field, Json, Type, TypeKind};

/// Returns the doc lines of an example that compiles, or nothing where a required value can't be made up.
pub(super) fn example(cx: &Context<'_>, call: &CallInfo<'_>, krate: &str) -> TokenStream {
    let sample = call.operation.samples.iter().find(|sample| sample.lang.eq_ignore_ascii_case("rust"));
    let body = match sample {
        Some(sample) => sample.source.clone(),
        None => match made_up(cx, call, krate) {
            Some(line) => line,
            None => return TokenStream::new(),
        },
    };
    let mut lines = vec![
        String::new(),
        " # Example".to_owned(),
        String::new(),
        " ```no_run".to_owned(),
        format!(" # async fn example(client: &{krate}::Client) -> Result<(), Box<dyn std::error::Error>> {{"),
    ];
    lines.extend(body.lines().map(|line| if line.is_empty() { String::new() } else { format!(" {line}") }));
    lines.extend([" # Ok(())".to_owned(), " # }".to_owned(), " ```".to_owned()]);
    quote!(#(#[doc = #lines])*)
}

/// The call with an example value for each required argument.
fn made_up(cx: &Context<'_>, call: &CallInfo<'_>, krate: &str) -> Option<String> {
    let mut arguments = Vec::new();
    for argument in call.arguments.iter().filter(|argument| argument.required) {
        arguments.push(match (argument.source, &call.operation.body) {
            (Argument::Body, Some(body)) if matches!(body.encoding, Encoding::Text(_) | Encoding::Bytes) => {
                "\"content\"".to_owned()
            }
            _ => value(cx, &argument.ty, argument.field, krate)?,
        });
    }
    let groups: Vec<String> = call.groups.iter().map(|group| format!(".{group}()")).collect();
    let groups = groups.concat();
    Some(format!("client{groups}.{}({}).send().await?;", call.method, arguments.join(", ")))
}

fn value(cx: &Context<'_>, ty: &Type, field: Option<&Field>, krate: &str) -> Option<String> {
    let shown = field.and_then(|field| field.example.as_ref());
    Some(match cx.resolve(ty) {
        Type::String => {
            let text = match shown {
                Some(json @ (Json::String(_) | Json::Int(_))) => docs::plain(json),
                _ => field.map_or_else(|| "text".to_owned(), |field| field.name.snake()),
            };
            format!("{text:?}")
        }
        Type::Integer(_) => match shown {
            Some(Json::Int(number)) if i32::try_from(*number).is_ok() => number.to_string(),
            _ => "1".to_owned(),
        },
        Type::Number => match shown {
            Some(Json::Float(number)) if number.is_finite() => format!("{number:?}"),
            Some(Json::Int(number)) => format!("{number}.0"),
            _ => "1.0".to_owned(),
        },
        Type::Boolean => "true".to_owned(),
        Type::Any => "\"value\"".to_owned(),
        Type::List(item) => match cx.resolve(item) {
            Type::String => "[\"text\"]".to_owned(),
            _ => "vec![]".to_owned(),
        },
        Type::Map(_) => "std::collections::BTreeMap::new()".to_owned(),
        Type::Nullable(_) => "None".to_owned(),
        Type::Named(index) => match &cx.def(*index)?.kind {
            TypeKind::Enum(values) => {
                let wire = &values.first()?.wire;
                format!("{wire:?}")
            }
            TypeKind::Struct(object)
                if object.fields.iter().all(|field| {
                    !is_argument(field, default_of(cx, field, &field.ty, &TokenStream::new()).as_ref())
                }) =>
            {
                format!("{krate}::types::{}::new()", cx.ident(*index))
            }
            _ => return None,
        },
        Type::DateTime | Type::Date => return None,
    })
}
