//! `skytjek snapshot`: record live Azure, to scan it later, again, or elsewhere.

use std::path::PathBuf;

use clap::Args;
use time::OffsetDateTime;

use super::acquire::acquire;
use super::args::{LiveArgs, PackArgs, SelectionArgs};
use super::terminal::{self, Failure};
use crate::finding::exit::Exit;
use crate::rule::profile::Choice;
use crate::scan::VERSION;
use crate::source::snapshot::Snapshot;

/// Records what the rules read, without judging it. The directory describes the tenant's weaknesses:
/// keep it as you would keep a password list.
#[derive(Debug, Args)]
pub(super) struct SnapshotCommand {
    /// Directory to write; a snapshot that is there is replaced
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Exit with 0 although something could not be read
    #[arg(long)]
    allow_incomplete: bool,
    /// No progress and no summary
    #[arg(short, long)]
    quiet: bool,
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    rules: PackArgs,
    #[command(flatten)]
    live: LiveArgs,
}

pub(super) fn run(command: &SnapshotCommand) -> Result<Exit, Failure> {
    let reads = command.rules.pack(Choice::Strict)?.reads();
    let selection = command.selection.selection();
    let (recording, _) = acquire(&command.live, selection, &reads, OffsetDateTime::now_utc(), command.quiet)?;
    let gaps = recording.coverage.iter().filter(|entry| !entry.state.is_whole()).count();
    let records = recording.resources.len() + recording.graph.len() + recording.vault.len();
    Snapshot::of(recording, VERSION).save(&command.out).map_err(|error| Failure::output(&error))?;
    if !command.quiet {
        terminal::say(&format!("{records} records written to {}", command.out.display()));
    }
    if gaps == 0 || command.allow_incomplete {
        return Ok(Exit::Clean);
    }
    terminal::say(&format!("{gaps} reads are missing; `skytjek scan {}` names them", command.out.display()));
    Ok(Exit::Incomplete)
}
