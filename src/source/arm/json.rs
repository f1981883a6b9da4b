//! JSON as Resource Manager reads it, with a place for every value: comments, trailing commas, line breaks and
//! other control characters inside of text, and a byte order mark are accepted.
//!
//! A reader of our own: texts hold expressions, whose parts need the byte in the file behind every escape, and
//! libraries that keep places refuse line breaks in text or recurse without a bound.

use serde_json::Number;

/// Deepest nesting of lists and objects that is read.
pub const MAX_DEPTH: usize = 128;

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Json {
    /// The value.
    pub value: Value,
    /// First byte.
    pub start: usize,
    /// Byte after the last.
    pub end: usize,
}

/// The kinds of value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// null.
    Null,
    /// true or false.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text, without its escapes.
    Text(String),
    /// A list.
    Array(Vec<Json>),
    /// Members in order; a name that occurs twice (letter case aside) keeps its last value, as in Azure.
    Object(Vec<Member>),
}

/// A member of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// Name.
    pub name: String,
    /// First byte of the name's token.
    pub start: usize,
    /// Byte after the name's token.
    pub end: usize,
    /// Value.
    pub value: Json,
}

/// Why text is no JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// Byte at which it was noticed.
    pub at: usize,
    /// For people.
    pub message: String,
}

impl Json {
    /// Members, if it is an object.
    pub fn members(&self) -> Option<&[Member]> {
        match &self.value {
            Value::Object(members) => Some(members),
            _ => None,
        }
    }

    /// Elements, if it is a list.
    pub fn elements(&self) -> Option<&[Self]> {
        match &self.value {
            Value::Array(elements) => Some(elements),
            _ => None,
        }
    }

    /// Text, if it is text.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The member of this name, letter case aside.
    pub fn member(&self, name: &str) -> Option<&Self> {
        self.members()?
            .iter()
            .find(|member| member.name.eq_ignore_ascii_case(name))
            .map(|member| &member.value)
    }
}

/// Reads a whole text.
///
/// # Errors
/// The first place at which it is no JSON.
pub fn parse(text: &str) -> Result<Json, SyntaxError> {
    let mut reader = Reader { text, at: 0 };
    if text.starts_with('\u{feff}') {
        reader.at = '\u{feff}'.len_utf8();
    }
    let value = reader.value(0)?;
    reader.blank()?;
    if reader.at < text.len() {
        return Err(reader.error("more text follows after the end of the JSON value: remove it"));
    }
    Ok(value)
}

/// For each byte of a text value the byte of the file in which it is written, and one more for its end.
/// `token` is the value's own text in the file, with quotes, `start` its place.
pub fn offsets(token: &str, start: usize) -> Vec<usize> {
    let mut offsets = Vec::with_capacity(token.len());
    let inner = token.get(1..token.len().saturating_sub(1)).unwrap_or_default();
    let mut rest = inner;
    while !rest.is_empty() {
        let at = start + 1 + (inner.len() - rest.len());
        let (character, length) = next_character(rest).unwrap_or(('?', rest.len()));
        offsets.extend(std::iter::repeat_n(at, character.len_utf8()));
        if length == character.len_utf8() {
            // Not escaped: every byte stands for itself.
            let first = offsets.len() - length;
            for (step, offset) in offsets.iter_mut().skip(first).enumerate() {
                *offset = at + step;
            }
        }
        rest = rest.get(length..).unwrap_or_default();
    }
    offsets.push(start + 1 + inner.len());
    offsets
}

/// The first character of a text's inside, and how many bytes of the file it takes.
fn next_character(rest: &str) -> Result<(char, usize), &'static str> {
    let mut characters = rest.chars();
    let first = characters.next().ok_or("text ends in the middle of an escape")?;
    if first != '\\' {
        return Ok((first, first.len_utf8()));
    }
    let escaped = characters.next().ok_or("text ends in the middle of an escape")?;
    let plain = match escaped {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'b' => '\u{8}',
        'f' => '\u{c}',
        '"' | '\\' | '/' | '\'' => escaped,
        'u' => return unicode(rest),
        _ => return Err("there is no such escape in JSON: write \\\\ for a backslash"),
    };
    Ok((plain, 2))
}

fn unicode(rest: &str) -> Result<(char, usize), &'static str> {
    const WRONG: &str = "\\u needs four hexadecimal digits";
    let unit = |from: usize| {
        let digits = rest.get(from..from + 4).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        digits.and_then(|digits| u16::from_str_radix(digits, 16).ok())
    };
    let first = unit(2).ok_or(WRONG)?;
    if (0xD800..0xDC00).contains(&first)
        && rest.get(6..8) == Some("\\u")
        && let Some(second) = unit(8)
        && let Some(Ok(character)) = char::decode_utf16([first, second]).next()
    {
        return Ok((character, 12));
    }
    Ok((char::from_u32(u32::from(first)).unwrap_or(char::REPLACEMENT_CHARACTER), 6))
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn error(&self, message: impl Into<String>) -> SyntaxError {
        SyntaxError { at: self.at, message: message.into() }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Skips white space and comments.
    fn blank(&mut self) -> Result<(), SyntaxError> {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
            self.at += rest.len() - trimmed.len();
            let length = if trimmed.starts_with("//") {
                trimmed.find('\n').unwrap_or(trimmed.len())
            } else if trimmed.starts_with("/*") {
                let end = trimmed.get(2..).and_then(|inner| inner.find("*/"));
                end.map(|end| end + 4).ok_or_else(|| self.error("this comment is not closed: add */"))?
            } else {
                return Ok(());
            };
            self.at += length;
        }
    }

    fn expected(&self, what: &str) -> SyntaxError {
        match self.rest().chars().next() {
            Some(found) => self.error(format!("expected {what}, found {found:?}")),
            None => self.error(format!("expected {what}, but the file ends here")),
        }
    }

    fn value(&mut self, depth: usize) -> Result<Json, SyntaxError> {
        self.blank()?;
        let start = self.at;
        let value = match self.peek() {
            Some(b'{' | b'[') if depth >= MAX_DEPTH => {
                return Err(self.error(format!("it is nested more than {MAX_DEPTH} deep")));
            }
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => Value::Text(self.string()?),
            _ => self.word()?,
        };
        Ok(Json { value, start, end: self.at })
    }

    fn word(&mut self) -> Result<Value, SyntaxError> {
        let rest = self.rest();
        let length = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.' | '_')))
            .unwrap_or(rest.len());
        let word = rest.get(..length).unwrap_or_default();
        let value = match word {
            "null" => Value::Null,
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "" => return Err(self.expected("a value")),
            _ => match serde_json::from_str::<Number>(word) {
                Ok(number) => Value::Number(number),
                Err(_) => return Err(self.error("this is no JSON value: text needs double quotes")),
            },
        };
        self.at += length;
        Ok(value)
    }

    fn array(&mut self, depth: usize) -> Result<Value, SyntaxError> {
        self.at += 1;
        let mut elements = Vec::new();
        loop {
            self.blank()?;
            if self.peek() == Some(b']') {
                self.at += 1;
                return Ok(Value::Array(elements));
            }
            elements.push(self.value(depth + 1)?);
            self.blank()?;
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {}
                _ => return Err(self.expected("',' or ']'")),
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, SyntaxError> {
        self.at += 1;
        let mut members: Vec<Member> = Vec::new();
        let mut seen = std::collections::HashMap::new();
        loop {
            self.blank()?;
            match self.peek() {
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Value::Object(members));
                }
                Some(b'"') => {}
                _ => return Err(self.expected("a name in double quotes or '}'")),
            }
            let start = self.at;
            let name = self.string()?;
            let end = self.at;
            self.blank()?;
            if self.peek() != Some(b':') {
                return Err(self.expected("':'"));
            }
            self.at += 1;
            let value = self.value(depth + 1)?;
            let member = Member { name, start, end, value };
            let place = *seen.entry(member.name.to_ascii_lowercase()).or_insert(members.len());
            match members.get_mut(place) {
                Some(earlier) => *earlier = member,
                None => members.push(member),
            }
            self.blank()?;
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {}
                _ => return Err(self.expected("',' or '}'")),
            }
        }
    }

    /// A text whose opening quote is here.
    fn string(&mut self) -> Result<String, SyntaxError> {
        let open = self.at;
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = self.rest();
            let plain = rest.find(['"', '\\']).unwrap_or(rest.len());
            out.push_str(rest.get(..plain).unwrap_or_default());
            self.at += plain;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(_) => {
                    let (character, length) =
                        next_character(self.rest()).map_err(|message| self.error(message))?;
                    out.push(character);
                    self.at += length;
                }
                None => {
                    return Err(SyntaxError {
                        at: open,
                        message: "this text is not closed: add a double quote".to_owned(),
                    });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_resource_manager_accepts_is_read() {
        let text =
            "\u{feff}// top\n{ \"a\": [1, 2.50, -3e2,], /* x */ \"b\": \"one\ntwo\\u00e6\", \"A\": null, }\n";
        let json = parse(text).unwrap();
        let names: Vec<_> = json.members().unwrap().iter().map(|member| member.name.as_str()).collect();
        assert_eq!(names, ["A", "b"], "the last of two is kept");
        assert_eq!(json.member("B").unwrap().as_str(), Some("one\ntwoæ"));
        let b = json.member("b").unwrap();
        assert_eq!(&text[b.start..b.end], "\"one\ntwo\\u00e6\"");
    }

    #[test]
    fn errors_say_where_and_what() {
        for (text, at, message) in [
            ("{\"a\": 1 \"b\": 2}", 8, "expected ',' or '}', found '\"'"),
            ("{\"a\"", 4, "expected ':', but the file ends here"),
            ("[1 2]", 3, "expected ',' or ']', found '2'"),
            ("{\"a\": nope}", 6, "this is no JSON value: text needs double quotes"),
            ("{\"a\": \"x", 6, "this text is not closed: add a double quote"),
            ("{\"a\": \"\\q\"}", 7, "there is no such escape in JSON: write \\\\ for a backslash"),
            ("[] x", 3, "more text follows after the end of the JSON value: remove it"),
            ("/* x", 0, "this comment is not closed: add */"),
            ("", 0, "expected a value, but the file ends here"),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!((error.at, error.message.as_str()), (at, message), "{text}");
        }
        assert!(parse(&"[".repeat(1_000_000)).unwrap_err().message.contains("128 deep"));
    }

    #[test]
    fn every_byte_of_a_text_knows_its_byte_in_the_file() {
        let text = r#"  "a\"b\u00e6æ\ud83d\ude00c""#;
        let json = parse(text).unwrap();
        let value = json.as_str().unwrap();
        let offsets = offsets(&text[json.start..json.end], json.start);
        assert_eq!(offsets.len(), value.len() + 1);
        for (at, character) in value.char_indices() {
            let raw = &text[offsets[at]..offsets[at + character.len_utf8()]];
            assert_eq!(next_character(raw).unwrap(), (character, raw.len()));
        }
    }
}
