//! Messaging, IoT, automation, analytics and the rest.

use serde_json::{Value as Json, json};

use super::{EVERYONE, answer, check, check_with, id, line, public, resource, with_properties};

#[test]
fn namespaces() {
    let bus = "Microsoft.ServiceBus/namespaces";
    let namespace = |tier: &str| resource(bus, "x", json!({ "sku": { "name": tier }, "properties": {} }));
    let rules = |properties: Json| {
        with_properties("Microsoft.ServiceBus/namespaces/networkRuleSets", "x/default", properties)
    };
    let set = "/networkRuleSets/default#properties.";
    let cases = [
        // Below Premium there is no firewall, whatever the rules say.
        (
            "Standard",
            json!({ "defaultAction": "Deny", "ipRules": [{ "ipMask": "20.1.2.3" }] }),
            format!("public: {EVERYONE} | publicNetworkAccess #sku.name"),
        ),
        ("Premium", json!({}), format!("public: {EVERYONE} | publicNetworkAccess {set}defaultAction")),
        // Deny over empty lists lets everyone in.
        (
            "Premium",
            json!({ "defaultAction": "Deny", "ipRules": [] }),
            format!("public: {EVERYONE} | publicNetworkAccess {set}defaultAction {set}ipRules"),
        ),
        (
            "Premium",
            json!({ "defaultAction": "Deny", "ipRules": [{ "ipMask": "20.1.2.3" }] }),
            format!(
                "restricted: 20.1.2.3/32 | publicNetworkAccess {set}defaultAction {set}ipRules[0].ipMask"
            ),
        ),
        (
            "Premium",
            json!({ "defaultAction": "Deny", "virtualNetworkRules": [{ "subnet": { "id": "/subscriptions/s/x" } }], "trustedServiceAccessEnabled": true }),
            format!(
                "restricted:  | publicNetworkAccess {set}defaultAction {set}virtualNetworkRules[0] {set}trustedServiceAccessEnabled"
            ),
        ),
    ];
    for (tier, properties, expected) in cases {
        let bodies = [namespace(tier), rules(properties.clone())];
        assert_eq!(line(&answer(&bodies, &[], &id(bus, "x"))), expected, "{tier} {properties}");
    }
    check(
        "Microsoft.EventHub/namespaces",
        &[(json!({ "publicNetworkAccess": "Disabled" }), "private:  | publicNetworkAccess")],
    );
}

#[test]
fn event_grid_and_relay() {
    for kind in
        ["Microsoft.EventGrid/topics", "Microsoft.EventGrid/domains", "Microsoft.EventGrid/namespaces"]
    {
        check(
            kind,
            &[
                (json!({}), &public("publicNetworkAccess inboundIpRules")),
                (
                    json!({ "inboundIpRules": [{ "ipMask": "20.1.2.0/24", "action": "Allow" }] }),
                    "restricted: 20.1.2.0/24 | publicNetworkAccess inboundIpRules[0].ipMask",
                ),
                (json!({ "publicNetworkAccess": "Disabled" }), "private:  | publicNetworkAccess"),
            ],
        );
    }
    check("Microsoft.Relay/namespaces", &[(json!({}), &public("publicNetworkAccess"))]);
}

#[test]
fn iot() {
    let set = |rest: Json| {
        let mut set =
            json!({ "defaultAction": "Deny", "ipRules": [{ "ipMask": "20.1.2.3", "action": "Allow" }] });
        set.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        json!({ "networkRuleSets": set })
    };
    let listed = "publicNetworkAccess networkRuleSets.defaultAction networkRuleSets.ipRules[0].ipMask";
    check(
        "Microsoft.Devices/IotHubs",
        &[
            (json!({}), &public("publicNetworkAccess ipFilterRules")),
            (
                set(json!({ "applyToBuiltInEventHubEndpoint": true })),
                &format!("restricted: 20.1.2.3/32 | {listed}"),
            ),
            (
                set(json!({ "applyToBuiltInEventHubEndpoint": false })),
                &public(&format!("{listed} networkRuleSets.applyToBuiltInEventHubEndpoint")),
            ),
            (set(json!({})), &format!("unknown: 20.1.2.3/32 | {listed}")),
        ],
    );
    let filter = |target: &str| json!({ "ipFilterRules": [{ "action": "Accept", "ipMask": "20.1.2.3", "target": "all" }, { "action": "Reject", "ipMask": "0.0.0.0/0", "target": target }] });
    let dps = "Microsoft.Devices/provisioningServices";
    let state = |properties: Json| answer(&[with_properties(dps, "x", properties)], &[], &id(dps, "x"));
    let closed = state(filter("all"));
    assert_eq!(closed.sources.v4.intervals(), [(0x1401_0203, 0x1401_0203)]);
    assert_eq!(state(filter("serviceApi")).state.word(), "unknown");
}

#[test]
fn signalr() {
    let acls = |acls: Json| json!({ "networkACLs": acls });
    check(
        "Microsoft.SignalRService/SignalR",
        &[
            (
                json!({}),
                &public("publicNetworkAccess networkACLs.defaultAction networkACLs.publicNetwork.allow"),
            ),
            (
                acls(json!({ "defaultAction": "Deny", "publicNetwork": { "allow": [] } })),
                "restricted:  | publicNetworkAccess networkACLs.defaultAction networkACLs.publicNetwork.allow",
            ),
            (
                acls(json!({ "defaultAction": "Deny", "publicNetwork": { "allow": ["ClientConnection"] } })),
                &public("publicNetworkAccess networkACLs.defaultAction networkACLs.publicNetwork.allow"),
            ),
            (
                acls(
                    json!({ "defaultAction": "Allow", "publicNetwork": { "deny": ["ClientConnection", "ServerConnection", "RESTAPI", "Trace"] } }),
                ),
                "restricted:  | publicNetworkAccess networkACLs.defaultAction networkACLs.publicNetwork.deny",
            ),
            (
                acls(
                    json!({ "defaultAction": "Deny", "publicNetwork": { "allow": ["RESTAPI"] }, "ipRules": [{ "value": "20.1.2.3", "action": "Allow" }] }),
                ),
                "restricted: 20.1.2.3/32 | publicNetworkAccess networkACLs.defaultAction networkACLs.ipRules[0] networkACLs.defaultAction",
            ),
        ],
    );
}

#[test]
fn automation_and_batch() {
    check(
        "Microsoft.Automation/automationAccounts",
        &[
            (json!({ "publicNetworkAccess": true }), &public("publicNetworkAccess")),
            (json!({ "publicNetworkAccess": false }), "private:  | publicNetworkAccess"),
        ],
    );
    check(
        "Microsoft.Batch/batchAccounts",
        &[
            (json!({}), &public("publicNetworkAccess networkProfile.accountAccess.defaultAction")),
            (
                json!({ "networkProfile": { "accountAccess": { "defaultAction": "Deny", "ipRules": [{ "value": "20.1.2.3" }] } } }),
                "restricted: 20.1.2.3/32 | publicNetworkAccess networkProfile.accountAccess.defaultAction networkProfile.accountAccess.ipRules[0].value",
            ),
        ],
    );
}

#[test]
fn logic_apps() {
    let workflow = |kind: &str, control: Json| json!({ "definition": { "triggers": { "t": { "type": kind } } }, "accessControl": { "triggers": control } });
    let callers = "accessControl.triggers.allowedCallerIpAddresses";
    check(
        "Microsoft.Logic/workflows",
        &[
            (workflow("Request", json!({})), &public(callers)),
            (workflow("Recurrence", json!({})), "private:  | definition.triggers"),
            // An empty list is for other logic apps only.
            (
                workflow("Request", json!({ "allowedCallerIpAddresses": [] })),
                &format!("restricted:  | {callers}"),
            ),
            (
                workflow(
                    "request",
                    json!({ "allowedCallerIpAddresses": [{ "addressRange": "20.1.2.0-20.1.2.255" }] }),
                ),
                &format!("restricted: 20.1.2.0/24 | {callers}[0].addressRange"),
            ),
            (json!({ "state": "Disabled" }), "private:  | state"),
            (json!({ "state": "Enabled" }), &format!("unknown:  | {callers}")),
        ],
    );
}

#[test]
fn analytics_and_switches_alone() {
    check(
        "Microsoft.Kusto/clusters",
        &[
            (json!({}), &public("publicNetworkAccess allowedIpRangeList")),
            (
                json!({ "allowedIpRangeList": ["20.1.2.0/24"] }),
                "restricted: 20.1.2.0/24 | publicNetworkAccess allowedIpRangeList[0]",
            ),
        ],
    );
    for kind in [
        "Microsoft.Databricks/workspaces",
        "Microsoft.DataFactory/factories",
        "Microsoft.RecoveryServices/vaults",
        "Microsoft.Purview/accounts",
        "Microsoft.Dashboard/grafana",
        "Microsoft.Web/staticSites",
        "Microsoft.App/managedEnvironments",
    ] {
        check(
            kind,
            &[
                (json!({}), &public("publicNetworkAccess")),
                (json!({ "publicNetworkAccess": "Disabled" }), "private:  | publicNetworkAccess"),
            ],
        );
    }
    let approved = json!([{ "properties": { "privateEndpoint": { "id": "/subscriptions/s/pe" }, "privateLinkServiceConnectionState": { "status": "Approved" } } }]);
    check_with(
        "Microsoft.AppConfiguration/configurationStores",
        &[
            (json!({}), vec![], &public("publicNetworkAccess")),
            (json!({ "privateEndpointConnections": approved }), vec![], "private:  | publicNetworkAccess pe"),
        ],
    );
}
