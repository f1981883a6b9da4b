//! Machines with the marks of migrations on them.

#![allow(clippy::needless_pass_by_value, clippy::type_complexity, reason = "bodies are written in place")]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::origin::{Migration, Origin, Way};
use super::signal::Kind;
use super::source_types::{ARC_MACHINE, DISK, MACHINE, MIGRATION_ITEM, PROTECTED_ITEM, PUBLIC_ADDRESS};
use super::strength::Strength;
use super::wave::{self, Wave, server_name};
use crate::analysis::answer::Holds;
use crate::inventory::coverage::{Coverage, CoverageEntry, CoverageState};
use crate::inventory::id::ResourceId;
use crate::inventory::index::{BodyRef, Builder, Inventory};
use crate::inventory::reads::{Reads, table_read};

const GROUP: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg";

fn id(kind: &str, name: &str) -> String {
    let (namespace, types) = kind.split_once('/').unwrap();
    let names = std::iter::repeat_n("example", types.matches('/').count()).chain([name]);
    let pairs =
        types.split('/').zip(names).fold(String::new(), |path, (kind, name)| format!("{path}/{kind}/{name}"));
    format!("{GROUP}/providers/{namespace}{pairs}")
}

fn lifted() -> Value {
    json!({"id": id(MACHINE, "SRV01"), "properties": {
        "storageProfile": {"osDisk": {"createOption": "Attach", "managedDisk": {"id": id(DISK, "os")}}},
        "networkProfile": {"networkInterfaces": [{"id": id("Microsoft.Network/networkInterfaces", "nic")}]},
    }})
}

fn born() -> Value {
    json!({"id": id(MACHINE, "srv01"), "properties": {
        "osProfile": {"computerName": "web.kommune.local"},
        "securityProfile": {"securityType": "TrustedLaunch"},
        "storageProfile": {"imageReference": {"publisher": "Canonical"},
            "osDisk": {"createOption": "FromImage", "managedDisk": {"id": id(DISK, "os")}}},
    }})
}

fn disk(data: Value, tags: Value) -> Value {
    json!({"id": id(DISK, "os"), "tags": tags, "properties": {"creationData": data, "hyperVGeneration": "V2"}})
}

fn inventory(bodies: &[Value], unread: &[&str], waves: &[Wave]) -> Inventory {
    let mut wanted = Reads::default();
    super::reads(&mut wanted);
    wave::reads(waves, &mut wanted);
    let mut builder = Builder::new(&wanted);
    for body in bodies {
        builder.add(body.to_string().as_bytes(), BodyRef { file: 0, offset: 0, length: 0 }).unwrap();
    }
    let mut coverage = Coverage::default();
    coverage.add(CoverageEntry::new("/", table_read("resources"), CoverageState::Complete));
    for kind in [MIGRATION_ITEM, PROTECTED_ITEM] {
        coverage.add(CoverageEntry::new("/", kind, CoverageState::Complete));
    }
    for kind in unread {
        coverage.add(CoverageEntry::new("/", *kind, CoverageState::Denied));
    }
    builder.finish(coverage, &[])
}

fn origin(bodies: &[Value]) -> Origin {
    Migration::read(&inventory(bodies, &[], &[])).machines.remove(0)
}

fn kinds(origin: &Origin) -> Vec<Kind> {
    origin.signals.iter().map(|signal| signal.kind).collect()
}

#[test]
fn each_signal_is_seen_and_weighed() {
    let plain = || disk(json!({"createOption": "FromImage"}), Value::Null);
    let tag = json!({"AzHydration-ManagedDisk-CreatedBy": "azure site recovery"});
    let seed = format!("{GROUP}/providers/Microsoft.Compute/disks/ASRSeedDisk-srv-0a/bookmark/0b");
    let item = |state: &str, details: Value| json!({"id": id(MIGRATION_ITEM, "m"), "properties": {"migrationState": state, "providerSpecificDetails": details}});
    let recovery = |active: &str, details: Value| json!({"id": id(PROTECTED_ITEM, "p"), "properties": {"activeLocation": active, "providerSpecificDetails": details}});
    let by_name = json!({"targetVmName": "srv01", "targetResourceGroupId": GROUP.to_uppercase()});
    let by_disk = json!({"protectedDisks": [{"targetManagedDiskId": id(DISK, "OS")}]});
    let failed_over = json!({"instanceType": "InMageRcm", "targetVmName": "Srv01"});
    let moved = json!({"instanceType": "a2a", "recoveryFabricObjectId": id(MACHINE, "srv01")});
    let address = json!({"id": id(PUBLIC_ADDRESS, "pip"), "properties": {"migrationPhase": "Committed"}});
    let nic = json!({"id": id("Microsoft.Network/networkInterfaces", "nic"), "properties": {"ipConfigurations": [
        {"properties": {"publicIPAddress": {"id": id(PUBLIC_ADDRESS, "PIP")}}}]}});
    let arc = json!({"id": id(ARC_MACHINE, "srv01")});
    let cases: [(&str, Vec<Value>, Way, Option<Strength>, &[Kind]); 14] = [
        ("nothing", vec![born(), plain()], Way::Unclear, None, &[]),
        (
            "a tag",
            vec![born(), disk(json!({"createOption": "Restore"}), tag)],
            Way::Replication,
            Some(Strength::Strong),
            &[Kind::DiskTag],
        ),
        (
            "a seed disk",
            vec![born(), disk(json!({"createOption": "restore", "sourceResourceId": seed}), Value::Null)],
            Way::Replication,
            Some(Strength::Strong),
            &[Kind::DiskLineage],
        ),
        (
            "an item by name",
            vec![born(), plain(), item("MigrationSucceeded", by_name.clone())],
            Way::AzureMigrate,
            Some(Strength::Strong),
            &[Kind::MigrationItem],
        ),
        (
            "an item by disk",
            vec![born(), plain(), item("migrationpartiallysucceeded", by_disk)],
            Way::AzureMigrate,
            Some(Strength::Strong),
            &[Kind::MigrationItem],
        ),
        (
            "an item that still replicates",
            vec![born(), plain(), item("Replicating", by_name)],
            Way::Unclear,
            None,
            &[],
        ),
        (
            "failed over",
            vec![born(), plain(), recovery("Recovery", failed_over.clone())],
            Way::SiteRecovery,
            Some(Strength::Strong),
            &[Kind::RecoveryItem],
        ),
        ("not failed over", vec![born(), plain(), recovery("Primary", failed_over)], Way::Unclear, None, &[]),
        (
            "between regions",
            vec![born(), plain(), recovery("Recovery", moved)],
            Way::RegionMove,
            Some(Strength::Strong),
            &[Kind::RecoveryItem],
        ),
        ("shape alone", vec![lifted(), plain()], Way::FinishedDisk, Some(Strength::Weak), &[Kind::Shape]),
        (
            "shape and import",
            vec![lifted(), disk(json!({"createOption": "Import"}), Value::Null)],
            Way::DiskImport,
            Some(Strength::Medium),
            &[Kind::Shape, Kind::ImportedDisk],
        ),
        (
            "shape and Arc",
            vec![lifted(), plain(), arc],
            Way::FinishedDisk,
            Some(Strength::Medium),
            &[Kind::Shape, Kind::ArcTwin],
        ),
        (
            "shape and a classic address",
            vec![lifted(), plain(), nic, address],
            Way::Classic,
            Some(Strength::Medium),
            &[Kind::Shape, Kind::ClassicAddress],
        ),
        (
            "a licence",
            vec![
                {
                    let mut body = born();
                    body["properties"]["licenseType"] = json!("windows_server");
                    body
                },
                plain(),
            ],
            Way::Unclear,
            Some(Strength::Weak),
            &[Kind::Licence],
        ),
    ];
    for (name, bodies, way, strength, expected) in cases {
        let origin = origin(&bodies);
        assert_eq!((origin.way, origin.strength()), (way, strength), "{name}: {:?}", origin.signals);
        assert_eq!(kinds(&origin), expected, "{name}");
    }
}

#[test]
fn what_was_not_read_leaves_open_what_it_could_have_said() {
    // Without a vault there could be no item.
    let vault = json!({"id": id("Microsoft.RecoveryServices/vaults", "rsv")});
    let machines = [born(), disk(json!({"createOption": "FromImage"}), Value::Null), vault];
    let least = |bodies: &[Value], unread: &[&str], least: Strength| {
        Migration::read(&inventory(bodies, unread, &[])).machines[0].at_least(least)
    };
    assert_eq!(least(&machines, &[], Strength::Weak), Holds::No);
    assert_eq!(least(&machines, &[MIGRATION_ITEM], Strength::Strong), Holds::Unknown);
    assert_eq!(least(&machines[..2], &[MIGRATION_ITEM], Strength::Strong), Holds::No);
    // One thing that says little could not have made it likely; with another that was seen, it could.
    assert_eq!(least(&machines, &[ARC_MACHINE], Strength::Medium), Holds::No);
    let shaped = [lifted(), disk(json!({"createOption": "Copy"}), Value::Null)];
    assert_eq!(least(&shaped, &[ARC_MACHINE], Strength::Medium), Holds::Unknown);
    assert_eq!(least(&machines[..1], &[DISK], Strength::Strong), Holds::Unknown);
    // What was seen is enough, whatever else was not.
    let tagged = disk(json!({}), json!({"AzHydration-ManagedDisk-CreatedBy": "Azure Site Recovery"}));
    let unread = [MIGRATION_ITEM, PROTECTED_ITEM, ARC_MACHINE];
    assert_eq!(least(&[born(), tagged], &unread, Strength::Strong), Holds::Yes);
    let slim = json!({"id": id(MACHINE, "slim"), "location": "westeurope"});
    assert_eq!(least(&[slim], &[], Strength::Medium), Holds::Unknown);
}

#[test]
fn a_machine_belongs_to_the_waves_that_name_it() {
    let mut body = born();
    body["tags"] = json!({"Department": "Social"});
    let wave = |name: &str| Wave { name: name.into(), ..Wave::default() };
    let waves = [
        Wave { tags: vec![("department".into(), "SOCIAL".into())], ..wave("tag") },
        Wave { tags: vec![("department".into(), "school".into())], ..wave("other tag") },
        Wave { resource_groups: vec!["RG".into()], ..wave("group") },
        Wave { resource_groups: vec!["r*".into()], ..wave("start") },
        Wave { resource_groups: vec!["r".into(), "*g".into()], ..wave("no group") },
        Wave { subscriptions: vec!["00000000-0000-0000-0000-000000000000".into()], ..wave("subscription") },
        Wave { servers: ["srv01".into()].into(), ..wave("name") },
        Wave { servers: ["web".into()].into(), ..wave("computer name") },
        Wave { servers: ["srv02".into()].into(), ..wave("other name") },
    ];
    let inventory = inventory(&[body], &[], &waves);
    let machine = inventory.of_type(MACHINE)[0];
    let held: Vec<&str> =
        waves.iter().filter(|wave| wave.holds(&inventory, machine)).map(|wave| wave.name.as_str()).collect();
    assert_eq!(held, ["tag", "group", "start", "subscription", "name", "computer name"]);
    assert_eq!(server_name(" SRV01.kommune.local "), "srv01");
}

proptest! {
    #[test]
    fn more_signals_never_say_less(seen in proptest::collection::vec(0..4_usize, 0..5), more in 0..4_usize) {
        let kinds = [Kind::DiskTag, Kind::Shape, Kind::ArcTwin, Kind::Licence];
        let with = |seen: &[usize]| {
            let inventory = inventory(&[born()], &[], &[]);
            let machine = inventory.of_type(MACHINE)[0];
            let signal = |at: &usize| super::signal::Signal { kind: kinds[*at], at: machine, path: String::new(), says: String::new() };
            Origin { machine, way: Way::Unclear, signals: seen.iter().map(signal).collect(), unseen: Vec::new() }.strength()
        };
        let after: Vec<usize> = seen.iter().copied().chain([more]).collect();
        prop_assert!(with(&after) >= with(&seen));
    }

    #[test]
    fn any_text_in_a_body_is_answered(text in "\\PC{0,40}") {
        let mut body = lifted();
        body["properties"]["storageProfile"]["osDisk"]["managedDisk"]["id"] = json!(text);
        body["properties"]["storageProfile"]["imageReference"] = json!(text);
        body["properties"]["licenseType"] = json!([text]);
        let odd = disk(json!({"createOption": "Restore", "sourceResourceId": text}), json!({"AzHydration-ManagedDisk-CreatedBy": text}));
        prop_assert_eq!(Migration::read(&inventory(&[body, odd], &[], &[])).machines.len(), 1);
    }
}

#[test]
fn ids_are_ids() {
    assert!(ResourceId::parse(&id(MIGRATION_ITEM, "m")).unwrap().resource_type().unwrap() == MIGRATION_ITEM);
}
