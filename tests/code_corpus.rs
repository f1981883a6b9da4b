//! Code that nobody here wrote: `../shared/corpus`, where it is there. Everything comes through, is the same
//! twice, and every result points at the text that decides it.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use skytjek::finding::report::{Location, Report, ResultRow};
use skytjek::finding::verdict::Verdict;
use skytjek::rule::pack::Pack;
use skytjek::scan::{Options, scan};
use skytjek::source::code::file::{Place, offset_of};
use skytjek::source::code::open::CodeOptions;
use skytjek::source::code::resource::Language;
use skytjek::source::opened::Source;

/// The corpus, or nothing, said aloud.
fn corpus(part: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus").join(part);
    if !path.is_dir() {
        eprintln!("SKIPPED: {} is not there; code that nobody here wrote was NOT read", path.display());
        return None;
    }
    Some(path)
}

fn read(path: &Path) -> (Source, Report) {
    let source = Source::open(&[path.to_owned()], None, &CodeOptions::default()).unwrap();
    let report = judged(&source);
    (source, report)
}

fn judged(source: &Source) -> Report {
    let clock = time::OffsetDateTime::from_unix_timestamp(1_795_000_000).ok();
    let options = Options { clock, fail_on: None, all_verdicts: true, ..Options::default() };
    scan(source, &Pack::shipped().unwrap(), &options).unwrap()
}

/// The text that a location covers.
fn cut<'a>(report: &'a Report, at: &Location) -> Option<&'a str> {
    let text = &report.sources.get(&at.file)?.text;
    let start = offset_of(text, Place { line: at.start_line, column: at.start_column })?;
    let end = offset_of(text, Place { line: at.end_line, column: at.end_column })?;
    text.get(start..end)
}

/// What is wrong with the place of a row, if anything is.
fn misplaced(report: &Report, row: &ResultRow) -> Option<String> {
    let Some(at) = &row.location else { return Some("no place".into()) };
    let Some(text) = cut(report, at) else { return Some(format!("no such place: {at:?}")) };
    if text.is_empty() {
        return Some(format!("nothing stands at {at:?}"));
    }
    // A literal stands for itself; in Terraform an argument has words of its own, and plans have no other text.
    let literal = text.trim_matches(['"', '\'']);
    let is_literal = text.len() > literal.len() && !literal.starts_with('[') && !literal.contains("${");
    let in_arms_words = [".json", ".bicep"].iter().any(|ending| at.file.ends_with(ending))
        && !row.resource.id.starts_with("terraform:");
    match row.value.as_str() {
        Some(value) if is_literal && in_arms_words && row.verdict == Verdict::Fail => {
            let plain = literal.replace("\\\"", "\"").replace("\\\\", "\\");
            (!plain.eq_ignore_ascii_case(value) && !plain.contains(value) && !value.contains("[redacted]"))
                .then(|| format!("{text} stands where {value:?} decides"))
        }
        _ => None,
    }
}

#[test]
fn every_result_points_at_what_decides() {
    for part in ["arm", "bicep", "bicep-pairs", "plan", "terraform", "probes"] {
        let Some(path) = corpus(part) else { continue };
        let (source, report) = read(&path);
        let wrong: Vec<String> = report
            .results
            .iter()
            .filter_map(|row| {
                let why = misplaced(&report, row)?;
                Some(format!("{} of {}, {}: {why}", row.rule, row.resource.id, row.path))
            })
            .collect();
        assert!(
            wrong.is_empty(),
            "{part}: {} of {}:\n{}",
            wrong.len(),
            report.results.len(),
            wrong[..wrong.len().min(20)].join("\n")
        );
        assert!(!report.results.is_empty(), "{part}");
        tell(part, &source, &report);
    }
}

/// What was read, for whoever asks (`cargo test --test code_corpus -- --nocapture`).
fn tell(part: &str, source: &Source, report: &Report) {
    let code = source.code().expect("it is code");
    let mut roots: BTreeMap<Language, usize> = BTreeMap::new();
    for root in code.roots() {
        *roots.entry(root.language).or_insert(0) += 1;
    }
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for row in &report.coverage {
        let reason = row.message.clone().unwrap_or_default();
        let kind: String =
            reason.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).take(60).collect();
        *reasons.entry(kind).or_insert(0) += 1;
    }
    eprintln!(
        "{part}: roots {roots:?}, files {}, resources {}, verdicts {:?}, unread {}",
        code.files().count(),
        report.summary.resources,
        report.summary.verdicts,
        report.coverage.len()
    );
    for (reason, count) in reasons {
        eprintln!("  {count} x {reason}");
    }
}

#[test]
fn the_same_code_gives_the_same_report() {
    let Some(path) = corpus("terraform") else { return };
    let text = || serde_json::to_string(&read(&path).1).unwrap();
    assert_eq!(text(), text());
}

#[test]
fn the_probes() {
    let Some(path) = corpus("probes") else { return };
    let rule = "storage-min-tls-12";
    for file in ["expr-list.json", "expr-map.json", "expr-nested.json"] {
        let (_, report) = read(&path.join(file));
        let mut of_tls: Vec<(&str, Verdict)> = report
            .results
            .iter()
            .filter(|row| row.rule == rule)
            .map(|row| (row.resource.name.as_str(), row.verdict))
            .collect();
        of_tls.sort();
        let pass = |name| (name, Verdict::Pass);
        assert_eq!(of_tls, [("badpar", Verdict::Fail), pass("ifx"), pass("lit"), pass("par")], "{file}");
        let failing = report.results.iter().find(|row| row.rule == rule && row.verdict == Verdict::Fail);
        assert_eq!(cut(&report, failing.unwrap().location.as_ref().unwrap()), Some("\"TLS1_0\""), "{file}");
    }
    // Whatever the odd one holds, those beside it are judged.
    let (_, report) = read(&path);
    let beside = report.results.iter().filter(|row| row.rule == rule && row.verdict == Verdict::Fail);
    assert_eq!(beside.count(), 3);
}
