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
use skytjek::rule::profile::Choice;
use skytjek::scan::{Options, scan};
use skytjek::source::code::open::CodeOptions;
use skytjek::source::opened::Source;

#[path = "../fixtures/generate/municipality/main.rs"]
mod generator;

const TENANT: &str = "fixtures/municipality";

/// Why a rule can't fail in this tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NeverFails {
    /// Azure has retired what it looks at.
    Retired,
    /// Azure's answers don't carry what it looks at; templates and Terraform do.
    CodeOnly,
    /// What it looks at would have to be read with more than read permissions.
    NeverRead,
    /// A tenant has one of it, and here it is as it should be.
    OnceAndSound,
    /// It would need a service or network of its own that no story here asks for.
    NoStory,
}

/// Rules without a finding. A new rule has to fail somewhere, or be put here with a reason.
const NEVER_FAILS: [(&str, NeverFails); 26] = [
    ("app-insights-connected", NeverFails::NeverRead),
    ("app-secrets-in-settings", NeverFails::CodeOnly),
    ("avd-conditional-access-mfa-missing", NeverFails::OnceAndSound),
    ("bastion-missing", NeverFails::NoStory),
    ("databricks-subnet-nsg", NeverFails::NoStory),
    ("datalake-gen1-encryption-and-logs", NeverFails::Retired),
    ("entra-ca-legacy-auth-not-blocked", NeverFails::OnceAndSound),
    ("entra-ca-mfa-admin-portals-missing", NeverFails::OnceAndSound),
    ("entra-ca-mfa-all-users-missing", NeverFails::OnceAndSound),
    ("entra-ca-mfa-azure-management-missing", NeverFails::OnceAndSound),
    ("entra-diagnostic-setting-missing", NeverFails::OnceAndSound),
    ("entra-security-baseline-missing", NeverFails::OnceAndSound),
    ("function-http-trigger-auth-level", NeverFails::NeverRead),
    ("function-runtime-version-4", NeverFails::NeverRead),
    ("iac-secure-parameter-default", NeverFails::CodeOnly),
    ("identity-privileged-on-internet-exposed-compute", NeverFails::NoStory),
    ("ml-hbi-mark-missing", NeverFails::NoStory),
    ("migrated-vm-identity-or-dns-stale", NeverFails::NoStory),
    ("springapps-hardening", NeverFails::Retired),
    // The plan for SQL is bought wherever the service is used.
    ("sqlmi-defender-and-va", NeverFails::NoStory),
    ("storage-classic-account", NeverFails::Retired),
    ("synapse-defender-enabled", NeverFails::NoStory),
    ("synapse-no-inline-admin-password", NeverFails::CodeOnly),
    ("vm-classic-deployment", NeverFails::Retired),
    ("vmss-unmanaged-disk", NeverFails::Retired),
    ("vpn-shared-key-inline", NeverFails::CodeOnly),
];

/// Types of which a tenant has one object, so that a rule can't both fail and pass.
const ONE_PER_TENANT: [&str; 5] = [
    "Microsoft.AAD/domainServices",
    "Microsoft.Graph/authenticationMethodsPolicy",
    "Microsoft.Graph/authorizationPolicy",
    "Microsoft.Graph/deviceRegistrationPolicy",
    "Microsoft.Graph/organization",
];

/// Rules that never pass although there are several of their kind. Most look at servers that are open to the
/// Internet, and all others of the kind are closed, which makes the rule not applicable.
const NEVER_PASSES: [&str; 20] = [
    "citus-firewall-any-ip",
    "containerapp-external-ingress",
    "datalake-gen1-encryption-and-logs",
    "db-single-defender-and-entra",
    "db-single-firewall-any-ip",
    "db-single-private-endpoint-or-vnet",
    "entra-sp-dangerous-graph-permission",
    "frontdoor-classic-waf-missing",
    "iac-secure-parameter-default",
    "mongocluster-network-and-auth",
    "namespace-network-rules-deny",
    "pgflex-scram-passwords",
    "rbac-lock-administrator-role-missing",
    "keyvault-access-policy-escalation-by-contributor",
    "rbac-vm-login-user-without-mfa",
    "resource-mover-identity-leftover",
    "springapps-hardening",
    "storage-classic-account",
    "synapse-firewall-any-ip",
    "vm-classic-deployment",
];

/// The shipped rules of a choice.
fn pack(choice: &Choice) -> Pack {
    let mut pack = Pack::shipped().unwrap();
    pack.retain(|rule| choice.covers(rule));
    pack
}

/// What all shipped rules say, strict ones included.
fn report(all_verdicts: bool) -> Report {
    report_of(&Choice::Strict, all_verdicts)
}

fn report_of(choice: &Choice, all_verdicts: bool) -> Report {
    let source = Source::open(&[TENANT.into()], None, &CodeOptions::default()).unwrap();
    let options = Options { all_verdicts, ..Options::default() };
    scan(&source, &pack(choice), &options).unwrap()
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
}

#[test]
fn the_default_profile_finds_what_was_planted_for_its_rules() {
    let baseline = pack(&Choice::Baseline);
    let own: BTreeSet<&str> = baseline.rules().iter().map(|rule| rule.id.as_str()).collect();
    let of_own = |rows: BTreeSet<[String; 3]>| -> BTreeSet<[String; 3]> {
        rows.into_iter().filter(|row| own.contains(row[0].as_str())).collect()
    };
    let report = report_of(&Choice::Baseline, false);
    assert_same(&of_own(listed("planted.csv")), &found(&report, Verdict::Fail));
    assert_same(&of_own(listed("unknown.csv")), &found(&report, Verdict::Unknown));
}

#[test]
fn only_three_reads_were_refused_and_each_says_why() {
    let gaps: Vec<String> = report(false)
        .coverage
        .iter()
        .filter(|row| !row.state.is_whole())
        .map(|row| {
            let code = row.code.as_deref().unwrap_or_default();
            format!("{} {code} {}", row.read, row.scope.rsplit('/').next().unwrap_or_default())
        })
        .collect();
    insta::assert_snapshot!("reads_that_were_refused", gaps.join("\n"));
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
fn every_rule_fires_and_passes_or_is_said_not_to() {
    let report = report(true);
    let with = |verdict: Verdict| -> BTreeSet<&str> {
        let rows = report.results.iter().filter(|row| row.verdict == verdict);
        rows.map(|row| row.rule.as_str()).collect()
    };
    let (failing, passing) = (with(Verdict::Fail), with(Verdict::Pass));
    let pack = Pack::shipped().unwrap();
    let mut wrong = Vec::new();
    for rule in pack.rules() {
        let id = rule.id.as_str();
        let reason = NEVER_FAILS.iter().find(|(known, _)| *known == id).map(|(_, reason)| *reason);
        match (failing.contains(id), reason) {
            (false, None) => wrong.push(format!("{id} never fails: plant it, or say why not")),
            (true, Some(reason)) => wrong.push(format!("{id} fails, and is listed as {reason:?}")),
            _ => {}
        }
        let alone = rule.resource_types.iter().all(|kind| ONE_PER_TENANT.contains(&kind.as_str()));
        // What is never read can't pass either.
        let unseen = reason == Some(NeverFails::NeverRead) || reason == Some(NeverFails::CodeOnly);
        match (passing.contains(id), NEVER_PASSES.contains(&id)) {
            (false, false) if !alone && !unseen => wrong.push(format!("{id} never passes")),
            (true, true) => wrong.push(format!("{id} passes, and is listed as never passing")),
            _ => {}
        }
    }
    let shipped: BTreeSet<&str> = pack.rules().iter().map(|rule| rule.id.as_str()).collect();
    let listed = NEVER_FAILS.iter().map(|(id, _)| *id).chain(NEVER_PASSES);
    wrong.extend(listed.filter(|id| !shipped.contains(id)).map(|id| format!("{id} is no rule")));
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_domain_and_every_service_has_a_finding() {
    let report = report(false);
    let failing: BTreeSet<&str> = report
        .results
        .iter()
        .filter(|row| row.verdict == Verdict::Fail)
        .map(|row| row.rule.as_str())
        .collect();
    let service = |kind: &str| kind.split('/').next().unwrap_or_default().to_ascii_lowercase();
    let there: BTreeSet<String> =
        bodies().iter().map(|body| service(body["type"].as_str().unwrap_or_default())).collect();
    let (mut domains, mut services) = (BTreeMap::new(), BTreeMap::new());
    for rule in Pack::shipped().unwrap().rules() {
        let fails = failing.contains(rule.id.as_str());
        *domains.entry(rule.domain.clone()).or_insert(false) |= fails;
        for kind in rule.resource_types.iter().map(|kind| service(kind)).filter(|kind| there.contains(kind)) {
            *services.entry(kind).or_insert(false) |= fails;
        }
    }
    for (name, fails) in domains.into_iter().chain(services) {
        assert!(fails, "nothing is wrong with {name}");
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
    let elsewhere = |id: &str| {
        ["/pls-affald", "/vnet-leverandoer", "/log-foer-flytningen", "/kasse-gl", "/apim-laeringspilot/apis"]
            .iter()
            .any(|end| id.ends_with(end))
            || id.contains("/disks/asrseeddisk-")
    };
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
