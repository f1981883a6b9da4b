//! The first promise, call by call: whatever fails, what is missing is marked as unread.

use std::collections::BTreeSet;

use skytjek::inventory::coverage::Coverage;
use skytjek::inventory::id::ResourceId;
use skytjek::inventory::reads::{RESOURCES, Reads, Supply, part_read, supply, table_read};
use skytjek::source::recording::{Record, Recording};

use crate::azure::Fault;
use crate::azure::Tenant;
use crate::setting::*;
use crate::wide::{town, town_reads};

/// Whether a reader of the recording learns that `kind` at `id` was not, or not wholly, read.
fn is_marked(coverage: &Coverage, id: &ResourceId, kind: &str) -> bool {
    let unread = |read: &str| match (id.subscription(), supply(kind)) {
        // Of a group that nobody knows to hold a role, nothing is claimed.
        (_, Supply::GraphChild) => coverage.at(id, read).is_none_or(|entry| !entry.state.is_whole()),
        // What stands above the subscriptions comes with their reads.
        (None, supply) if supply != Supply::Graph => {
            coverage.of_read(read).any(|entry| !entry.state.is_whole())
        }
        _ => coverage.at(id, read).is_some_and(|entry| !entry.state.is_whole()),
    };
    let table = match supply(kind) {
        Supply::Table(table) => Some(table),
        Supply::Row | Supply::Nested(_) => Some(RESOURCES),
        _ => None,
    };
    let part = part_read(kind, "properties.signInActivity");
    unread(kind) || part.is_some_and(unread) || table.is_some_and(|table| unread(&table_read(table)))
}

/// The entries that say that something was not read.
fn marks(recording: &Recording) -> String {
    let unread = recording.coverage.iter().filter(|entry| !entry.state.is_whole());
    unread.map(|entry| format!("{}: {}\n", entry.scope, entry.reason())).collect()
}

/// Each record of `whole` is in `found` with the same body, or its absence is marked.
pub fn check(whole: &Recording, found: &Recording, what: &str) {
    let coverage = coverage(found);
    let records = |recording: &Recording| -> Vec<Record> {
        let all = [&recording.resources, &recording.graph, &recording.vault];
        all.into_iter().flatten().cloned().collect()
    };
    let have = records(found);
    for record in records(whole) {
        if have.contains(&record) {
            continue;
        }
        let id = ResourceId::parse(&record.id).unwrap();
        let kind = id.resource_type().unwrap();
        assert!(
            is_marked(&coverage, &id, &kind),
            "{what}: {id} is missing or changed without a mark\n{}",
            marks(found)
        );
    }
    for record in have {
        let known = records(whole).iter().any(|other| other.id == record.id);
        assert!(known, "{what}: {} comes from nowhere", record.id);
    }
}

type MakeFault = fn(Fault) -> Fault;

const FAULTS: [(&str, MakeFault); 14] = [
    ("401", |on| on.status(401)),
    ("403", |on| on.denied("Microsoft.X/y/read")),
    ("404 of a proxy", |on| on.body(404, &serde_json::json!("gone"))),
    ("unknown type", |on| on.body(404, &serde_json::json!({"error": {"code": "InvalidResourceType"}}))),
    ("429", |on| on.status(429).retry_after(3600)),
    ("500", |on| on.status(500)),
    ("reset", |on| on.reset()),
    ("cut", |on| on.cut_body()),
    ("malformed", |on| on.malformed()),
    ("html", |on| on.html()),
    ("empty object", |on| on.body(200, &serde_json::json!({}))),
    ("empty answer", |on| on.change(|_, reply| reply.body.clear())),
    ("looping", |on| on.looping()),
    ("redirect", |on| on.status(302).header("location", "https://evil.example.net/")),
];

/// Each call of a whole scan to a host, each with every fault.
async fn whatever_fails_at(host: &str, count: usize) {
    fails_at(&school(), &everything(), &FAULTS, host, count).await;
}

async fn fails_at(tenant: &Tenant, reads: &Reads, faults: &[(&str, MakeFault)], host: &str, count: usize) {
    let azure = tenant.serve().start();
    let whole = scan(&azure, reads).await;
    // A query is told from another by its body.
    let calls: BTreeSet<(String, String, String)> = azure
        .calls()
        .0
        .iter()
        .filter(|call| call.authorized && call.host == host)
        .map(|call| (call.method.clone(), call.path.clone(), call.body.clone()))
        .collect();
    assert_eq!(calls.len(), count, "{calls:#?}");
    for (method, path, body) in calls {
        for (name, fault) in faults {
            azure.clear_faults();
            let what = format!("{name} on {method} {host}{path} {body}");
            let (host, method, path, body) = (host.to_owned(), method.clone(), path.clone(), body.clone());
            azure.add_fault(fault(Fault::when(move |request| {
                request.host == host
                    && request.method == method
                    && request.decoded_path() == path
                    && request.body == body.as_bytes()
            })));
            match try_scan(&azure, reads).await {
                Ok(recording) => check(&whole, &recording, &what),
                Err(error) => assert!(what.contains("/subscriptions"), "{what}: {error}"),
            }
        }
    }
}

/// What a tenant has beside plain resources, with the faults that each differ in what becomes of them.
async fn whatever_fails_in_a_town(host: &str, count: usize) {
    let kinds = ["403", "404 of a proxy", "429", "empty object"];
    let faults: Vec<_> = FAULTS.into_iter().filter(|(name, _)| kinds.contains(name)).collect();
    fails_at(&town(), &town_reads(), &faults, host, count).await;
}

#[tokio::test]
async fn whatever_fails_around_the_resources_of_a_town_is_marked() {
    whatever_fails_in_a_town("management.azure.com", 46).await;
}

#[tokio::test]
async fn whatever_fails_in_the_directory_of_a_town_is_marked() {
    whatever_fails_in_a_town("graph.microsoft.com", 49).await;
}

#[tokio::test]
async fn whatever_fails_at_resource_manager_is_marked() {
    whatever_fails_at("management.azure.com", 14).await;
}

#[tokio::test]
async fn whatever_fails_at_a_vault_is_marked() {
    whatever_fails_at("kv-school.vault.azure.net", 6).await;
}

#[tokio::test]
async fn whatever_fails_at_microsoft_graph_is_marked() {
    whatever_fails_at("graph.microsoft.com", 2).await;
}

/// Small pages, and a failure from some call on: pages that came before stay, the rest is marked.
#[tokio::test]
async fn whatever_fails_half_way_is_marked() {
    let azure = school().serve().page(1).rows(2).start();
    let whole = scan(&azure, &everything()).await;
    let calls = azure.calls().len();
    let lasting = ["403", "429", "html", "empty object"];
    for (name, fault) in FAULTS.into_iter().filter(|(name, _)| lasting.contains(name)) {
        for skip in (0..calls).step_by(2) {
            for times in [1, usize::MAX] {
                azure.clear_faults();
                let on = Fault::when(|request| !request.host.starts_with("login."));
                azure.add_fault(fault(on).after(skip).times(times));
                let what = format!("{name} from call {skip} on, {times} times");
                match try_scan(&azure, &everything()).await {
                    Ok(recording) => check(&whole, &recording, &what),
                    Err(error) => assert!(skip < 4, "{what}: {error}"),
                }
            }
        }
    }
}

/// Faults that pass leave no trace.
#[tokio::test]
async fn what_passes_leaves_no_trace() {
    let azure = school().serve().start();
    let whole = format!("{:?}", scan(&azure, &everything()).await);
    let passing = ["401", "500", "reset", "cut"];
    for (name, fault) in FAULTS.into_iter().filter(|(name, _)| passing.contains(name)) {
        for skip in 0..30 {
            azure.clear_faults();
            // A refused secret is no passing failure.
            let on = Fault::when(|request| !request.host.starts_with("login."));
            azure.add_fault(fault(on).after(skip).times(1));
            let recording = scan(&azure, &everything()).await;
            assert_eq!(format!("{recording:?}"), whole, "{name} on call {skip}");
        }
    }
}
