//! `skytjek migration`: where machines came from, in which wave, and what each still lacks.

use clap::Args;

use super::args::{LiveArgs, RunArgs, SelectionArgs};
use super::outputs::{self, Output};
use super::scan::Clock;
use super::source::SourceArgs;
use super::terminal::Failure;
use crate::finding::exit::Exit;
use crate::finding::hostile::to_json;
use crate::finding::migration::{MigrationReport, runs};
use crate::output::OutputError;
use crate::output::table::render_migration;
use crate::scan::{self, Options};

/// Tells of each virtual machine how it came to Azure, by the marks that migrations leave, in which wave of
/// skytjek.toml it moved, what it lacks of the baseline, and what the migration left behind.
///
/// Exit codes: 0 everything was seen, 2 wrong usage or configuration, 3 something could not be seen, 4 nothing could
/// be seen or an output could not be written.
#[derive(Debug, Args)]
pub(super) struct MigrationCommand {
    #[command(flatten)]
    source: SourceArgs,
    /// table or json, on standard output or into a file (`json=FILE`)
    #[arg(short, long, value_name = "FORMAT[=FILE]", default_value = "table")]
    output: Output<Format>,
    /// The clock instead of the snapshot's or today's, as RFC 3339
    #[arg(long, value_name = "TIME")]
    clock: Option<Clock>,
    #[command(flatten)]
    run: RunArgs,
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    live: LiveArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Table,
    Json,
}

impl outputs::Format for Format {
    const WORDS: &'static [(&'static str, Self)] = &[("table", Self::Table), ("json", Self::Json)];
}

pub(super) fn run(command: &MigrationCommand) -> Result<Exit, Failure> {
    let waves = command.live.configuration()?.waves;
    let mut pack = super::rules::pack(None)?;
    pack.retain(|rule| runs(&rule.id));
    let selection = command.selection.selection();
    let clock = command.clock.map(|clock| clock.0);
    let reads = || Ok(scan::migration_reads(&pack, &waves));
    let source = command.source.open(&command.live, &selection, clock, command.run.quiet, reads)?;
    let options = Options { clock, selection, ..Options::default() };
    let report = scan::migration(&source, &pack, &waves, &options)?;
    command.write(&report)?;
    Ok(if report.is_complete() || command.run.allow_incomplete { Exit::Clean } else { Exit::Incomplete })
}

impl MigrationCommand {
    fn write(&self, report: &MigrationReport) -> Result<(), Failure> {
        let text = match self.output.format {
            Format::Json => to_json(report).map_err(OutputError::from)?,
            Format::Table => render_migration(report, self.output.look(self.run.color)),
        };
        self.output.put(&text)
    }
}
