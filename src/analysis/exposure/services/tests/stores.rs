//! Storage, vaults, registries, AI and what else has a default action with lists.

use serde_json::json;

use super::{answer, check, id, line, public, resource, with_properties};

#[test]
fn storage_accounts() {
    let open = public("publicNetworkAccess networkAcls.defaultAction");
    let listed = |acls: serde_json::Value| json!({ "publicNetworkAccess": "Enabled", "networkAcls": acls });
    check(
        "Microsoft.Storage/storageAccounts",
        &[
            (json!({}), &open),
            (json!({ "publicNetworkAccess": null, "networkAcls": null }), &open),
            (json!({ "publicNetworkAccess": "enabled", "networkAcls": { "defaultAction": "allow" } }), &open),
            (
                json!({ "publicNetworkAccess": "Disabled", "networkAcls": { "defaultAction": "Allow" } }),
                "private:  | publicNetworkAccess",
            ),
            (
                // With Allow the list is not asked: a list beside it fools no one.
                json!({ "networkAcls": { "defaultAction": "Allow", "ipRules": [{ "value": "20.1.2.3" }] } }),
                &open,
            ),
            (
                listed(json!({ "defaultAction": "Deny", "bypass": "None" })),
                "restricted:  | publicNetworkAccess networkAcls.defaultAction",
            ),
            (
                // Trusted services are the default.
                listed(json!({ "defaultAction": "Deny" })),
                "restricted:  | publicNetworkAccess networkAcls.defaultAction networkAcls.bypass",
            ),
            (
                listed(json!({
                    "defaultAction": "Deny", "bypass": "Logging, Metrics",
                    "ipRules": [{ "value": "20.1.2.4", "action": "Allow" }, { "value": "20.1.2.5" }, { "value": "10.0.0.0/8" }],
                    "ipv6Rules": [{ "value": "2a01:4f8::/32" }],
                    "virtualNetworkRules": [{ "id": "/subscriptions/s/x", "action": "Allow" }],
                    "resourceAccessRules": [{ "tenantId": "t", "resourceId": "/subscriptions/s/y" }],
                })),
                "restricted: 20.1.2.4/31 2a01:4f8::/32 | publicNetworkAccess networkAcls.defaultAction networkAcls.ipRules[0].value networkAcls.ipRules[1].value networkAcls.ipRules[2].value networkAcls.ipv6Rules[0].value networkAcls.virtualNetworkRules[0] networkAcls.bypass networkAcls.resourceAccessRules[0]",
            ),
            (
                // Halves of the Internet are the Internet.
                listed(
                    json!({ "defaultAction": "Deny", "bypass": "None", "ipRules": [{ "value": "0.0.0.0/1" }, { "value": "128.0.0.0/1" }] }),
                ),
                "public: 0.0.0.0/0 | publicNetworkAccess networkAcls.defaultAction networkAcls.ipRules[0].value networkAcls.ipRules[1].value",
            ),
            (
                // Nobody holds a perimeter over it: nobody gets in.
                json!({ "publicNetworkAccess": "SecuredByPerimeter", "networkAcls": { "defaultAction": "Allow" } }),
                "private:  | publicNetworkAccess",
            ),
            (
                json!({ "publicNetworkAccess": "Sometimes", "networkAcls": { "defaultAction": "Deny", "bypass": "None" } }),
                "unknown:  | networkAcls.defaultAction",
            ),
            (
                listed(
                    json!({ "defaultAction": "Deny", "bypass": "None", "ipRules": [{ "value": "20.1.2.3" }, { "value": "office" }] }),
                ),
                "unknown: 20.1.2.3/32 | publicNetworkAccess networkAcls.defaultAction networkAcls.ipRules[0].value",
            ),
        ],
    );
}

#[test]
fn file_sync_and_elastic_san() {
    check(
        "Microsoft.StorageSync/storageSyncServices",
        &[
            (json!({}), &public("incomingTrafficPolicy")),
            (
                json!({ "incomingTrafficPolicy": "AllowVirtualNetworksOnly" }),
                "private:  | incomingTrafficPolicy",
            ),
        ],
    );
    check(
        "Microsoft.ElasticSan/elasticSans",
        &[
            (json!({}), "unknown:  | "),
            (json!({ "publicNetworkAccess": "Disabled" }), "private:  | publicNetworkAccess"),
        ],
    );
}

#[test]
fn vaults_and_managed_hsms() {
    check(
        "Microsoft.KeyVault/vaults",
        &[
            (json!({}), &public("publicNetworkAccess networkAcls.defaultAction")),
            (
                json!({ "networkAcls": { "defaultAction": "Deny", "ipRules": [{ "value": "20.1.2.0/24" }] } }),
                "restricted: 20.1.2.0/24 | publicNetworkAccess networkAcls.defaultAction networkAcls.ipRules[0].value networkAcls.bypass",
            ),
            (
                json!({ "publicNetworkAccess": "disabled", "networkAcls": { "defaultAction": "Allow" } }),
                "private:  | publicNetworkAccess",
            ),
        ],
    );
    let tagged = json!({ "networkAcls": { "defaultAction": "Deny", "bypass": "None", "serviceTags": [{ "tag": "NoSuchTag" }] } });
    check(
        "Microsoft.KeyVault/managedHSMs",
        &[
            (json!({}), &public("publicNetworkAccess networkAcls.defaultAction")),
            (tagged, "unknown:  | publicNetworkAccess networkAcls.defaultAction"),
        ],
    );
}

#[test]
fn registries_and_ai() {
    check(
        "Microsoft.ContainerRegistry/registries",
        &[
            (json!({}), &public("publicNetworkAccess networkRuleSet.defaultAction")),
            (
                json!({ "networkRuleBypassOptions": "None", "networkRuleSet": { "defaultAction": "Deny", "ipRules": [{ "action": "Allow", "value": "20.1.2.3" }] } }),
                "restricted: 20.1.2.3/32 | publicNetworkAccess networkRuleSet.defaultAction networkRuleSet.ipRules[0].value",
            ),
        ],
    );
    check(
        "Microsoft.CognitiveServices/accounts",
        &[
            (json!({}), &public("publicNetworkAccess networkAcls.defaultAction")),
            (
                json!({ "networkAcls": { "defaultAction": "Deny", "virtualNetworkRules": [{ "id": "/subscriptions/s/x" }] } }),
                "restricted:  | publicNetworkAccess networkAcls.defaultAction networkAcls.virtualNetworkRules[0]",
            ),
        ],
    );
    check(
        "Microsoft.Search/searchServices",
        &[
            (json!({}), &public("publicNetworkAccess networkRuleSet.ipRules")),
            (
                json!({ "networkRuleSet": { "ipRules": [] } }),
                &public("publicNetworkAccess networkRuleSet.ipRules"),
            ),
            (
                json!({ "networkRuleSet": { "ipRules": [{ "value": "20.1.2.3" }], "bypass": "AzureServices" } }),
                "restricted: 20.1.2.3/32 | publicNetworkAccess networkRuleSet.ipRules[0].value networkRuleSet.bypass",
            ),
            (json!({ "publicNetworkAccess": "Disabled" }), "private:  | publicNetworkAccess"),
        ],
    );
}

#[test]
fn a_project_goes_by_its_hub() {
    let kind = "Microsoft.MachineLearningServices/workspaces";
    let hub = with_properties(kind, "hub", json!({ "publicNetworkAccess": "Disabled" }));
    let project = |hub: &str| {
        resource(
            kind,
            "x",
            json!({ "kind": "Project", "properties": { "publicNetworkAccess": "Enabled", "hubResourceId": id(kind, hub) } }),
        )
    };
    let service = answer(&[hub.clone(), project("hub")], &[], &id(kind, "x"));
    assert_eq!(line(&service), "private:  | hub#properties.publicNetworkAccess");
    let lost = answer(&[hub, project("gone")], &[], &id(kind, "x"));
    assert_eq!(line(&lost), "unknown:  | ");
    check(kind, &[(json!({}), &public("publicNetworkAccess"))]);
}
