use super::*;
use crate::source::code::file::{FileId, Span};
use crate::source::code::node::{Content, Node, Reference, Unknown};

mod facts;
mod families;
mod meaning;

/// A value of a test: JSON, in which `{"$ref": "address.attribute"}` is a reference, and `{"$unknown": "why"}`
/// is not known.
pub(super) fn node(value: &serde_json::Value, at: Span) -> Node {
    use serde_json::Value;
    let content = match value {
        Value::Null => Content::Null,
        Value::Bool(value) => Content::Bool(*value),
        Value::Number(number) => Content::Number(number.clone()),
        Value::String(text) => Content::Text(text.clone()),
        Value::Array(items) => Content::Array(items.iter().map(|item| node(item, at)).collect()),
        Value::Object(members) => {
            if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
                let (address, attribute) = reference.rsplit_once('.').unwrap();
                let reference = Some(Reference { address: address.into(), attribute: attribute.into() });
                Content::Unknown(Unknown { reason: format!("is {attribute} of {address}"), reference })
            } else if let Some(why) = members.get("$unknown").and_then(Value::as_str) {
                Content::Unknown(Unknown { reason: why.into(), reference: None })
            } else {
                Content::Object(members.iter().map(|(name, item)| (name.clone(), node(item, at))).collect())
            }
        }
    };
    Node::new(content, at)
}

/// Resources of a test by address; `data.` before it makes it a data source.
pub(super) fn given(resources: serde_json::Value) -> Vec<TerraformResource> {
    let serde_json::Value::Object(resources) = resources else { panic!("an object") };
    let mut from = 0;
    resources
        .into_iter()
        .map(|(address, arguments)| {
            from += 10;
            let at = Span::new(FileId(0), from..from + 9);
            let own = address.rsplit("module.").next().unwrap();
            let data = own.contains("data.");
            let kind = address.split('.').rev().find(|part| part.contains('_')).unwrap();
            TerraformResource {
                kind: kind.to_owned(),
                data,
                provider: kind.split('_').next().unwrap().to_owned(),
                arguments: node(&arguments, at),
                block: at,
                address,
            }
        })
        .collect()
}

pub(super) fn version(major: u32) -> ProviderVersion {
    ProviderVersion { major, why: "a test".into() }
}

/// A body as JSON: what isn't known is `?` and the reason.
pub(super) fn shown(node: &Node) -> serde_json::Value {
    use serde_json::Value;
    match &node.content {
        Content::Null => Value::Null,
        Content::Bool(value) => Value::Bool(*value),
        Content::Number(number) => Value::Number(number.clone()),
        Content::Text(text) => Value::String(text.clone()),
        Content::Array(items) => Value::Array(items.iter().map(shown).collect()),
        Content::Object(members) => members.iter().map(|(name, node)| (name.clone(), shown(node))).collect(),
        Content::Unknown(unknown) => Value::String(format!("? {}", unknown.reason)),
    }
}

/// The mapped resources as text: type, address, id, body.
pub(super) fn mapped(major: u32, resources: serde_json::Value) -> String {
    let all = given(resources);
    let mapped = super::resources(&all, &version(major), "infra", "");
    let mut text = String::new();
    for resource in &mapped.resources {
        text += &format!(
            "{} {}\n{}\n{}\n",
            resource.kind,
            resource.address,
            resource.id,
            serde_json::to_string_pretty(&shown(&resource.body)).unwrap()
        );
    }
    for lost in &mapped.lost {
        text += &format!("lost {}: {}\n", lost.what, lost.reason);
    }
    for note in &mapped.notes {
        text += &format!("note {note}\n");
    }
    text
}
