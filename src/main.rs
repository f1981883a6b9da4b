//! The command line of skytjek.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(skytjek::cli::run().code())
}
