//! Commands: arguments in, a call, a result out. The only room that knows people.

mod access;
mod acquire;
mod args;
mod exposure;
mod migration;
mod outputs;
mod permissions;
mod rules;
mod scan;
mod snapshot;
mod source;
mod terminal;

use clap::{CommandFactory, Parser, Subcommand};

use crate::finding::exit::Exit;
use terminal::Failure;

/// Scans Azure, live or recorded, against a best-practice rule pack for network, identity and encryption.
#[derive(Debug, Parser)]
#[command(name = "skytjek", version, max_term_width = 100, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Scan live Azure, a snapshot or an export
    Scan(Box<scan::ScanCommand>),
    /// Say what the Internet reaches in live Azure, a snapshot or an export
    Exposure(Box<exposure::ExposureCommand>),
    /// Record live Azure into a directory
    Snapshot(Box<snapshot::SnapshotCommand>),
    /// Say who may do what where, in live Azure, a snapshot or an export
    Access(Box<access::AccessCommand>),
    /// Say where machines came from, in which wave, and what each still lacks
    Migration(Box<migration::MigrationCommand>),
    /// List, explain and check rules
    #[command(subcommand)]
    Rules(rules::RulesCommand),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page (roff)
    Man,
}

/// Parses the command line, does what it says, and tells what the process is to exit with.
pub fn run() -> Exit {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let asked = !error.use_stderr();
            // Help that can't be printed has no other place to complain to.
            let printed = error.print().is_ok();
            return if asked && printed { Exit::Clean } else { Exit::Usage };
        }
    };
    let done = match arguments.command {
        Command::Scan(command) => scan::run(&command),
        Command::Exposure(command) => exposure::run(&command),
        Command::Snapshot(command) => snapshot::run(&command),
        Command::Access(command) => access::run(&command),
        Command::Migration(command) => migration::run(&command),
        Command::Rules(command) => rules::run(command),
        Command::Completions { shell } => completions(shell),
        Command::Man => man(),
    };
    done.unwrap_or_else(Failure::tell)
}

fn completions(shell: clap_complete::Shell) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "skytjek", &mut script);
    terminal::print(&script)
}

fn man() -> Result<Exit, Failure> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Arguments::command()).render(&mut page).map_err(Failure::output)?;
    terminal::print(&page)
}
