//! Buckets that the database has and nothing here keeps: settings were changed, or a part of the data was lost.

use infrai_store::Store;

use crate::config::Config;
use crate::state::State;
use crate::vendor::config::EMBEDDED;

/// A sentence for each vendor that has such buckets. Without a store, as where another process has it open, its own aren't counted.
pub(crate) async fn strays(state: &dyn State, config: &Config, store: Option<&Store>) -> Result<Vec<String>, String> {
    const REFUSED: &str = "whatever is asked of their objects is answered 503";
    let mut strays = Vec::new();
    for (vendor, known) in state.vendors().await.map_err(|error| error.to_string())? {
        if vendor == EMBEDDED && config.embedded {
            let Some(store) = store else { continue };
            let kept = store.list_buckets().await.map_err(|error| error.to_string())?.len();
            if u64::try_from(kept).is_ok_and(|kept| kept < known) {
                strays.push(format!(
                    "the database has more buckets in the embedded store ({known}) than there are in `{}` ({kept}): one of \
                     the two is lost or too old; restore both from one backup",
                    config.store_folder().display()
                ));
            }
        } else if vendor == EMBEDDED {
            strays.push(format!(
                "the embedded store is off, and has buckets ({known}): {REFUSED}; set `embedded = true` to have it beside the \
                 `[[vendor]]`"
            ));
        } else if config.vendors.iter().all(|configured| configured.name != vendor) {
            strays.push(format!(
                "the vendor `{vendor}` isn't configured, and has buckets ({known}): {REFUSED}; configure it again as a \
                 `[[vendor]]`"
            ));
        }
    }
    Ok(strays)
}
