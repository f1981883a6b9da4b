//! A resource's body as canonical JSON: keys sorted, two spaces, one property a line, and for every
//! value the place where it stands.
//!
//! The body is taken apart level by level over `RawValue`, because a parsed `serde_json::Value` would
//! round long numbers, refuse large ones and drop all but one of duplicate keys: evidence shows what
//! was read.

use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

use super::property_path::Step;
use crate::finding::hostile::push_json_string;

/// Levels that are shown; ARM's own bodies stay below 20.
const MAX_DEPTH: usize = 64;
/// Stands for what lies deeper, so that nothing unchecked is printed.
const TOO_DEEP: &str = "[nested too deeply]";

/// One value of a document and where it stands in the text.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) content: Content,
    pub(super) place: Place,
}

#[derive(Debug)]
pub(super) enum Content {
    /// A number, `true`, `false` or `null`, as it was read.
    Literal(String),
    Text(String),
    Array(Vec<Node>),
    /// Sorted by key; equal keys in the order of the body.
    Object(Vec<(String, Node)>),
}

/// Part of one line: for a scalar its key and value, for a container up to its opening bracket.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place {
    pub(super) line: usize,
    pub(super) start_column: usize,
    pub(super) end_column: usize,
}

impl Node {
    /// Takes a body apart.
    pub(super) fn parse(body: &[u8]) -> Result<Self, serde_json::Error> {
        let raw: &RawValue = serde_json::from_slice(body)?;
        Self::from_raw(raw, MAX_DEPTH)
    }

    fn from_raw(raw: &RawValue, depth: usize) -> Result<Self, serde_json::Error> {
        let text = raw.get();
        let content = match text.as_bytes().first() {
            Some(b'{' | b'[') if depth == 0 => Content::Text(TOO_DEEP.to_owned()),
            Some(b'{') => {
                let Members(members) = serde_json::from_str(text)?;
                let mut nodes = members
                    .into_iter()
                    .map(|(key, value)| Ok((key, Self::from_raw(value, depth - 1)?)))
                    .collect::<Result<Vec<_>, serde_json::Error>>()?;
                nodes.sort_by(|(one, _), (two, _)| one.cmp(two));
                Content::Object(nodes)
            }
            Some(b'[') => {
                let elements: Vec<&RawValue> = serde_json::from_str(text)?;
                let nodes = elements.into_iter().map(|element| Self::from_raw(element, depth - 1));
                Content::Array(nodes.collect::<Result<_, _>>()?)
            }
            // Half a surrogate pair is legal JSON and no Unicode: its escape is shown as text.
            Some(b'"') => Content::Text(
                serde_json::from_str(text).unwrap_or_else(|_| text.trim_matches('"').to_owned()),
            ),
            _ => Content::Literal(text.to_owned()),
        };
        Ok(Self { content, place: Place::default() })
    }

    /// The value at the end of `steps`, or else the nearest value above it, and whether all steps
    /// were taken. Of duplicate keys the last counts, as for JSON parsers.
    pub(super) fn find(&self, steps: &[Step]) -> (&Self, bool) {
        let mut node = self;
        for step in steps {
            let next = match (&node.content, step) {
                (Content::Object(members), Step::Key(name)) => member(members, name),
                (Content::Array(elements), Step::Index(index)) => elements.get(*index),
                _ => None,
            };
            let Some(next) = next else { return (node, false) };
            node = next;
        }
        (node, true)
    }

    /// Writes the document and remembers where each value stands.
    pub(super) fn lay_out(&mut self) -> String {
        let mut pen = Pen { text: String::new(), line: 1, line_at: 0 };
        let start = pen.column();
        self.write(&mut pen, start, 0);
        pen.text.push('\n');
        pen.text
    }

    fn write(&mut self, pen: &mut Pen, start_column: usize, level: usize) {
        let line = pen.line;
        let mut end_column = None;
        match &mut self.content {
            Content::Literal(text) => pen.text.push_str(text),
            Content::Text(text) => push_json_string(&mut pen.text, text),
            Content::Array(elements) if elements.is_empty() => pen.text.push_str("[]"),
            Content::Object(members) if members.is_empty() => pen.text.push_str("{}"),
            Content::Array(elements) => {
                pen.text.push('[');
                end_column = Some(pen.column());
                let last = elements.len() - 1;
                for (at, element) in elements.iter_mut().enumerate() {
                    pen.new_line(level + 1);
                    let start = pen.column();
                    element.write(pen, start, level + 1);
                    pen.text.push_str(if at < last { "," } else { "" });
                }
                pen.new_line(level);
                pen.text.push(']');
            }
            Content::Object(members) => {
                pen.text.push('{');
                end_column = Some(pen.column());
                let last = members.len() - 1;
                for (at, (key, value)) in members.iter_mut().enumerate() {
                    pen.new_line(level + 1);
                    let start = pen.column();
                    push_json_string(&mut pen.text, key);
                    pen.text.push_str(": ");
                    value.write(pen, start, level + 1);
                    pen.text.push_str(if at < last { "," } else { "" });
                }
                pen.new_line(level);
                pen.text.push('}');
            }
        }
        self.place = Place { line, start_column, end_column: end_column.unwrap_or_else(|| pen.column()) };
    }

    /// The value for a report. What a `serde_json::Value` can't hold exactly becomes text.
    pub(super) fn to_value(&self) -> serde_json::Value {
        match &self.content {
            Content::Literal(text) => {
                serde_json::from_str(text).unwrap_or_else(|_| serde_json::Value::String(text.clone()))
            }
            Content::Text(text) => serde_json::Value::String(text.clone()),
            Content::Array(elements) => elements.iter().map(Self::to_value).collect(),
            Content::Object(members) => {
                members.iter().map(|(key, value)| (key.clone(), value.to_value())).collect()
            }
        }
    }
}

fn member<'a>(members: &'a [(String, Node)], name: &str) -> Option<&'a Node> {
    let exact = members.iter().rev().find(|(key, _)| key == name);
    let folded = || members.iter().rev().find(|(key, _)| key.eq_ignore_ascii_case(name));
    exact.or_else(folded).map(|(_, node)| node)
}

/// The text so far and the current line.
struct Pen {
    text: String,
    line: usize,
    line_at: usize,
}

impl Pen {
    fn new_line(&mut self, level: usize) {
        self.text.push('\n');
        self.line += 1;
        self.line_at = self.text.len();
        for _ in 0..level {
            self.text.push_str("  ");
        }
    }

    /// The column of the next character, in UTF-16 code units from 1.
    fn column(&self) -> usize {
        let line = &self.text[self.line_at..];
        1 + line.chars().map(char::len_utf16).sum::<usize>()
    }
}

/// An object's members in the order of the text, duplicates included.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(All)
    }
}
