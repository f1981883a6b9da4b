//! What presence, absence, versions, and things that aren't known mean.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::{Mapped, complete, covers, resources, table};
use super::{given, shown, version};

fn map(major: u32, given_resources: Value) -> Mapped {
    resources(&given(given_resources), &version(major), "infra", "")
}

/// The body at an address and path, as JSON; null where nothing stands.
fn at(mapped: &Mapped, address: &str, path: &str) -> Value {
    let resource = mapped.resources.iter().find(|own| own.address == format!("terraform:{address}")).unwrap();
    shown(&resource.body).pointer(path).cloned().unwrap_or_default()
}

#[test]
fn defaults_are_the_major_versions_own() {
    let ip = json!({"azurerm_public_ip.p": {"name": "p"}});
    let account = json!({"azurerm_storage_account.a": {"name": "a"}});
    let vault = json!({"azurerm_key_vault.v": {"name": "v"}});
    for (major, given, address, path, value) in [
        (3, &ip, "azurerm_public_ip.p", "/sku/name", json!("Basic")),
        (4, &ip, "azurerm_public_ip.p", "/sku/name", json!("Standard")),
        (2, &account, "azurerm_storage_account.a", "/properties/minimumTlsVersion", json!("TLS1_0")),
        (3, &account, "azurerm_storage_account.a", "/properties/minimumTlsVersion", json!("TLS1_2")),
        (2, &account, "azurerm_storage_account.a", "/properties/allowBlobPublicAccess", json!(false)),
        (3, &account, "azurerm_storage_account.a", "/properties/allowBlobPublicAccess", json!(true)),
        (5, &account, "azurerm_storage_account.a", "/properties/allowBlobPublicAccess", json!(false)),
        (4, &vault, "azurerm_key_vault.v", "/properties/enableRbacAuthorization", json!(false)),
        // What nobody has looked up isn't guessed.
        (
            5,
            &vault,
            "azurerm_key_vault.v",
            "/properties/enableRbacAuthorization",
            json!(
                "? depends on azurerm_key_vault's default for rbac_authorization_enabled, which is not known"
            ),
        ),
        // No rule of its own: the platform's default stands.
        (4, &account, "azurerm_storage_account.a", "/properties/networkAcls", Value::Null),
    ] {
        assert_eq!(at(&map(major, given.clone()), address, path), value, "{major} {address} {path}");
    }
}

#[test]
fn old_and_new_names_mean_the_same() {
    for (argument, value, path, expected) in [
        ("enable_https_traffic_only", json!(false), "/properties/supportsHttpsTrafficOnly", json!(false)),
        ("https_traffic_only_enabled", json!(false), "/properties/supportsHttpsTrafficOnly", json!(false)),
        // Null is as if it weren't there.
        ("https_traffic_only_enabled", Value::Null, "/properties/supportsHttpsTrafficOnly", json!(true)),
        ("public_network_access_enabled", json!(false), "/properties/publicNetworkAccess", json!("Disabled")),
        (
            "public_network_access_enabled",
            json!("false"),
            "/properties/publicNetworkAccess",
            json!("Disabled"),
        ),
    ] {
        let mapped = map(4, json!({"azurerm_storage_account.a": {"name": "a", argument: value}}));
        assert_eq!(at(&mapped, "azurerm_storage_account.a", path), expected, "{argument}");
    }
}

#[test]
fn what_is_not_known_stays_unknown() {
    let mapped = map(
        4,
        json!({
            "azurerm_storage_account.a": {
                "name": {"$unknown": "depends on variable 'n'"},
                "account_tier": "Standard", "account_replication_type": {"$unknown": "depends on variable 'r'"},
                "public_network_access_enabled": {"$unknown": "depends on variable 'p'"},
                "network_rules": {"$unknown": "depends on variable 'rules'"},
            },
            "azurerm_network_security_group.g": {
                "name": "g",
                "security_rule": [{"name": "known", "access": "Allow"}, {"$unknown": "depends on variable 'rule'"}],
            },
            "azurerm_storage_container.c": {
                "name": "c", "storage_account_name": {"$ref": "azurerm_storage_account.a.name"},
            },
        }),
    );
    let account = |path: &str| at(&mapped, "azurerm_storage_account.a", path);
    assert_eq!(account("/name"), json!("? depends on variable 'n'"));
    assert_eq!(account("/sku/name"), json!("? depends on variable 'r'"));
    assert_eq!(account("/properties/publicNetworkAccess"), json!("? depends on variable 'p'"));
    assert_eq!(account("/properties/networkAcls"), json!("? depends on variable 'rules'"));
    // Its neighbours come through.
    assert_eq!(account("/properties/minimumTlsVersion"), json!("TLS1_2"));
    let rules = at(&mapped, "azurerm_network_security_group.g", "/properties/securityRules");
    assert_eq!(
        rules,
        json!([{"name": "known", "properties": {"access": "Allow"}}, "? depends on variable 'rule'"])
    );
    // A child of what has no name yet is a child of it all the same.
    let ids: Vec<&str> = mapped.resources.iter().map(|own| own.id.as_str()).collect();
    let account = "/subscriptions/infra/resourceGroups/deployment/providers/Microsoft.Storage/storageAccounts/~azurerm_storage_account.a";
    assert!(ids.contains(&account), "{ids:#?}");
    assert!(ids.contains(&format!("{account}/blobServices/default/containers/c").as_str()), "{ids:#?}");
}

#[test]
fn who_adds_to_nobody_knows_whom_casts_doubt_on_all() {
    let mapped = map(
        4,
        json!({
            "azurerm_subnet.with": {"name": "a", "virtual_network_name": "v", "network_security_group_id": "/own"},
            "azurerm_subnet.without": {"name": "b", "virtual_network_name": "v"},
            "azurerm_subnet_network_security_group_association.x": {
                "subnet_id": {"$unknown": "depends on variable 's'"}, "network_security_group_id": "/g",
            },
        }),
    );
    assert_eq!(at(&mapped, "azurerm_subnet.with", "/properties/networkSecurityGroup/id"), json!("/own"));
    let doubt = at(&mapped, "azurerm_subnet.without", "/properties/networkSecurityGroup/id");
    assert!(
        doubt.as_str().unwrap().starts_with("? may be set by terraform:azurerm_subnet_network"),
        "{doubt}"
    );
}

#[test]
fn a_declared_child_stands_for_an_implied_one() {
    let mapped = map(
        4,
        json!({
            "azurerm_mssql_server.s": {"name": "s", "azuread_administrator": [{"login_username": "a", "azuread_authentication_only": true}]},
            "azapi_resource.only": {
                "type": "Microsoft.Sql/servers/azureADOnlyAuthentications@2023-08-01", "name": "Default",
                "parent_id": {"$ref": "azurerm_mssql_server.s.id"}, "body": {"properties": {"azureADOnlyAuthentication": false}},
            },
        }),
    );
    let of_type = |kind: &str| mapped.resources.iter().filter(|own| own.kind == kind).count();
    assert_eq!(of_type("Microsoft.Sql/servers/azureADOnlyAuthentications"), 1);
    assert_eq!(at(&mapped, "azapi_resource.only", "/properties/azureADOnlyAuthentication"), json!(false));
    assert_eq!(of_type("Microsoft.Sql/servers/administrators"), 1);
}

#[test]
fn azapi_bodies_are_arms_own() {
    let mapped = map(
        4,
        json!({
            "azapi_resource.text": {
                "type": "Microsoft.Search/searchServices@2023-11-01", "name": "s", "location": "west europe",
                "body": "{\"sku\":{\"name\":\"basic\"},\"properties\":{\"publicNetworkAccess\":\"enabled\"}}",
            },
            "azapi_update_resource.u": {
                "type": "Microsoft.Storage/storageAccounts@2023-01-01", "resource_id": {"$ref": "azurerm_storage_account.a.id"},
                "body": {"properties": {"allowBlobPublicAccess": false}},
            },
            "azapi_resource.unknown": {"type": {"$unknown": "depends on variable 't'"}},
            "azurerm_storage_account.a": {"name": "a", "allow_nested_items_to_be_public": true},
        }),
    );
    assert_eq!(at(&mapped, "azapi_resource.text", "/sku/name"), json!("basic"));
    assert_eq!(at(&mapped, "azapi_resource.text", "/properties/publicNetworkAccess"), json!("enabled"));
    assert_eq!(at(&mapped, "azurerm_storage_account.a", "/properties/allowBlobPublicAccess"), json!(false));
    let lost: Vec<&str> = mapped.lost.iter().map(|lost| lost.what.as_str()).collect();
    assert_eq!(lost, ["terraform:azapi_resource.unknown"]);
}

#[test]
fn what_is_not_mapped_is_said() {
    let mapped = map(
        4,
        json!({
            "azurerm_no_such_thing.a": {}, "azurerm_no_such_thing.b": {}, "random_id.r": {}, "azurerm_storage_blob.b": {},
            "azuread_group.g": {}, "azurerm_resource_group_template_deployment.t": {"template_content": "{}"},
        }),
    );
    let lost: Vec<(&str, &str)> =
        mapped.lost.iter().map(|lost| (lost.what.as_str(), lost.reason.as_str())).collect();
    assert_eq!(
        lost,
        [
            (
                "terraform:azurerm_resource_group_template_deployment.t",
                "the template that azurerm_resource_group_template_deployment deploys is not read; scan the template itself",
            ),
            (
                "terraform:azurerm_no_such_thing.a",
                "azurerm_no_such_thing is not mapped (2 resources), so no rule looks at it"
            ),
        ]
    );
    assert_eq!(mapped.notes, ["1 azuread resource: Entra ID is not judged from code"]);
}

#[test]
fn what_rules_read_and_nobody_maps_is_unknown() {
    let paths = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>();
    let mut mapped = map(
        4,
        json!({
            "azurerm_storage_account.a": {"name": "a", "tags": {"a.b": "c"}},
            "module.m[\"x.azurerm_y/z\"].azurerm_network_security_group.g[0]": {"name": "g", "security_rule": [{"name": "r"}]},
        "azurerm_firewall.hub": {"name": "h", "virtual_hub": [{"virtual_hub_id": "/h"}]},
        "azurerm_firewall.alone": {"name": "n"},
        }),
    );
    let reads = paths(&[
        "name",
        "tags.owner",
        "identity.type",
        "properties.somethingNew",
        "properties.encryption.somethingNew",
        "properties.networkAcls.defaultAction",
        "properties.networkAcls.somethingNew",
        "properties.networkAcls.ipv6Rules[*].value",
        "properties.provisioningState",
        "properties.minimumTlsVersion",
        "properties.securityRules[*].properties.access",
        "properties.securityRules[*].properties.somethingNew",
        "properties.hubIPAddresses.publicIPs.addresses[*].address",
    ]);
    for resource in &mut mapped.resources {
        complete(resource, &reads.iter().cloned().collect());
    }
    let account = |path: &str| at(&mapped, "azurerm_storage_account.a", path);
    let doubt = json!(
        "? depends on Azure or on an argument of azurerm_storage_account that is not mapped to properties.somethingNew"
    );
    assert_eq!(account("/properties/somethingnew"), doubt);
    assert!(
        account("/properties/encryption/somethingnew").as_str().unwrap().starts_with("? depends on Azure")
    );
    // Known ones stand.
    assert_eq!(account("/properties/encryption/requireInfrastructureEncryption"), json!(false));
    assert_eq!(account("/properties/minimumTlsVersion"), json!("TLS1_2"));
    // There is no block, so there is nothing in it; Azure writes the state itself; there is no identity.
    for path in ["/properties/networkAcls", "/properties/provisioningState", "/identity"] {
        assert_eq!(account(path), Value::Null, "{path}");
    }
    // A block that is there has something that nobody knows; one that isn't has nothing.
    let hub = "/properties/hubIPAddresses/publicips";
    assert!(at(&mapped, "azurerm_firewall.hub", hub).is_string());
    assert_eq!(at(&mapped, "azurerm_firewall.alone", "/properties/hubIPAddresses"), Value::Null);
    let group = "module.m[\"x.azurerm_y/z\"].azurerm_network_security_group.g[0]";
    let rule = at(&mapped, group, "/properties/securityRules/0/properties");
    assert!(rule["somethingnew"].as_str().unwrap().contains("azurerm_network_security_group"), "{rule}");
    assert_eq!(rule["access"], Value::Null);
}

#[test]
fn of_what_is_declared_elsewhere_only_the_addition_is_known() {
    let mut mapped = map(
        4,
        json!({
            "azurerm_storage_account_network_rules.r": {
                "storage_account_id": "/subscriptions/1/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a",
                "default_action": "Allow",
            },
        }),
    );
    let reads =
        ["properties.networkAcls.defaultAction", "properties.minimumTlsVersion", "kind"].map(str::to_owned);
    complete(&mut mapped.resources[0], &reads.into());
    let address = "azurerm_storage_account_network_rules.r";
    assert_eq!(at(&mapped, address, "/properties/networkAcls/defaultAction"), json!("Allow"));
    for path in ["/properties/minimumtlsversion", "/kind"] {
        assert!(at(&mapped, address, path).as_str().unwrap().starts_with("? is not in this code"), "{path}");
    }
}

#[test]
fn the_table_says_what_it_covers() {
    let account = "Microsoft.Storage/storageAccounts";
    for (kind, path, covered) in [
        ("azurerm_storage_account", "properties.minimumTlsVersion", true),
        ("azurerm_storage_account", "properties.networkAcls", true),
        ("azurerm_storage_account", "properties.networkAcls.ipRules[*].value", true),
        ("azurerm_storage_account", "properties.networkAcls.other", false),
        ("azurerm_storage_account", "properties.other", false),
        // Set by another block, azurerm_storage_account_customer_managed_key.
        ("azurerm_storage_account", "properties.encryption.keyvaultproperties.keyversion", true),
    ] {
        assert_eq!(covers(account, kind, path), covered, "{path}");
    }
    let route = "Microsoft.Network/virtualNetworks/subnets";
    assert!(covers(route, "azurerm_subnet", "properties.routeTable.id"));
    let cipher = "properties.customProperties[\"Microsoft.WindowsAzure.ApiManagement.Gateway.Security.Ciphers.TripleDes168\"]";
    assert!(covers("Microsoft.ApiManagement/service", "azurerm_api_management", cipher));
    assert!(covers(
        "Microsoft.Insights/activityLogAlerts",
        "azurerm_monitor_activity_log_alert",
        "properties.condition.allOf.{*}"
    ));
}

#[test]
fn loops_of_references_end() {
    let mapped = map(
        4,
        json!({
            "azurerm_subnet.a": {"name": "a", "virtual_network_name": {"$ref": "azurerm_subnet.b.name"}},
            "azurerm_subnet.b": {"name": "b", "virtual_network_name": {"$ref": "azurerm_subnet.a.name"}},
            "azurerm_storage_account.c": {"name": {"$ref": "azurerm_storage_account.c.name"}},
        }),
    );
    assert_eq!(mapped.resources.len(), 5);
}

/// Values that look like arguments: names that rows ask for, in shapes that they don't expect.
fn argument(names: Vec<String>) -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i32>().prop_map(Into::into),
        "[a-z/~.,:]{0,12}".prop_map(Into::into),
        Just(json!({"$unknown": "depends on something"})),
        Just(json!({"$ref": "azurerm_storage_account.x.id"})),
        Just(json!("/subscriptions/1/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v")),
    ];
    leaf.prop_recursive(4, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::vec((prop::sample::select(names.clone()), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn arguments() -> impl Strategy<Value = (String, Value)> {
    let kinds: Vec<String> = table::names().map(str::to_owned).collect();
    prop::sample::select(kinds).prop_flat_map(|kind| {
        let mut names: Vec<String> =
            ["name", "identity", "type", "identity_ids", "tags", "resource_group_name", "id"]
                .map(str::to_owned)
                .to_vec();
        if let Some(own) = table::kind(&kind) {
            let rows = own.rows.iter().chain(own.children.iter().flat_map(|child| &child.rows));
            names.extend(rows.flat_map(|row| row.from.iter().map(|step| step.name.to_owned())));
            if let table::Stands::Below(parent) | table::Stands::Into(parent) = &own.stands {
                names.extend(parent.arguments.iter().flatten().map(|name| (*name).to_owned()));
            }
        }
        names.sort();
        names.dedup();
        let members = prop::collection::vec((prop::sample::select(names.clone()), argument(names)), 0..12);
        members.prop_map(move |members| (kind.clone(), Value::Object(members.into_iter().collect())))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn any_arguments_are_mapped(resources in prop::collection::vec(arguments(), 1..4), major in 0_u32..40) {
        let mut all = json!({"azurerm_storage_account.x": {"name": "x", "id": {"$ref": "azurerm_storage_account.x.id"}}});
        for (at, (kind, own)) in resources.into_iter().enumerate() {
            all[format!("{kind}.r{at}")] = own;
        }
        let mut mapped = map(major, all);
        prop_assert_eq!(mapped.resources.len(), mapped.origins.len());
        let mut ids = std::collections::BTreeSet::new();
        for resource in &mut mapped.resources {
            prop_assert!(ids.insert(resource.id.to_ascii_lowercase()), "{} twice", resource.id);
            prop_assert!(resource.body.members().is_some());
            complete(resource, &["properties.x[*].y".to_owned(), "properties.networkAcls.defaultAction".to_owned()].into());
        }
    }
}
