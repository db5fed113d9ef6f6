//! `service.rs`: what the runtime must know of this service.

use proc_macro2::TokenStream;
use quote::quote;

use crate::model::{Api, Auth};

/// Emits the description of a service under the name of its crate. `attempt` is the header that numbers attempts.
pub(super) fn service(api: &Api, krate: &str, attempt: Option<&str>) -> TokenStream {
    let prefix = krate.to_ascii_uppercase().replace('-', "_");
    let (base_env, key_env) = (format!("{prefix}_BASE_URL"), format!("{prefix}_API_KEY"));
    let attempt = match attempt {
        Some(header) => quote!(Some(#header)),
        None => quote!(None),
    };
    let base_url = match &api.base_url {
        Some(url) => quote!(Some(#url)),
        None => quote!(None),
    };
    let auth = match &api.auth {
        Auth::None => quote!(Auth::None),
        Auth::Bearer => quote!(Auth::Bearer),
        Auth::Basic => quote!(Auth::Basic),
        Auth::Header(name) => {
            let name = name.to_ascii_lowercase();
            quote!(Auth::Header(#name))
        }
        Auth::Query(name) => quote!(Auth::Query(#name)),
    };
    let key_prefix = &api.key_prefix;
    let (code, message, request_id) = (&api.errors.code, &api.errors.message, &api.errors.request_id);
    quote! {
        use crate::internal::{Auth, ErrorShape, Service};

        /// The service that this crate is a client of.
        pub(crate) const SERVICE: Service = Service {
            name: #krate,
            base_url: #base_url,
            base_url_env: #base_env,
            api_key_env: #key_env,
            key_prefix: #key_prefix,
            auth: #auth,
            attempt_header: #attempt,
            errors: ErrorShape {
                code: &[#(#code),*],
                message: &[#(#message),*],
                request_id: &[#(#request_id),*],
            },
        };
    }
}
