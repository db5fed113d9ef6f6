//! Presigned URLs through the API, against a route that does nothing.

use std::path::Path;
use std::rc::Rc;

use crate::load::Requests;
use crate::peers::Api;
use crate::target::Target;
use crate::{Plan, Sample, serve, table};

/// How many keys are asked for, over and over.
const KEYS: usize = 1000;
const CONNECTIONS: [usize; 2] = [1, 32];

/// Asks both for the same.
pub(crate) async fn run(gateway: &Target, api: &Api, plan: Plan, folder: &Path) {
    let (empty, empty_address) = serve::start("empty", &folder.join("empty"), true);
    let both = [("presign", api.address, gateway.process.id()), ("empty axum route", empty_address, empty.id())];
    let mut samples: [[Vec<Sample>; 2]; 2] = Default::default();
    for _ in 0..plan.runs {
        for ((_, address, process), samples) in both.into_iter().zip(&mut samples) {
            let body = r#"{"method":"GET","expires_seconds":900}"#;
            let one = |number| {
                let path = format!("/v1/storage/buckets/bench/objects/folder%2F{number}.bin/presign");
                api.post(address, &path, body)
            };
            let heads = (0..KEYS).map(one).collect();
            let requests = Requests { heads: Rc::new(heads), upload: 0, expected: None };
            for (samples, connections) in samples.iter_mut().zip(CONNECTIONS) {
                samples.push(requests.rate(address, connections, plan.time, true, process).await);
            }
        }
    }
    println!("\n### Presigned URLs through the API\n");
    table::head(&["", "a second, 1 connection", "a second, 32", "CPU each, 32"]);
    for ((name, ..), [one, many]) in both.into_iter().zip(&samples) {
        table::row(name, [table::rate(one), table::rate(many), table::micros(many)]);
    }
}
