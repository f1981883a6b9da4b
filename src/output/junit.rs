//! `-o junit`: results as test cases, for the test views of CI systems.
//!
//! One suite for each file of code, or for each scope in Azure; one case for each rule on each resource
//! (and element of it, where a rule looks at several). What is not known is skipped with its reason and
//! never passes; what could not be read is an error.

use std::collections::BTreeMap;

use crate::finding::baseline::BaselineState;
use crate::finding::report::{CoverageRow, Report, ResultRow};
use crate::finding::suppression::SuppressionNote;
use crate::finding::verdict::Verdict;

use super::missing::{ending, missing};
use super::text::xml;

/// The report as JUnit XML, ending in a newline.
pub fn render(report: &Report) -> String {
    let mut suites: BTreeMap<String, Vec<Case>> = BTreeMap::new();
    let in_code = report.scan.source.is_code();
    for row in &report.results {
        suites.entry(suite(row, in_code)).or_default().push(case(row, in_code));
    }
    let gaps: Vec<Case> = missing(report).map(gap).collect();
    let comments: Vec<Case> = report.suppressions.iter().map(comment).collect();
    let rest = [("coverage", gaps), ("suppression comments", comments)];
    let rest =
        rest.into_iter().filter(|(_, cases)| !cases.is_empty()).map(|(name, cases)| (name.into(), cases));
    let suites: Vec<(String, Vec<Case>)> = suites.into_iter().chain(rest).collect();

    let total = Counts::of(suites.iter().flat_map(|(_, cases)| cases));
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    out.push_str(&format!("<testsuites name=\"skytjek\" {}>\n", total.attributes()));
    // Test views want a moment without a zone; ours is in UTC.
    let clock = xml(report.scan.clock.trim_end_matches('Z'));
    for (name, cases) in &suites {
        let counts = Counts::of(cases).attributes();
        out.push_str(&format!("  <testsuite name=\"{}\" {counts} timestamp=\"{clock}\">\n", xml(name)));
        cases.iter().for_each(|case| case.write(&mut out));
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

/// A case of a test view.
struct Case {
    name: String,
    class: String,
    /// File and line in code.
    place: Option<(String, usize)>,
    outcome: Outcome,
}

enum Outcome {
    Passed,
    /// With the reason.
    Skipped(String),
    Failed(Complaint),
    Error(Complaint),
}

/// What a failure says: a sentence, a word for its kind, and lines with the rest.
struct Complaint {
    message: String,
    kind: String,
    lines: Vec<String>,
}

/// The file, or the resource group, subscription or tenant.
fn suite(row: &ResultRow, in_code: bool) -> String {
    let resource = &row.resource;
    match (&row.location, resource.subscription.as_str(), resource.resource_group.as_str()) {
        (Some(location), _, _) if in_code => location.file.clone(),
        (_, "", "") => "tenant".to_owned(),
        (_, "", group) => format!("resourceGroups/{group}"),
        (_, subscription, "") => format!("subscriptions/{subscription}"),
        (_, subscription, group) => format!("subscriptions/{subscription}/resourceGroups/{group}"),
    }
}

fn case(row: &ResultRow, in_code: bool) -> Case {
    let name = match row.sub_key.as_str() {
        "" => row.rule.clone(),
        element => format!("{}: {element}", row.rule),
    };
    let place = row.location.as_ref().filter(|_| in_code);
    let place = place.map(|location| (location.file.clone(), location.start_line));
    let reason = || row.reason.clone().unwrap_or_default();
    let outcome = match (row.verdict, &row.suppression) {
        (Verdict::Pass, _) => Outcome::Passed,
        (Verdict::NotApplicable, _) => Outcome::Skipped("the rule does not apply".to_owned()),
        (Verdict::Unknown, _) => Outcome::Skipped(format!("unknown, so not passed: {}", reason())),
        (Verdict::Fail, Some(suppression)) => Outcome::Skipped(format!(
            "suppressed until {} in {}:{}: {}",
            suppression.until, suppression.file, suppression.line, suppression.reason
        )),
        (Verdict::Fail, None) if row.baseline_state == Some(BaselineState::Unchanged) => {
            Outcome::Skipped(format!("fails as in the baseline: {}", row.message))
        }
        (Verdict::Fail, None) => Outcome::Failed(failure(row, in_code)),
    };
    Case { name, class: row.resource.id.clone(), place, outcome }
}

fn failure(row: &ResultRow, in_code: bool) -> Complaint {
    let mut lines = vec![row.title.to_string(), format!("Resource: {}", row.resource.id)];
    if !row.path.is_empty() {
        let value = if row.value.is_null() { "(not set)".to_owned() } else { row.value.to_string() };
        lines.push(format!("Property: {} = {value}", row.property()));
    }
    if let Some(place) = row.location.as_ref().filter(|_| in_code) {
        lines.push(format!("Place: {}:{}:{}", place.file, place.start_line, place.start_column));
    }
    lines.extend(row.proof.iter().map(|step| format!("Because: {}: {}", step.resource, step.says)));
    if let Some(fix) = &row.fix {
        lines.push(format!("Fix: {}", fix.summary));
        lines.extend(fix.azure_cli.lines().map(str::to_owned));
    }
    Complaint { message: row.message.clone(), kind: row.severity.word().to_owned(), lines }
}

fn gap(row: &CoverageRow) -> Case {
    let mut lines = vec![format!("Results that are unknown because of it: {}", row.affected)];
    lines.extend(row.missing_action.iter().map(|action| format!("Missing permission: {action}")));
    lines.extend(row.message.clone());
    let message = format!("{} in {} was not read in full: {}", row.read, row.scope, ending(row));
    let kind = row.state.word().to_owned();
    Case {
        name: row.read.clone(),
        class: row.scope.clone(),
        place: None,
        outcome: Outcome::Error(Complaint { message, kind, lines }),
    }
}

fn comment(note: &SuppressionNote) -> Case {
    Case {
        name: format!("line {}", note.line),
        class: note.file.clone(),
        place: Some((note.file.clone(), note.line)),
        outcome: Outcome::Skipped(format!("suppresses nothing: {}", note.message)),
    }
}

impl Case {
    fn write(&self, out: &mut String) {
        let place =
            self.place.as_ref().map(|(file, line)| format!(" file=\"{}\" line=\"{line}\"", xml(file)));
        out.push_str(&format!(
            "    <testcase name=\"{}\" classname=\"{}\"{} time=\"0\"",
            xml(&self.name),
            xml(&self.class),
            place.unwrap_or_default()
        ));
        match &self.outcome {
            Outcome::Passed => out.push_str("/>\n"),
            Outcome::Skipped(reason) => {
                out.push_str(&format!(">\n      <skipped message=\"{}\"/>\n    </testcase>\n", xml(reason)));
            }
            Outcome::Failed(complaint) => complaint.write("failure", out),
            Outcome::Error(complaint) => complaint.write("error", out),
        }
    }
}

impl Complaint {
    fn write(&self, element: &str, out: &mut String) {
        let lines: Vec<String> = self.lines.iter().map(|line| xml(line)).collect();
        out.push_str(&format!(
            ">\n      <{element} message=\"{}\" type=\"{}\">{}</{element}>\n    </testcase>\n",
            xml(&self.message),
            xml(&self.kind),
            lines.join("\n")
        ));
    }
}

#[derive(Default)]
struct Counts {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

impl Counts {
    fn of<'a>(cases: impl IntoIterator<Item = &'a Case>) -> Self {
        let mut counts = Self::default();
        for case in cases {
            counts.tests += 1;
            match case.outcome {
                Outcome::Passed => {}
                Outcome::Skipped(_) => counts.skipped += 1,
                Outcome::Failed(_) => counts.failures += 1,
                Outcome::Error(_) => counts.errors += 1,
            }
        }
        counts
    }

    fn attributes(&self) -> String {
        let Self { tests, failures, errors, skipped } = self;
        format!(
            "tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\" time=\"0\""
        )
    }
}

#[cfg(test)]
mod tests;
