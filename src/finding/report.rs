//! The report: what a scan says, in the form that every output reads and that `-o json` writes.
//!
//! Field order is the order of the JSON. Within `version` 1 a field may be added, never renamed or
//! removed. `docs/report.schema.json` is generated from these types.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use super::baseline::{BaselineFacts, BaselineState};
use super::compliance::FrameworkRow;
use super::suppression::{SuppressionFacts, SuppressionNote};
use super::verdict::{Severity, Verdict};
use crate::inventory::coverage::CoverageState;

/// The rule id under which SARIF says, as a result, that not everything was seen. No rule has it.
pub const COVERAGE_RULE: &str = "coverage-incomplete";

/// Everything one scan found, and what it could not see.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Report {
    /// Version of this format: 1.
    pub version: u32,
    /// What produced it.
    pub tool: Tool,
    /// What was scanned.
    pub scan: ScanFacts,
    /// Counts over all verdicts, whatever `results` carries.
    pub summary: Summary,
    /// What was read and what could not be, ordered by scope and read.
    pub coverage: Vec<CoverageRow>,
    /// Ordered by severity, rule id, resource id and sub key.
    pub results: Vec<ResultRow>,
    /// The controls of the frameworks that were asked for (`--by framework`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub compliance: Vec<FrameworkRow>,
    /// What became of the findings of an earlier report (`--baseline`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<BaselineFacts>,
    /// Suppression comments in code that suppress nothing, ordered by file and line.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub suppressions: Vec<SuppressionNote>,
    /// The rules of the pack that ran, ordered by id; outputs describe rules from here.
    #[serde(skip)]
    #[schemars(skip)]
    pub rules: Vec<RuleFacts>,
    /// Evidence of the resources in `results`, by its path; outputs place regions with it.
    #[serde(skip)]
    #[schemars(skip)]
    pub evidence: BTreeMap<String, EvidenceFile>,
    /// Source files that locations of `results` point into, by `Location::file`; outputs show lines of
    /// them.
    #[serde(skip)]
    #[schemars(skip)]
    pub sources: BTreeMap<String, SourceText>,
    /// What would fix a finding in its source file, by its fingerprint; outputs show the first as a difference.
    #[serde(skip)]
    #[schemars(skip)]
    pub edits: BTreeMap<String, Vec<Edit>>,
}

/// The program and its rule pack.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Tool {
    /// `skytjek`.
    pub name: String,
    /// Version of the program.
    pub version: String,
    /// The rules that ran.
    pub pack: PackFacts,
}

/// Which rules ran.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PackFacts {
    /// Version of the shipped pack.
    pub version: String,
    /// `sha256:` over the rules that ran, in order of their ids.
    pub digest: String,
    /// How many rules ran.
    pub rules: usize,
}

/// When, where and what.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ScanFacts {
    /// The scan's clock, RFC 3339 in UTC.
    pub clock: String,
    /// Where the inventory came from.
    pub source: SourceFacts,
    /// Entra tenant, where the source says.
    pub tenant_id: Option<String>,
    /// Scopes that were scanned, in order.
    pub scopes: Vec<String>,
}

/// The kind of source and where it lies.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct SourceFacts {
    /// `live`, `snapshot` or `export`; later also `arm`, `bicep`, `terraform`, `plan`.
    pub kind: String,
    /// Path as it was given, or the Resource Manager's address.
    pub location: String,
}

impl SourceFacts {
    /// Whether locations point into code that people wrote, and not into evidence.
    pub fn is_code(&self) -> bool {
        !matches!(self.kind.as_str(), "live" | "snapshot" | "export")
    }
}

/// Totals.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Summary {
    /// Resources in the inventory, children included.
    pub resources: usize,
    /// Results by verdict.
    pub verdicts: VerdictCounts,
    /// Failing results by severity, those that are suppressed or in the baseline included.
    pub findings: SeverityCounts,
    /// Failing results that a comment in code suppresses; they don't fail the run.
    #[serde(skip_serializing_if = "is_zero")]
    pub suppressed: usize,
    /// Failing results that the baseline holds already; they don't fail the run.
    #[serde(skip_serializing_if = "is_zero")]
    pub unchanged: usize,
    /// `complete`, or `incomplete` when anything that was asked for could not be read.
    pub coverage: CoverageSummary,
    /// The exit code this report leads to.
    pub exit_code: u8,
}

/// `skip_serializing_if` hands over a reference.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// Whether everything was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CoverageSummary {
    /// All that was asked for was read.
    Complete,
    /// Something was denied, failed, or is not in the file.
    Incomplete,
}

/// Results by verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct VerdictCounts {
    /// Failing results.
    pub fail: usize,
    /// Passing results.
    pub pass: usize,
    /// Results that could not be decided.
    pub unknown: usize,
    /// Resources that a rule does not apply to.
    pub not_applicable: usize,
}

impl VerdictCounts {
    /// The count of one verdict.
    pub fn of(&mut self, verdict: Verdict) -> &mut usize {
        match verdict {
            Verdict::Fail => &mut self.fail,
            Verdict::Pass => &mut self.pass,
            Verdict::Unknown => &mut self.unknown,
            Verdict::NotApplicable => &mut self.not_applicable,
        }
    }
}

/// Failing results by severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SeverityCounts {
    /// Critical findings.
    pub critical: usize,
    /// High findings.
    pub high: usize,
    /// Medium findings.
    pub medium: usize,
    /// Low findings.
    pub low: usize,
}

/// One (scope, read).
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CoverageRow {
    /// `/`, a subscription, a resource group, a resource, or a file.
    pub scope: String,
    /// A resource type, or `Microsoft.ResourceGraph/<table>`.
    pub read: String,
    /// How it ended.
    pub state: CoverageState,
    /// HTTP status of the answer that decided.
    pub status: Option<u16>,
    /// Azure's error code, or ours.
    pub code: Option<String>,
    /// The action that the identity lacks.
    pub missing_action: Option<String>,
    /// How many results are `unknown` because of it.
    pub affected: usize,
    /// One sentence for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// One verdict of one rule on one resource, or on one element of it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ResultRow {
    /// Rule id.
    pub rule: String,
    /// What the rule says.
    pub verdict: Verdict,
    /// The rule's severity.
    pub severity: Severity,
    /// The rule's title.
    pub title: Arc<str>,
    /// One sentence about this resource, with the value that decides. Text from Azure in it is not
    /// yet neutralised: each output does that in its own way.
    pub message: String,
    /// The resource.
    pub resource: Arc<ResourceFacts>,
    /// Names the element where a resource has many (security rule, port, principal); else empty.
    pub sub_key: String,
    /// The property that decides, in the resource's body (`properties.securityRules[3].name`);
    /// empty for verdicts that no single property decides.
    pub path: String,
    /// Id of the resource whose body holds the property, where that is not `resource` itself: a child, or
    /// what the resource refers to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path_resource: Option<String>,
    /// Its value; null when the property is absent. Secrets are redacted.
    pub value: serde_json::Value,
    /// Why the verdict is `unknown`, or why the rule does not apply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Where it stands in a file, where there is one.
    pub location: Option<Location>,
    /// Other resources that the verdict rests on, in the order of the argument.
    pub proof: Vec<ProofStep>,
    /// How to fix it; only of failing results.
    pub fix: Option<Fix>,
    /// Control ids by framework.
    pub controls: Arc<BTreeMap<String, Vec<String>>>,
    /// The finding's identity across scans.
    pub fingerprint: String,
    /// What it is against an earlier report; only with `--baseline`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline_state: Option<BaselineState>,
    /// The comment in the source that suppresses it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suppression: Option<SuppressionFacts>,
}

impl ResultRow {
    /// Whether it fails and nobody has accepted that: no comment suppresses it, and the baseline did not
    /// hold it as failing. Only these fail a run.
    pub fn is_open_finding(&self) -> bool {
        self.verdict == Verdict::Fail
            && self.suppression.is_none()
            && self.baseline_state != Some(BaselineState::Unchanged)
    }

    /// The deciding property for people: its path, and whose it is when another resource's body holds it.
    pub fn property(&self) -> String {
        let Some(holder) = &self.path_resource else {
            return self.path.clone();
        };
        let names: Vec<&str> = holder.rsplit('/').take(2).collect();
        match names.as_slice() {
            [name, kind] => format!("{} of {kind}/{name}", self.path),
            _ => format!("{} of {holder}", self.path),
        }
    }
}

/// A resource as reports name it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ResourceFacts {
    /// Id as Azure spelled it.
    pub id: String,
    /// Type as Azure spelled it.
    #[serde(rename = "type")]
    pub kind: String,
    /// Name.
    pub name: String,
    /// Region; empty where a resource has none.
    pub location: String,
    /// Subscription's GUID; empty outside of subscriptions.
    pub subscription: String,
    /// Resource group's name; empty outside of resource groups.
    pub resource_group: String,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

/// A region of a file; lines and columns count from 1, `end_column` is exclusive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Location {
    /// Relative path with `/`, percent-encoded where a name needs it.
    pub file: String,
    /// First line.
    pub start_line: usize,
    /// First column, in UTF-16 code units as SARIF counts.
    pub start_column: usize,
    /// Last line.
    pub end_line: usize,
    /// Column after the last character.
    pub end_column: usize,
}

/// One step of the argument behind a verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ProofStep {
    /// Id of the resource.
    pub resource: String,
    /// What it contributes.
    pub says: String,
    /// Where it stands in the code; only of code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
}

/// How to fix a finding, filled in for its resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Fix {
    /// One sentence.
    pub summary: String,
    /// The command that does it, ready to paste.
    pub azure_cli: String,
    /// The properties to set, where the fix is that: path to value.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub set: BTreeMap<String, serde_json::Value>,
}

/// What outputs say of a rule.
#[derive(Clone, Debug)]
pub struct RuleFacts {
    /// Rule id.
    pub id: String,
    /// Title.
    pub title: String,
    /// Folder of the rule: `network`, `identity`, …
    pub domain: String,
    /// Severity.
    pub severity: Severity,
    /// Resource types it looks at.
    pub resource_types: Vec<String>,
    /// Why it matters.
    pub rationale: String,
    /// How to fix it, in general.
    pub fix_summary: String,
    /// The command, with its placeholders.
    pub fix_azure_cli: String,
    /// Control ids by framework.
    pub controls: BTreeMap<String, Vec<String>>,
    /// Public documentation.
    pub references: Vec<String>,
}

/// The body of one resource as it was read: keys sorted, secrets redacted, one property a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceFile {
    /// The file's text, ending in a newline.
    pub text: String,
    /// SHA-256 of the text, hex.
    pub sha256: String,
    /// Id of the resource.
    pub resource: String,
}

/// A file of infrastructure code as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceText {
    /// The file's text; lines and columns of locations count in it.
    pub text: Arc<str>,
}

/// One replacement in a source file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; an empty region is a place to insert at.
    pub at: Location,
    /// What stands there afterwards, any number of lines.
    pub text: String,
}
