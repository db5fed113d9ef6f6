//! The scripted server of the conformance vectors as a program: prints the URL of its control, and ends when standard input does.
//!
//! `tests/conformance/README.md` says how it is used.

use std::io::Write as _;

use infrai_tests::conformance::control;
use tokio::io::AsyncReadExt as _;

fn main() -> std::io::Result<()> {
    // One thread: the program is to take no more of a machine than the clients that it is to test.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let (address, control) = control::start().await?;
        let mut out = std::io::stdout();
        writeln!(out, "http://{address}")?;
        out.flush()?;
        tokio::select! {
            result = control => result,
            result = end_of_input() => result,
        }
    })?;
    // A thread of the runtime may still read standard input.
    runtime.shutdown_background();
    Ok(())
}

async fn end_of_input() -> std::io::Result<()> {
    let mut input = tokio::io::stdin();
    let mut rest = [0; 1024];
    while input.read(&mut rest).await? > 0 {}
    Ok(())
}
