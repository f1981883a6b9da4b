//! A resource in code as the body that the inventory reads.

use super::node::{Content, Node};
use super::resource::CodeResource;
use crate::inventory::path::segments;
use crate::inventory::projection::UNKNOWN;
use crate::inventory::reads::NESTED;
use crate::inventory::value::is_envelope;

/// The body as JSON: `id` and `type` first, then what the code says. A value that isn't known is an object with
/// the one member [`UNKNOWN`].
pub fn body(resource: &CodeResource) -> String {
    let mut out = String::with_capacity(512);
    out.push('{');
    push_member(&mut out, "id", true);
    push_text(&mut out, &resource.id);
    push_member(&mut out, "type", false);
    push_text(&mut out, &resource.kind);
    for (name, node) in resource.body.members().unwrap_or_default() {
        // The id says the name and the type; a region that is null is none.
        let is_region = name.eq_ignore_ascii_case("location");
        if (is_envelope(name) && !is_region) || (is_region && node.content == Content::Null) {
            continue;
        }
        push_member(&mut out, name, false);
        let nested = nested_lists(&resource.kind, name);
        push(&mut out, node, &nested, &resource.id);
    }
    // What sets nothing is deployed with nothing set; only a row of a list, without properties, says nothing.
    if resource.body.member("properties").is_none() {
        push_member(&mut out, "properties", false);
        out.push_str("{}");
    }
    out.push('}');
    out
}

/// A list of nested children that lies below the value at hand.
#[derive(Clone)]
struct NestedList<'a> {
    /// Names on the way to it.
    way: Vec<&'a str>,
    /// Last part of the children's type.
    segment: &'a str,
}

fn nested_lists(kind: &str, member: &str) -> Vec<NestedList<'static>> {
    let of_kind = NESTED.iter().filter(|(parent, ..)| parent.eq_ignore_ascii_case(kind));
    of_kind
        .filter_map(|(_, path, child)| {
            let way = segments(path);
            let (first, rest) = way.split_first()?;
            let segment = child.rsplit('/').next()?;
            first.eq_ignore_ascii_case(member).then(|| NestedList { way: rest.to_vec(), segment })
        })
        .collect()
}

fn push(out: &mut String, node: &Node, nested: &[NestedList<'_>], id: &str) {
    match &node.content {
        Content::Null => out.push_str("null"),
        Content::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Content::Number(number) => out.push_str(&number.to_string()),
        Content::Text(text) => push_text(out, text),
        Content::Unknown(_) => push_unknown(out),
        Content::Array(elements) => match nested.iter().find(|list| list.way.is_empty()) {
            Some(list) => push_children(out, elements, list.segment, id),
            None => push_array(out, elements),
        },
        Content::Object(members) => {
            out.push('{');
            for (at, (name, value)) in members.iter().enumerate() {
                push_member(out, name, at == 0);
                let below = nested.iter().filter_map(|list| {
                    let (first, rest) = list.way.split_first()?;
                    first
                        .eq_ignore_ascii_case(name)
                        .then(|| NestedList { way: rest.to_vec(), segment: list.segment })
                });
                push(out, value, &below.collect::<Vec<_>>(), id);
            }
            out.push('}');
        }
    }
}

fn push_array(out: &mut String, elements: &[Node]) {
    out.push('[');
    for (at, element) in elements.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        push(out, element, &[], "");
    }
    out.push(']');
}

/// Children that Azure nests in their parent; each needs an id, also where its name isn't known.
fn push_children(out: &mut String, elements: &[Node], segment: &str, parent: &str) {
    if elements.iter().any(|element| element.members().is_none()) {
        return push_unknown(out);
    }
    out.push('[');
    for (at, element) in elements.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        out.push('{');
        let name = element.member("name").and_then(Node::as_str);
        let name = name.map_or_else(|| super::scope::unknown_name(&at.to_string()), super::scope::segment);
        push_member(out, "id", true);
        push_text(out, &format!("{parent}/{segment}/{name}"));
        for (name, value) in element.members().unwrap_or_default() {
            if !is_envelope(name) {
                push_member(out, name, false);
                push(out, value, &[], "");
            }
        }
        out.push('}');
    }
    out.push(']');
}

fn push_member(out: &mut String, name: &str, first: bool) {
    if !first {
        out.push(',');
    }
    push_text(out, name);
    out.push(':');
}

fn push_unknown(out: &mut String) {
    out.push('{');
    push_member(out, UNKNOWN, true);
    out.push_str("0}");
}

fn push_text(out: &mut String, text: &str) {
    out.push_str(&serde_json::Value::from(text).to_string());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::code::file::{FileId, Span};

    #[test]
    fn what_sets_nothing_has_properties_that_say_nothing() {
        let span = Span { file: FileId(0), start: 0, end: 1 };
        let said = |members: Vec<(String, Node)>| {
            body(&CodeResource {
                address: "arm:t#a".to_owned(),
                id: "/a".to_owned(),
                kind: "Microsoft.Network/networkSecurityGroups".to_owned(),
                body: Node::new(Content::Object(members), span),
                block: span,
            })
        };
        let start = r#"{"id":"/a","type":"Microsoft.Network/networkSecurityGroups""#;
        assert_eq!(said(Vec::new()), format!(r#"{start},"properties":{{}}}}"#));
        let unknown = Node::unknown("depends on parameter 'x', which has no default", span);
        let unknown = said(vec![("properties".to_owned(), unknown)]);
        assert_eq!(unknown.matches("\"properties\"").count(), 1);
    }
}
