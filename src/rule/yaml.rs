//! YAML with positions: every node knows its line and column, so that every complaint about a rule
//! file can name the place.

use std::fmt;

use saphyr::{LoadableYamlNode, MarkedYaml, Scalar, YamlData};

/// A complaint about a rule file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    /// The file, as the user named it.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)?;
        match &self.help {
            Some(help) => write!(f, "\n  help: {help}"),
            None => Ok(()),
        }
    }
}

/// A place in a file, from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
}

/// A YAML node.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Where it starts.
    pub at: Position,
    /// What it is.
    pub data: Data,
}

/// The content of a node.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// `null`, `~` or nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(f64),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A map, in the order of the file.
    Map(Vec<Entry>),
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub at: Position,
    /// The value.
    pub value: Node,
}

impl Node {
    /// The value of a key, for a map.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// The entries of a map; none for anything else.
    pub fn entries(&self) -> &[Entry] {
        match &self.data {
            Data::Map(entries) => entries,
            _ => &[],
        }
    }

    /// What kind of node it is, for messages.
    pub fn kind(&self) -> &'static str {
        match self.data {
            Data::Null => "nothing",
            Data::Bool(_) => "true or false",
            Data::Number(_) => "a number",
            Data::Text(_) => "text",
            Data::List(_) => "a list",
            Data::Map(_) => "a map",
        }
    }

    /// The node as JSON, for the bodies of examples.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.data {
            Data::Null => serde_json::Value::Null,
            Data::Bool(value) => (*value).into(),
            #[allow(clippy::cast_possible_truncation)]
            Data::Number(value) if value.fract() == 0.0 && value.abs() < 9e15 => (*value as i64).into(),
            Data::Number(value) => (*value).into(),
            Data::Text(text) => text.as_str().into(),
            Data::List(items) => items.iter().map(Self::to_json).collect(),
            Data::Map(entries) => serde_json::Value::Object(
                entries.iter().map(|entry| (entry.key.clone(), entry.value.to_json())).collect(),
            ),
        }
    }
}

/// Parses one document.
///
/// # Errors
/// A diagnostic with the place, for anything that is no YAML, uses a key twice, or holds more or less
/// than one document.
pub fn parse(file: &str, text: &str) -> Result<Node, Diagnostic> {
    let complain = |at: Position, message: String| Diagnostic {
        file: file.to_owned(),
        line: at.line,
        column: at.column,
        message,
        help: None,
    };
    let start = Position { line: 1, column: 1 };
    let documents = MarkedYaml::load_from_str(text).map_err(|error| {
        let marker = error.marker();
        complain(Position { line: marker.line().max(1), column: marker.col() + 1 }, error.info().to_owned())
    })?;
    let [document] = documents.as_slice() else {
        return Err(complain(start, format!("expected one YAML document, found {}", documents.len())));
    };
    convert(document)
        .map_err(|at| complain(at, "tags, aliases and keys that are no text are not used here".into()))
}

fn convert(node: &MarkedYaml<'_>) -> Result<Node, Position> {
    let at = Position { line: node.span.start.line().max(1), column: node.span.start.col() + 1 };
    let data = match &node.data {
        YamlData::Value(scalar) => match scalar {
            Scalar::Null => Data::Null,
            Scalar::Boolean(value) => Data::Bool(*value),
            Scalar::Integer(value) => Data::Number(*value as f64),
            Scalar::FloatingPoint(value) => Data::Number(value.into_inner()),
            Scalar::String(text) => Data::Text(text.clone().into_owned()),
        },
        YamlData::Sequence(items) => Data::List(items.iter().map(convert).collect::<Result<_, _>>()?),
        YamlData::Mapping(map) => {
            let mut entries = Vec::with_capacity(map.len());
            for (key, value) in map {
                let key = convert(key)?;
                let text = match key.data {
                    Data::Text(text) => text,
                    Data::Number(number) => number.to_string(),
                    Data::Bool(value) => value.to_string(),
                    _ => return Err(key.at),
                };
                entries.push(Entry { key: text, at: key.at, value: convert(value)? });
            }
            Data::Map(entries)
        }
        _ => return Err(at),
    };
    Ok(Node { at, data })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_know_their_place() {
        let node = parse("a.yaml", "id: x\nfail_when:\n  path: a.b\n  equals: 1\n").unwrap();
        let inner = node.get("fail_when").unwrap();
        assert_eq!(inner.entries()[1].at, Position { line: 4, column: 3 });
        assert_eq!(inner.get("equals").unwrap().data, Data::Number(1.0));
    }

    #[test]
    fn broken_yaml_is_one_diagnostic() {
        for (text, place) in [("a: [1,\n", ":2:"), ("a: 1\na: 2\n", ":2:1"), ("a: 1\n---\nb: 2\n", ":1:1")] {
            let message = parse("r.yaml", text).unwrap_err().to_string();
            assert!(message.contains(place), "{message}");
        }
    }
}
