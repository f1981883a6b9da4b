//! What is done to a value on its way from an argument to a property.

use super::table::{How, KeyPart};
use crate::source::code::file::Span;
use crate::source::code::node::{Content, Node, Unknown};

/// Deepest JSON in a text that is read.
const MAX_DEPTH: u32 = 64;

/// The changed value; `own_id` is the id of the resource, for ids of its parts.
pub fn change(how: &How, node: Node, own_id: &str) -> Node {
    if let Content::Unknown(_) = node.content {
        return match how {
            // A block that isn't known may be absent.
            How::Present(_) | How::Object => node,
            _ => without_reference(node, how),
        };
    }
    let (span, secret) = (node.span, node.secret);
    let text = |text: String| Node { content: Content::Text(text), span, secret };
    match how {
        How::Same | How::Code => node,
        How::Negate => match boolean(&node) {
            Some(value) => Node { content: Content::Bool(!value), ..node },
            None => node,
        },
        How::Words(words) => match words_of(&node) {
            Some(own) => match words.iter().find(|(from, _)| from.eq_ignore_ascii_case(&own)) {
                Some((_, to)) => Node { content: literal(to), ..node },
                None => node,
            },
            None => node,
        },
        How::Present(value) => Node { content: literal(value), ..node },
        How::Object => Node { content: Content::Object(Vec::new()), span: block_span(&node), secret },
        How::Joined(between) => match &node.content {
            Content::Array(elements) => {
                if let Some(unknown) = elements.iter().find(|element| element.has_unknown()) {
                    return Node { content: unknown.content.clone(), span, secret };
                }
                let words: Vec<_> = elements.iter().filter_map(words_of).collect();
                text(words.join(between))
            }
            _ => node,
        },
        How::AsText => words_of(&node).map_or(node, text),
        How::Seconds => match node.as_str().map(seconds) {
            Some(Some(seconds)) => Node { content: Content::Number(seconds.into()), ..node },
            Some(None) => Node::unknown("is no point in time after RFC 3339", span),
            None => node,
        },
        How::Json => match node.as_str().map(serde_json::from_str::<serde_json::Value>) {
            Some(Ok(value)) => from_json(value, span, secret, 0),
            Some(Err(error)) => Node::unknown(format!("is no JSON: {error}"), span),
            None => node,
        },
        How::PartId(kind) => match words_of(&node) {
            Some(name) => text(format!("{own_id}/{kind}/{}", crate::source::code::scope::segment(&name))),
            None => node,
        },
        How::Pairs(name, value) => match node.content {
            Content::Object(members) => {
                let pair = |(key, node): (String, Node)| {
                    let span = node.span;
                    let members =
                        vec![((*name).to_owned(), Node::text(key, span)), ((*value).to_owned(), node)];
                    Node::new(Content::Object(members), span)
                };
                Node { content: Content::Array(members.into_iter().map(pair).collect()), span, secret }
            }
            content => Node { content, span, secret },
        },
        How::KeyPart(part) => match node.as_str().map(|url| key_part(url, *part)) {
            Some(Some(part)) => text(part.to_owned()),
            // A key without a version is followed to its newest one.
            Some(None) => Node::new(Content::Null, span),
            None => node,
        },
        How::LastSegment => match node.as_str().and_then(|id| id.rsplit('/').next()) {
            Some(last) => text(last.to_owned()),
            None => node,
        },
    }
}

/// What was done to it no longer is the attribute that it refers to.
fn without_reference(node: Node, how: &How) -> Node {
    match (how, node.content) {
        (How::Same | How::Code, content) => Node { content, ..node },
        (_, Content::Unknown(unknown)) => Node {
            content: Content::Unknown(Unknown { reason: unknown.reason, reference: None }),
            span: node.span,
            secret: node.secret,
        },
        (_, content) => Node { content, ..node },
    }
}

fn block_span(node: &Node) -> Span {
    node.elements().and_then(<[_]>::first).map_or(node.span, |block| block.span)
}

/// A value of the table: true, false, null, a number, or text; text that looks like one stands in quotes.
pub fn literal(word: &str) -> Content {
    match word {
        "true" => Content::Bool(true),
        "false" => Content::Bool(false),
        "null" => Content::Null,
        "[]" => Content::Array(Vec::new()),
        _ => match word.strip_prefix('"') {
            Some(text) => Content::Text(text.trim_end_matches('"').to_owned()),
            None => word
                .parse::<i64>()
                .map_or_else(|_| Content::Text(word.to_owned()), |number| Content::Number(number.into())),
        },
    }
}

/// true or false, also as text.
pub fn boolean(node: &Node) -> Option<bool> {
    match &node.content {
        Content::Bool(value) => Some(*value),
        Content::Text(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Content::Text(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// A scalar as text.
pub fn words_of(node: &Node) -> Option<String> {
    match &node.content {
        Content::Bool(value) => Some(value.to_string()),
        Content::Number(number) => Some(number.to_string()),
        Content::Text(text) => Some(text.clone()),
        _ => None,
    }
}

fn key_part(url: &str, part: KeyPart) -> Option<&str> {
    let after = url.find("://").map_or(0, |at| at + 3);
    let slash = url.get(after..)?.find('/').map(|at| after + at);
    match part {
        KeyPart::Vault => slash.map_or(Some(url), |at| url.get(..at)),
        KeyPart::Name => url.get(slash?..)?.split('/').nth(2).filter(|name| !name.is_empty()),
        KeyPart::Version => url.get(slash?..)?.split('/').nth(3).filter(|version| !version.is_empty()),
    }
}

fn seconds(text: &str) -> Option<i64> {
    time::OffsetDateTime::parse(text, &time::format_description::well_known::Rfc3339)
        .ok()
        .map(time::OffsetDateTime::unix_timestamp)
}

/// JSON as a value that one text decides.
pub fn from_json(value: serde_json::Value, span: Span, secret: bool, depth: u32) -> Node {
    use serde_json::Value;
    if depth > MAX_DEPTH {
        return Node::unknown("is nested more deeply than is read", span);
    }
    let content = match value {
        Value::Null => Content::Null,
        Value::Bool(value) => Content::Bool(value),
        Value::Number(number) => Content::Number(number),
        Value::String(text) => Content::Text(text),
        Value::Array(items) => {
            Content::Array(items.into_iter().map(|item| from_json(item, span, secret, depth + 1)).collect())
        }
        Value::Object(members) => Content::Object(
            members
                .into_iter()
                .map(|(name, item)| (name, from_json(item, span, secret, depth + 1)))
                .collect(),
        ),
    };
    Node { content, span, secret }
}
