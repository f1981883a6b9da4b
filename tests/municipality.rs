//! The example tenant: the committed files are what the generator makes, and a scan finds exactly what was
//! planted.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;
use skytjek::finding::report::Report;
use skytjek::finding::verdict::Verdict;
use skytjek::inventory::id::ResourceId;
use skytjek::output::json;
use skytjek::output::table::{Look, render};
use skytjek::rule::pack::Pack;
use skytjek::scan::{Options, Source, scan};

#[path = "../fixtures/generate/municipality/main.rs"]
mod generator;

const TENANT: &str = "fixtures/municipality";

/// Types of which a tenant has one object, so that a rule can't both fail and pass.
const ONE_PER_TENANT: [&str; 1] = ["Microsoft.Graph/authorizationPolicy"];

fn report(all_verdicts: bool) -> Report {
    let source = Source::open(Path::new(TENANT), None).unwrap();
    let options = Options { all_verdicts, ..Options::default() };
    scan(&source, &Pack::shipped().unwrap(), &options).unwrap()
}

/// The rows of a list, without their explanation: rule, resource, sub key.
fn listed(name: &str) -> BTreeSet<[String; 3]> {
    let mut reader = csv::Reader::from_path(Path::new(TENANT).join(name)).unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.unwrap()).collect();
    let keys: BTreeSet<[String; 3]> =
        rows.iter().map(|row| [row[0].to_owned(), row[1].to_owned(), row[2].to_owned()]).collect();
    assert_eq!(keys.len(), rows.len(), "{name} lists something twice");
    assert!(rows.iter().all(|row| !row[3].is_empty()), "{name} doesn't say why");
    keys
}

fn found(report: &Report, verdict: Verdict) -> BTreeSet<[String; 3]> {
    report
        .results
        .iter()
        .filter(|row| row.verdict == verdict)
        .map(|row| [row.rule.clone(), row.resource.id.clone(), row.sub_key.clone()])
        .collect()
}

fn assert_same(planted: &BTreeSet<[String; 3]>, found: &BTreeSet<[String; 3]>) {
    let missing: Vec<_> = planted.difference(found).collect();
    let surprises: Vec<_> = found.difference(planted).collect();
    assert!(
        missing.is_empty() && surprises.is_empty(),
        "planted and not found: {missing:#?}\nfound and not planted: {surprises:#?}"
    );
}

fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read(entry.path()).unwrap())
        })
        .collect()
}

/// All bodies of the snapshot.
fn bodies() -> Vec<Value> {
    ["resources.ndjson", "graph.ndjson", "vault.ndjson"]
        .iter()
        .flat_map(|name| {
            let text = fs::read_to_string(Path::new(TENANT).join(name)).unwrap();
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>()
        })
        .collect()
}

#[test]
fn the_committed_tenant_is_what_the_generator_makes() {
    let folder = tempfile::tempdir().unwrap();
    let made = folder.path().join("municipality");
    generator::write(&made).unwrap();
    let (made, committed) = (contents(&made), contents(Path::new(TENANT)));
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&made), names(&committed));
    for (name, bytes) in &made {
        assert!(
            bytes == &committed[name],
            "{name} differs; run `cargo run --example municipality` and look at what changed"
        );
    }
}

#[test]
fn a_scan_finds_what_was_planted_and_nothing_else() {
    let report = report(true);
    assert_same(&listed("planted.csv"), &found(&report, Verdict::Fail));
    assert_eq!(report.summary.exit_code, 1);
    assert!(report.coverage.iter().all(|row| row.state.is_whole()));
}

#[test]
fn what_can_not_be_decided_is_known_beforehand() {
    assert_same(&listed("unknown.csv"), &found(&report(false), Verdict::Unknown));
}

#[test]
fn what_is_clean_has_no_finding() {
    let report = report(true);
    let mut verdicts: BTreeMap<&str, Vec<Verdict>> = BTreeMap::new();
    for row in &report.results {
        verdicts.entry(row.resource.id.as_str()).or_default().push(row.verdict);
    }
    let mut reader = csv::Reader::from_path(Path::new(TENANT).join("clean.csv")).unwrap();
    let mut seen = 0;
    for row in reader.records().map(|row| row.unwrap()) {
        let of_resource = verdicts.get(&row[0]);
        let of_resource = of_resource.unwrap_or_else(|| panic!("no rule looks at {}", &row[0]));
        let sound = |verdict: &Verdict| matches!(verdict, Verdict::Pass | Verdict::NotApplicable);
        assert!(of_resource.iter().all(sound), "{} ({})", &row[0], &row[1]);
        seen += 1;
    }
    assert!(seen > 50, "only {seen}");
}

#[test]
fn every_rule_fires_and_passes() {
    let report = report(true);
    let with = |verdict: Verdict| -> BTreeSet<&str> {
        let rows = report.results.iter().filter(|row| row.verdict == verdict);
        rows.map(|row| row.rule.as_str()).collect()
    };
    let (failing, passing) = (with(Verdict::Fail), with(Verdict::Pass));
    let pack = Pack::shipped().unwrap();
    for rule in pack.rules() {
        let id = rule.id.as_str();
        assert!(failing.contains(id), "{id} never fails");
        let single = |kind: &String| ONE_PER_TENANT.contains(&kind.as_str());
        let alone = rule.resource_types.iter().all(single);
        assert!(passing.contains(id) || alone, "{id} never passes");
    }
}

#[test]
fn two_scans_are_the_same_bytes() {
    assert_eq!(json::render(&report(true)).unwrap(), json::render(&report(true)).unwrap());
}

#[test]
fn ids_are_unique_and_references_lead_somewhere() {
    let bodies = bodies();
    let mut ids = BTreeSet::new();
    for body in &bodies {
        let id = ResourceId::parse(body["id"].as_str().unwrap()).unwrap();
        assert!(ids.insert(id.folded()), "{id} is there twice");
    }
    let mut named = BTreeSet::new();
    bodies.iter().for_each(|body| names(body, &mut ids, &mut named));
    // Gone, somebody else's, or a plain name: seed disks of the migration, a supplier's own service.
    let elsewhere = |id: &str| id.contains("/disks/asrseeddisk-") || id.ends_with("/pls-affald");
    let dangling: Vec<&String> = named.iter().filter(|id| !ids.contains(*id) && !elsewhere(id)).collect();
    assert!(dangling.is_empty(), "{dangling:#?}");
}

/// Gathers the ids of nested elements, and those that a body refers to, folded.
fn names(value: &Value, ids: &mut BTreeSet<String>, named: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            let folded = text.to_ascii_lowercase();
            if folded.starts_with("/subscriptions/") {
                named.insert(folded);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| names(item, ids, named)),
        Value::Object(members) => {
            if let (Some(Value::String(id)), true) = (members.get("id"), members.contains_key("properties")) {
                ids.insert(id.to_ascii_lowercase());
            }
            members.values().for_each(|member| names(member, ids, named));
        }
        _ => {}
    }
}

#[test]
fn the_table_as_a_person_sees_it() {
    let look = Look { width: 80, color: false };
    let text = render(&report(false), look);
    let head: Vec<&str> = text.lines().take(60).collect();
    insta::assert_snapshot!("table_80_columns", head.join("\n"));
}
