//! Managed identities of resources.

use std::collections::BTreeSet;

use super::build::Context;
use super::pick::argument;
use crate::source::code::node::{Content, Node};

/// ARM's `identity` of an `identity` block.
pub fn identity(block: &Node, context: &Context<'_>) -> Option<Node> {
    let block = match &block.content {
        Content::Unknown(_) => return Some(block.clone()),
        Content::Array(elements) => elements.first()?,
        _ => block,
    };
    if let Content::Unknown(_) = block.content {
        return Some(block.clone());
    }
    let at = block.span;
    let mut members = Vec::new();
    let kind = argument(block, "type").cloned().map(|kind| context.names.resolve(kind));
    let system = match kind.as_ref().map(|kind| &kind.content) {
        Some(Content::Text(kind)) => kind.to_ascii_lowercase().contains("systemassigned"),
        Some(_) => true,
        None => false,
    };
    let at_kind = kind.as_ref().map_or(at, |kind| kind.span);
    members.extend(kind.map(|kind| ("type".to_owned(), kind)));
    if system {
        // A plan knows it of what is there already.
        let known = argument(block, "principal_id").filter(|id| id.as_str().is_some_and(|id| !id.is_empty()));
        let principal = known.cloned().unwrap_or_else(|| Node::unknown("is made at deployment", at_kind));
        members.push(("principalId".to_owned(), principal));
    }
    if let Some(ids) = argument(block, "identity_ids") {
        let ids = context.names.resolve(ids.clone());
        let map = match &ids.content {
            Content::Array(elements) => {
                if let Some(unknown) = elements.iter().find(|element| element.has_unknown()) {
                    unknown.clone()
                } else {
                    let mut identities: Vec<(String, Node)> = Vec::new();
                    let mut seen = BTreeSet::new();
                    for id in elements {
                        let Some(text) = id.as_str() else { continue };
                        if seen.insert(text.to_ascii_lowercase()) {
                            identities
                                .push((text.to_owned(), Node::new(Content::Object(Vec::new()), id.span)));
                        }
                    }
                    Node::new(Content::Object(identities), ids.span)
                }
            }
            _ => ids,
        };
        members.push(("userAssignedIdentities".to_owned(), map));
    }
    Some(Node::new(Content::Object(members), at))
}
