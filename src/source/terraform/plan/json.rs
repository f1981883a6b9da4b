//! JSON as values with places; what isn't asked for is skipped. Plans may be one long line of many megabytes.

use crate::source::code::file::{FileId, Span};
use crate::source::code::node::{Content, Node};

/// Deepest nesting that is read.
const MAX_DEPTH: u32 = 128;

/// Why a text is no JSON that is read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct JsonError {
    /// What is wrong.
    pub what: &'static str,
    /// The byte where it is.
    pub at: usize,
}

/// Reads a text; `wanted` says of each member, by its path from the outside in, whether it is read. Elements
/// of lists have no name of their own.
pub fn read(text: &str, file: FileId, wanted: &dyn Fn(&[&str]) -> bool) -> Result<Node, JsonError> {
    let mut reader = Reader { text, at: 0, file, wanted };
    if text.starts_with('\u{feff}') {
        reader.at = '\u{feff}'.len_utf8();
    }
    let node = reader.value(&mut Vec::new(), 0)?;
    reader.space();
    if reader.at < text.len() {
        return Err(reader.error("there is more after the end"));
    }
    Ok(node)
}

struct Reader<'t, 'w> {
    text: &'t str,
    at: usize,
    file: FileId,
    wanted: &'w dyn Fn(&[&str]) -> bool,
}

impl<'t> Reader<'t, '_> {
    fn error(&self, what: &'static str) -> JsonError {
        JsonError { what, at: self.at }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn take(&mut self, wanted: u8) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn value<'p>(&mut self, path: &mut Vec<&'p str>, depth: u32) -> Result<Node, JsonError>
    where
        't: 'p,
    {
        if depth > MAX_DEPTH {
            return Err(self.error("it is nested more deeply than is read"));
        }
        self.space();
        let start = self.at;
        let content = match self.peek() {
            Some(b'{') => {
                self.at += 1;
                let mut members = Vec::new();
                self.space();
                if !self.take(b'}') {
                    loop {
                        self.space();
                        let raw = self.raw_string()?;
                        self.space();
                        if !self.take(b':') {
                            return Err(self.error("a colon is missing"));
                        }
                        path.push(raw);
                        if (self.wanted)(path) {
                            let value = self.value(path, depth + 1)?;
                            members
                                .push((unescape(raw).ok_or_else(|| self.error("a name is no text"))?, value));
                        } else {
                            self.skip()?;
                        }
                        path.pop();
                        self.space();
                        if self.take(b'}') {
                            break;
                        }
                        if !self.take(b',') {
                            return Err(self.error("a comma or } is missing"));
                        }
                    }
                }
                Content::Object(members)
            }
            Some(b'[') => {
                self.at += 1;
                let mut elements = Vec::new();
                self.space();
                if !self.take(b']') {
                    loop {
                        elements.push(self.value(path, depth + 1)?);
                        self.space();
                        if self.take(b']') {
                            break;
                        }
                        if !self.take(b',') {
                            return Err(self.error("a comma or ] is missing"));
                        }
                    }
                }
                Content::Array(elements)
            }
            Some(b'"') => {
                let raw = self.raw_string()?;
                Content::Text(unescape(raw).ok_or_else(|| self.error("this is no text"))?)
            }
            Some(_) => {
                let word = self.word();
                match word {
                    "null" => Content::Null,
                    "true" => Content::Bool(true),
                    "false" => Content::Bool(false),
                    _ => Content::Number(
                        serde_json::from_str(word).map_err(|_| self.error("this is no JSON"))?,
                    ),
                }
            }
            None => return Err(self.error("it ends too early")),
        };
        Ok(Node::new(content, Span::new(self.file, start..self.at)))
    }

    fn word(&mut self) -> &'t str {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte)) {
            self.at += 1;
        }
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// What stands between two quotation marks.
    fn raw_string(&mut self) -> Result<&'t str, JsonError> {
        if !self.take(b'"') {
            return Err(self.error("a quotation mark is missing"));
        }
        let start = self.at;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => self.at += 2,
                Some(_) => self.at += 1,
                None => return Err(self.error("a text has no end")),
            }
        }
        let raw = self.text.get(start..self.at).ok_or_else(|| self.error("a text has no end"))?;
        self.at += 1;
        Ok(raw)
    }

    /// Passes over a value without taking it apart.
    fn skip(&mut self) -> Result<(), JsonError> {
        let mut open = 0_usize;
        loop {
            self.space();
            match self.peek() {
                Some(b'{' | b'[') => {
                    open += 1;
                    self.at += 1;
                }
                Some(b'}' | b']') => {
                    open = open.checked_sub(1).ok_or_else(|| self.error("a value is missing"))?;
                    self.at += 1;
                }
                Some(b'"') => {
                    self.raw_string()?;
                }
                Some(b',' | b':') if open > 0 => self.at += 1,
                Some(_) => {
                    if self.word().is_empty() {
                        return Err(self.error("this is no JSON"));
                    }
                }
                None => return Err(self.error("it ends too early")),
            }
            if open == 0 {
                return Ok(());
            }
        }
    }
}

fn unescape(raw: &str) -> Option<String> {
    if !raw.contains('\\') && !raw.bytes().any(|byte| byte < 0x20) {
        return Some(raw.to_owned());
    }
    serde_json::from_str(&format!("\"{raw}\"")).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plain(node: &Node) -> serde_json::Value {
        use serde_json::Value;
        match &node.content {
            Content::Null | Content::Unknown(_) => Value::Null,
            Content::Bool(value) => Value::Bool(*value),
            Content::Number(number) => Value::Number(number.clone()),
            Content::Text(text) => Value::String(text.clone()),
            Content::Array(items) => Value::Array(items.iter().map(plain).collect()),
            Content::Object(members) => {
                members.iter().map(|(name, node)| (name.clone(), plain(node))).collect()
            }
        }
    }

    #[test]
    fn places_are_those_of_the_values() {
        let text = "\u{feff}{\"a\": [1, \"\\u00f8\"], \"b\": {\"c\": true}}";
        let node = read(text, FileId(0), &|_| true).unwrap();
        let cut = |node: &Node| text[node.span.start as usize..node.span.end as usize].to_owned();
        let list = node.member("a").unwrap();
        assert_eq!(cut(list), "[1, \"\\u00f8\"]");
        assert_eq!(cut(&list.elements().unwrap()[1]), "\"\\u00f8\"");
        assert_eq!(list.elements().unwrap()[1].as_str(), Some("ø"));
        assert_eq!(cut(node.member("b").unwrap().member("c").unwrap()), "true");
    }

    #[test]
    fn what_is_not_wanted_is_skipped() {
        let text = r#"{"a": {"x": [{"]": "}"}, 1e3], "y": 1}, "b": 2}"#;
        let node = read(text, FileId(0), &|path| path != ["a", "x"] && path != ["b"]).unwrap();
        assert_eq!(plain(&node), serde_json::json!({"a": {"y": 1}}));
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for text in [
            "",
            "{",
            "[1,]",
            "{\"a\" 1}",
            "{\"a\": }",
            "{\"s\": }",
            "\"\\x\"",
            "\"",
            "1 2",
            "nul",
            "[1 2]",
            "{\"s\": [}",
        ] {
            assert!(read(text, FileId(0), &|path| path != ["s"]).is_err(), "{text}");
        }
        let deep = "[".repeat(100_000);
        assert_eq!(
            read(&deep, FileId(0), &|_| true).unwrap_err().what,
            "it is nested more deeply than is read"
        );
        assert!(read(&format!("{{\"s\": {deep}"), FileId(0), &|_| false).is_err());
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            ".{0,8}".prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
                prop::collection::btree_map(".{0,6}", inner, 0..4)
                    .prop_map(|members| members.into_iter().collect::<serde_json::Map<_, _>>().into()),
            ]
        })
    }

    proptest! {
        #[test]
        fn it_reads_what_others_write(value in json(), pretty: bool) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
            let text = text.unwrap();
            prop_assert_eq!(plain(&read(&text, FileId(0), &|_| true).unwrap()), value.clone());
            prop_assert!(read(&text, FileId(0), &|_| false).is_ok());
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,64}", cut in 0_usize..64) {
            let _ = read(&text, FileId(0), &|_| true);
            let plan = r#"{"format_version":"1.2","a":[{"b":"\"x"},null]}"#;
            let _ = read(plan.get(..cut).unwrap_or(plan), FileId(0), &|path| path.len() > 1);
        }
    }
}
