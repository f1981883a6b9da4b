//! Rule collections of firewall policies: three kinds of blocks, one list.

use super::Of;
use crate::source::code::node::{Content, Node};
use crate::source::terraform::map::build::write;
use crate::source::terraform::map::pick::argument;
use crate::source::terraform::map::place::set;

/// Block, type of the collection, type of its rules.
const KINDS: &[(&str, &str, &str)] = &[
    ("nat_rule_collection", "FirewallPolicyNatRuleCollection", "NatRule"),
    ("network_rule_collection", "FirewallPolicyFilterRuleCollection", "NetworkRule"),
    ("application_rule_collection", "FirewallPolicyFilterRuleCollection", "ApplicationRule"),
];

/// Arguments of rules and their properties.
const RULE: &[(&str, &str)] = &[
    ("name", "name"),
    ("source_addresses", "sourceAddresses"),
    ("source_ip_groups", "sourceIpGroups"),
    ("destination_addresses", "destinationAddresses"),
    ("destination_ip_groups", "destinationIpGroups"),
    ("destination_ports", "destinationPorts"),
    ("translated_address", "translatedAddress"),
    ("translated_fqdn", "translatedFqdn"),
    ("translated_port", "translatedPort"),
];

/// All collections of the group.
pub fn rule_collections(of: &Of<'_>, body: &mut Node) {
    let mut collections = Vec::new();
    for (block, kind, rules) in KINDS {
        let Some(blocks) = of.argument(block) else { continue };
        match blocks.content {
            Content::Array(blocks) => {
                collections.extend(blocks.into_iter().map(|block| collection(block, kind, rules)));
            }
            Content::Unknown(_) => {
                write(body, "properties.ruleCollections", blocks);
                return;
            }
            _ => {}
        }
    }
    let list = Node::new(Content::Array(collections), of.resource.block);
    write(body, "properties.ruleCollections", list);
}

fn collection(block: Node, kind: &str, rule_kind: &str) -> Node {
    if let Content::Unknown(_) = block.content {
        return block;
    }
    let at = block.span;
    let mut own = Node::new(Content::Object(Vec::new()), at);
    set(&mut own, "ruleCollectionType", Node::text(kind, at));
    for name in ["name", "priority"] {
        if let Some(node) = argument(&block, name) {
            set(&mut own, name, node.clone());
        }
    }
    if let Some(action) = argument(&block, "action") {
        write(&mut own, "action.type", action.clone());
    }
    match argument(&block, "rule").map(|rules| &rules.content) {
        Some(Content::Array(rules)) => {
            let rules = rules.iter().map(|block| rule(block, rule_kind)).collect();
            set(&mut own, "rules", Node::new(Content::Array(rules), at));
        }
        Some(Content::Unknown(_)) => {
            if let Some(rules) = argument(&block, "rule") {
                set(&mut own, "rules", rules.clone());
            }
        }
        _ => {}
    }
    own
}

fn rule(block: &Node, kind: &str) -> Node {
    if let Content::Unknown(_) = block.content {
        return block.clone();
    }
    let at = block.span;
    let mut own = Node::new(Content::Object(Vec::new()), at);
    set(&mut own, "ruleType", Node::text(kind, at));
    for (name, property) in RULE {
        if let Some(node) = argument(block, name) {
            set(&mut own, property, node.clone());
        }
    }
    if let Some(address) = argument(block, "destination_address") {
        let list = Content::Array(vec![address.clone()]);
        set(&mut own, "destinationAddresses", Node::new(list, address.span));
    }
    if let Some(names) = argument(block, "destination_fqdns") {
        let property = if kind == "ApplicationRule" { "targetFqdns" } else { "destinationFqdns" };
        set(&mut own, property, names.clone());
    }
    if let Some(protocols) = argument(block, "protocols") {
        let property = if kind == "ApplicationRule" { "protocols" } else { "ipProtocols" };
        set(&mut own, property, protocols.clone());
    }
    own
}
