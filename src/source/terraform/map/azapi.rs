//! `azapi_resource` and `azapi_update_resource`: bodies that are Resource Manager's own.

use super::build::{Addition, Context, empty, push};
use super::change::from_json;
use super::pick::argument;
use super::place::set;
use super::{Lost, Mapped, identity};
use crate::source::code::node::{Content, Node};
use crate::source::code::resource::CodeResource;
use crate::source::terraform::resource::TerraformResource;

/// Takes an `azapi_resource` in.
pub fn resource(resource: &TerraformResource, context: &Context<'_>, mapped: &mut Mapped) {
    let address = format!("terraform:{}{}", context.prefix, resource.address);
    let (Some(kind), Some(id)) = (kind(resource), context.names.id(&resource.address)) else {
        mapped.lost.push(Lost {
            at: resource.block,
            what: address,
            reason: "its type is not known before deployment".to_owned(),
        });
        return;
    };
    let arguments = &resource.arguments;
    let mut body = empty(resource);
    let name = argument(arguments, "name").cloned().map(|name| context.names.resolve(name));
    set(&mut body, "name", name.unwrap_or_else(|| Node::unknown("is made at deployment", resource.block)));
    for name in ["location", "tags"] {
        if let Some(node) = argument(arguments, name) {
            set(&mut body, name, context.names.resolve(node.clone()));
        }
    }
    if let Some(identity) =
        argument(arguments, "identity").and_then(|block| identity::identity(block, context))
    {
        set(&mut body, "identity", identity);
    }
    fill(&mut body, resource, context);
    let made = CodeResource { address, id, kind, body, block: resource.block };
    push(mapped, made, resource, false);
}

/// What an `azapi_update_resource` adds to its target.
pub fn update(resource: &TerraformResource, context: &Context<'_>) -> Option<Addition> {
    let kind = kind(resource)?;
    let mut body = empty(resource);
    fill(&mut body, resource, context);
    Some(Addition {
        address: format!("terraform:{}{}", context.prefix, resource.address),
        origin: resource.address.clone(),
        kind: resource.kind.clone(),
        target: context.names.id(&resource.address),
        arm: kind,
        body,
        block: resource.block,
        wins: true,
    })
}

fn kind(resource: &TerraformResource) -> Option<String> {
    let kind = argument(&resource.arguments, "type")?.as_str()?;
    let kind = kind.split('@').next().unwrap_or(kind);
    kind.contains('/').then(|| kind.to_owned())
}

fn fill(body: &mut Node, resource: &TerraformResource, context: &Context<'_>) {
    for name in ["body", "sensitive_body"] {
        let Some(given) = argument(&resource.arguments, name) else { continue };
        let given = match &given.content {
            // Until azapi 2.0 the body was JSON in a text.
            Content::Text(text) => match serde_json::from_str(text) {
                Ok(value) => from_json(value, given.span, given.secret, 0),
                Err(error) => Node::unknown(format!("is no JSON: {error}"), given.span),
            },
            _ => context.names.resolve(given.clone()),
        };
        match given.content {
            Content::Object(members) => {
                for (name, member) in members {
                    if !["id", "type"].contains(&name.as_str()) {
                        merge_member(body, name, member);
                    }
                }
            }
            content => set(body, "properties", Node { content, span: given.span, secret: given.secret }),
        }
    }
    if body.member("properties").is_none() {
        set(body, "properties", Node::new(Content::Object(Vec::new()), resource.block));
    }
}

fn merge_member(body: &mut Node, name: String, member: Node) {
    let addition = Node::new(Content::Object(vec![(name, member)]), body.span);
    super::merge::merge(body, addition, false);
}
