//! A tenant with something of everything, what is to be read of it, and a scan.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use skytjek::azure::Azure;
use skytjek::azure::credential::AuthMode;
use skytjek::azure::throttle::RetryPolicy;
use skytjek::config::Config;
use skytjek::inventory::coverage::{Coverage, CoverageEntry, CoverageState};
use skytjek::inventory::id::ResourceId;
use skytjek::inventory::reads::Reads;
use skytjek::source::live::{LiveError, LiveOptions, NoProgress, Stop, acquire};
use skytjek::source::recording::Recording;

use crate::azure::{SUBSCRIPTION, Tenant, TestAzure, arm_id};

pub const STORAGE: &str = "Microsoft.Storage/storageAccounts";
pub const BLOB: &str = "Microsoft.Storage/storageAccounts/blobServices";
pub const SITES: &str = "Microsoft.Web/sites";
pub const SETTINGS: &str = "Microsoft.Insights/diagnosticSettings";
pub const PRICINGS: &str = "Microsoft.Security/pricings";
pub const VAULTS: &str = "Microsoft.KeyVault/vaults";
pub const KEYS: &str = "Microsoft.KeyVault/vaults/keys";
pub const SECRETS: &str = "Microsoft.KeyVault/vaults/secrets";
pub const CERTIFICATES: &str = "Microsoft.KeyVault/vaults/certificates";
pub const USERS: &str = "Microsoft.Graph/user";

pub fn account(name: &str) -> String {
    arm_id("rg-school", STORAGE, name)
}

pub fn site() -> String {
    arm_id("rg-school", SITES, "intranet")
}

pub fn vault() -> String {
    arm_id("rg-school", VAULTS, "kv-school")
}

/// A secret as Resource Manager shows it, which is all that the vault's own list says of it.
fn secret(name: &str) -> Value {
    let address = format!("https://kv-school.vault.azure.net/secrets/{name}");
    json!({
        "id": format!("{}/secrets/{name}", vault()),
        "properties": {"attributes": {"enabled": true}, "secretUri": address},
    })
}

/// Something of every supply: rows, nested and plain children, grandchildren, extensions, lists of a
/// subscription, tables, vault items, directory objects.
pub fn school() -> Tenant {
    let network = arm_id("rg-school", "Microsoft.Network/virtualNetworks", "hub");
    let server = arm_id("rg-school", "Microsoft.Sql/servers", "sql-school");
    let subscription = format!("/subscriptions/{SUBSCRIPTION}");
    let assignments = "providers/Microsoft.Authorization/roleAssignments";
    let enabled = json!({"attributes": {"enabled": true}});
    let mut tenant = Tenant::with_subscription();
    let arm = [
        json!({"id": account("stone"), "location": "westeurope", "properties": {"supportsHttpsTrafficOnly": true}}),
        json!({"id": account("sttwo"), "location": "westeurope", "properties": {"supportsHttpsTrafficOnly": false}}),
        json!({"id": format!("{}/blobServices/default", account("stone")), "properties": {"isVersioningEnabled": true}}),
        json!({"id": format!("{}/blobServices/default", account("sttwo")), "properties": {"isVersioningEnabled": false}}),
        json!({"id": format!("{}/providers/{SETTINGS}/all", vault()), "properties": {"logs": []}}),
        json!({"id": network, "properties": {"subnets": [{"name": "web", "properties": {}}]}}),
        json!({"id": site(), "properties": {"httpsOnly": true, "siteConfig": {"ftpsState": "FtpsOnly"}}}),
        json!({"id": format!("{}/config/web", site()), "properties": {"ftpsState": "FtpsOnly"}}),
        json!({"id": server, "properties": {}}),
        json!({"id": format!("{server}/databases/pupils"), "properties": {}}),
        json!({"id": format!("{server}/databases/pupils/transparentDataEncryption/current"), "properties": {"state": "Enabled"}}),
        json!({"id": format!("{subscription}/providers/{PRICINGS}/KeyVaults"), "properties": {"pricingTier": "Free"}}),
        json!({"id": format!("{subscription}/{assignments}/1"), "properties": {"principalId": "u1"}}),
        json!({"id": format!("/{assignments}/root"), "properties": {"scope": "/"}}),
        json!({"id": vault(), "properties": {"vaultUri": "https://kv-school.vault.azure.net/"}}),
    ];
    for body in arm {
        tenant = tenant.resource(body);
    }
    let key = json!({"kty": "RSA", "keySize": 2048, "attributes": {"enabled": true}});
    tenant
        .vault_item(json!({"id": format!("{}/keys/disk", vault()), "properties": key}))
        .vault_item(secret("db"))
        .vault_item(secret("mail"))
        .vault_item(json!({"id": format!("{}/certificates/web", vault()), "properties": enabled}))
        .graph("user", json!({"id": "u1", "userType": "Guest"}))
        .graph("user", json!({"id": "u2", "userType": "Member"}))
        .graph("authorizationPolicy", json!({"id": "authorizationPolicy", "allowInvitesFrom": "everyone"}))
}

/// What is to be read: types with their version and paths.
pub fn reads(types: &[(&str, &str, &[&str])]) -> Reads {
    let mut reads = Reads::default();
    for (kind, version, paths) in types {
        let entry = reads.entry(kind);
        entry.api_version = (!version.is_empty()).then(|| (*version).to_owned());
        entry.paths = paths.iter().map(|path| (*path).to_owned()).collect();
    }
    if !types.iter().all(|(kind, ..)| *kind != SETTINGS) {
        reads.entry(SETTINGS).on = [VAULTS.to_owned()].into();
    }
    reads
}

/// Everything there is in [`school`].
pub fn everything() -> Reads {
    reads(&[
        (STORAGE, "2024-01-01", &["properties.supportsHttpsTrafficOnly"]),
        (BLOB, "2024-01-01", &["properties.isVersioningEnabled"]),
        (SETTINGS, "", &["properties.logs"]),
        ("Microsoft.Network/virtualNetworks/subnets", "2024-05-01", &["properties"]),
        (SITES, "2024-04-01", &["properties.siteConfig.ftpsState"]),
        ("Microsoft.Web/sites/config", "2024-04-01", &["properties.ftpsState"]),
        ("Microsoft.Sql/servers/databases/transparentDataEncryption", "2023-08-01", &["properties.state"]),
        (PRICINGS, "", &["properties.pricingTier"]),
        ("Microsoft.Authorization/roleAssignments", "2022-04-01", &["properties.principalId"]),
        ("Microsoft.Resources/resourceGroups", "", &["tags"]),
        (VAULTS, "2024-11-01", &["properties.enablePurgeProtection"]),
        (KEYS, "", &["properties.keySize", "properties.rotationPolicy.lifetimeActions[*].action.type"]),
        (SECRETS, "", &["properties.attributes.exp"]),
        (CERTIFICATES, "", &["properties.policy.issuer.name"]),
        (USERS, "", &["properties.userType"]),
        ("Microsoft.Graph/authorizationPolicy", "", &["properties.allowInvitesFrom"]),
    ])
}

/// How a scan of the server is set up; waits between tries are short.
pub fn options(azure: &TestAzure) -> LiveOptions {
    let cloud = Config::load_cloud(&azure.cloud_file()).unwrap();
    LiveOptions {
        auth: AuthMode::Env,
        concurrency: 4,
        retry: RetryPolicy { first_wait: Duration::from_millis(2), ..RetryPolicy::default() },
        ..LiveOptions::new(cloud, "2026-11-24T03:00:00Z".into())
    }
}

pub async fn scan_with(
    azure: &TestAzure,
    options: &LiveOptions,
    reads: &Reads,
    stop: &Stop,
) -> Result<Recording, LiveError> {
    let environment = azure.env();
    let variable = move |name: &str| {
        let found = environment.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.clone())
    };
    let connection = Azure::with_environment(&options.connection(), Arc::new(variable)).unwrap();
    acquire(&connection, options, reads, &NoProgress, stop).await
}

pub async fn try_scan(azure: &TestAzure, reads: &Reads) -> Result<Recording, LiveError> {
    scan_with(azure, &options(azure), reads, &Stop::new()).await
}

pub async fn scan(azure: &TestAzure, reads: &Reads) -> Recording {
    try_scan(azure, reads).await.unwrap()
}

/// All ids of a recording.
pub fn ids(recording: &Recording) -> Vec<&str> {
    let records = [&recording.resources, &recording.graph, &recording.vault];
    records.into_iter().flatten().map(|record| record.id.as_str()).collect()
}

/// The body of a record.
pub fn body(recording: &Recording, id: &str) -> Value {
    let mut records = recording.resources.iter().chain(&recording.graph).chain(&recording.vault);
    let found = records.find(|record| record.id.eq_ignore_ascii_case(id));
    serde_json::from_str(&found.unwrap_or_else(|| panic!("{id} was not read")).body).unwrap()
}

/// The coverage of a recording, as its readers see it.
pub fn coverage(recording: &Recording) -> Coverage {
    let mut coverage = Coverage::default();
    for entry in &recording.coverage {
        coverage.add(entry.clone());
    }
    coverage
}

/// What speaks for `read` at `scope`.
pub fn entry(recording: &Recording, scope: &str, read: &str) -> CoverageEntry {
    let id = ResourceId::parse(scope).unwrap();
    let coverage = coverage(recording);
    let found = coverage.at(&id, read).cloned();
    found.unwrap_or_else(|| panic!("nothing speaks for {read} at {scope}:\n{:#?}", recording.coverage))
}

pub fn state(recording: &Recording, scope: &str, read: &str) -> CoverageState {
    entry(recording, scope, read).state
}
