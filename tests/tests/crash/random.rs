//! What the run is drawn from.

use std::time::SystemTime;

/// Small, quick, and the same again from the same seed (`SplitMix64`).
#[derive(Default)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

/// What the run is drawn from: `INFRAI_SEED`, else the time.
pub(crate) fn seed() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a clock");
    let given = std::env::var("INFRAI_SEED").ok().and_then(|text| text.parse().ok());
    let seed = given.unwrap_or(now.as_secs());
    println!("INFRAI_SEED={seed}");
    seed
}
