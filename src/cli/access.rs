//! `skytjek access`: who may do what where, and which paths lead to power.

use clap::{Args, ValueEnum};

use super::args::{LiveArgs, RunArgs, SelectionArgs};
use super::outputs::{self, Output};
use super::source::SourceArgs;
use super::terminal::Failure;
use crate::analysis::access::Access;
use crate::analysis::access::action::Action;
use crate::analysis::access::reads;
use crate::finding::access::{AccessReport, DeniedRow, GapRow, Named, Question, Rows, plane};
use crate::finding::exit::Exit;
use crate::inventory::id::ResourceId;
use crate::inventory::index::Inventory;
use crate::inventory::reads::Reads;
use crate::output::{OutputError, access};
use crate::rule::pack::full_table;
use crate::source::live::Selection;

/// Says who may do what where, in live Azure, a snapshot directory, or a JSON export.
///
/// Exit codes: 0 answered, 2 wrong usage, 3 something that may change the answer was not read, 4 nothing could
/// be seen or an output could not be written.
#[derive(Debug, Args)]
pub(super) struct AccessCommand {
    #[command(flatten)]
    source: SourceArgs,
    /// What this principal may do: object id, name, user principal name, application id, or the id of a
    /// resource with a managed identity
    #[arg(long, value_name = "PRINCIPAL", required_unless_present_any = ["what", "paths"])]
    who: Option<String>,
    /// Who may do this: an action of a resource provider; with a `*`, all that it stands for
    #[arg(long, value_name = "ACTION")]
    what: Option<String>,
    /// Where: the id of a resource, resource group, subscription or management group, or /
    #[arg(long, value_name = "ID", requires = "what")]
    on: Option<String>,
    /// On which side the action works: control or data [default: as Azure's own roles have it]
    #[arg(long, value_name = "SIDE", requires = "what")]
    plane: Option<Side>,
    /// Paths from resources, by the identities they carry, to granting roles, secrets and other machines
    #[arg(long, conflicts_with_all = ["who", "what"])]
    paths: bool,
    /// table or json, on standard output or into a file (repeatable) [default: table]
    #[arg(short, long, value_name = "FORMAT[=FILE]")]
    output: Vec<Output<Format>>,
    #[command(flatten)]
    run: RunArgs,
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    live: LiveArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Side {
    Control,
    Data,
}

#[derive(Clone, Copy, Debug)]
enum Format {
    Table,
    Json,
}

impl outputs::Format for Format {
    const WORDS: &'static [(&'static str, Self)] = &[("table", Self::Table), ("json", Self::Json)];
}

pub(super) fn run(command: &AccessCommand) -> Result<Exit, Failure> {
    let outputs = Output::all(&command.output)?;
    let target = command.target()?;
    let inventory = command.inventory()?;
    let access = Access::read(&inventory);
    let rows = Rows { access: &access, inventory: &inventory };
    let report = command.answer(rows, target.as_ref())?;
    for output in outputs {
        command.write(&output, &report)?;
    }
    let complete = report.gaps.is_empty() || command.run.allow_incomplete;
    Ok(if complete { Exit::Clean } else { Exit::Incomplete })
}

impl AccessCommand {
    fn target(&self) -> Result<Option<ResourceId>, Failure> {
        let Some(on) = &self.on else {
            return match (&self.what, &self.who) {
                (Some(_), None) => Err(Failure::usage("say where: --on ID, or --on / for the whole tenant")),
                _ => Ok(None),
            };
        };
        let id = ResourceId::parse(on);
        id.map(Some)
            .ok_or_else(|| Failure::usage(format!("`{on}` is no resource id; it begins with a slash")))
    }

    fn action(&self) -> Result<Option<Action>, Failure> {
        let Some(what) = &self.what else { return Ok(None) };
        if what.trim().is_empty() || (!what.contains('/') && what != "*") {
            let hint = "write it like Microsoft.Compute/virtualMachines/write";
            return Err(Failure::usage(format!("`{what}` is no action; {hint}")));
        }
        Ok(Some(match self.plane {
            None => Action::named(what),
            Some(Side::Control) => Action::control(what),
            Some(Side::Data) => Action::data(what),
        }))
    }

    fn inventory(&self) -> Result<Inventory, Failure> {
        let mut wanted = Reads::default();
        reads::reads(&mut wanted);
        let selection = self.selection.selection();
        if !self.source.is_live() && selection != Selection::default() {
            return Err(Failure::usage(
                "a recording is read whole: --subscription, --management-group, --resource-group and --tag narrow live reads only",
            ));
        }
        let versioned = || {
            let table = full_table().map_err(|error| Failure::usage(error.to_string()))?;
            let mut versioned = wanted.clone();
            for kind in reads::types() {
                let version = table.resource_type(kind).map(|table| table.api_version);
                versioned.entry(kind).api_version = version.filter(|version| !version.is_empty());
            }
            Ok(versioned)
        };
        let source = self.source.open(&self.live, &selection, None, self.run.quiet, versioned)?;
        Ok(source.inventory(&wanted, &[])?)
    }

    fn answer(&self, rows: Rows<'_>, target: Option<&ResourceId>) -> Result<AccessReport, Failure> {
        let action = self.action()?;
        let mut report = AccessReport {
            version: 1,
            question: Question {
                who: self.who.clone(),
                what: self.what.clone(),
                plane: action.as_ref().map(plane),
                on: target.map(|id| id.as_str().to_owned()),
                paths: self.paths,
            },
            ..AccessReport::default()
        };
        let (access, inventory) = (rows.access, rows.inventory);
        if self.paths {
            let found = access.paths(inventory, &|_| None);
            report.paths = found.iter().map(|path| rows.path(path)).collect();
            report.gaps = access.path_gaps(inventory).into_iter().map(GapRow::from).collect();
            return Ok(report);
        }
        let Some(who) = &self.who else {
            let (Some(action), Some(target)) = (&action, target) else { return Ok(report) };
            let answer = access.who(inventory, action, target);
            (report.grants, report.gaps) = rows.answer(&answer);
            return Ok(report);
        };
        let ids = whom(rows, who)?;
        let mut gaps = Vec::new();
        for id in &ids {
            report.principals.push(rows.principal(id));
            match (&action, target) {
                (Some(action), Some(target)) => {
                    let answer = access.may(inventory, id, action, target);
                    let (grants, missing) = rows.answer(&answer);
                    report.grants.extend(grants);
                    gaps.extend(missing);
                    let denied = access.denied(id, action, target).into_iter().map(|at| DeniedRow {
                        principal: rows.principal(id),
                        deny_assignment: inventory.get(at).id.as_str().to_owned(),
                    });
                    report.denied.extend(denied);
                }
                (Some(action), None) => {
                    let answer = access.everywhere(inventory, id, action);
                    let (grants, missing) = rows.answer(&answer);
                    report.grants.extend(grants);
                    gaps.extend(missing);
                }
                (None, _) => {
                    report.grants.extend(rows.held(id));
                    gaps.extend(access.held_gaps(inventory, id).into_iter().map(GapRow::from));
                }
            }
        }
        gaps.sort();
        gaps.dedup();
        report.gaps = gaps;
        Ok(report)
    }

    fn write(&self, output: &Output<Format>, report: &AccessReport) -> Result<(), Failure> {
        let text = match output.format {
            Format::Json => access::json(report).map_err(OutputError::from)?,
            Format::Table => access::table(report, output.look(self.run.color)),
        };
        output.put(&text)
    }
}

fn whom(rows: Rows<'_>, who: &str) -> Result<Vec<String>, Failure> {
    match rows.named(who) {
        Named::Found(ids) => Ok(ids),
        Named::Several(found) => {
            let each: Vec<String> = found.iter().map(|one| format!("  {} ({})", one.id, one.kind)).collect();
            Err(Failure::usage(format!(
                "several principals are called `{who}`; take an object id:\n{}",
                each.join("\n")
            )))
        }
        Named::Nobody => {
            let unread: Vec<&str> = rows.access.directory.gaps().map(|gap| gap.reason.as_str()).collect();
            if unread.is_empty() {
                return Err(Failure::usage(format!("there is no principal `{who}`")));
            }
            let message = format!("no principal `{who}` is among what was read: {}", unread.join("; "));
            Err(Failure { exit: Exit::Incomplete, message })
        }
    }
}
