//! What Azure writes into a resource that others refer to: the machine of an interface, the owner of a disk.

use std::collections::BTreeMap;

use super::Mapped;
use super::place::put;
use crate::source::code::file::Span;
use crate::source::code::node::{Content, Node};

/// Type that refers, path of the reference, type that is referred to, path that Azure writes there; and
/// whether it writes a list.
const LINKS: &[(&str, &str, &str, &str, bool)] = &[
    (
        "Microsoft.Compute/virtualMachines",
        "properties.networkProfile.networkInterfaces.id",
        "Microsoft.Network/networkInterfaces",
        "properties.virtualMachine.id",
        false,
    ),
    (
        "Microsoft.Compute/virtualMachines",
        "properties.storageProfile.dataDisks.managedDisk.id",
        "Microsoft.Compute/disks",
        "managedBy",
        false,
    ),
    (
        "Microsoft.Compute/virtualMachines",
        "properties.storageProfile.osDisk.managedDisk.id",
        "Microsoft.Compute/disks",
        "managedBy",
        false,
    ),
    (
        "Microsoft.Network/applicationGateways",
        "properties.firewallPolicy.id",
        "Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies",
        "properties.applicationGateways",
        true,
    ),
    (
        "Microsoft.Network/azureFirewalls",
        "properties.firewallPolicy.id",
        "Microsoft.Network/firewallPolicies",
        "properties.firewalls",
        true,
    ),
    (
        "Microsoft.Network/frontDoors",
        "properties.frontendEndpoints.properties.webApplicationFirewallPolicyLink.id",
        "Microsoft.Network/FrontDoorWebApplicationFirewallPolicies",
        "properties.frontendEndpointLinks",
        true,
    ),
];

/// Types whose front ends may have a public address, and the paths of their configurations.
const FRONT_ENDS: &[(&str, &str)] = &[
    ("Microsoft.Network/networkInterfaces", "ipConfigurations"),
    ("Microsoft.Network/loadBalancers", "frontendIPConfigurations"),
    ("Microsoft.Network/applicationGateways", "frontendIPConfigurations"),
    ("Microsoft.Network/azureFirewalls", "ipConfigurations"),
    ("Microsoft.Network/bastionHosts", "ipConfigurations"),
    ("Microsoft.Network/virtualNetworkGateways", "ipConfigurations"),
];

/// Writes what follows from references inside the root. Where nothing refers, nothing is said: others may.
pub fn add(mapped: &mut Mapped) {
    let by_id: BTreeMap<String, usize> =
        mapped.resources.iter().enumerate().map(|(at, own)| (own.id.to_ascii_lowercase(), at)).collect();
    let mut found: Vec<(usize, &str, bool, String, Span)> = Vec::new();
    for resource in &mapped.resources {
        for (from, path, to, back, list) in LINKS {
            if !resource.kind.eq_ignore_ascii_case(from) {
                continue;
            }
            for target in texts(&resource.body, path) {
                let index = target.as_str().and_then(|id| by_id.get(&id.to_ascii_lowercase())).copied();
                let Some(index) = index else { continue };
                if mapped.resources.get(index).is_some_and(|own| own.kind.eq_ignore_ascii_case(to)) {
                    found.push((index, back, *list, resource.id.clone(), target.span));
                }
            }
        }
        for (kind, configurations) in FRONT_ENDS {
            if !resource.kind.eq_ignore_ascii_case(kind) {
                continue;
            }
            let list = resource.body.member("properties").and_then(|own| own.member(configurations));
            for configuration in list.and_then(Node::elements).unwrap_or_default() {
                let Some(address) = texts(configuration, "properties.publicIPAddress.id").into_iter().next()
                else {
                    continue;
                };
                let index = address.as_str().and_then(|id| by_id.get(&id.to_ascii_lowercase())).copied();
                let name = configuration.member("name").and_then(Node::as_str);
                if let (Some(index), Some(name)) = (index, name) {
                    let id = format!("{}/{configurations}/{name}", resource.id);
                    found.push((index, "properties.ipConfiguration.id", false, id, address.span));
                }
            }
        }
    }
    for (index, path, list, id, at) in found {
        let Some(resource) = mapped.resources.get_mut(index) else { continue };
        let path: Vec<&str> = path.split('.').collect();
        let id = Node::text(id, at);
        if !list {
            put(&mut resource.body, &path, id);
            continue;
        }
        let element = Node::new(Content::Object(vec![("id".to_owned(), id)]), at);
        let list = Node::new(Content::Array(vec![element]), at);
        let mut addition = Node::new(Content::Object(Vec::new()), at);
        put(&mut addition, &path, list);
        super::merge::merge(&mut resource.body, addition, false);
    }
}

/// All texts at a path, through lists.
fn texts<'a>(node: &'a Node, path: &str) -> Vec<&'a Node> {
    let mut at = vec![node];
    for name in path.split('.') {
        at = at
            .into_iter()
            .flat_map(|node| match &node.content {
                Content::Array(elements) => elements.iter().collect(),
                _ => vec![node],
            })
            .filter_map(|node| node.member(name))
            .collect();
    }
    at
}
