//! The table against the facts that it was made from; skipped, loudly, where those aren't.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;

use super::super::table::{self, Kind, Row};

const FACTS: &str = "../shared/azure/azurerm-map.csv";

fn facts() -> Option<csv::Reader<std::fs::File>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FACTS);
    let reader = csv::Reader::from_path(&path);
    if reader.is_err() {
        let _ = writeln!(std::io::stderr(), "SKIPPED: there is no {}", path.display());
    }
    reader.ok()
}

fn from(row: &Row) -> String {
    row.from.iter().map(|step| step.name).collect::<Vec<_>>().join("/")
}

fn arguments(kind: &Kind) -> BTreeSet<String> {
    let rows = kind.rows.iter().chain(kind.children.iter().flat_map(|child| &child.rows));
    rows.map(from).chain(kind.listed.iter().map(|(attribute, _)| (*attribute).to_owned())).collect()
}

#[test]
fn the_table_reads() {
    let mut rows = 0;
    for name in table::names() {
        // Debug assertions fail on a line that is not understood.
        let kind = table::kind(name).unwrap();
        assert!(kind.arm.contains('/') || kind.arm == table::NOTHING, "{name}");
        rows += kind.rows.len() + kind.children.iter().map(|child| child.rows.len()).sum::<usize>();
        for (attribute, why) in &kind.listed {
            assert!(!why.is_empty(), "{name} {attribute}");
        }
    }
    assert!(rows > 1_000, "{rows}");
}

#[test]
fn every_mapped_attribute_is_used_or_listed() {
    let Some(mut facts) = facts() else { return };
    let mut lacking = Vec::new();
    for fact in facts.records() {
        let fact = fact.unwrap();
        let (name, attribute) = (&fact[0], &fact[2]);
        if name == "azuread_application_federated_identity_credential" {
            continue; // Microsoft Graph: not judged from code, and said so in the notes.
        }
        let Some(kind) = table::kind(name) else {
            lacking.push(name.to_owned());
            continue;
        };
        let known = arguments(kind);
        let used = ["name", "location"].contains(&attribute)
            || attribute.starts_with("identity")
            || known.contains(attribute)
            || known.iter().any(|own| own.starts_with(&format!("{attribute}/")))
            || known.iter().any(|own| attribute.starts_with(&format!("{own}/")))
            || matches!(&kind.stands, table::Stands::Below(parent) | table::Stands::Into(parent)
                if parent.arguments.iter().flatten().any(|own| *own == attribute));
        if !used {
            lacking.push(format!("{name} {attribute}"));
        }
    }
    assert!(lacking.is_empty(), "{lacking:#?}");
}

fn path(steps: &[table::Step]) -> String {
    steps.iter().map(|step| step.name).collect::<Vec<_>>().join(".").to_lowercase()
}

#[test]
fn paths_and_defaults_are_the_facts() {
    let Some(mut facts) = facts() else { return };
    let mut other = Vec::new();
    for fact in facts.records() {
        let fact = fact.unwrap();
        let (name, arm, attribute) = (&fact[0], &fact[1], &fact[2]);
        let wanted = fact[3].replace("[*]", "").replace(".*.", ".").to_lowercase();
        let Some(kind) = table::kind(name) else { continue };
        let mut rows: Vec<&Row> = Vec::new();
        if kind.arm.eq_ignore_ascii_case(arm) {
            rows.extend(&kind.rows);
        }
        for child in &kind.children {
            let types: Vec<_> = child.suffix.split('/').step_by(2).collect();
            if format!("{}/{}", kind.arm, types.join("/")).eq_ignore_ascii_case(arm) {
                rows.extend(&child.rows);
            }
        }
        let own: Vec<&&Row> = rows.iter().filter(|row| from(row) == attribute).collect();
        if own.is_empty() || own.iter().any(|row| row.how == table::How::Code) {
            continue;
        }
        let Some(row) =
            own.iter().find(|row| path(&row.to).starts_with(&wanted) || wanted.starts_with(&path(&row.to)))
        else {
            other.push(format!("{name} {attribute}: {wanted}, not {}", path(&own[0].to)));
            continue;
        };
        // Defaults of several majors in one fact: `v3=true`; the first column is for the others.
        for major in [2_u32, 3, 4, 5] {
            if !fact[8].contains(&major.to_string()) || fact[5] == *"-" && fact[7].is_empty() {
                continue;
            }
            let exception = fact[7].split(';').find_map(|one| one.strip_prefix(&format!("v{major}=")));
            let expected = exception.unwrap_or(&fact[5]);
            let known = row.majors & 1 << major != 0;
            let own = match &row.default {
                table::Absent::Value(value, others) if known => others
                    .iter()
                    .find(|(own, _)| *own == major)
                    .map_or(*value, |(_, value)| value)
                    .trim_matches('"'),
                _ => "-",
            };
            let own = if own == "null" { "-" } else { own };
            let expected = if expected.starts_with('[') { own } else { expected };
            // What nobody has looked up comes to unknown, whatever it is.
            if own != expected && own != "?" {
                other.push(format!("{name} {attribute} v{major}: {expected}, not {own}"));
            }
        }
    }
    assert!(other.is_empty(), "{other:#?}");
}
