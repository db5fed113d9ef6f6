//! Objects of 4 KiB.

use std::path::Path;
use std::rc::Rc;

use crate::load::{Requests, noise};
use crate::program::Program;
use crate::target::{S3, Target, settle};
use crate::{Plan, Sample, serve, table};

const SIZE: usize = 4096;
/// How many objects are read, over and over.
const OBJECTS: usize = 1000;
/// How many uploads are signed for a measurement; it ends early if they are used up.
const UPLOADS_A_SECOND: usize = 9000;
const CONNECTIONS: [usize; 2] = [32, 64];

/// Uploads to so many keys that begin like this.
fn uploads(target: &Target, prefix: &str, count: usize) -> Requests {
    let body = noise(SIZE);
    let one = |number| [target.put(&format!("{prefix}/{number}"), SIZE as u64), body.clone()].concat();
    Requests { heads: Rc::new((0..count).map(one).collect()), upload: 0, expected: None }
}

fn downloads(target: &Target) -> Requests {
    let heads = (0..OBJECTS).map(|number| target.get(&format!("small/{number}"))).collect();
    Requests { heads: Rc::new(heads), upload: 0, expected: Some(SIZE as u64) }
}

/// PUT and GET a second, by each target in turn.
pub(crate) async fn run(targets: &[Target], plan: Plan) {
    let mut samples: Vec<[Vec<Sample>; 4]> = targets.iter().map(|_| Default::default()).collect();
    for target in targets {
        fill(target).await;
    }
    for run in 0..plan.runs {
        for (target, samples) in targets.iter().zip(&mut samples) {
            for (at, connections) in CONNECTIONS.into_iter().enumerate() {
                let count = UPLOADS_A_SECOND * usize::try_from(plan.time.as_secs()).unwrap();
                let puts = uploads(target, &format!("put-{run}-{connections}"), count);
                settle();
                let process = target.process.id();
                samples[at].push(puts.rate(target.address, connections, plan.time, false, process).await);
                settle();
                let gets = downloads(target);
                samples[2 + at].push(gets.rate(target.address, connections, plan.time, true, process).await);
            }
            table::progress(target.name, samples);
        }
    }
    println!("\n### 4 KiB\n");
    table::head(&["", "PUT/s, 32 connections", "PUT/s, 64", "GET/s, 32", "GET/s, 64", "CPU a PUT", "CPU a GET"]);
    for (target, samples) in targets.iter().zip(&samples) {
        let [put_32, put_64, get_32, get_64] = samples;
        let rates = samples.iter().map(|samples| table::rate(samples));
        let used = [[put_32, put_64], [get_32, get_64]].map(|both| table::micros(&both.map(Vec::as_slice).concat()));
        table::row(target.name, rates.chain(used));
    }
}

async fn fill(target: &Target) {
    let requests = uploads(target, "small", OBJECTS);
    requests.run(target.address, 32, None, false, target.process.id()).await;
}

/// GET a second from our store on a listener with `TCP_NODELAY` and one without.
pub(crate) async fn nodelay(folder: &Path, plan: Plan) {
    println!("\n### 4 KiB GET with and without TCP_NODELAY\n");
    table::head(&["", "GET/s, 1 connection", "GET/s, 32"]);
    for (role, name) in [("store", "our store"), ("s3s-fs", "s3s-fs")] {
        for (nodelay, word) in [(true, "with"), (false, "without")] {
            let place = folder.join(format!("{role}-{word}"));
            let (process, address) = serve::start(role, &place, nodelay);
            let s3 = credentials(role, &process, address);
            let target = Target { name: "", about: String::new(), address, process, s3: Some(s3) };
            if role == "s3s-fs" {
                let make = target.s3.as_ref().unwrap().make_bucket(address);
                assert_eq!(crate::load::Connection::open(address).await.send(&make, 0).await.0, 200);
            }
            fill(&target).await;
            let mut cells = Vec::new();
            for connections in [1, 32] {
                let mut samples = Vec::new();
                for _ in 0..plan.runs {
                    let gets = downloads(&target);
                    samples.push(gets.rate(address, connections, plan.time, true, target.process.id()).await);
                }
                cells.push(table::rate(&samples));
            }
            table::row(&format!("{name}, {word}"), cells);
        }
    }
}

fn credentials(role: &str, process: &Program, address: std::net::SocketAddr) -> S3 {
    let (access_key, secret_key) = match process.lines() {
        [access_key, secret_key, ..] if role == "store" => (access_key.as_str(), secret_key.as_str()),
        _ => (serve::ACCESS_KEY, serve::SECRET_KEY),
    };
    S3::new(address, access_key, secret_key, "bench")
}
