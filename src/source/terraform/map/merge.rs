//! One ARM resource out of several blocks.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::build::Addition;
use super::ids::type_of;
use super::{Mapped, Origin};
use crate::source::code::node::{Content, Node};
use crate::source::code::resource::CodeResource;

/// Blocks that say enough of a resource that is declared elsewhere to be judged for it. Others relate two
/// resources.
const SETTINGS: &[&str] = &[
    "azapi_update_resource",
    "azurerm_storage_account_network_rules",
    "azurerm_key_vault_access_policy",
    "azurerm_firewall_network_rule_collection",
    "azurerm_firewall_application_rule_collection",
    "azurerm_firewall_nat_rule_collection",
];

/// Longest list in which parts are found by their names.
const MAX_NAMED: usize = 2_000;

/// Puts an interface into an application security group, with all its addresses.
const GROUPS: &str = "azurerm_network_interface_application_security_group_association";

fn join_groups(body: &mut Node, addition: &Addition) {
    let Some(group) = addition.body.member("applicationSecurityGroup") else { return };
    let Content::Object(members) = &mut body.content else { return };
    let properties =
        members.iter_mut().find(|(name, _)| name == "properties").map(|(_, node)| &mut node.content);
    let Some(Content::Object(members)) = properties else { return };
    let list =
        members.iter_mut().find(|(name, _)| name == "ipConfigurations").map(|(_, node)| &mut node.content);
    let Some(Content::Array(configurations)) = list else { return };
    for configuration in configurations {
        let at = group.span;
        let own = Node::new(Content::Object(vec![("id".to_owned(), group.clone())]), at);
        let groups = Node::new(Content::Array(vec![own]), at);
        let properties =
            Node::new(Content::Object(vec![("applicationSecurityGroups".to_owned(), groups)]), at);
        merge(
            configuration,
            Node::new(Content::Object(vec![("properties".to_owned(), properties)]), at),
            false,
        );
    }
}

/// Adds to resources what other blocks say of them.
pub fn add(mapped: &mut Mapped, additions: Vec<Addition>) {
    let mut by_id: BTreeMap<String, usize> = BTreeMap::new();
    for (index, resource) in mapped.resources.iter().enumerate() {
        by_id.entry(resource.id.to_ascii_lowercase()).or_insert(index);
    }
    let mut astray: BTreeMap<String, Addition> = BTreeMap::new();
    let mut elsewhere: BTreeMap<String, usize> = BTreeMap::new();
    for addition in additions {
        let Some(target) = &addition.target else {
            match astray.entry(addition.kind.clone()) {
                Entry::Occupied(mut first) => merge(&mut first.get_mut().body, addition.body, false),
                Entry::Vacant(none) => {
                    none.insert(addition);
                }
            }
            continue;
        };
        let index = by_id.get(&target.to_ascii_lowercase()).copied();
        if let Some(resource) = index.and_then(|at| mapped.resources.get_mut(at)) {
            if let Some(origin) = index.and_then(|at| mapped.origins.get_mut(at)) {
                origin.parts.push(addition.origin.clone());
            }
            if addition.kind == GROUPS {
                join_groups(&mut resource.body, &addition);
                continue;
            }
            merge(&mut resource.body, addition.body, addition.wins);
            continue;
        }
        // What it adds to is not of this root: only what is added is known of it.
        if !SETTINGS.contains(&addition.kind.as_str()) {
            *elsewhere.entry(addition.kind.clone()).or_insert(0) += 1;
            continue;
        }
        if !type_of(target).is_some_and(|own| own.eq_ignore_ascii_case(&addition.arm)) {
            mapped.notes.push(format!(
                "{} adds to {target}, which is not what {} should add to",
                addition.address, addition.kind
            ));
            continue;
        }
        let mut body = addition.body;
        if let (Content::Object(members), Some(name)) = (&mut body.content, target.rsplit('/').next())
            && !members.iter().any(|(own, _)| own == "name")
        {
            members.insert(0, ("name".to_owned(), Node::text(name, addition.block)));
        }
        by_id.insert(target.to_ascii_lowercase(), mapped.resources.len());
        mapped.origins.push(Origin { block: addition.origin, besides: false, parts: Vec::new() });
        mapped.resources.push(CodeResource {
            address: addition.address,
            id: target.clone(),
            kind: addition.arm,
            body,
            block: addition.block,
        });
    }
    for addition in astray.values() {
        nobody_knows_whom(mapped, addition);
    }
    for (kind, count) in elsewhere {
        let plural = if count == 1 { "adds to a resource" } else { "add to resources" };
        mapped
            .notes
            .push(format!("{count} {kind} {plural} that this code doesn't declare, and which is not judged"));
    }
    one_of_each(mapped);
}

/// It adds to one of the resources of its type, and it isn't known to which: what it would set there isn't
/// known of any of them.
fn nobody_knows_whom(mapped: &mut Mapped, addition: &Addition) {
    let reason =
        format!("may be set by {}, and it is not known for which resource that is", addition.address);
    for resource in &mut mapped.resources {
        if resource.kind.eq_ignore_ascii_case(&addition.arm) {
            let mut body = addition.body.clone();
            doubt(&mut body, &reason);
            merge(&mut resource.body, body, false);
        }
    }
}

fn doubt(node: &mut Node, reason: &str) {
    match &mut node.content {
        Content::Object(members) => members.iter_mut().for_each(|(_, member)| doubt(member, reason)),
        _ => *node = Node::unknown(reason, node.span),
    }
}

/// Where one block implies a resource that another declares, the declared one stands.
fn one_of_each(mapped: &mut Mapped) {
    let ids = mapped.resources.iter().map(|resource| resource.id.to_ascii_lowercase());
    let besides = mapped.origins.iter().map(|origin| origin.besides);
    let declared: BTreeSet<String> =
        ids.clone().zip(besides).filter(|(_, besides)| !besides).map(|(id, _)| id).collect();
    let gone: Vec<bool> =
        ids.zip(&mapped.origins).map(|(id, origin)| origin.besides && declared.contains(&id)).collect();
    let mut of_resources = gone.iter();
    mapped.resources.retain(|_| of_resources.next() != Some(&true));
    let mut of_origins = gone.iter();
    mapped.origins.retain(|_| of_origins.next() != Some(&true));
}

/// Adds `addition` to `body`: objects are merged, elements of lists with the same name, too; other elements
/// are appended; and of two values the addition's stands if it `wins`.
pub fn merge(body: &mut Node, addition: Node, wins: bool) {
    match (&mut body.content, addition.content) {
        (Content::Object(own), Content::Object(members)) if own.is_empty() => *own = members,
        (Content::Object(own), Content::Object(members)) => {
            for (name, member) in members {
                match own.iter_mut().find(|(own, _)| own.eq_ignore_ascii_case(&name)) {
                    Some((_, present)) => merge(present, member, wins),
                    None => own.push((name, member)),
                }
            }
        }
        (Content::Array(own), Content::Array(elements)) => {
            for element in elements {
                let name = element.member("name").and_then(Node::as_str).map(str::to_ascii_lowercase);
                // Nobody has so many parts by hand; looking for names in more would take too long.
                let same = name.filter(|_| own.len() <= MAX_NAMED).and_then(|name| {
                    own.iter_mut().find(|present| {
                        present
                            .member("name")
                            .and_then(Node::as_str)
                            .is_some_and(|own| own.eq_ignore_ascii_case(&name))
                    })
                });
                match same {
                    Some(present) => merge(present, element, wins),
                    None => own.push(element),
                }
            }
        }
        // A list of which a part is not known is not known.
        (Content::Array(_) | Content::Object(_), content @ Content::Unknown(_)) => {
            *body = Node { content, span: addition.span, secret: addition.secret };
        }
        (Content::Unknown(_), Content::Array(_) | Content::Object(_)) => {}
        (present, content) => {
            if wins || *present == Content::Null {
                *body = Node { content, span: addition.span, secret: addition.secret };
            }
        }
    }
}
