//! Who may do what in a tenant of 34,000 resources, users, groups and assignments: what each question that
//! `skytjek access` answers takes.
//!
//! ```sh
//! cargo bench --bench access
//! ```
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

use std::time::Instant;

use serde_json::{Value, json};
use skytjek::analysis::access::Access;
use skytjek::analysis::access::action::Action;
use skytjek::analysis::access::reads::reads;
use skytjek::inventory::coverage::{Coverage, CoverageEntry, CoverageState};
use skytjek::inventory::id::ResourceId;
use skytjek::inventory::index::{BodyRef, Builder, Inventory};
use skytjek::inventory::reads::Reads;

const SUBSCRIPTIONS: usize = 20;
const RESOURCE_GROUPS: usize = 400;
const MACHINES: usize = 12_000;
const VAULTS: usize = 2_000;
const IDENTITIES: usize = 2_000;
const USERS: usize = 5_000;
const GROUPS: usize = 1_000;
const MEMBERS: usize = 8;
const ASSIGNMENTS: usize = 4_000;

const ROLES: [&str; 5] = [
    "acdd72a7-3385-48ef-bd42-f606fba81ae7", // Reader
    "b24988ac-6180-42a0-ab88-20f7382dd24c", // Contributor
    "9980e02c-c2be-4d73-94e8-173b1dc7cf3c", // Virtual Machine Contributor
    "4633458b-17de-408a-b874-0445c86b69e6", // Key Vault Secrets User
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", // Owner
];

fn main() {
    let inventory = tenant();
    println!("{} resources, {ASSIGNMENTS} role assignments", inventory.len());
    let access = timed("read", |_| String::new(), || Access::read(&inventory));
    let secret = Action::named("Microsoft.KeyVault/vaults/secrets/getSecret/action");
    let grant = Action::named("Microsoft.Authorization/roleAssignments/write");
    let vault = ResourceId::parse(&at(28, "Microsoft.KeyVault/vaults", "v")).unwrap();
    let one = ResourceId::parse(&group(0)).unwrap();
    timed(
        "--what … --on a vault",
        |answers| count(*answers),
        || access.who(&inventory, &secret, &vault).grants.len(),
    );
    timed(
        "--what … --on a group",
        |answers| count(*answers),
        || access.who(&inventory, &grant, &one).grants.len(),
    );
    timed("--who a user", |answers| count(*answers), || access.held_by("u-13").len());
    timed(
        "--who a user --what …",
        |answers| count(*answers),
        || access.everywhere(&inventory, "u-13", &secret).grants.len(),
    );
    timed("--paths", |answers| count(*answers), || access.paths(&inventory, &|_| None).len());
}

fn count(answers: usize) -> String {
    format!("; {answers} answers")
}

fn timed<T>(what: &str, found: impl FnOnce(&T) -> String, work: impl FnOnce() -> T) -> T {
    let (start, cpu) = (Instant::now(), on_cpu());
    let result = work();
    let (cpu, clock) = (on_cpu() - cpu, start.elapsed().as_secs_f64());
    println!("{what:<28} {cpu:.3} s on one core, {clock:.3} s by the clock{}", found(&result));
    result
}

/// Seconds that the program has had a core; 0 where the system doesn't tell.
fn on_cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let nanoseconds = text.split_whitespace().next().and_then(|number| number.parse::<u64>().ok());
    nanoseconds.unwrap_or(0) as f64 / 1e9
}

fn subscription(index: usize) -> String {
    format!("/subscriptions/00000000-0000-0000-0000-{:012}", index % SUBSCRIPTIONS)
}

fn group(index: usize) -> String {
    let index = index % RESOURCE_GROUPS;
    format!("{}/resourceGroups/rg-{index}", subscription(index))
}

fn at(index: usize, kind: &str, name: &str) -> String {
    format!("{}/providers/{kind}/{name}-{index}", group(index))
}

fn tenant() -> Inventory {
    let mut wanted = Reads::default();
    reads(&mut wanted);
    let mut builder = Builder::new(&wanted);
    let mut add = |id: String, mut body: Value| {
        body["id"] = id.into();
        builder.add(body.to_string().as_bytes(), BodyRef { file: 0, offset: 0, length: 0 }).unwrap();
    };
    for index in 0..SUBSCRIPTIONS {
        add(subscription(index), json!({"properties": {"managementGroupAncestorsChain": [{"name": "top"}]}}));
    }
    for index in 0..MACHINES {
        let own = at(index, "Microsoft.ManagedIdentity/userAssignedIdentities", "id");
        let mut identity = json!({"type": "SystemAssigned", "principalId": format!("vm-{index}")});
        if index < IDENTITIES {
            identity["type"] = "SystemAssigned, UserAssigned".into();
            identity["userAssignedIdentities"] = json!({own: {"principalId": format!("id-{index}")}});
        }
        add(
            at(index, "Microsoft.Compute/virtualMachines", "vm"),
            json!({"identity": identity, "properties": {}}),
        );
    }
    for index in 0..IDENTITIES {
        let id = at(index, "Microsoft.ManagedIdentity/userAssignedIdentities", "id");
        add(id, json!({"properties": {"principalId": format!("id-{index}")}}));
    }
    for index in 0..VAULTS {
        let policies: Vec<Value> = (0..3)
            .map(|turn| json!({"objectId": format!("vm-{}", index * 5 + turn), "permissions": {"secrets": ["get", "list"]}}))
            .collect();
        let properties = json!({"enableRbacAuthorization": index % 3 != 0, "accessPolicies": policies});
        add(at(index, "Microsoft.KeyVault/vaults", "v"), json!({"properties": properties}));
    }
    for index in 0..USERS {
        let id = format!("u-{index}");
        let properties = json!({"id": id, "displayName": id, "userType": "Member", "accountEnabled": true});
        add(format!("/providers/Microsoft.Graph/user/u-{index}"), json!({"properties": properties}));
    }
    for index in 0..GROUPS {
        let own = format!("/providers/Microsoft.Graph/group/g-{index}");
        add(own.clone(), json!({"properties": {"id": format!("g-{index}")}}));
        for turn in 0..MEMBERS {
            let member = format!("u-{}", (index * MEMBERS + turn) % USERS);
            add(format!("{own}/members/{member}"), json!({"properties": {"id": member}}));
        }
    }
    for index in 0..ASSIGNMENTS {
        let (principal, kind) = match index % 4 {
            0 => (format!("g-{}", index % GROUPS), "Group"),
            1 => (format!("u-{}", index % USERS), "User"),
            2 => (format!("id-{}", index % IDENTITIES), "ServicePrincipal"),
            _ => (format!("vm-{}", index % MACHINES), "ServicePrincipal"),
        };
        // Many roles at groups, few at subscriptions, an owner here and there.
        let scope = match index % 10 {
            0 => subscription(index / 10),
            1..=6 => group(index),
            _ => at(index % VAULTS, "Microsoft.KeyVault/vaults", "v"),
        };
        let role = if index % 50 == 0 { ROLES[4] } else { ROLES[(index / 4) % 4] };
        add(
            format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{index}"),
            json!({"properties": {"principalId": principal, "principalType": kind, "scope": scope,
                "roleDefinitionId": format!("/providers/Microsoft.Authorization/roleDefinitions/{role}")}}),
        );
    }
    let mut coverage = Coverage::default();
    for read in wanted.iter() {
        coverage.add(CoverageEntry::new("/", read.name.clone(), CoverageState::Complete));
    }
    builder.finish(coverage, &[])
}
