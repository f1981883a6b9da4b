//! How a resource looks in a list or a Resource Graph row, where that differs from its own GET.

use serde_json::{Value, json};
use skytjek::inventory::id::ResourceId;

use super::world::type_of;

/// `siteConfig` of a list row has all its keys, and null behind each.
const SITE_CONFIG: &[&str] =
    &["alwaysOn", "ftpsState", "http20Enabled", "minTlsVersion", "remoteDebuggingEnabled"];

/// What lists of Automation accounts leave out.
const AUTOMATION: &[&str] = &["publicNetworkAccess", "disableLocalAuth", "encryption"];

/// Properties of Key Vault keys and secrets that ARM's lists carry; the rest is in the GET.
const VAULT_ITEM: &[&str] =
    &["attributes", "keyUri", "keyUriWithVersion", "secretUri", "secretUriWithVersion"];

/// Child types that are tracked resources and so stand in Resource Graph's `resources` too.
const TRACKED_CHILDREN: &[&str] = &[
    "microsoft.sql/servers/databases",
    "microsoft.compute/virtualmachines/extensions",
    "microsoft.network/privatednszones/virtualnetworklinks",
    "microsoft.web/sites/slots",
    "microsoft.automation/automationaccounts/runbooks",
];

/// A virtual machine's state and user data come only where `$expand` names them.
pub fn with_expanded(body: &Value, expand: &str) -> Value {
    let mut body = body.clone();
    let is_machine =
        body["id"].as_str().and_then(type_of).is_some_and(|kind| kind == "microsoft.compute/virtualmachines");
    if is_machine && let Some(properties) = body.get_mut("properties").and_then(Value::as_object_mut) {
        for part in ["instanceView", "userData"] {
            if !expand.split(',').any(|word| word == part) {
                properties.remove(part);
            }
        }
    }
    body
}

/// The resource as a list returns it.
pub fn in_list(body: &Value) -> Value {
    let mut row = with_expanded(body, "");
    let kind = row["id"].as_str().and_then(type_of).unwrap_or_default();
    let Some(properties) = row.get_mut("properties").and_then(Value::as_object_mut) else {
        return row;
    };
    match kind.as_str() {
        "microsoft.web/sites" | "microsoft.web/sites/slots" => {
            let known = properties.get("siteConfig").and_then(Value::as_object);
            let keys = known.into_iter().flat_map(|config| config.keys().map(String::as_str));
            let nulls: Value =
                keys.chain(SITE_CONFIG.iter().copied()).map(|key| (key, Value::Null)).collect();
            properties.insert("siteConfig".into(), nulls);
        }
        "microsoft.automation/automationaccounts" => {
            properties.retain(|key, _| !AUTOMATION.contains(&key.as_str()));
        }
        "microsoft.keyvault/vaults/keys" | "microsoft.keyvault/vaults/secrets" => {
            properties.retain(|key, _| VAULT_ITEM.contains(&key.as_str()));
        }
        _ => {}
    }
    row
}

/// Whether a resource has a row in Resource Graph's `resources`.
pub fn is_tracked(id: &str) -> bool {
    let Some((id, kind)) = ResourceId::parse(id).zip(type_of(id)) else {
        return false;
    };
    // An extension (a lock, a diagnostic setting) has a second `providers` in its id.
    let in_group =
        id.resource_group().is_some() && id.as_str().to_ascii_lowercase().matches("/providers/").count() == 1;
    let level = kind.matches('/').count();
    in_group
        && (level == 1 || TRACKED_CHILDREN.contains(&kind.as_str()))
        && !kind.starts_with("microsoft.authorization/")
}

/// A row of Resource Graph with all of its columns, filled as Resource Graph fills them: the type in
/// lower case, `""` for an absent `kind`, null for other absences.
pub fn in_resource_graph(body: &Value, tenant: &str) -> Value {
    let slim = in_list(body);
    let id = slim["id"].as_str().unwrap_or_default();
    let parsed = ResourceId::parse(id);
    let part = |pick: fn(&ResourceId) -> Option<&str>| parsed.as_ref().and_then(pick).unwrap_or_default();
    let kind = match type_of(id).unwrap_or_default() {
        kind if kind == "microsoft.resources/resourcegroups" => {
            "microsoft.resources/subscriptions/resourcegroups".into()
        }
        kind => kind,
    };
    let mut row = json!({
        "id": id,
        "name": slim.get("name").cloned().unwrap_or_else(|| json!(id.rsplit('/').next())),
        "type": kind,
        "tenantId": tenant,
        "resourceGroup": part(ResourceId::resource_group).to_ascii_lowercase(),
        "subscriptionId": part(ResourceId::subscription),
    });
    for column in ["kind", "location", "managedBy"] {
        row[column] =
            slim.get(column).filter(|value| value.is_string()).cloned().unwrap_or_else(|| json!(""));
    }
    for column in ["sku", "plan", "properties", "tags", "identity", "zones", "extendedLocation"] {
        row[column] = slim.get(column).cloned().unwrap_or(Value::Null);
    }
    row
}
