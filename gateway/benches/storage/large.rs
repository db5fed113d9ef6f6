//! Objects of 64 MiB and of 1 GiB, one after the other on one connection.

use std::rc::Rc;

use crate::load::Requests;
use crate::target::{Target, settle};
use crate::{Plan, Sample, table};

const MIB: u64 = 1 << 20;
/// Name, size, and how many make up a measurement.
const SIZES: [(&str, u64, usize); 2] = [("64 MiB", 64 * MIB, 8), ("1 GiB", 1024 * MIB, 1)];

/// Up and down, by each target in turn.
pub(crate) async fn run(targets: &[Target], plan: Plan) {
    let mut samples: Vec<[Vec<Sample>; 4]> = targets.iter().map(|_| Default::default()).collect();
    for _ in 0..plan.runs {
        for (target, samples) in targets.iter().zip(&mut samples) {
            for (at, (name, size, count)) in SIZES.into_iter().enumerate() {
                let keys: Vec<String> =
                    (0..count).map(|number| format!("{}/{number}", name.replace(' ', "-"))).collect();
                let heads = keys.iter().map(|key| target.put(key, size)).collect();
                let puts = Requests { heads: Rc::new(heads), upload: size, expected: None };
                settle();
                samples[2 * at].push(measure(target, &puts, size).await);
                settle();
                let heads = keys.iter().map(|key| target.get(key)).collect();
                let gets = Requests { heads: Rc::new(heads), upload: 0, expected: Some(size) };
                samples[2 * at + 1].push(measure(target, &gets, size).await);
            }
            table::progress(target.name, samples);
        }
    }
    for (at, (name, ..)) in SIZES.into_iter().enumerate() {
        println!("\n### {name}\n");
        table::head(&["", "PUT MiB/s", "GET MiB/s", "CPU-s a GiB, PUT", "CPU-s a GiB, GET"]);
        for (target, samples) in targets.iter().zip(&samples) {
            let both = [&samples[2 * at], &samples[2 * at + 1]];
            let rates = both.map(|samples| table::rate(samples));
            table::row(target.name, rates.into_iter().chain(both.map(|samples| table::seconds(samples))));
        }
    }
}

async fn measure(target: &Target, requests: &Requests, size: u64) -> Sample {
    let (done, seconds, used) = requests.run(target.address, 1, None, false, target.process.id()).await;
    let mib = (done * size) as f64 / MIB as f64;
    Sample { rate: mib / seconds, cpu: used / mib * 1024.0 }
}
