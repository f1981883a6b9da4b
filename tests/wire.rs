//! The wire layer against the test Azure: each call, each way it can fail, and what is never sent.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod azure;

use std::sync::Arc;
use std::time::{Duration, Instant};

use azure::{Fault, SUBSCRIPTION, Tenant, TestAzure, arm_id};
use serde_json::json;
use skytjek::azure::credential::AuthMode;
use skytjek::azure::graph::{GraphRead, objects};
use skytjek::azure::keyvault::VaultNeeds;
use skytjek::azure::page::Listing;
use skytjek::azure::resource_graph;
use skytjek::azure::rest_error::{RestError, RestErrorKind};
use skytjek::azure::throttle::RetryPolicy;
use skytjek::azure::transport::TransportLimits;
use skytjek::azure::vault_item::VaultItems;
use skytjek::azure::{Azure, Connection};
use skytjek::config::Config;
use skytjek::inventory::coverage::CoverageState;

const STORAGE: &str = "Microsoft.Storage/storageAccounts";

fn connect(azure: &TestAzure) -> Azure {
    let connection = Connection {
        cloud: Config::load_cloud(&azure.cloud_file()).unwrap(),
        auth: AuthMode::Env,
        tenant: None,
        retry: RetryPolicy { first_wait: Duration::from_millis(10), ..RetryPolicy::default() },
        limits: TransportLimits::default(),
        concurrency: 4,
    };
    let environment = azure.env();
    let variable = move |name: &str| {
        environment.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
    };
    Azure::with_environment(&connection, Arc::new(variable)).unwrap()
}

fn accounts(count: usize) -> Tenant {
    Tenant::new().many(count, "rg", STORAGE, "st")
}

fn list_path() -> String {
    format!("/subscriptions/{SUBSCRIPTION}/providers/{STORAGE}?api-version=2024-01-01")
}

async fn list(azure: &TestAzure) -> Listing {
    connect(azure).resource_manager().list(&list_path()).await
}

fn vault_id() -> String {
    arm_id("rg", "Microsoft.KeyVault/vaults", "kv-school")
}

fn vault() -> Tenant {
    let item =
        |path: &str, properties| json!({"id": format!("{}/{path}", vault_id()), "properties": properties});
    Tenant::new()
        .resource(json!({"id": vault_id(), "properties": {"vaultUri": "https://kv-school.vault.azure.net/"}}))
        .vault_item(item("secrets/one", json!({"attributes": {"enabled": true}})))
        .vault_item(item("secrets/two", json!({"attributes": {"enabled": true, "exp": 1_800_000_000}})))
        .vault_item(item("secrets/three", json!({"attributes": {"enabled": false}})))
        .vault_item(item(
            "keys/disk",
            json!({"kty": "RSA", "keySize": 3072, "attributes": {"enabled": true}}),
        ))
        .vault_item(item("certificates/web", json!({"attributes": {"enabled": true}})))
}

async fn secrets(azure: &TestAzure) -> Listing {
    let vaults = connect(azure).vaults();
    let uri = "https://kv-school.vault.azure.net/";
    vaults.list(&vault_id(), uri, VaultItems::Secrets, VaultNeeds::default()).await
}

fn names(listing: &Listing) -> Vec<&str> {
    listing.items.iter().map(|item| item.id.rsplit('/').next().unwrap()).collect()
}

#[tokio::test]
async fn a_list_is_followed_to_its_end() {
    let azure = accounts(5).serve().page(2).start();
    let listing = list(&azure).await;
    assert_eq!((listing.items.len(), listing.pages, listing.shortfall), (5, 3, None));
    assert_eq!(azure.calls().of("POST", "oauth2").len(), 1);
}

/// What becomes of a list whose every answer is this fault: kind, state, and the number of calls.
#[tokio::test]
async fn each_failure_has_its_kind_and_is_repeated_only_where_that_helps() {
    use CoverageState::{Denied, Failed, NotRegistered, Throttled};
    let on = || Fault::on(STORAGE);
    let action = "Microsoft.Storage/storageAccounts/read";
    let cases = [
        (on().status(401), RestErrorKind::Denied, Denied, 2),
        (on().denied(action), RestErrorKind::Denied, Denied, 1),
        (on().status(404), RestErrorKind::NotFound, Failed, 1),
        (on().not_registered("Microsoft.Storage"), RestErrorKind::NotRegistered, NotRegistered, 1),
        (on().status(429).retry_after(3600), RestErrorKind::Throttled, Throttled, 1),
        (on().status(503).retry_after(3600), RestErrorKind::Throttled, Throttled, 1),
        (on().status(429), RestErrorKind::Throttled, Throttled, 5),
        (on().status(500), RestErrorKind::Http, Failed, 5),
        (on().reset(), RestErrorKind::Network, Failed, 5),
        (on().cut_body(), RestErrorKind::Network, Failed, 5),
        (on().malformed(), RestErrorKind::NotJson, Failed, 1),
        (on().html(), RestErrorKind::NotJson, Failed, 1),
        (on().looping(), RestErrorKind::Loop, Failed, 2),
    ];
    for (fault, kind, state, calls) in cases {
        let azure = accounts(3).serve().fault(fault).start();
        let begun = Instant::now();
        let listing = list(&azure).await;
        let error = listing.shortfall.expect("a failure");
        assert_eq!((error.kind, error.state()), (kind, state), "{error:?}");
        assert_eq!(azure.calls().of("GET", STORAGE).len(), calls, "{kind:?}");
        assert!(begun.elapsed() < Duration::from_secs(2), "{kind:?} took {:?}", begun.elapsed());
    }
}

#[tokio::test]
async fn what_passes_is_waited_for() {
    for fault in [
        Fault::on(STORAGE).status(401),
        Fault::on(STORAGE).revoke_token(),
        Fault::on(STORAGE).status(502),
        Fault::on(STORAGE).reset(),
        Fault::on(STORAGE).cut_body(),
        Fault::on("oauth2").status(503),
        Fault::on("oauth2").reset(),
        Fault::on(STORAGE).slow(Duration::from_millis(50)),
    ] {
        let azure = accounts(3).serve().page(2).fault(fault.times(1)).start();
        let listing = list(&azure).await;
        assert_eq!((listing.items.len(), listing.shortfall), (3, None));
    }
}

#[tokio::test]
async fn retry_after_is_honoured_in_seconds_and_as_a_date() {
    let azure = accounts(1).serve().fault(Fault::on(STORAGE).status(429).retry_after(1).times(1)).start();
    assert_eq!(list(&azure).await.shortfall, None);
    let calls = azure.calls();
    let tries = calls.of("GET", STORAGE);
    let gap = tries[1].at - tries[0].at;
    assert!((950..3000).contains(&gap.as_millis()), "{gap:?}");

    let date = "Wed, 24 Nov 2100 03:00:00 GMT";
    let azure = accounts(1).serve().fault(Fault::on(STORAGE).status(429).retry_after(date)).start();
    assert_eq!(list(&azure).await.shortfall.map(|error| error.kind), Some(RestErrorKind::Throttled));
    assert_eq!(azure.calls().of("GET", STORAGE).len(), 1, "too long to wait");
}

#[tokio::test]
async fn a_half_read_list_keeps_its_pages_and_says_so() {
    let azure = accounts(5).serve().page(2).fault(Fault::on("skiptoken").denied("x/read")).start();
    let listing = list(&azure).await;
    assert_eq!(listing.items.len(), 2);
    let error = listing.shortfall.unwrap();
    assert_eq!(error.state_after(true), CoverageState::Partial);
    assert_eq!(error.missing_action.as_deref(), Some("x/read"));
}

#[tokio::test]
async fn no_link_leads_abroad() {
    let tenant = accounts(1).graph("user", json!({"id": "u"}));
    let azure = tenant.serve().start();
    azure.add_fault(Fault::on("GET").next_link(&azure.foreign_link()));
    let arm = list(&azure).await;
    let users = GraphRead::list("Microsoft.Graph/user", "/v1.0/users");
    let graph = objects(&connect(&azure).microsoft_graph(), &users).await;
    for listing in [arm, graph] {
        assert_eq!(listing.items.len(), 1);
        assert_eq!(listing.shortfall.map(|error| error.kind), Some(RestErrorKind::ForeignHost));
    }
    assert!(azure.foreign_requests().is_empty());

    let azure = vault().serve().start();
    azure.add_fault(Fault::on("kv-school").next_link(&azure.foreign_link()));
    let listing = secrets(&azure).await;
    assert_eq!(listing.items.len(), 3);
    assert_eq!(listing.shortfall.map(|error| error.kind), Some(RestErrorKind::ForeignHost));
    assert!(azure.foreign_requests().is_empty());
}

#[tokio::test]
async fn pages_without_end_are_given_up() {
    let azure = accounts(1).serve().fault(Fault::on(STORAGE).endless()).start();
    let listing = list(&azure).await;
    assert_eq!(listing.shortfall.map(|error| error.kind), Some(RestErrorKind::Loop));
    assert!(azure.calls().of("GET", STORAGE).len() < 10, "{}", azure.calls().len());
}

#[tokio::test]
async fn resource_graph_tells_what_is_missing() {
    let rows = async |azure: &TestAzure| {
        let rest = connect(azure).resource_manager();
        resource_graph::rows(&rest, "resources", None, &[SUBSCRIPTION.to_owned()]).await
    };
    let azure = accounts(5).serve().rows(2).start();
    let listing = rows(&azure).await;
    assert_eq!(names(&listing), ["st-000", "st-001", "st-002", "st-003", "st-004"]);
    assert_eq!(listing.shortfall, None);

    let azure = accounts(5).serve().rows(2).fault(Fault::on("ResourceGraph").looping()).start();
    let listing = rows(&azure).await;
    assert_eq!(listing.shortfall.map(|error| error.kind), Some(RestErrorKind::Loop));
    assert!(azure.calls().of("POST", "ResourceGraph").len() <= 5);

    let azure = accounts(5).serve().rows(2).fault(Fault::on("ResourceGraph").endless()).start();
    let listing = rows(&azure).await;
    assert_eq!(listing.shortfall.map(|error| error.kind), Some(RestErrorKind::Loop));
    assert!(azure.calls().of("POST", "ResourceGraph").len() < 10);
}

#[tokio::test]
async fn a_vault_gives_everything_but_values() {
    let azure = vault().serve().page(2).start();
    let vaults = connect(&azure).vaults();
    let uri = "https://kv-school.vault.azure.net/";
    let needs = VaultNeeds { rotation_policy: true, key_facts: true, certificate_policy: true };
    for (kind, count) in [(VaultItems::Secrets, 3), (VaultItems::Keys, 1), (VaultItems::Certificates, 1)] {
        let listing = vaults.list(&vault_id(), uri, kind, needs).await;
        assert_eq!((listing.items.len(), listing.shortfall), (count, None), "{kind:?}");
        if kind == VaultItems::Keys {
            let key: serde_json::Value = serde_json::from_str(&listing.items[0].body).unwrap();
            assert_eq!(key["properties"]["keySize"], 3072);
        }
    }
    let audiences: Vec<_> = azure.calls().of("POST", "oauth2").iter().map(|call| call.body.clone()).collect();
    assert_eq!(audiences.len(), 1, "one token for all three clients");
    assert!(audiences[0].contains("vault.azure.net"));
}

#[tokio::test]
async fn a_vault_that_refuses_is_denied_and_a_false_challenge_gets_no_token() {
    let azure = vault().serve().fault(Fault::on("kv-school").firewall()).start();
    let error = secrets(&azure).await.shortfall.unwrap();
    assert_eq!((error.kind, error.code.as_deref()), (RestErrorKind::Denied, Some("ForbiddenByFirewall")));

    let read = "Microsoft.KeyVault/vaults/secrets/readMetadata/action";
    let azure = vault().serve().fault(Fault::on("kv-school").vault_denied(read)).start();
    let error = secrets(&azure).await.shortfall.unwrap();
    assert_eq!((error.kind, error.missing_action.as_deref()), (RestErrorKind::Denied, Some(read)));

    let arm = "https://management.azure.com";
    let azure = vault().serve().fault(Fault::on("kv-school").challenge(arm)).start();
    let listing = secrets(&azure).await;
    assert!(listing.items.is_empty() && listing.shortfall.is_some());
    assert!(azure.calls().of("POST", "oauth2").is_empty(), "no token for a false challenge");

    let azure = vault().serve().fault(Fault::on("kv-school").times(1).revoke_token()).start();
    assert_eq!(secrets(&azure).await.shortfall, None, "a new token is asked for");

    let azure = vault().serve().page(2).fault(Fault::on("kv-school").looping()).start();
    assert_eq!(secrets(&azure).await.shortfall.map(|error| error.kind), Some(RestErrorKind::Loop));
}

#[tokio::test]
async fn a_wrong_address_is_not_an_absence() {
    let azure = accounts(1).serve().start();
    let rest = connect(&azure).resource_manager();
    let contacts = format!("/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Security/securityContacts");
    let listing = rest.list(&format!("{contacts}?api-version=2020-01-01")).await;
    let error: RestError = listing.shortfall.unwrap();
    assert_eq!(error.code.as_deref(), Some("InvalidResourceType"));
    assert!(!error.is_absence(), "a version that doesn't exist says nothing about the resource");
    let missing = rest.get(&format!("{}2?api-version=2024-01-01", arm_id("rg", STORAGE, "st"))).await;
    assert!(missing.unwrap_err().is_absence());
}

#[tokio::test]
async fn a_failed_sign_in_is_told_and_not_repeated() {
    let azure = accounts(1).serve().fault(Fault::on("oauth2").status(400)).start();
    let rest = connect(&azure).resource_manager();
    for _ in 0..3 {
        let error = rest.list(&list_path()).await.shortfall.unwrap();
        assert_eq!(error.kind, RestErrorKind::Credential, "{error:?}");
    }
    assert_eq!(azure.calls().of("POST", "oauth2").len(), 1);
}
