//! Whole acquisitions from the test Azure.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod azure;

use std::sync::Arc;
use std::time::Duration;

use azure::{Fault, SUBSCRIPTION, Tenant, TestAzure, arm_id};
use serde_json::{Value, json};
use skytjek::azure::Azure;
use skytjek::azure::credential::AuthMode;
use skytjek::azure::throttle::RetryPolicy;
use skytjek::config::Config;
use skytjek::inventory::coverage::{Coverage, CoverageState};
use skytjek::inventory::id::ResourceId;
use skytjek::inventory::reads::Reads;
use skytjek::source::live::{LiveError, LiveOptions, NoProgress, Progress, Stop, acquire};
use skytjek::source::recording::{Record, Recording};

const STORAGE: &str = "Microsoft.Storage/storageAccounts";
const BLOBS: &str = "Microsoft.Storage/storageAccounts/blobServices";
const SITES: &str = "Microsoft.Web/sites";
const SITE_CONFIG: &str = "Microsoft.Web/sites/config";
const SETTINGS: &str = "Microsoft.Insights/diagnosticSettings";
const PRICINGS: &str = "Microsoft.Security/pricings";
const ROLES: &str = "Microsoft.Authorization/roleAssignments";
const KEYS: &str = "Microsoft.KeyVault/vaults/keys";
const SECRETS: &str = "Microsoft.KeyVault/vaults/secrets";
const CERTIFICATES: &str = "Microsoft.KeyVault/vaults/certificates";
const USERS: &str = "Microsoft.Graph/user";
const ROWS: &str = "Microsoft.ResourceGraph/resources";
const SCOPE: &str = "/subscriptions/5ab50000-0000-4000-8000-000000000001";

fn account(name: &str) -> String {
    arm_id("rg-school", STORAGE, name)
}

fn vault() -> String {
    arm_id("rg-school", "Microsoft.KeyVault/vaults", "kv-school")
}

fn site() -> String {
    arm_id("rg-web", SITES, "intranet")
}

/// A tenant with something of everything.
fn school() -> Tenant {
    let in_vault = |path: &str, properties: Value| json!({"id": format!("{}/{path}", vault()), "properties": properties});
    Tenant::with_subscription()
        .resource(json!({"id": account("sta"), "tags": {"wave": "1"}, "properties": {"supportsHttpsTrafficOnly": true}}))
        .resource(json!({"id": account("stb"), "tags": {"wave": "2"}, "properties": {"supportsHttpsTrafficOnly": false}}))
        .resource(json!({"id": account("sta") + "/blobServices/default", "properties": {"isVersioningEnabled": true}}))
        .resource(json!({"id": account("stb") + "/blobServices/default", "properties": {"isVersioningEnabled": false}}))
        .resource(json!({"id": site(), "properties": {"httpsOnly": true, "siteConfig": {"ftpsState": "FtpsOnly"}}}))
        .resource(json!({"id": site() + "/config/web", "properties": {"ftpsState": "FtpsOnly"}}))
        .resource(json!({"id": format!("{}/providers/{SETTINGS}/all", vault()), "properties": {"logs": []}}))
        .resource(json!({"id": format!("{SCOPE}/providers/{PRICINGS}/KeyVaults"), "properties": {"pricingTier": "Free"}}))
        .resource(json!({"id": format!("{SCOPE}/providers/{ROLES}/1"), "properties": {"principalId": "p"}}))
        .resource(json!({"id": vault(), "properties": {"vaultUri": "https://kv-school.vault.azure.net/"}}))
        .vault_item(in_vault("keys/disk", json!({"kty": "RSA", "keySize": 2048, "attributes": {"enabled": true}})))
        .vault_item(in_vault("secrets/db", json!({"attributes": {"enabled": true, "exp": 1_800_000_000}})))
        .vault_item(in_vault("certificates/web", json!({"attributes": {"enabled": true}})))
        .graph("user", json!({"id": "u1", "displayName": "Ane", "userType": "Guest"}))
        .graph("user", json!({"id": "u2", "displayName": "Bo", "userType": "Member"}))
}

fn reads() -> Reads {
    let mut reads = Reads::default();
    for (kind, version, paths) in [
        (STORAGE, Some("2024-01-01"), vec!["properties.supportsHttpsTrafficOnly"]),
        (BLOBS, Some("2024-01-01"), vec!["properties.isVersioningEnabled"]),
        (SITES, Some("2024-04-01"), vec!["properties.siteConfig.ftpsState"]),
        (SITE_CONFIG, None, vec!["properties.ftpsState"]),
        (SETTINGS, None, vec!["properties.logs"]),
        (PRICINGS, None, vec!["properties.pricingTier"]),
        (ROLES, None, vec!["properties.principalId"]),
        (KEYS, None, vec!["properties.kty", "properties.rotationPolicy.lifetimeActions[*].action.type"]),
        (SECRETS, None, vec!["properties.attributes.exp"]),
        (CERTIFICATES, None, vec!["properties.policy.issuer.name"]),
        (USERS, None, vec!["properties.userType"]),
    ] {
        let entry = reads.entry(kind);
        entry.api_version = version.map(str::to_owned);
        entry.paths = paths.into_iter().map(str::to_owned).collect();
    }
    reads.entry(SETTINGS).on = ["Microsoft.KeyVault/vaults".to_owned()].into();
    reads
}

fn options(azure: &TestAzure) -> LiveOptions {
    let cloud = Config::load_cloud(&azure.cloud_file()).unwrap();
    LiveOptions {
        auth: AuthMode::Env,
        retry: RetryPolicy { first_wait: Duration::from_millis(1), ..RetryPolicy::default() },
        ..LiveOptions::new(cloud, "2026-11-24T03:00:00Z".into())
    }
}

async fn with(
    azure: &TestAzure,
    options: &LiveOptions,
    progress: &dyn Progress,
    stop: &Stop,
) -> Result<Recording, LiveError> {
    let variables = azure.env();
    let variable = move |name: &str| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.clone())
    };
    let connected = Azure::with_environment(&options.connection(), Arc::new(variable)).unwrap();
    acquire(&connected, options, &reads(), progress, stop).await
}

async fn scan(azure: &TestAzure) -> Recording {
    with(azure, &options(azure), &NoProgress, &Stop::new()).await.unwrap()
}

fn coverage(recording: &Recording) -> Coverage {
    let mut coverage = Coverage::default();
    for entry in &recording.coverage {
        coverage.add(entry.clone());
    }
    coverage
}

/// What coverage says of `read` at `scope`, in one word, with status and code.
fn said(recording: &Recording, scope: &str, read: &str) -> String {
    let id = ResourceId::parse(scope).unwrap();
    coverage(recording).at(&id, read).map_or("not asked".into(), |entry| {
        let mut text = entry.state.word().to_owned();
        if let Some(status) = entry.status {
            text = format!("{text} {status}");
        }
        if let Some(code) = &entry.code {
            text = format!("{text} {code}");
        }
        text
    })
}

fn ids(records: &[Record]) -> Vec<&str> {
    records.iter().map(|record| record.id.as_str()).collect()
}

fn body(records: &[Record], id: &str) -> Value {
    let record = records.iter().find(|record| record.id.eq_ignore_ascii_case(id));
    serde_json::from_str(&record.unwrap_or_else(|| panic!("no {id} in {:#?}", ids(records))).body).unwrap()
}

#[tokio::test]
async fn everything_is_read_and_said_to_be() {
    let azure = school().serve().start();
    let recording = scan(&azure).await;
    for entry in &recording.coverage {
        assert_eq!(entry.state, CoverageState::Complete, "{entry:?}");
    }
    assert_eq!(recording.scopes, [SCOPE]);
    assert_eq!(recording.cloud, "custom");
    // Nothing but what the reads ask for: the vault's three lists cost a challenge each.
    let counts: Vec<String> = azure
        .calls()
        .counts()
        .into_iter()
        .map(|(call, count)| format!("{count} {}", call.replace("management.azure.com", "arm")))
        .collect();
    assert_eq!(
        counts,
        [
            "1 GET graph.microsoft.com/v1.0/users",
            "2 GET kv-school.vault.azure.net/certificates",
            "1 GET kv-school.vault.azure.net/certificates/{}/policy",
            "2 GET kv-school.vault.azure.net/keys",
            "1 GET kv-school.vault.azure.net/keys/{}",
            "1 GET kv-school.vault.azure.net/keys/{}/rotationpolicy",
            "2 GET kv-school.vault.azure.net/secrets",
            "1 GET arm/providers/Microsoft.Management/managementGroups",
            "1 GET arm/providers/Microsoft.Management/managementGroups/{}/descendants",
            "1 GET arm/subscriptions",
            "1 GET arm/subscriptions/{}/providers/Microsoft.Security/pricings",
            "1 GET arm/subscriptions/{}/resourceGroups/{}/providers/Microsoft.KeyVault/vaults/{}/providers/Microsoft.Insights/diagnosticSettings",
            "2 GET arm/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Storage/storageAccounts/{}/blobServices",
            "1 GET arm/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Web/sites/{}",
            "1 GET arm/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Web/sites/{}/config/{}",
            "3 POST login.microsoftonline.com/{}/oauth2/v2.0/token",
            "2 POST arm/providers/Microsoft.ResourceGraph/resources",
        ]
    );
    for (scope, read) in [
        (SCOPE, ROWS),
        (SCOPE, PRICINGS),
        (&account("sta"), BLOBS),
        (&site(), SITE_CONFIG),
        (&site(), SITES),
        (&vault(), SETTINGS),
        (&vault(), KEYS),
        (&vault(), SECRETS),
        (&vault(), CERTIFICATES),
        ("/", USERS),
    ] {
        assert_eq!(said(&recording, scope, read), "complete", "{scope} {read}");
    }
    // One entry says that both accounts were read; rows need no entry of their own.
    assert_eq!(said(&recording, SCOPE, BLOBS), "complete");
    assert_eq!(said(&recording, &account("sta"), STORAGE), "not asked");
    let config = body(&recording.resources, &site());
    assert_eq!(config["properties"]["siteConfig"]["ftpsState"], "FtpsOnly");
    assert_eq!(ids(&recording.vault).len(), 3);
    let key = body(&recording.vault, &format!("{}/keys/disk", vault()));
    assert_eq!(key["properties"]["kty"], "RSA");
    assert!(key["properties"]["rotationPolicy"]["lifetimeActions"].is_array(), "{key}");
    let certificate = body(&recording.vault, &format!("{}/certificates/web", vault()));
    assert_eq!(certificate["properties"]["policy"]["issuer"]["name"], "Self");
    let user = body(&recording.graph, "/providers/Microsoft.Graph/user/u1");
    assert_eq!(user["properties"]["userType"], "Guest");
    let mut sorted = recording.resources.clone();
    sorted.sort_by_key(|record| record.id.to_ascii_lowercase());
    assert_eq!(sorted, recording.resources);
}

#[tokio::test]
async fn timing_changes_nothing() {
    let tenant = school().many(40, "rg-many", STORAGE, "stmany");
    let denied =
        || Fault::on("stmany-007/blobservices").denied("Microsoft.Storage/storageAccounts/blobServices/read");
    let azure = tenant.serve().page(1).rows(7).fault(denied()).start();
    let one = with(&azure, &LiveOptions { concurrency: 1, ..options(&azure) }, &NoProgress, &Stop::new())
        .await
        .unwrap();
    let many = scan(&azure).await;
    assert_eq!(one.resources, many.resources);
    assert_eq!(one.vault, many.vault);
    assert_eq!(one.coverage, many.coverage);
    let at = |name: &str| arm_id("rg-many", STORAGE, name);
    assert_eq!(said(&one, &at("stmany-007"), BLOBS), "denied 403 AuthorizationFailed");
    assert_eq!(said(&one, &at("stmany-008"), BLOBS), "complete");
    assert_eq!(said(&one, SCOPE, BLOBS), "not asked");
}

#[tokio::test]
async fn each_failure_has_its_state() {
    let at_a = "/sta/blobServices";
    for (fault, expected) in [
        (Fault::on(at_a).denied("x/read"), "denied 403 AuthorizationFailed"),
        (
            Fault::on(at_a).not_registered("Microsoft.Storage"),
            "not_registered 409 MissingSubscriptionRegistration",
        ),
        (Fault::on(at_a).status(429).retry_after(3600), "throttled 429 TooManyRequests"),
        (Fault::on(at_a).status(500), "failed 500 InternalServerError"),
        (Fault::on(at_a).reset(), "failed NetworkError"),
        (Fault::on(at_a).cut_body(), "failed NetworkError"),
        (Fault::on(at_a).malformed(), "failed 200 NotJson"),
        (Fault::on(at_a).html(), "failed 200 NotJson"),
        (Fault::on(at_a).looping(), "failed PagingLoop"),
        (Fault::on(at_a).reset().times(2), "complete"),
        (Fault::on(at_a).status(503).times(2), "complete"),
        (Fault::on(at_a).revoke_token().times(1), "complete"),
    ] {
        let azure = school().serve().fault(fault).start();
        let recording = scan(&azure).await;
        assert_eq!(said(&recording, &account("sta"), BLOBS), expected);
        assert_eq!(said(&recording, &account("stb"), BLOBS), "complete", "{expected}");
    }
}

#[tokio::test]
async fn a_forged_link_gets_nothing() {
    let azure = school().serve().start();
    azure.add_fault(Fault::on("/sta/blobServices").next_link(&azure.foreign_link()));
    let recording = scan(&azure).await;
    assert_eq!(said(&recording, &account("sta"), BLOBS), "failed ForeignHost");
    assert!(azure.foreign_requests().is_empty());
}

#[tokio::test]
async fn a_closed_vault_is_read_through_resource_manager() {
    let azure = school().serve().fault(Fault::on("kv-school.vault.azure.net").firewall()).start();
    let recording = scan(&azure).await;
    assert_eq!(said(&recording, &vault(), SECRETS), "complete");
    // Whether the key rotates is not shown there.
    assert_eq!(said(&recording, &vault(), KEYS), "partial 403 ForbiddenByFirewall");
    assert_eq!(said(&recording, &vault(), CERTIFICATES), "denied 403 ForbiddenByFirewall");
    assert_eq!(recording.vault.len(), 2);
}

#[tokio::test]
async fn a_vault_address_elsewhere_is_never_called() {
    let azure = Tenant::with_subscription()
        .resource(json!({"id": vault(), "properties": {"vaultUri": "https://evil.example.net/"}}))
        .serve()
        .start();
    let recording = scan(&azure).await;
    assert_eq!(said(&recording, &vault(), CERTIFICATES), "failed ForeignVaultHost");
    assert!(azure.foreign_requests().is_empty());
}

#[tokio::test]
async fn what_resource_graph_hides_is_noticed() {
    let other = "5ab50000-0000-4000-8000-000000000002";
    let empty = "5ab50000-0000-4000-8000-000000000003";
    let azure = school()
        .subscription(empty)
        .resource(json!({"id": format!("/subscriptions/{other}/resourceGroups/g/providers/{STORAGE}/hidden"), "properties": {}}))
        .serve()
        .hidden_from_resource_graph(other)
        .start();
    let recording = scan(&azure).await;
    let scope = format!("/subscriptions/{other}");
    assert_eq!(said(&recording, &scope, ROWS), "partial NotInResourceGraph");
    assert_eq!(said(&recording, &scope, BLOBS), "partial NotInResourceGraph");
    assert_eq!(said(&recording, &format!("/subscriptions/{empty}"), ROWS), "complete");
    assert_eq!(said(&recording, &format!("/subscriptions/{empty}"), BLOBS), "complete");
    assert_eq!(said(&recording, SCOPE, ROWS), "complete");
}

#[tokio::test]
async fn without_resource_graph_nothing_passes_for_empty() {
    let azure = school()
        .serve()
        .fault(Fault::on("Microsoft.ResourceGraph").denied("Microsoft.ResourceGraph/resources/read"))
        .start();
    let recording = scan(&azure).await;
    for read in [ROWS, BLOBS, SETTINGS, KEYS, SITE_CONFIG] {
        assert_eq!(said(&recording, SCOPE, read), "denied 403 AuthorizationFailed", "{read}");
    }
    assert_eq!(said(&recording, SCOPE, PRICINGS), "complete");
}

#[tokio::test]
async fn tags_narrow_what_is_read_in_depth() {
    let azure = school().serve().start();
    let mut options = options(&azure);
    options.selection.tags = vec![("wave".into(), "1".into())];
    let recording = with(&azure, &options, &NoProgress, &Stop::new()).await.unwrap();
    assert_eq!(azure.calls().of("GET", "/blobServices").len(), 1);
    assert_eq!(said(&recording, &account("sta"), BLOBS), "complete");
    assert_eq!(said(&recording, &account("stb"), BLOBS), "not asked");
    assert_eq!(said(&recording, &account("stb"), ROWS), "complete");
}

#[tokio::test]
async fn scopes_that_can_not_be_seen_are_errors_or_coverage() {
    let azure = school().serve().start();
    let mut options = options(&azure);
    options.selection.subscriptions = vec!["00000000-0000-4000-8000-00000000dead".into()];
    let error = with(&azure, &options, &NoProgress, &Stop::new()).await.unwrap_err();
    assert!(matches!(error, LiveError::NotVisible(_)), "{error}");
    options.selection.subscriptions.push(SUBSCRIPTION.to_uppercase());
    let recording = with(&azure, &options, &NoProgress, &Stop::new()).await.unwrap();
    let dead = "/subscriptions/00000000-0000-4000-8000-00000000dead";
    assert_eq!(said(&recording, dead, ROWS), "denied SubscriptionNotVisible");
    options.selection.subscriptions.clear();
    options.selection.management_groups = vec![azure.world().tenant.clone()];
    let recording = with(&azure, &options, &NoProgress, &Stop::new()).await.unwrap();
    assert_eq!(recording.scopes, [SCOPE]);
}

#[tokio::test]
async fn no_sign_in_and_no_subscription_are_errors() {
    let azure = school().serve().fault(Fault::on("/subscriptions?").status(500)).start();
    let error = with(&azure, &options(&azure), &NoProgress, &Stop::new()).await.unwrap_err();
    assert!(matches!(error, LiveError::Unreachable(_)), "{error}");
    azure.clear_faults();
    azure.add_fault(Fault::on("/oauth2/v2.0/token").status(401).before_token());
    let error = with(&azure, &options(&azure), &NoProgress, &Stop::new()).await.unwrap_err();
    assert!(matches!(error, LiveError::Credential(_)), "{error}");
    assert!(error.to_string().contains("environment: "), "{error}");
}

/// Stops as soon as Resource Graph has answered.
struct StopLater(Stop);

impl Progress for StopLater {
    fn step(&self, text: &str) {
        if text.contains("lacks") {
            self.0.stop();
        }
    }
    fn total(&self, _: usize) {}
    fn done(&self, _: usize) {}
}

#[tokio::test]
async fn what_was_read_before_a_stop_is_kept() {
    let azure = school().serve().start();
    let stop = Stop::new();
    let recording = with(&azure, &options(&azure), &StopLater(stop.clone()), &stop).await.unwrap();
    assert_eq!(said(&recording, SCOPE, ROWS), "complete");
    assert_eq!(said(&recording, &account("sta"), BLOBS), "partial Interrupted");
    assert_eq!(said(&recording, &vault(), KEYS), "partial Interrupted");
    assert!(recording.resources.len() > 3);
    assert!(azure.calls().of("GET", "/blobServices").is_empty());
}

#[tokio::test]
async fn an_acquisition_can_be_spawned() {
    let azure = school().serve().start();
    let options = options(&azure);
    let variables = azure.env();
    let variable = move |name: &str| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.clone())
    };
    let connected = Azure::with_environment(&options.connection(), Arc::new(variable)).unwrap();
    let task =
        tokio::spawn(async move { acquire(&connected, &options, &reads(), &NoProgress, &Stop::new()).await });
    assert!(task.await.unwrap().is_ok());
}

#[tokio::test]
async fn a_subscription_that_only_the_management_groups_know_is_said() {
    let other = "5ab50000-0000-4000-8000-000000000002";
    let hide = Fault::when(|request| request.path == "/subscriptions").change(move |_, reply| {
        let mut body: Value = serde_json::from_slice(&reply.body).unwrap();
        let visible = body["value"].as_array_mut().unwrap();
        visible.retain(|found| found["subscriptionId"] != other);
        reply.body = body.to_string().into();
    });
    let azure = school().subscription(other).serve().fault(hide).start();
    let recording = scan(&azure).await;
    assert_eq!(recording.scopes, [SCOPE]);
    let scope = format!("/subscriptions/{other}");
    assert_eq!(said(&recording, &scope, ROWS), "denied SubscriptionNotVisible");
    assert_eq!(said(&recording, SCOPE, ROWS), "complete");
}

#[tokio::test]
async fn half_a_table_makes_its_children_partial() {
    let azure = school()
        .serve()
        .rows(2)
        .fault(Fault::on("Microsoft.ResourceGraph").after(2).status(429).retry_after(600))
        .start();
    let mut options = options(&azure);
    options.concurrency = 1;
    let recording = with(&azure, &options, &NoProgress, &Stop::new()).await.unwrap();
    let rows = said(&recording, SCOPE, ROWS);
    assert_eq!(rows, "partial 429 TooManyRequests");
    assert_eq!(said(&recording, SCOPE, BLOBS), rows);
    assert_eq!(said(&recording, SCOPE, CERTIFICATES), rows);
}
