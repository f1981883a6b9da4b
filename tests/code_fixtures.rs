//! One misconfiguration, written as an ARM template, in Bicep, in Terraform, as a plan and as the live
//! resource's body, gives one answer: same rule, verdict, name, message and value. `fixtures/code/README.md`
//! says what lies there.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use skytjek::finding::report::{Location, Report, ResultRow};
use skytjek::finding::verdict::Verdict;
use skytjek::rule::pack::Pack;
use skytjek::scan::{Options, scan};
use skytjek::source::code::file::{Place, offset_of};
use skytjek::source::code::open::CodeOptions;
use skytjek::source::opened::{Source, SourceKind};

const FIXTURES: &str = "fixtures/code";

/// Folders that must agree in all five forms.
const AGREEING: usize = 60;
/// Folders with a twin that is right, and with one that can't be known.
const RIGHT: usize = 15;
const NOT_KNOWN: usize = 10;

/// How a resource is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    Arm,
    Bicep,
    Terraform,
    Plan,
    Live,
}

const FORMS: [Form; 5] = [Form::Arm, Form::Bicep, Form::Terraform, Form::Plan, Form::Live];
const CODE: [Form; 4] = [Form::Arm, Form::Bicep, Form::Terraform, Form::Plan];

impl Form {
    fn file(self) -> &'static str {
        match self {
            Self::Arm => "main.json",
            Self::Bicep => "main.bicep",
            Self::Terraform => "main.tf",
            Self::Plan => "plan.json",
            Self::Live => "live.json",
        }
    }

    fn kind(self) -> SourceKind {
        if self == Self::Live { SourceKind::Export } else { SourceKind::Code }
    }
}

/// What a scan says of the resource, without what depends on where it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Answer {
    rule: String,
    verdict: Verdict,
    name: String,
    sub_key: String,
    message: String,
    value: Value,
}

/// The shipped pack narrowed to one rule, by the rule's id: what `--rule` does.
struct Rules(BTreeMap<String, Pack>);

impl Rules {
    fn load() -> Self {
        let alone = |rule: String| {
            let mut pack = Pack::shipped().expect("the shipped pack loads");
            pack.retain(|other| other.id == rule);
            assert_eq!(pack.rules().len(), 1, "there is no rule {rule}");
            (rule, pack)
        };
        Self(folders().into_iter().map(|(rule, _)| alone(rule)).collect())
    }

    fn scan(&self, rule: &str, path: &Path, form: Form) -> Result<Report, String> {
        let source = Source::open(&[path.to_owned()], Some(form.kind()), &CodeOptions::default());
        let options = Options { fail_on: None, all_verdicts: true, ..Options::default() };
        scan(&source.map_err(|error| error.to_string())?, &self.0[rule], &options)
            .map_err(|error| error.to_string())
    }

    /// The only row with `verdict`; in code nothing may be unread either.
    fn only(&self, rule: &str, path: &Path, form: Form, verdict: Verdict) -> Result<ResultRow, String> {
        let report = self.scan(rule, path, form)?;
        let gaps: Vec<_> = report.coverage.iter().filter(|row| !row.state.is_whole()).collect();
        if form != Form::Live && !gaps.is_empty() {
            return Err(format!("something was not read: {gaps:?}"));
        }
        let mut rows: Vec<&ResultRow> = report.results.iter().filter(|row| row.verdict == verdict).collect();
        match (rows.pop(), rows.is_empty()) {
            (Some(row), true) => Ok(row.clone()),
            _ => Err(format!("not one {verdict:?}: {}", said(&report))),
        }
    }
}

fn said(report: &Report) -> String {
    let rows = report.results.iter();
    rows.map(|row| format!("{:?} of {}: {}", row.verdict, row.resource.name, row.message))
        .collect::<Vec<_>>()
        .join("; ")
}

fn answer(row: &ResultRow) -> Answer {
    Answer {
        rule: row.rule.clone(),
        verdict: row.verdict,
        name: row.resource.name.clone(),
        sub_key: row.sub_key.clone(),
        message: row.message.clone(),
        value: row.value.clone(),
    }
}

fn folders() -> Vec<(String, PathBuf)> {
    let mut folders: Vec<_> = fs::read_dir(FIXTURES)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), path))
        .collect();
    folders.sort();
    folders
}

/// What a finding's region must be.
#[derive(Debug)]
enum Deciding {
    /// It holds one of these texts.
    Written(Vec<String>),
    /// It is a block that lacks the value, and holds this text.
    Lacking(String),
}

/// What decides, by rule, in each of the four forms of code.
fn deciding() -> BTreeMap<String, [Deciding; 4]> {
    let table = fs::read_to_string(Path::new(FIXTURES).join("decides.tsv")).unwrap();
    let cell = |cell: &str| match cell.strip_prefix('-') {
        Some(word) => Deciding::Lacking(word.to_owned()),
        None => Deciding::Written(cell.split('|').map(str::to_owned).collect()),
    };
    let row = |line: &str| {
        let (rule, cells) = line.split_once('\t').unwrap();
        let cells: Vec<Deciding> = cells.split('\t').map(cell).collect();
        (rule.to_owned(), cells.try_into().expect("a cell for each form of code"))
    };
    table.lines().skip(1).map(row).collect()
}

fn cut_out(location: &Location) -> Option<String> {
    let text = fs::read_to_string(&location.file).ok()?;
    let at = |line, column| offset_of(&text, Place { line, column });
    let start = at(location.start_line, location.start_column)?;
    let end = at(location.end_line, location.end_column)?;
    text.get(start..end).map(str::to_owned)
}

/// Most lines that a region of a value that is written has: enough for a list, not for a whole resource.
const VALUE_LINES: usize = 6;

fn points_at(region: &str, deciding: &Deciding) -> bool {
    match deciding {
        Deciding::Written(texts) => {
            region.lines().count() <= VALUE_LINES && texts.iter().any(|text| region.contains(text.as_str()))
        }
        Deciding::Lacking(word) => {
            let opens = ["{", "resource "].iter().any(|opening| region.starts_with(opening));
            opens && region.ends_with('}') && region.contains(word.as_str())
        }
    }
}

#[test]
fn one_misconfiguration_gives_one_answer_however_it_is_written() {
    let rules = Rules::load();
    let mut different = String::new();
    let mut agreeing = 0;
    for (rule, folder) in folders() {
        let rows = FORMS.map(|form| rules.only(&rule, &folder.join(form.file()), form, Verdict::Fail));
        let answers = rows.each_ref().map(|row| row.as_ref().map(answer).map_err(Clone::clone));
        if answers.iter().all(|one| one.is_ok() && *one == answers[4]) {
            agreeing += 1;
            continue;
        }
        writeln!(different, "{rule}").unwrap();
        for (form, answer) in FORMS.iter().zip(&answers) {
            match answer {
                Ok(one) => {
                    let Answer { name, sub_key, message, value, .. } = one;
                    writeln!(different, "  {form:?}: {name} [{sub_key}] {value}: {message}").unwrap();
                }
                Err(error) => writeln!(different, "  {form:?}: {error}").unwrap(),
            }
        }
    }
    assert!(different.is_empty(), "{agreeing} folders agree; these don't:\n{different}");
    assert!(agreeing >= AGREEING, "only {agreeing} folders");
}

#[test]
fn regions_hold_the_value_that_decides_or_the_block_that_lacks_it() {
    let rules = Rules::load();
    let deciding = deciding();
    let mut wrong = String::new();
    for (rule, folder) in folders() {
        for (form, deciding) in CODE.iter().zip(&deciding[&rule]) {
            let Ok(row) = rules.only(&rule, &folder.join(form.file()), *form, Verdict::Fail) else {
                continue;
            };
            let region = row.location.as_ref().and_then(cut_out);
            if !region.as_ref().is_some_and(|region| points_at(region, deciding)) {
                let shown: String = region.unwrap_or_default().chars().take(200).collect();
                writeln!(wrong, "{rule} {form:?}: not {deciding:?} but {shown:?} ({:?})", row.location)
                    .unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Folders that hold a twin.
fn twins(twin: &str) -> Vec<(String, PathBuf)> {
    folders()
        .into_iter()
        .map(|(rule, folder)| (rule, folder.join(twin)))
        .filter(|(_, folder)| folder.is_dir())
        .collect()
}

#[test]
fn the_same_with_the_value_right_passes() {
    let rules = Rules::load();
    let mut wrong = String::new();
    let twins = twins("pass");
    for (rule, folder) in &twins {
        for form in FORMS {
            let report = rules.scan(rule, &folder.join(form.file()), form);
            let right = report.as_ref().is_ok_and(|report| {
                let has = |verdict| report.results.iter().any(|row| row.verdict == verdict);
                // An export says nothing of children that it doesn't hold.
                !has(Verdict::Fail) && (form == Form::Live || has(Verdict::Pass) && !has(Verdict::Unknown))
            });
            if !right {
                let said = report.map_or_else(|error| error, |report| said(&report));
                writeln!(wrong, "{rule} {form:?}: {said}").unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(twins.len() >= RIGHT, "only {}", twins.len());
}

#[test]
fn what_nobody_can_know_yet_is_unknown() {
    let rules = Rules::load();
    let mut wrong = String::new();
    let twins = twins("unknown");
    for (rule, folder) in &twins {
        for form in CODE {
            let report = rules.scan(rule, &folder.join(form.file()), form);
            let open = report.as_ref().is_ok_and(|report| {
                let has = |verdict| report.results.iter().any(|row| row.verdict == verdict);
                has(Verdict::Unknown) && !has(Verdict::Fail) && !has(Verdict::Pass)
            });
            if !open {
                let said = report.map_or_else(|error| error, |report| said(&report));
                writeln!(wrong, "{rule} {form:?}: {said}").unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(twins.len() >= NOT_KNOWN, "only {}", twins.len());
}
