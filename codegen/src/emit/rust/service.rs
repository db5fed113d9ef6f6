//! `service.rs`: what the runtime must know of this service.

use proc_macro2::TokenStream;
use quote::quote;

use crate::model::{Api, Auth};

/// Emits the description of a service under the name of its crate. What only a service of ours has (a header that numbers
/// attempts, a credentials file) is there if it is `ours`.
pub(super) fn service(api: &Api, krate: &str, ours: bool) -> TokenStream {
    let prefix = krate.to_ascii_uppercase().replace('-', "_");
    let (base_env, key_env, log_env) =
        (format!("{prefix}_BASE_URL"), format!("{prefix}_API_KEY"), format!("{prefix}_LOG"));
    let (attempt, credentials, place_type) = if ours {
        let (header, file, profile_env) =
            (format!("x-{krate}-attempt"), format!(".{krate}/credentials"), format!("{prefix}_PROFILE"));
        let place = quote! {
            Some(CredentialsPlace { file: #file, profile: "default", profile_env: #profile_env, get_key: "activate()" })
        };
        (quote!(Some(#header)), place, quote!(CredentialsPlace,))
    } else {
        (quote!(None), quote!(None), quote!())
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
        use crate::internal::{Auth, #place_type ErrorShape, Service};

        /// The service that this crate is a client of.
        pub(crate) const SERVICE: Service = Service {
            name: #krate,
            base_url: #base_url,
            base_url_env: #base_env,
            api_key_env: #key_env,
            log_env: #log_env,
            key_prefix: #key_prefix,
            auth: #auth,
            attempt_header: #attempt,
            credentials: #credentials,
            errors: ErrorShape {
                code: &[#(#code),*],
                message: &[#(#message),*],
                request_id: &[#(#request_id),*],
            },
        };
    }
}
