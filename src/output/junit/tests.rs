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
            !["coverage", "suppression comments"].contains(&case.parent().unwrap().attribute("name").unwrap())
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
    let count =
        |node: Node<'_, '_>, name: &str| node.descendants().filter(|case| case.has_tag_name(name)).count();
    for suite in document.descendants().filter(|node| node.tag_name().name().starts_with("testsuite")) {
        for (attribute, element) in
            [("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")]
        {
            assert_eq!(suite.attribute(attribute).unwrap(), count(suite, element).to_string(), "{attribute}");
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
        errors[0].text().unwrap().contains("Missing permission: Microsoft.Sql/servers/auditingSettings/read")
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
