//! The program as people and pipelines use it: arguments in, text and exit code out.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

#[path = "../azure/mod.rs"]
mod azure;

mod access;
mod exposure;
mod gate;
mod live;
mod migration;
mod rules;
mod rules_check;
mod scan;

use assert_cmd::Command;

/// The program, with nothing of this machine's environment that could change its words.
fn skytjek(arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("skytjek").unwrap();
    command.args(arguments).env_remove("NO_COLOR").env("AZURE_CONFIG_DIR", "/nonexistent");
    command
}

/// Exit code, standard output, standard error.
fn run(command: &mut Command) -> (i32, String, String) {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}
