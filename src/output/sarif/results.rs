//! `run.results`: one per verdict that the profile carries.

use std::collections::BTreeMap;

use serde_json::json;
use serde_sarif::sarif::{Message, PropertyBag, Result as SarifResult, ResultKind, ResultLevel};

use crate::finding::report::ResultRow;
use crate::finding::verdict::{Severity, Verdict};

use super::accepted::Accepted;
use super::places::Places;
use super::rules::{Rules, sentence};
use super::taxonomies::Taxonomies;
use super::{Options, flow};
use crate::output::text::{markdown, markdown_code, sarif_plain, visible};

/// Key of the whole fingerprint; a key with a slash has to end in a version.
const FINGERPRINT: &str = "skytjek/v1";
/// The one fingerprint that GitHub reads.
const GITHUB_FINGERPRINT: &str = "primaryLocationLineHash";

/// What results are made with.
pub(super) struct Maker<'a> {
    pub(super) options: Options<'a>,
    pub(super) places: &'a Places<'a>,
    pub(super) rules: &'a Rules,
    pub(super) taxonomies: Option<&'a Taxonomies>,
    pub(super) accepted: Accepted,
}

impl Maker<'_> {
    pub(super) fn result(&self, row: &ResultRow) -> SarifResult {
        let (kind, level) = kind_and_level(row);
        let mut result = SarifResult::builder()
            .message(message(row))
            .rule_id(row.rule.clone())
            .kind(kind)
            .level(level)
            .locations(vec![self.places.of_result(row)])
            .partial_fingerprints(partial_fingerprints(&row.fingerprint))
            .build();
        result.rule_index = self.rules.position(&row.rule);
        result.related_locations = self.places.of_proof(row);
        self.accepted.mark(&mut result, row);
        result.code_flows = flow::of_proof(self.places, row, self.options.profile.flow_limit());
        if self.options.profile.is_record() {
            result.fingerprints = Some(fingerprints(&row.fingerprint));
            result.properties = Some(properties(row));
            let taxa = self.taxonomies.map(|taxonomies| taxonomies.references(&row.controls));
            result.taxa = taxa.filter(|taxa| !taxa.is_empty());
        }
        result
    }
}

/// The two fingerprints that survive any profile.
pub(super) fn partial_fingerprints(fingerprint: &str) -> BTreeMap<String, String> {
    let short = fingerprint.get(..32).unwrap_or(fingerprint);
    BTreeMap::from([
        (GITHUB_FINGERPRINT.to_owned(), format!("{short}:1")),
        (FINGERPRINT.to_owned(), fingerprint.to_owned()),
    ])
}

pub(super) fn fingerprints(fingerprint: &str) -> BTreeMap<String, String> {
    BTreeMap::from([(FINGERPRINT.to_owned(), fingerprint.to_owned())])
}

fn kind_and_level(row: &ResultRow) -> (ResultKind, ResultLevel) {
    let kind = match row.verdict {
        Verdict::Fail => ResultKind::Fail,
        Verdict::Unknown => ResultKind::Open,
        Verdict::Pass => ResultKind::Pass,
        Verdict::NotApplicable => ResultKind::NotApplicable,
    };
    let level = match (row.verdict, row.severity) {
        (Verdict::Fail, Severity::Critical | Severity::High) => ResultLevel::Error,
        (Verdict::Fail, Severity::Medium) => ResultLevel::Warning,
        (Verdict::Fail, Severity::Low) => ResultLevel::Note,
        _ => ResultLevel::None,
    };
    (kind, level)
}

/// Sentence, property and value, reason and command: whoever reads only the message can act on it.
fn message(row: &ResultRow) -> Message {
    let said = visible(&row.message);
    let said = if said.is_empty() { visible(&row.title) } else { said };
    let mut text = vec![sentence(&sarif_plain(&said))];
    let mut marked = vec![sentence(&markdown(&row.message))];
    if !row.path.is_empty() {
        let value = if row.value.is_null() { "(not set)".to_owned() } else { row.value.to_string() };
        let property = format!("{} = {value}", row.property());
        text.push(format!("Property: {}", sarif_plain(&property)));
        marked.push(format!("Property: {}", markdown_code(&property)));
    }
    if let Some(reason) = &row.reason {
        text.push(format!("Reason: {}", sentence(&sarif_plain(reason))));
        marked.push(format!("Reason: {}", sentence(&markdown(reason))));
    }
    if let Some(fix) = &row.fix {
        text.push(format!("Fix: {}", sentence(&sarif_plain(&fix.summary))));
        marked.push(format!("Fix: {}", sentence(&markdown(&fix.summary))));
        if !fix.azure_cli.is_empty() {
            text.push(format!("Command: {}", sarif_plain(&fix.azure_cli)));
            marked.push(format!("Command: {}", markdown_code(&fix.azure_cli)));
        }
    }
    Message::builder().text(text.join("\n")).markdown(marked.join("\n\n")).build()
}

/// The row as the JSON report has it, for programs that read only SARIF.
fn properties(row: &ResultRow) -> PropertyBag {
    let resource = &row.resource;
    let mut bag = BTreeMap::from([
        ("verdict".to_owned(), json!(row.verdict)),
        ("severity".to_owned(), json!(row.severity)),
        ("resourceType".to_owned(), json!(resource.kind)),
        ("resourceTags".to_owned(), json!(resource.tags)),
        ("region".to_owned(), json!(resource.location)),
        ("subscription".to_owned(), json!(resource.subscription)),
        ("resourceGroup".to_owned(), json!(resource.resource_group)),
        ("subKey".to_owned(), json!(row.sub_key)),
        ("path".to_owned(), json!(row.path)),
        ("value".to_owned(), row.value.clone()),
        ("controls".to_owned(), json!(row.controls)),
    ]);
    if let Some(holder) = &row.path_resource {
        bag.insert("pathResource".to_owned(), json!(holder));
    }
    if let Some(reason) = &row.reason {
        bag.insert("reason".to_owned(), json!(reason));
    }
    if let Some(fix) = &row.fix {
        bag.insert("fix".to_owned(), json!(fix));
    }
    PropertyBag::builder().additional_properties(bag).build()
}
