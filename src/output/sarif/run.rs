//! The run around the results: tool, invocation, category, artifacts.

use std::collections::BTreeMap;

use serde_json::json;
use serde_sarif::sarif::{
    Artifact, Invocation, MultiformatMessageString, PropertyBag, Run, RunAutomationDetails, Sarif, Tool,
    ToolComponent,
};
use sha2::{Digest, Sha256};

use crate::finding::fingerprint::hex;
use crate::finding::report::{CoverageSummary, Report};

use super::places::Places;
use super::rules::Rules;
use super::taxonomies::Taxonomies;
use super::{INFORMATION_URI, Options, SCHEMA};
use super::{accepted, gaps};
use crate::finding::evidence::REDACTED;

/// The category of a report: `skytjek/<tenant>/<scope>/`. Two uploads of one category replace each
/// other, so it names what was scanned and nothing that changes from scan to scan.
pub fn category(report: &Report) -> String {
    let tenant = report.scan.tenant_id.as_deref().unwrap_or("no-tenant");
    let scopes = &report.scan.scopes;
    let scope = match scopes.as_slice() {
        [] => "all".to_owned(),
        [one] if one.trim_matches('/').is_empty() => "all".to_owned(),
        [one] => segment(one.trim_matches('/')),
        many => {
            let mut folded: Vec<String> = many.iter().map(|scope| scope.to_ascii_lowercase()).collect();
            folded.sort();
            let digest = hex(&Sha256::digest(folded.join("\n").as_bytes()));
            format!("{}-scopes-{}", many.len(), &digest[..12])
        }
    };
    format!("skytjek/{}/{scope}/", segment(tenant))
}

fn segment(text: &str) -> String {
    let folded = text.to_ascii_lowercase();
    folded.chars().map(|c| if c.is_ascii_alphanumeric() || "-._/".contains(c) { c } else { '-' }).collect()
}

/// A document without its results.
pub(super) fn document(
    report: &Report,
    category: &str,
    places: &Places<'_>,
    rules: &Rules,
    taxonomies: Option<&Taxonomies>,
    options: Options<'_>,
) -> Sarif {
    let mut run = Run::builder()
        .tool(Tool::builder().driver(driver(report, rules, taxonomies)).build())
        .automation_details(RunAutomationDetails::builder().id(category).build())
        .invocations(vec![invocation(report)])
        .column_kind(json!("utf16CodeUnits"))
        .language("en-US")
        .redaction_tokens(vec![REDACTED.to_owned()])
        .properties(properties(report))
        .build();
    if options.profile.is_record() {
        run.artifacts = Some(artifacts(places));
    }
    run.taxonomies = taxonomies.map(Taxonomies::components).filter(|all| !all.is_empty());
    let mut document = Sarif::builder().version(json!("2.1.0")).runs(vec![run]).build();
    document.schema = Some(SCHEMA.to_owned());
    document
}

fn driver(report: &Report, rules: &Rules, taxonomies: Option<&Taxonomies>) -> ToolComponent {
    let tool = &report.tool;
    let about = "Scans Azure, live or as code, against a security rule pack.";
    let mut driver = ToolComponent::builder()
        .name(tool.name.clone())
        .full_name(format!("{} {} with rule pack {}", tool.name, tool.version, tool.pack.version))
        .semantic_version(tool.version.clone())
        .information_uri(INFORMATION_URI)
        .short_description(MultiformatMessageString::builder().text(about).build())
        .rules(rules.descriptors.clone())
        .notifications(gaps::descriptors())
        .build();
    driver.supported_taxonomies = taxonomies.map(Taxonomies::supported).filter(|all| !all.is_empty());
    driver
}

/// Start and end are the scan's clock: no other time is in an output.
fn invocation(report: &Report) -> Invocation {
    let clock = &report.scan.clock;
    let mut invocation = Invocation::builder()
        .execution_successful(report.summary.coverage == CoverageSummary::Complete)
        .start_time_utc(clock.clone())
        .end_time_utc(clock.clone())
        .exit_code(i64::from(report.summary.exit_code))
        .build();
    let notifications = gaps::notifications(report);
    invocation.tool_execution_notifications = (!notifications.is_empty()).then_some(notifications);
    let notifications = accepted::notifications(report);
    invocation.tool_configuration_notifications = (!notifications.is_empty()).then_some(notifications);
    invocation
}

/// The files that results point into, with their digests.
fn artifacts(places: &Places<'_>) -> Vec<Artifact> {
    places
        .files()
        .map(|(path, file)| {
            Artifact::builder()
                .location(places.artifact_location(path))
                .length(i64::try_from(file.text.len()).unwrap_or(i64::MAX))
                .mime_type("application/json")
                .encoding("UTF-8")
                .hashes([("sha-256".to_owned(), file.sha256.clone())])
                .build()
        })
        .collect()
}

/// Source, scope, pack and totals: what the JSON report says of the scan.
fn properties(report: &Report) -> PropertyBag {
    let mut bag = BTreeMap::from([
        ("scan".to_owned(), json!(report.scan)),
        ("pack".to_owned(), json!(report.tool.pack)),
        ("summary".to_owned(), json!(report.summary)),
    ]);
    if let Some(baseline) = &report.baseline {
        bag.insert("baseline".to_owned(), json!(baseline));
    }
    PropertyBag::builder().additional_properties(bag).build()
}
