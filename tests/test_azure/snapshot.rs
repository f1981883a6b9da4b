//! What is played and what the client is given.

use serde_json::json;

use crate::azure::{SUBSCRIPTION, Settings, Tenant, arm_id};
use crate::client::{ARM, Client, STORAGE, school, vault_id};

#[tokio::test]
async fn what_a_snapshot_lost_is_lost_again() {
    let account = arm_id("rg-school", STORAGE, "stschool");
    let lost = |scope: &str, read: &str, state: &str| json!({"scope": scope, "read": read, "state": state});
    let subscription = format!("/subscriptions/{SUBSCRIPTION}");
    let azure = school()
        .coverage(lost(&account, &format!("{STORAGE}/blobServices"), "denied"))
        .coverage(lost(&subscription, "Microsoft.Security/pricings", "not_registered"))
        .coverage(lost("/", "Microsoft.ResourceGraph/authorizationresources", "failed"))
        .serve()
        .start();
    let client = Client::of(&azure);
    let at = |path: String| format!("{ARM}{path}?api-version=2024-01-01");
    let blob = client.refusal(&at(format!("{account}/blobServices"))).await;
    assert_eq!(blob, (403, "AuthorizationFailed".to_owned()));
    let pricings = client.refusal(&at(format!("{subscription}/providers/Microsoft.Security/pricings"))).await;
    assert_eq!(pricings, (409, "MissingSubscriptionRegistration".to_owned()));
    let roles = client.query(json!({"query": "authorizationresources | project id"})).await;
    assert_eq!(roles.status(), 500);
}

#[test]
fn the_cloud_file_is_the_documented_table() {
    let azure = Tenant::new().serve().start();
    let text = std::fs::read_to_string(azure.cloud_file()).unwrap();
    let cloud = &text.parse::<toml::Table>().unwrap()["cloud"];
    assert_eq!(cloud["authority_host"].as_str(), Some("https://login.microsoftonline.com"));
    let address = azure.address().to_string();
    for name in
        ["login.microsoftonline.com", "management.azure.com", "graph.microsoft.com", "*.vault.azure.net"]
    {
        assert_eq!(cloud["resolve"][name].as_str(), Some(address.as_str()), "{name}");
    }
    assert!(std::path::Path::new(cloud["ca_file"].as_str().unwrap()).is_file());
}

#[test]
fn a_snapshot_may_be_packed() {
    let directory = tempfile::tempdir().unwrap();
    school().write(directory.path());
    let plain = directory.path().join("resources.ndjson");
    let packed = zstd::encode_all(std::fs::File::open(&plain).unwrap(), 3).unwrap();
    std::fs::write(directory.path().join("resources.ndjson.zst"), packed).unwrap();
    std::fs::remove_file(plain).unwrap();
    let azure = Settings::of(directory.path()).start();
    assert!(azure.world().get(&vault_id()).is_some());
}
