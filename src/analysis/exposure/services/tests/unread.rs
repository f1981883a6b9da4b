//! What was not read is never taken for what isn't there.

use serde_json::{Value as Json, json};

use super::{answer, answers, id, resource, with_properties};

/// The reason of the one answer, which must be unknown.
fn reason(kind: &str, body: Json, unread: &[&str]) -> String {
    let service = answer(&[body], unread, &id(kind, "x"));
    assert_eq!(service.state.word(), "unknown", "{kind}");
    service.reason().unwrap()
}

#[test]
fn unread_children() {
    for (kind, child) in [
        ("Microsoft.Sql/servers", "Microsoft.Sql/servers/firewallRules"),
        (
            "Microsoft.DBforPostgreSQL/flexibleServers",
            "Microsoft.DBforPostgreSQL/flexibleServers/firewallRules",
        ),
        ("Microsoft.DBforMySQL/flexibleServers", "Microsoft.DBforMySQL/flexibleServers/firewallRules"),
        ("Microsoft.Cache/redis", "Microsoft.Cache/redis/firewallRules"),
        ("Microsoft.Synapse/workspaces", "Microsoft.Synapse/workspaces/firewallRules"),
        ("Microsoft.EventHub/namespaces", "Microsoft.EventHub/namespaces/networkRuleSets"),
        ("Microsoft.Web/sites", "Microsoft.Web/sites/config"),
        ("Microsoft.Cdn/profiles", "Microsoft.Cdn/profiles/endpoints"),
    ] {
        let said = reason(kind, with_properties(kind, "x", json!({})), &[child]);
        assert!(said.contains(child) && said.contains("403"), "{said}");
    }
}

#[test]
fn rules_for_ipv6_count_only_with_ipv6() {
    let kind = "Microsoft.Sql/servers";
    let unread = ["Microsoft.Sql/servers/ipv6FirewallRules"];
    let state =
        |properties: Json| answer(&[with_properties(kind, "x", properties)], &unread, &id(kind, "x")).state;
    assert_eq!(state(json!({})).word(), "restricted");
    assert_eq!(state(json!({ "isIPv6Enabled": "Enabled" })).word(), "unknown");
}

/// What was read can decide, whatever else there is.
#[test]
fn an_open_door_is_open_whatever_else_was_not_read() {
    let kind = "Microsoft.Sql/servers";
    let all = json!({ "startIpAddress": "0.0.0.0", "endIpAddress": "255.255.255.255" });
    let bodies = [
        with_properties(kind, "x", json!({})),
        with_properties("Microsoft.Sql/servers/firewallRules", "x/all", all),
    ];
    let service = answer(&bodies, &["Microsoft.Sql/servers/firewallRules"], &id(kind, "x"));
    assert_eq!(service.state.word(), "public");
    assert!(service.reason().is_some(), "what else is not known is said");
}

/// A closed door is closed, whatever the lists behind it say.
#[test]
fn a_closed_door_is_closed_whatever_was_not_read() {
    let kind = "Microsoft.Sql/servers";
    let body = with_properties(kind, "x", json!({ "publicNetworkAccess": "Disabled" }));
    let service = answer(&[body], &["Microsoft.Sql/servers/firewallRules"], &id(kind, "x"));
    assert_eq!((service.state.word(), service.reason()), ("private", None));
}

#[test]
fn slim_rows_and_strange_shapes() {
    let kind = "Microsoft.Storage/storageAccounts";
    let said = reason(kind, resource(kind, "x", json!({})), &[]);
    assert!(said.contains("carries no properties"), "{said}");
    reason(kind, with_properties(kind, "x", json!({ "networkAcls": "closed" })), &[]);
    reason(
        kind,
        with_properties(kind, "x", json!({ "networkAcls": { "defaultAction": "Deny", "ipRules": "none" } })),
        &[],
    );
    reason(
        kind,
        with_properties(
            kind,
            "x",
            json!({ "networkAcls": { "defaultAction": "Deny", "ipRules": [7, null] } }),
        ),
        &[],
    );
    let automation = "Microsoft.Automation/automationAccounts";
    let said = reason(automation, with_properties(automation, "x", json!({})), &[]);
    assert!(said.contains("lists don't carry it"), "{said}");
}

#[test]
fn an_app_whose_endpoints_are_unread_is_unknown_only_where_that_decides() {
    let kind = "Microsoft.Web/sites";
    let config = with_properties("Microsoft.Web/sites/config", "x/web", json!({}));
    let unread = ["Microsoft.Network/privateEndpoints"];
    let unset = [with_properties(kind, "x", json!({})), config.clone()];
    assert_eq!(answer(&unset, &unread, &id(kind, "x")).state.word(), "unknown");
    let set = [with_properties(kind, "x", json!({ "publicNetworkAccess": "Enabled" })), config];
    assert_eq!(answer(&set, &unread, &id(kind, "x")).state.word(), "public");
}

#[test]
fn answers_come_in_the_order_of_ids() {
    let bodies: Vec<Json> = ["c", "A", "b"]
        .iter()
        .map(|name| with_properties("Microsoft.KeyVault/vaults", name, json!({})))
        .chain([with_properties("Microsoft.Databricks/workspaces", "z", json!({}))])
        .collect();
    let ids: Vec<String> =
        answers(&bodies, &[]).into_iter().map(|service| service.id.to_lowercase()).collect();
    assert!(ids.is_sorted() && ids.len() == 4, "{ids:?}");
}

#[test]
fn services_that_were_not_listed_are_missed() {
    use super::super::complete;
    let site = with_properties("Microsoft.Web/sites", "x", json!({}));
    let whole = |unread: &[&str]| complete(&super::inventory(std::slice::from_ref(&site), unread));
    assert!(whole(&[]));
    assert!(!whole(&["Microsoft.Web/sites/slots"]));
    assert!(!whole(&["Microsoft.KeyVault/vaults"]));
}
