//! Tables of cases: properties, and whom the service answers then.

mod algebra;
mod apps;
mod databases;
mod perimeters;
mod platform;
mod stores;
mod unread;

use serde_json::{Value as Json, json};

use super::answer::Service;
use super::reads::reads;
use super::services;
use crate::analysis::exposure::reads::reads as interface_reads;
use crate::analysis::exposure::service_tag::ServiceTags;
use crate::inventory::coverage::{Coverage, CoverageEntry, CoverageState};
use crate::inventory::index::{BodyRef, Builder, Inventory};
use crate::inventory::reads::{RESOURCES, Reads, Supply, supply, table_read};

const SUBSCRIPTION: &str = "/subscriptions/s";
const GROUP: &str = "/subscriptions/s/resourceGroups/g";
const EVERYONE: &str = "0.0.0.0/0 ::/0";

/// The id of a resource: `id("Microsoft.Sql/servers/firewallRules", "a/office")`.
fn id(kind: &str, name: &str) -> String {
    let mut parts = kind.split('/');
    let mut out = format!("{GROUP}/providers/{}", parts.next().unwrap());
    for (part, name) in parts.zip(name.split('/')) {
        out.push_str(&format!("/{part}/{name}"));
    }
    out
}

/// A resource with this body.
fn resource(kind: &str, name: &str, body: Json) -> Json {
    let mut body = body;
    body["id"] = json!(id(kind, name));
    body["type"] = json!(kind);
    body["name"] = json!(name);
    body
}

/// A resource with these properties.
#[allow(clippy::needless_pass_by_value, reason = "a case is written in place")]
fn with_properties(kind: &str, name: &str, properties: Json) -> Json {
    resource(kind, name, json!({ "properties": properties }))
}

/// A scan in which all was read but `unread`.
fn inventory(bodies: &[Json], unread: &[&str]) -> Inventory {
    let mut wanted = Reads::default();
    reads(&mut wanted);
    interface_reads(&mut wanted);
    let mut builder = Builder::new(&wanted);
    for (at, body) in bodies.iter().enumerate() {
        let at = BodyRef { file: 0, offset: at as u64, length: 0 };
        builder.add(body.to_string().as_bytes(), at).unwrap();
    }
    let mut coverage = Coverage::default();
    let complete = CoverageState::Complete;
    coverage.add(CoverageEntry::new(SUBSCRIPTION, table_read(RESOURCES), complete));
    for wanted in wanted.iter().filter(|wanted| supply(&wanted.name) == Supply::Child) {
        coverage.add(CoverageEntry::new(SUBSCRIPTION, wanted.name.clone(), complete));
    }
    for read in unread {
        let mut entry = CoverageEntry::new(SUBSCRIPTION, *read, CoverageState::Denied);
        entry.status = Some(403);
        coverage.add(entry);
    }
    builder.finish(coverage, &[])
}

fn answers(bodies: &[Json], unread: &[&str]) -> Vec<Service> {
    services(&inventory(bodies, unread), &ServiceTags::default())
}

/// The answer for the endpoint whose id ends so.
fn answer(bodies: &[Json], unread: &[&str], id: &str) -> Service {
    let all = answers(bodies, unread);
    let ids: Vec<&str> = all.iter().map(|service| service.id.as_str()).collect();
    all.iter().find(|service| service.id == id).unwrap_or_else(|| panic!("no {id} in {ids:?}")).clone()
}

/// State, sources, and via with the resource's own id left out, as `state: sources | via`.
fn line(service: &Service) -> String {
    let own = service.id.split('#').next().unwrap_or_default();
    let via: Vec<&str> = service
        .via
        .iter()
        .map(|step| step.id.strip_prefix(own).unwrap_or_else(|| step.id.rsplit('/').next().unwrap()))
        .map(|text| text.strip_prefix("#properties.").unwrap_or(text))
        .collect();
    format!("{}: {} | {}", service.state.word(), service.prefixes().join(" "), via.join(" "))
}

/// Checks properties of one type against lines.
fn check(kind: &str, cases: &[(Json, &str)]) {
    for (properties, expected) in cases {
        let body = with_properties(kind, "x", properties.clone());
        let service = answer(&[body], &[], &id(kind, "x"));
        assert_eq!(line(&service), *expected, "{kind} {properties}: {:?}", service.reasons);
    }
}

/// Checks a resource `x` of a type with others beside it.
fn check_with(kind: &str, cases: &[(Json, Vec<Json>, &str)]) {
    for (properties, others, expected) in cases {
        let mut bodies = vec![with_properties(kind, "x", properties.clone())];
        bodies.extend(others.iter().cloned());
        let service = answer(&bodies, &[], &id(kind, "x"));
        assert_eq!(line(&service), *expected, "{kind} {properties}: {:?}", service.reasons);
    }
}

/// `state: EVERYONE | via`.
fn public(via: &str) -> String {
    format!("public: {EVERYONE} | {via}")
}
