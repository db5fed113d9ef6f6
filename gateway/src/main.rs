//! The command `infrai-gateway`.

fn main() {}
