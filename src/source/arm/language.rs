//! From JSON to expressions: values, texts with expressions, and `copy` loops.

use std::path::Path;

use super::expression::{Element, Expression, Kind, Loop, Member, Over};
use super::json::{self, Json, Value};
use super::syntax;
use crate::source::code::file::{FileId, Span, place_after};
use crate::source::code::resource::Unread;

/// Most messages about one file; a file with more is wrong as a whole.
const MAX_UNREAD: usize = 200;

/// One file while it is turned into a template.
pub(super) struct Language<'a> {
    /// The file's id.
    pub file: FileId,
    /// Its text.
    pub source: &'a str,
    /// Its path as it is shown.
    pub shown: &'a str,
    /// Its path.
    pub path: &'a Path,
    /// How many nested templates of outer scope are around what is read.
    pub outer: usize,
    /// What could not be read.
    pub unread: Vec<Unread>,
}

impl Language<'_> {
    pub fn span(&self, json: &Json) -> Span {
        Span::new(self.file, json.start..json.end)
    }

    /// Notes what can't be read at a place.
    pub fn unread(&mut self, at: usize, what: &str, reason: impl Into<String>) {
        if self.unread.len() == MAX_UNREAD {
            self.unread.push(Unread {
                file: self.shown.to_owned(),
                place: None,
                what: String::new(),
                reason: format!(
                    "more than {MAX_UNREAD} parts of the file can't be read; the others are not listed"
                ),
            });
        } else if self.unread.len() < MAX_UNREAD {
            let unread = Unread { what: what.to_owned(), ..self.lost(at, reason) };
            self.unread.push(unread);
        }
    }

    /// That all of the file can't be read, whatever was noted of its parts.
    pub fn lost(&self, at: usize, reason: impl Into<String>) -> Unread {
        let before = self.source.get(..at).unwrap_or(self.source);
        Unread {
            file: self.shown.to_owned(),
            place: Some(place_after(before)),
            what: String::new(),
            reason: reason.into(),
        }
    }

    /// The file as JSON.
    pub fn json(&self) -> Result<Json, Unread> {
        json::parse(self.source)
            .map_err(|error| self.lost(error.at, format!("the file is no valid JSON: {error}")))
    }

    /// A value as an expression.
    pub fn expression(&mut self, json: &Json) -> Expression {
        let span = self.span(json);
        let kind = match &json.value {
            Value::Null => Kind::Null,
            Value::Bool(value) => Kind::Bool(*value),
            Value::Number(number) => Kind::Number(number.clone()),
            Value::Text(text) => return self.text(text, json.start, json.end),
            Value::Array(elements) => Kind::Array(
                elements.iter().map(|json| Element { value: self.expression(json), spread: false }).collect(),
            ),
            Value::Object(members) => Kind::Object(self.members(members)),
        };
        Expression { kind, span }
    }

    /// The text of a token, or the expression in it.
    pub fn text(&mut self, text: &str, start: usize, end: usize) -> Expression {
        let token = self.source.get(start..end).unwrap_or_default();
        syntax::text(text, token, start, self.file, self.outer).unwrap_or_else(|wrong| {
            self.unread(
                wrong.at,
                "",
                format!(
                    "this expression can't be understood: {}; correct it, or write [[ for a text that \
                         begins with [",
                    wrong.reason
                ),
            );
            let kind = Kind::Invalid(format!("can't be understood ({})", wrong.reason));
            Expression { kind, span: Span::new(self.file, start..end) }
        })
    }

    /// The members of an object; `copy` in it becomes its lists.
    pub fn members(&mut self, members: &[json::Member]) -> Vec<Member> {
        let mut out = Vec::with_capacity(members.len());
        for member in members {
            if member.name.eq_ignore_ascii_case("copy")
                && let Some(loops) = self.property_loops(&member.value)
            {
                out.extend(loops);
            } else {
                out.push(self.member(member));
            }
        }
        out
    }

    /// One member.
    pub fn member(&mut self, member: &json::Member) -> Member {
        let name = self.text(&member.name, member.start, member.end);
        Member { name, value: self.expression(&member.value), spread: false }
    }

    /// `copy` inside of `properties` or `variables`: a list of loops, each of which makes one member. None
    /// when it is something else that is only called so.
    pub fn property_loops(&mut self, copy: &Json) -> Option<Vec<Member>> {
        let elements = copy.elements()?;
        let is_loop = |json: &Json| ["name", "count", "input"].iter().all(|name| json.member(name).is_some());
        if elements.is_empty() || !elements.iter().all(is_loop) {
            return None;
        }
        elements.iter().map(|element| self.property_loop(element)).collect()
    }

    fn property_loop(&mut self, element: &Json) -> Option<Member> {
        let (name, count, input) =
            (element.member("name")?, element.member("count")?, element.member("input")?);
        let body = self.expression(input);
        let over = Over::Count(self.expression(count));
        let own = Loop {
            name: name.as_str().map(str::to_owned),
            over,
            item: None,
            index: None,
            filter: None,
            body,
        };
        let value = Expression { kind: Kind::Loop(Box::new(own)), span: self.span(element) };
        Some(Member { name: self.expression(name), value, spread: false })
    }

    /// `copy: {count, input}` of an output.
    pub fn output_loop(&mut self, copy: &Json) -> Option<Expression> {
        let (count, input) = (copy.member("count")?, copy.member("input")?);
        let body = self.expression(input);
        let over = Over::Count(self.expression(count));
        let own = Loop { name: None, over, item: None, index: None, filter: None, body };
        Some(Expression { kind: Kind::Loop(Box::new(own)), span: self.span(copy) })
    }
}
