//! The file of the raw client.

use quote::{ToTokens, quote};
use syn::{File, ImplItemFn, parse_quote};

use super::super::imports::imports;
use crate::emit::rust_syntax::context::Context;
use crate::emit::rust_syntax::imports::Words;

/// What `raw.rs` may import beside progenitor's own.
const IMPORTS: [&str; 14] = [
    "BTreeMap",
    "DateTime",
    "NaiveDate",
    "Utc",
    "ACCEPT",
    "CONTENT_TYPE",
    "HeaderMap",
    "HeaderValue",
    "Value",
    "types",
    "OptionalBody",
    "OptionalJson",
    "path_segment",
    "Bytes",
];

/// Puts the file together again: what progenitor's client has, without what nobody calls.
pub(super) fn assemble(cx: &Context<'_>, methods: &[ImplItemFn]) -> File {
    let version = &cx.api.version;
    let title =
        format!(" The raw client of {}: one method an operation, each one exchange.", cx.api.title.replace('\n', " "));
    let code: proc_macro2::TokenStream = methods.iter().map(ToTokens::to_token_stream).collect();
    let words = Words::of(&code);
    let form = words.has("form_urlencoded").then(|| quote!(RequestBuilderExt,));
    let stream = words.has("ByteStream").then(|| quote!(ByteStream,));
    let imports = imports(&code, &IMPORTS);
    parse_quote! {
        use progenitor_client::{#stream ClientInfo, Error, #form ResponseValue};
        use crate::exec::Exchange;
        #imports

        #[doc = #title]
        pub(crate) struct Client {
            baseurl: String,
            client: reqwest::Client,
            inner: Exchange,
        }

        impl Client {
            /// Returns a client for one exchange. `baseurl` has no slash at its end.
            pub(crate) fn new_with_client(baseurl: &str, client: reqwest::Client, inner: Exchange) -> Self {
                Self { baseurl: baseurl.to_string(), client, inner }
            }

            #(#methods)*
        }

        impl ClientInfo<Exchange> for Client {
            fn api_version() -> &'static str {
                #version
            }

            fn baseurl(&self) -> &str {
                self.baseurl.as_str()
            }

            fn client(&self) -> &reqwest::Client {
                &self.client
            }

            fn inner(&self) -> &Exchange {
                &self.inner
            }
        }
    }
}
