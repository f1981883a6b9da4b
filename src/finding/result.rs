//! From a verdict to a row of the report: the resource's facts, the deciding property and its value, the
//! fix filled in.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use super::evidence::{REDACTED, is_secret_name, redact_text};
use super::fingerprint::fingerprint;
use super::report::{Fix, Location, ProofStep, ResourceFacts, ResultRow, RuleFacts};
use super::verdict::{Severity, Verdict};
use crate::inventory::id::ResourceId;
use crate::inventory::index::{BodyRef, Inventory, ResourceIndex};
use crate::inventory::path::segments;
use crate::inventory::reads::NESTED;
use crate::inventory::value::Value;
use crate::rule::evaluate::Outcome;
use crate::rule::model::Rule;

/// Gives the raw bytes of a body.
pub type ReadBody<'a> = dyn Fn(BodyRef) -> std::io::Result<Vec<u8>> + 'a;

/// The raw body of a resource; a nested child's is cut out of its parent's.
///
/// # Errors
/// When the recording can't be read any more.
pub fn body_of(inventory: &Inventory, at: ResourceIndex, read: &ReadBody<'_>) -> std::io::Result<Vec<u8>> {
    let resource = inventory.get(at);
    let body = read(resource.body)?;
    let Some((nested, index)) = resource.nested_at() else {
        return Ok(body);
    };
    let parent: serde_json::Value = serde_json::from_slice(&body).map_err(std::io::Error::other)?;
    let list = segments(NESTED[nested].1).into_iter().try_fold(&parent, |here, name| {
        here.as_object()?.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    });
    match list.and_then(|list| list.get(index)) {
        Some(child) => serde_json::to_vec(child).map_err(std::io::Error::other),
        None => Ok(body),
    }
}

/// What reports say of a resource.
pub fn resource_facts(inventory: &Inventory, at: ResourceIndex, body: &[u8]) -> ResourceFacts {
    let resource = inventory.get(at);
    // Where code goes is said when it is deployed.
    let deployed = Some(&resource.id).filter(|_| !inventory.is_code());
    ResourceFacts {
        id: inventory.address(at).to_owned(),
        kind: inventory.type_of(at).to_owned(),
        name: inventory.name(at).to_owned(),
        location: inventory.location_of(at).to_owned(),
        subscription: deployed.and_then(ResourceId::subscription).unwrap_or_default().to_owned(),
        resource_group: deployed.and_then(ResourceId::resource_group).unwrap_or_default().to_owned(),
        tags: tags(body),
    }
}

/// The tags of a body; a value that is no text is left out.
pub fn tags(body: &[u8]) -> BTreeMap<String, String> {
    #[derive(Deserialize)]
    struct Tagged {
        tags: Option<BTreeMap<String, serde_json::Value>>,
    }
    let tagged: Option<Tagged> = serde_json::from_slice(body).ok();
    let all = tagged.and_then(|tagged| tagged.tags).unwrap_or_default();
    all.into_iter().filter_map(|(name, value)| Some((name, value.as_str()?.to_owned()))).collect()
}

/// What all rows of one rule share.
#[derive(Clone, Debug)]
pub struct RuleShare {
    title: Arc<str>,
    controls: Arc<BTreeMap<String, Vec<String>>>,
    /// What the rule's fix sets, by property path.
    pub set: BTreeMap<String, serde_json::Value>,
}

impl RuleShare {
    /// Of a rule.
    pub fn of(rule: &Rule) -> Self {
        let set = rule
            .fix
            .set
            .iter()
            .filter_map(|(path, text)| Some((path.clone(), serde_json::from_str(text).ok()?)));
        Self { title: rule.title.as_str().into(), controls: Arc::new(controls(rule)), set: set.collect() }
    }
}

/// A row of the report.
pub fn row(
    rule: &Rule,
    share: &RuleShare,
    outcome: Outcome,
    resource: Arc<ResourceFacts>,
    inventory: &Inventory,
    location: Option<Location>,
) -> ResultRow {
    let Outcome { resource: at, verdict, sub_key, why, .. } = outcome;
    let id = inventory.address(at);
    let (message, reason) = match verdict {
        Verdict::Fail => (redact_text(&why.text).into_owned(), None),
        Verdict::Unknown => (format!("{} could not be decided: {}", resource.name, why.text), Some(why.text)),
        Verdict::Pass => (rule.title.clone(), None),
        Verdict::NotApplicable => ("The rule does not apply to this resource".to_owned(), None),
    };
    let fix = (verdict == Verdict::Fail).then(|| Fix {
        summary: rule.fix.summary.clone(),
        azure_cli: why.azure_cli,
        set: share.set.clone(),
    });
    let (path, value) = match &why.fact {
        Some(fact) => (fact.path.clone(), shown(&fact.path, &fact.value, inventory)),
        None => (String::new(), serde_json::Value::Null),
    };
    let path_resource = why
        .fact
        .as_ref()
        .filter(|fact| fact.resource != at)
        .map(|fact| inventory.address(fact.resource).to_owned());
    let proof = why
        .proof
        .into_iter()
        .map(|(resource, says)| ProofStep {
            resource: inventory.address(resource).to_owned(),
            says: redact_text(&says).into_owned(),
            location: None,
        })
        .collect();
    ResultRow {
        rule: rule.id.clone(),
        verdict,
        severity: severity(rule),
        title: Arc::clone(&share.title),
        message,
        fingerprint: fingerprint(&rule.id, id, &sub_key),
        resource,
        sub_key,
        path,
        path_resource,
        value,
        reason,
        location,
        proof,
        fix,
        controls: Arc::clone(&share.controls),
        baseline_state: None,
        suppression: None,
    }
}

/// A rule's severity. The rule's text was checked when it was loaded.
pub fn severity(rule: &Rule) -> Severity {
    rule.severity.parse().unwrap_or(Severity::Medium)
}

/// Control ids by framework.
fn controls(rule: &Rule) -> BTreeMap<String, Vec<String>> {
    let mut out = BTreeMap::<String, Vec<String>>::new();
    for control in &rule.controls {
        out.entry(control.framework.clone()).or_default().push(control.id.clone());
    }
    out
}

/// What outputs say of a rule.
pub fn rule_facts(rule: &Rule) -> RuleFacts {
    RuleFacts {
        id: rule.id.clone(),
        title: rule.title.clone(),
        domain: rule.domain.clone(),
        severity: severity(rule),
        resource_types: rule.resource_types.clone(),
        rationale: rule.rationale.clone(),
        fix_summary: rule.fix.summary.clone(),
        fix_azure_cli: rule.fix.azure_cli.to_string(),
        controls: controls(rule),
        references: rule.references.clone(),
    }
}

/// A value as JSON, without secrets.
fn shown(path: &str, value: &Value, inventory: &Inventory) -> serde_json::Value {
    let name = segments(path).into_iter().rfind(|segment| !segment.starts_with('[')).unwrap_or_default();
    if is_secret_name(name) && !matches!(value, Value::Null | Value::Bool(_)) {
        return REDACTED.into();
    }
    match value {
        Value::Null | Value::Unknown => serde_json::Value::Null,
        Value::Bool(value) => (*value).into(),
        #[allow(clippy::cast_possible_truncation)]
        Value::Number(number) if number.fract() == 0.0 && number.abs() < 9e15 => (*number as i64).into(),
        Value::Number(number) => (*number).into(),
        Value::String(text) => redact_text(text).into(),
        Value::Array(items) => items.iter().map(|item| shown(path, item, inventory)).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| {
                let name = inventory.keys.spelling(*key);
                (name.to_owned(), shown(name, value, inventory))
            })
            .collect(),
    }
}
