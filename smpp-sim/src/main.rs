//! The binary `smpp-sim`: a listener an operator, phones on stdin, a line for all that happens,
//! a control over HTTP, and load.

mod cli;

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    cli::start().await
}
