//! Subscriptions, resource groups and management groups: what holds resources.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use skytjek::inventory::id::ResourceId;

use super::world::World;

/// A subscription as ARM describes it.
pub fn subscription(world: &World, id: &str) -> Value {
    let record = world.resources.get(&format!("/subscriptions/{}", id.to_ascii_lowercase()));
    let field = |name: &str| record.and_then(|body| body.get(name)).cloned();
    json!({
        "id": format!("/subscriptions/{id}"),
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "subscriptionId": id,
        "tenantId": world.tenant,
        "displayName": field("displayName").or_else(|| field("name")).unwrap_or_else(|| json!(id)),
        "state": record.map_or(json!("Enabled"), |body| match &body["properties"]["state"] {
            Value::String(state) => json!(state),
            _ => body.get("state").cloned().unwrap_or_else(|| json!("Enabled")),
        }),
        "tags": field("tags").unwrap_or_else(|| json!({})),
        "subscriptionPolicies": {"locationPlacementId": "Public_2014-09-01", "quotaId": "EnterpriseAgreement_2014-09-01", "spendingLimit": "Off"},
    })
}

/// The subscription's row in Resource Graph's `resourcecontainers`.
pub fn subscription_row(world: &World, id: &str) -> Value {
    let body = subscription(world, id);
    let chain = ancestors(world, id).into_iter();
    let chain: Vec<Value> = chain.map(|name| json!({"name": name, "displayName": name})).collect();
    json!({
        "id": body["id"], "name": body["displayName"], "type": "microsoft.resources/subscriptions",
        "tenantId": world.tenant, "subscriptionId": id, "resourceGroup": "", "kind": "", "location": "", "managedBy": "",
        "tags": body["tags"], "sku": null, "plan": null, "identity": null, "zones": null, "extendedLocation": null,
        "properties": {
            "state": body["state"], "subscriptionPolicies": body["subscriptionPolicies"], "managedByTenants": [],
            "managementGroupAncestorsChain": chain,
        },
    })
}

/// The management groups above a subscription, nearest first.
fn ancestors(world: &World, id: &str) -> Vec<String> {
    let record = world.resources.get(&format!("/subscriptions/{}", id.to_ascii_lowercase()));
    let chain = record.and_then(|body| body["properties"]["managementGroupAncestorsChain"].as_array());
    let names = chain.into_iter().flatten().filter_map(|link| link["name"].as_str().map(str::to_owned));
    let names: Vec<String> = names.collect();
    if names.is_empty() { vec![world.tenant.clone()] } else { names }
}

/// The resource groups of a subscription, by lower-case name: those on record and those that hold something.
pub fn groups(world: &World, subscription: &str) -> BTreeMap<String, Value> {
    let start = format!("/subscriptions/{}/resourcegroups/", subscription.to_ascii_lowercase());
    let mut groups = BTreeMap::new();
    let ids = world.resources.range(start.clone()..).take_while(|(id, _)| id.starts_with(&start));
    for (id, body) in ids {
        let spelled = ResourceId::parse(body["id"].as_str().unwrap()).unwrap();
        let name = spelled.resource_group().unwrap().to_owned();
        let key = name.to_ascii_lowercase();
        if id.len() == start.len() + key.len() {
            groups.insert(key, body.clone());
            continue;
        }
        groups.entry(key).or_insert_with(|| {
            json!({
                "id": format!("/subscriptions/{subscription}/resourceGroups/{name}"),
                "name": name, "type": "Microsoft.Resources/resourceGroups", "location": "westeurope",
                "properties": {"provisioningState": "Succeeded"},
            })
        });
    }
    groups
}

/// The management groups, by lower-case name; the root group, named like the tenant, is always there.
pub fn management_groups(world: &World) -> BTreeMap<String, Value> {
    let start = "/providers/microsoft.management/managementgroups/";
    let root = world.tenant.clone();
    let mut groups = BTreeMap::from([(
        root.to_ascii_lowercase(),
        json!({
            "id": format!("/providers/Microsoft.Management/managementGroups/{root}"), "name": root,
            "type": "Microsoft.Management/managementGroups",
            "properties": {"tenantId": root, "displayName": "Tenant Root Group", "details": {"parent": {}}},
        }),
    )]);
    for (id, body) in world.resources.range(start.to_owned()..) {
        match id.strip_prefix(start) {
            Some(name) if !name.contains('/') => groups.insert(name.to_owned(), body.clone()),
            Some(_) => continue,
            None => break,
        };
    }
    groups
}

/// The name of the group above a management group; the root group has none.
fn parent_of(world: &World, group: &Value) -> Option<String> {
    let name = group["name"].as_str().unwrap_or_default();
    let parent = group["properties"]["details"]["parent"]["name"].as_str();
    match parent {
        Some(parent) => Some(parent.to_owned()),
        None => (!name.eq_ignore_ascii_case(&world.tenant)).then(|| world.tenant.clone()),
    }
}

/// All management groups and subscriptions below `group`.
pub fn descendants(world: &World, group: &str) -> Vec<Value> {
    let groups = management_groups(world);
    let chain = |name: &str| {
        let up = |name: &String| parent_of(world, groups.get(&name.to_ascii_lowercase())?);
        std::iter::successors(up(&name.to_owned()), up).take(10).collect::<Vec<_>>()
    };
    let link = |name: &str| json!({"id": format!("/providers/Microsoft.Management/managementGroups/{name}")});
    let is_below = |above: &[String]| above.iter().any(|name| name.eq_ignore_ascii_case(group));
    let mut found = Vec::new();
    for body in groups.values() {
        let name = body["name"].as_str().unwrap_or_default();
        let above = chain(name);
        if is_below(&above) {
            found.push(json!({
                "id": body["id"], "type": "Microsoft.Management/managementGroups", "name": name,
                "properties": {"displayName": body["properties"]["displayName"], "parent": link(&above[0])},
            }));
        }
    }
    for id in &world.subscriptions {
        let mut above = ancestors(world, id);
        let nearest = above[0].clone();
        above.extend(chain(&nearest));
        if is_below(&above) {
            let body = subscription(world, id);
            found.push(json!({
                "id": body["id"], "type": "/subscriptions", "name": id,
                "properties": {"displayName": body["displayName"], "parent": link(&nearest)},
            }));
        }
    }
    found
}
