//! `skytjek exposure`: what the Internet reaches, by which way.

use std::str::FromStr;

use clap::Args;

use super::args::{LiveArgs, RunArgs, SelectionArgs, TagArgs};
use super::outputs::{self, Output};
use super::source::SourceArgs;
use super::terminal::Failure;
use crate::analysis::exposure::address::AddressSet;
use crate::analysis::exposure::interval::IntervalSet;
use crate::finding::exit::Exit;
use crate::finding::exposure::ExposureReport;
use crate::output::{OutputError, exposure};
use crate::rule::pack::Pack;
use crate::scan::{self, ExposureOptions};

/// Says of every network interface which Internet addresses reach which of its ports, by which way, and
/// proves it.
///
/// Exit codes: 0 everything that decides was read, 2 wrong usage, 3 something could not be seen, 4 nothing
/// could be seen or an output could not be written.
#[derive(Debug, Args)]
pub(super) struct ExposureCommand {
    #[command(flatten)]
    source: SourceArgs,
    /// table, json or dot (Graphviz), on standard output or into a file (repeatable) [default: table]
    #[arg(short, long, value_name = "FORMAT[=FILE]")]
    output: Vec<Output<Format>>,
    /// Only what this network reaches: a public prefix, address or range (repeatable)
    #[arg(long, value_name = "CIDR")]
    from: Vec<Network>,
    /// Only these ports at the interface: 3389, or 5985-5986 (repeatable)
    #[arg(long, value_name = "PORT")]
    port: Vec<Ports>,
    #[command(flatten)]
    tags: TagArgs,
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
    Dot,
}

impl outputs::Format for Format {
    const WORDS: &'static [(&'static str, Self)] =
        &[("table", Self::Table), ("json", Self::Json), ("dot", Self::Dot)];
}

/// A network of the Internet.
#[derive(Clone, Debug)]
struct Network(AddressSet, String);

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let set = AddressSet::parse(text).ok_or("write it like 20.30.40.0/24")?;
        if !set.meets(AddressSet::public()) {
            return Err("it holds no public address; this answers for the Internet".to_owned());
        }
        Ok(Self(set, text.to_owned()))
    }
}

/// A port or a range.
#[derive(Clone, Debug)]
struct Ports(u16, u16);

impl FromStr for Ports {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (low, high) = text.split_once('-').unwrap_or((text, text));
        match (low.trim().parse(), high.trim().parse()) {
            (Ok(low), Ok(high)) if low <= high => Ok(Self(low, high)),
            _ => Err("write it like 3389 or 5985-5986".to_owned()),
        }
    }
}

pub(super) fn run(command: &ExposureCommand) -> Result<Exit, Failure> {
    let outputs = Output::all(&command.output)?;
    let tags = command.tags.tags()?;
    let selection = command.selection.selection();
    let reads = || Ok(Pack::default().reads_with_exposure());
    let source = command.source.open(&command.live, &selection, None, command.run.quiet, reads)?;
    let options = ExposureOptions {
        from: (!command.from.is_empty())
            .then(|| AddressSet::union_of(&command.from.iter().map(|one| one.0.clone()).collect::<Vec<_>>())),
        ports: (!command.port.is_empty())
            .then(|| IntervalSet::from_intervals(command.port.iter().map(|one| (one.0, one.1)))),
        selection,
        question: command.question(),
    };
    let report = scan::exposure(&source, &tags, &options)?;
    for output in outputs {
        command.write(&output, &report)?;
    }
    Ok(if report.complete || command.run.allow_incomplete { Exit::Clean } else { Exit::Incomplete })
}

impl ExposureCommand {
    /// What was asked, for people.
    fn question(&self) -> String {
        let mut text = String::new();
        if !self.from.is_empty() {
            let all: Vec<&str> = self.from.iter().map(|one| one.1.as_str()).collect();
            text.push_str(&format!(" from {}", all.join(", ")));
        }
        if !self.port.is_empty() {
            let all: Vec<String> = self
                .port
                .iter()
                .map(|one| if one.0 == one.1 { one.0.to_string() } else { format!("{}-{}", one.0, one.1) })
                .collect();
            text.push_str(&format!(" at port {}", all.join(", ")));
        }
        text
    }

    fn write(&self, output: &Output<Format>, report: &ExposureReport) -> Result<(), Failure> {
        let text = match output.format {
            Format::Table => exposure::table::render(report, output.look(self.run.color)),
            Format::Json => exposure::json(report).map_err(OutputError::from)?,
            Format::Dot => exposure::dot::render(report),
        };
        output.put(&text)
    }
}
