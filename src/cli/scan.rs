//! `skytjek scan`: read, judge, report.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use std::str::FromStr;

use clap::{Args, ValueEnum};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::args::{LiveArgs, PackArgs, RunArgs, SelectionArgs, TagArgs};
use super::outputs::{self, Output};
use super::source::SourceArgs;
use super::terminal::{Failure, print, say};
use crate::finding::baseline::{Baseline, WhyUnmatched};
use crate::finding::exit::Exit;
use crate::finding::report::Report;
use crate::finding::verdict::{Severity, Verdict};
use crate::output::sarif::{self, Profile};
use crate::output::text::{plural, visible};
use crate::output::{OutputError, csv, difference, json, junit, markdown, table, write};
use crate::rule::pack::Pack;
use crate::rule::profile::{Choice, served};
use crate::scan::fix::Fixed;
use crate::scan::{self, Options};
use crate::source::code::open::Code;
use crate::source::opened::Source;
use crate::source::snapshot::Snapshot;
use crate::track::baseline;

/// Scans live Azure, a snapshot directory, a JSON export, or infrastructure code.
///
/// Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 wrong usage or rule file, 3 something could
/// not be seen, 4 nothing could be seen or an output could not be written.
#[derive(Debug, Args)]
pub(super) struct ScanCommand {
    #[command(flatten)]
    source: SourceArgs,
    /// table, json, sarif, csv, junit or markdown, on standard output or into a file (repeatable)
    /// [default: table]
    #[arg(short, long, value_name = "FORMAT[=FILE]")]
    output: Vec<Output<Format>>,
    /// Say what is known of each control of a framework: of --profile's, or of all that rules serve
    /// (table and json)
    #[arg(long, value_name = "WHAT")]
    by: Option<By>,
    /// Directory for the evidence that SARIF points into: one JSON file for each resource
    #[arg(long, value_name = "DIR")]
    evidence: Option<PathBuf>,
    /// For whom SARIF is written: github (findings) or audit (all verdicts)
    #[arg(long, value_name = "PROFILE", default_value = "github")]
    sarif_profile: SarifProfile,
    /// Category of the SARIF run, ending in a slash [default: skytjek/<tenant>/<scope>/]
    #[arg(long, value_name = "CATEGORY")]
    sarif_category: Option<String>,
    /// Verdicts in the results: a list of fail, unknown, pass and `not_applicable`, or all
    #[arg(long, value_name = "LIST", default_value = "fail,unknown")]
    verdicts: Verdicts,
    /// Fail from this severity on: critical, high, medium, low or none
    #[arg(long, value_name = "SEVERITY", default_value = "high")]
    fail_on: Gate,
    /// An earlier report, SARIF or JSON: what failed there doesn't fail the run (repeatable, for split
    /// files)
    #[arg(long, value_name = "FILE")]
    baseline: Vec<PathBuf>,
    /// Only resources of code in files that changed since a git revision, such as origin/main
    #[arg(long, value_name = "REVISION", requires = "source")]
    diff: Option<String>,
    /// Change the code: literals that make a finding get the value that the rule wants. Nothing is written
    /// that a second scan does not prove
    #[arg(long, requires = "source")]
    fix: bool,
    /// With --fix: print the changes instead of making them
    #[arg(long, requires = "fix")]
    dry_run: bool,
    /// The scan's clock instead of the snapshot's or today's, as RFC 3339
    #[arg(long, value_name = "TIME")]
    clock: Option<Clock>,
    #[command(flatten)]
    tags: TagArgs,
    /// Keep what was read from live Azure as a snapshot
    #[arg(long, value_name = "DIR", conflicts_with = "source")]
    save_snapshot: Option<PathBuf>,
    #[command(flatten)]
    run: RunArgs,
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    rules: PackArgs,
    #[command(flatten)]
    live: LiveArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum By {
    Framework,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum SarifProfile {
    Github,
    Audit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Table,
    Json,
    Sarif,
    Csv,
    Junit,
    Markdown,
}

impl outputs::Format for Format {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("table", Self::Table),
        ("json", Self::Json),
        ("sarif", Self::Sarif),
        ("csv", Self::Csv),
        ("junit", Self::Junit),
        ("markdown", Self::Markdown),
    ];
}

/// A severity, or `none`.
#[derive(Clone, Copy, Debug)]
struct Gate(Option<Severity>);

impl FromStr for Gate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "none" => Ok(Self(None)),
            _ => text
                .parse()
                .map(|severity| Self(Some(severity)))
                .map_err(|()| format!("`{text}` is no severity; use critical, high, medium, low or none")),
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Clock(pub(super) OffsetDateTime);

impl FromStr for Clock {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        OffsetDateTime::parse(text, &Rfc3339)
            .map(Self)
            .map_err(|error| format!("{error}; write it like 2026-11-24T03:00:00Z"))
    }
}

#[derive(Clone, Debug)]
struct Verdicts(BTreeSet<Verdict>);

impl Verdicts {
    const ALL: [Verdict; 4] = [Verdict::Fail, Verdict::Unknown, Verdict::Pass, Verdict::NotApplicable];
}

impl FromStr for Verdicts {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "all" {
            return Ok(Self(Self::ALL.into()));
        }
        let one = |word: &str| {
            let found = Self::ALL.into_iter().find(|verdict| verdict.word() == word);
            found.ok_or_else(|| {
                format!("`{word}` is no verdict; use fail, unknown, pass, not_applicable or all")
            })
        };
        text.split(',').map(|word| one(word.trim())).collect::<Result<_, _>>().map(Self)
    }
}

pub(super) fn run(command: &ScanCommand) -> Result<Exit, Failure> {
    let outputs = Output::all(&command.output)?;
    let pack = command.rules.pack(Choice::Baseline)?;
    if pack.rules().is_empty() {
        return Err(Failure::usage("no rule is left to run"));
    }
    // Before anything is read: a broken file should not cost a scan.
    let baseline = match command.baseline.as_slice() {
        [] => None,
        files => Some(baseline::read(files).map_err(|error| Failure::usage(error.to_string()))?),
    };
    let service_tags = command.tags.tags()?;
    let selection = command.selection.selection();
    let clock = command.clock.map(|clock| clock.0);
    let wants_sarif = outputs.iter().any(|output| output.format == Format::Sarif);
    let is_audit = wants_sarif && matches!(command.sarif_profile, SarifProfile::Audit);
    let options = Options {
        clock,
        fail_on: command.fail_on.0,
        allow_incomplete: command.run.allow_incomplete,
        all_verdicts: is_audit || command.verdicts.0.iter().any(|verdict| *verdict > Verdict::Unknown),
        evidence: wants_sarif || command.evidence.is_some(),
        selection,
        frameworks: command.frameworks(&pack),
        baseline,
        changed: command.source.changed(command.diff.as_deref())?,
        service_tags,
    };
    let mut report = if command.fix {
        let fixed = command.source.fix(&pack, &options)?;
        if !command.write_fixes(&fixed)? {
            return Ok(Exit::Clean);
        }
        fixed.report
    } else {
        let (live, quiet) = (&command.live, command.run.quiet);
        let source = command.source.open(live, &options.selection, clock, quiet, || Ok(pack.reads()))?;
        if let (Some(directory), Source::Live(snapshot, _)) = (&command.save_snapshot, &source) {
            Snapshot::save(snapshot, directory).map_err(|error| Failure::output(&error))?;
        }
        for note in source.code().map(Code::notes).unwrap_or_default() {
            if !command.run.quiet {
                say(&visible(&note));
            }
        }
        scan::scan(&source, &pack, &options)?
    };
    tell_of_accepted(&report);
    if let Some(directory) = &command.evidence {
        write::evidence(directory, &report)?;
    }
    // The audit profile carries every verdict; all other outputs what `--verdicts` asks for.
    let (first, rest): (Vec<_>, Vec<_>) =
        outputs.iter().partition(|output| is_audit && output.format == Format::Sarif);
    for output in first {
        command.write(output, &report, options.baseline.as_ref())?;
    }
    report.results.retain(|row| command.verdicts.0.contains(&row.verdict));
    for output in rest {
        command.write(output, &report, options.baseline.as_ref())?;
    }
    Ok(match report.summary.exit_code {
        code if code == Exit::Findings.code() => Exit::Findings,
        code if code == Exit::Incomplete.code() => Exit::Incomplete,
        _ => Exit::Clean,
    })
}

/// Says what became of the baseline, and which comments suppress nothing.
fn tell_of_accepted(report: &Report) {
    for note in &report.suppressions {
        say(&visible(&format!(
            "{}:{}: this suppression comment suppresses nothing: {}",
            note.file, note.line, note.message
        )));
    }
    let Some(baseline) = &report.baseline else {
        return;
    };
    let of = |why| baseline.unmatched.iter().filter(|entry| entry.why == why).count();
    let (gone, not_run) = (of(WhyUnmatched::NotFound), of(WhyUnmatched::RuleNotRun));
    if gone > 0 {
        say(&format!(
            "of {} findings in the baseline {gone} were not found any more; take a new one, or they will not count when they return",
            baseline.findings
        ));
    }
    if not_run > 0 {
        say(&format!(
            "of {} findings in the baseline {not_run} are of rules that did not run",
            baseline.findings
        ));
    }
}

impl ScanCommand {
    /// The frameworks whose controls are reported.
    fn frameworks(&self, pack: &Pack) -> Vec<String> {
        match (self.by, self.rules.framework()) {
            (None, _) => Vec::new(),
            (Some(By::Framework), Some(name)) => vec![name.to_ascii_lowercase()],
            (Some(By::Framework), None) => served(pack).into_iter().collect(),
        }
    }

    /// Writes or shows what was fixed; whether a report is to follow.
    fn write_fixes(&self, fixed: &Fixed) -> Result<bool, Failure> {
        let changes: String = fixed
            .files
            .values()
            .map(|change| difference::unified(&change.shown, &change.before, &change.after))
            .collect();
        let (findings, files) = (plural(fixed.fixed, "finding"), plural(fixed.files.len(), "file"));
        let refused = match fixed.refused {
            0 => String::new(),
            more => format!("; {more} more could not be proven and were left"),
        };
        if self.dry_run {
            print(changes.as_bytes())?;
            say(&format!("{findings} would be fixed in {files}{refused}"));
            return Ok(!self.output.is_empty());
        }
        write::rewrite(fixed.files.iter().map(|(path, change)| (path.as_path(), change.after.as_str())))?;
        say(&format!("{findings} fixed in {files}{refused}"));
        Ok(true)
    }

    fn write(
        &self,
        output: &Output<Format>,
        report: &Report,
        baseline: Option<&Baseline>,
    ) -> Result<(), Failure> {
        let text = match output.format {
            Format::Table => table::render(report, output.look(self.run.color)),
            Format::Json => json::render(report).map_err(OutputError::from)?,
            Format::Csv => csv::render(report)?,
            Format::Junit => junit::render(report),
            Format::Markdown => markdown::render(report),
            Format::Sarif => return self.write_sarif(output, report, baseline),
        };
        output.put(&text)
    }

    /// One file, or several where the reader's limits ask for it: `a.sarif`, `a-2.sarif`, …
    fn write_sarif(
        &self,
        output: &Output<Format>,
        report: &Report,
        baseline: Option<&Baseline>,
    ) -> Result<(), Failure> {
        let prefix = self.evidence.as_deref().map(evidence_prefix).unwrap_or_default();
        let profile = match self.sarif_profile {
            SarifProfile::Github => Profile::Github,
            SarifProfile::Audit => Profile::Audit,
        };
        let options = sarif::Options {
            category: self.sarif_category.as_deref(),
            evidence_prefix: &prefix,
            baseline,
            ..sarif::Options::of(profile)
        };
        let documents = sarif::documents(report, options)?;
        let Some(file) = &output.file else {
            let [document] = documents.as_slice() else {
                let count = documents.len();
                return Err(Failure::usage(format!(
                    "the report is {count} SARIF files, more than the reader takes in one; write them with -o sarif=FILE"
                )));
            };
            return Ok(write::stdout(&document.text)?);
        };
        for (index, document) in documents.iter().enumerate() {
            write::file(&numbered(file, index), &document.text)?;
        }
        Ok(())
    }
}

fn numbered(file: &Path, index: usize) -> PathBuf {
    if index == 0 {
        return file.to_owned();
    }
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let extension =
        file.extension().map(|extension| format!(".{}", extension.to_string_lossy())).unwrap_or_default();
    file.with_file_name(format!("{stem}-{}{extension}", index + 1))
}

/// The evidence directory as a reader at the working directory sees it, with `/`.
fn evidence_prefix(directory: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    let relative = directory.strip_prefix(&here).unwrap_or(directory);
    let parts: Vec<String> = relative
        .components()
        .filter_map(|component| match component {
            Component::Normal(part) => Some(part.to_string_lossy().into_owned()),
            Component::ParentDir => Some("..".to_owned()),
            _ => None,
        })
        .collect();
    parts.join("/")
}
