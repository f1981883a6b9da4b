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
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;
    use roxmltree::{Document, Node};

    use super::*;
    use crate::finding::hostile::is_hostile;
    use crate::output::sample;

    fn cases<'a>(document: &'a Document<'_>) -> Vec<Node<'a, 'a>> {
        document.descendants().filter(|node| node.has_tag_name("testcase")).collect()
    }

    /// The element that says how a case went.
    fn outcome<'a>(case: Node<'a, 'a>) -> &'a str {
        case.children().find(Node::is_element).map_or("passed", |element| element.tag_name().name())
    }

    #[test]
    fn what_a_test_view_gets() {
        insta::assert_snapshot!(render(&sample::accepted()));
    }

    #[test]
    fn every_verdict_is_its_outcome_and_unknown_never_passes() {
        for report in [sample::small(), sample::accepted(), sample::many(60)] {
            let text = render(&report);
            let document = Document::parse(&text).unwrap();
            let of_rows = cases(&document).into_iter().filter(|case| {
                !["coverage", "suppression comments"]
                    .contains(&case.parent().unwrap().attribute("name").unwrap())
            });
            let mut seen: Vec<(String, String)> = of_rows
                .map(|case| (case.attribute("classname").unwrap().to_owned(), outcome(case).to_owned()))
                .collect();
            let mut expected: Vec<(String, String)> = report
                .results
                .iter()
                .map(|row| {
                    let outcome = match row.verdict {
                        Verdict::Fail if row.is_open_finding() => "failure",
                        Verdict::Pass => "passed",
                        _ => "skipped",
                    };
                    (super::super::text::visible(&row.resource.id).into_owned(), outcome.to_owned())
                })
                .collect();
            seen.sort();
            expected.sort();
            assert_eq!(seen, expected);
        }
    }

    #[test]
    fn the_counts_are_those_of_the_cases() {
        let text = render(&sample::accepted());
        let document = Document::parse(&text).unwrap();
        let count = |node: Node<'_, '_>, name: &str| {
            node.descendants().filter(|case| case.has_tag_name(name)).count()
        };
        for suite in document.descendants().filter(|node| node.tag_name().name().starts_with("testsuite")) {
            for (attribute, element) in
                [("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")]
            {
                assert_eq!(
                    suite.attribute(attribute).unwrap(),
                    count(suite, element).to_string(),
                    "{attribute}"
                );
            }
        }
    }

    #[test]
    fn what_was_not_read_is_an_error() {
        let text = render(&sample::small());
        let document = Document::parse(&text).unwrap();
        let errors: Vec<Node<'_, '_>> =
            document.descendants().filter(|node| node.has_tag_name("error")).collect();
        assert_eq!(errors.len(), 2);
        assert_eq!(errors[0].attribute("type"), Some("denied"));
        assert!(
            errors[0]
                .text()
                .unwrap()
                .contains("Missing permission: Microsoft.Sql/servers/auditingSettings/read")
        );
        assert!(!render(&sample::single()).contains("<error"));
    }

    #[test]
    fn a_failure_has_all_that_is_needed_to_act() {
        let text = render(&sample::in_code());
        let document = Document::parse(&text).unwrap();
        let case = cases(&document).into_iter().find(|case| case.attribute("line") == Some("8")).unwrap();
        assert_eq!(case.parent().unwrap().attribute("name"), Some("infra/hub network.bicep"));
        let failure = case.first_element_child().unwrap();
        assert_eq!(failure.attribute("message"), Some("stlogs accepts TLS 1.0"));
        insta::assert_snapshot!(failure.text().unwrap(), @r#"
        Storage accounts require TLS 1.2
        Resource: /subscriptions/5f0c2b7a-1d3e-4c9b-8a61-0e2f4d6b8c11/resourceGroups/rg-school-prod/providers/Microsoft.Storage/storageAccounts/stlogs
        Property: properties.minimumTlsVersion = "TLS1_0"
        Place: infra/hub network.bicep:8:24
        Fix: Set the minimum version to TLS 1.2.
        az storage account update --ids /subscriptions/5f0c2b7a-1d3e-4c9b-8a61-0e2f4d6b8c11/resourceGroups/rg-school-prod/providers/Microsoft.Storage/storageAccounts/stlogs --min-tls-version TLS1_2
        "#);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]
        #[test]
        fn any_text_is_well_formed_and_comes_back(
            text in prop_oneof![any::<String>(), "[\u{0}-\u{20}<>&'\"\\]\\[!\u{fffe}\u{ffff}\u{202e}\u{85}-]{0,24}"],
        ) {
            let mut report = sample::accepted();
            for row in &mut report.results {
                let resource = Arc::make_mut(&mut row.resource);
                resource.id.clone_from(&text);
                resource.subscription.clone_from(&text);
                row.sub_key.clone_from(&text);
                row.message.clone_from(&text);
                row.reason = Some(text.clone());
                row.value = text.as_str().into();
                if let Some(fix) = &mut row.fix {
                    fix.azure_cli.clone_from(&text);
                }
            }
            report.scan.source.location.clone_from(&text);
            let out = render(&report);
            prop_assert!(!out.replace('\n', "").contains(is_hostile));
            let document = Document::parse(&out).unwrap();
            let shown = super::super::text::visible(&text).replace('\u{fffe}', "\\u{fffe}").replace('\u{ffff}', "\\u{ffff}");
            prop_assert_eq!(document.descendants().find(|node| node.has_tag_name("failure")).unwrap().attribute("message"), Some(shown.as_str()));
        }
    }
}
