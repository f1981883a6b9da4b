//! One ARM resource out of several blocks.

use std::collections::{BTreeMap, BTreeSet};

use super::Mapped;
use super::build::{Addition, Context, push};
use super::names::type_of;
use crate::source::code::node::{Content, Node};
use crate::source::code::resource::CodeResource;

/// Adds to resources what other blocks say of them.
pub fn add(mapped: &mut Mapped, additions: Vec<Addition>, context: &Context<'_>) {
    let mut by_id: BTreeMap<String, usize> = BTreeMap::new();
    for (index, resource) in mapped.resources.iter().enumerate() {
        by_id.entry(resource.id.to_ascii_lowercase()).or_insert(index);
    }
    for addition in additions {
        let Some(target) = &addition.target else {
            nobody_knows_whom(mapped, &addition);
            continue;
        };
        if let Some(resource) =
            by_id.get(&target.to_ascii_lowercase()).and_then(|at| mapped.resources.get_mut(*at))
        {
            merge(&mut resource.body, addition.body, addition.wins);
            continue;
        }
        // What it adds to is not of this root: only what is added is known of it.
        if !type_of(target).is_some_and(|own| own.eq_ignore_ascii_case(&addition.arm)) {
            mapped.notes.push(format!(
                "{} adds to {target}, which is not what {} should add to",
                addition.address, addition.kind
            ));
            continue;
        }
        let mut body = addition.body;
        if let (Content::Object(members), Some(name)) = (&mut body.content, target.rsplit('/').next()) {
            if !members.iter().any(|(own, _)| own == "name") {
                members.insert(0, ("name".to_owned(), Node::text(name, addition.block)));
            }
        }
        by_id.insert(target.to_ascii_lowercase(), mapped.resources.len());
        mapped.partial.insert(addition.address.clone());
        let resource = CodeResource {
            address: addition.address,
            id: target.clone(),
            kind: addition.arm,
            body,
            block: addition.block,
        };
        push(mapped, resource, &addition.kind);
    }
    let _ = context;
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

/// Where one block implies a child that another declares, the declared one stands.
fn one_of_each(mapped: &mut Mapped) {
    let mut owner: BTreeMap<String, usize> = BTreeMap::new();
    let mut gone = BTreeSet::new();
    for (index, resource) in mapped.resources.iter().enumerate() {
        let id = resource.id.to_ascii_lowercase();
        let implied = |address: &str| !address.rsplit('.').next().unwrap_or_default().contains('/');
        match owner.get(&id).copied() {
            Some(other) => {
                let Some(first) = mapped.resources.get(other) else { continue };
                match (implied(&first.address), implied(&resource.address)) {
                    (false, true) => {
                        gone.insert(other);
                        owner.insert(id, index);
                    }
                    (true, false) => {
                        gone.insert(index);
                    }
                    _ => {}
                }
            }
            None => {
                owner.insert(id, index);
            }
        }
    }
    let mut at = 0;
    mapped.resources.retain(|_| {
        at += 1;
        !gone.contains(&(at - 1))
    });
    at = 0;
    mapped.kinds.retain(|_| {
        at += 1;
        !gone.contains(&(at - 1))
    });
}

/// Adds `addition` to `body`: objects are merged, elements of lists with the same name, too; other elements
/// are appended; and of two values the addition's stands if it `wins`.
pub fn merge(body: &mut Node, addition: Node, wins: bool) {
    match (&mut body.content, addition.content) {
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
                let same = name.and_then(|name| {
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
