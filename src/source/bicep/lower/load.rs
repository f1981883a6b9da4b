//! Files whose content is a value: `loadTextContent` and its relatives.
//! <https://learn.microsoft.com/azure/azure-resource-manager/bicep/bicep-functions-files>

use std::path::Path;
use std::sync::Arc;

use super::{Lowering, call, invalid};
use crate::source::arm::expression::{Element, Expression, Kind, Member};
use crate::source::arm::json::{self, Json};
use crate::source::bicep::syntax::{Expr, ExprKind};
use crate::source::code::file::{FileId, Span};

/// Longest text that a file may be as a value: Bicep's own bound is 131,072 characters, the evaluator's 1 MiB.
const MAX_TEXT: usize = 1 << 20;

impl Lowering<'_, '_> {
    pub(super) fn load_text(&mut self, arguments: &[Expr], span: Span) -> Expression {
        let (file, content) = match self.content(arguments, span) {
            Ok(content) => content,
            Err(reason) => return invalid(reason, span),
        };
        let encoding = match arguments.get(1).map(plainly) {
            None => "utf-8",
            Some(ExprKind::Text(encoding)) => encoding,
            Some(_) => "",
        };
        // What is ASCII is the same text in all of these.
        let ascii = matches!(encoding, "us-ascii" | "iso-8859-1") && content.is_ascii();
        if encoding != "utf-8" && !ascii {
            return invalid("comes from a file in an encoding other than UTF-8, which is not read", span);
        }
        if content.len() > MAX_TEXT {
            return invalid("comes from a file of more than 1 MiB", span);
        }
        let text = content.strip_prefix('\u{feff}').unwrap_or(&content);
        Expression { kind: Kind::Text(text.to_owned()), span: Span::new(file, 0..content.len()) }
    }

    pub(super) fn load_base64(&mut self, arguments: &[Expr], span: Span) -> Expression {
        match self.content(arguments, span) {
            Ok((_, content)) if content.len() > MAX_TEXT => {
                invalid("comes from a file of more than 1 MiB", span)
            }
            Ok((file, content)) => {
                let whole = Span::new(file, 0..content.len());
                call("base64", vec![Expression { kind: Kind::Text(content.to_string()), span: whole }], span)
            }
            Err(reason) => invalid(reason, span),
        }
    }

    pub(super) fn load_json(&mut self, arguments: &[Expr], span: Span) -> Expression {
        match self.json(arguments, span) {
            Ok(value) => value,
            Err(reason) => invalid(reason, span),
        }
    }

    fn json(&mut self, arguments: &[Expr], span: Span) -> Result<Expression, String> {
        let (file, content) = self.content(arguments, span)?;
        let json = json::parse(&content).map_err(|error| {
            self.unread(Span::new(file, error.at..error.at), "", format!("it is no valid JSON: {error}"));
            "comes from a file that is no valid JSON".to_owned()
        })?;
        let path = match arguments.get(1).map(plainly) {
            None => "",
            Some(ExprKind::Text(path)) => path,
            Some(_) => return Err("comes from a part of a file that is not known".to_owned()),
        };
        Ok(literal(follow(&json, path)?, file))
    }

    /// The file that the first argument names.
    fn content(&mut self, arguments: &[Expr], span: Span) -> Result<(FileId, Arc<str>), String> {
        let Some(ExprKind::Text(path)) = arguments.first().map(plainly) else {
            return Err("comes from a file whose name is not written as plain text".to_owned());
        };
        let there = self.unit.path.parent().unwrap_or(Path::new("")).join(path);
        let loaded = self.context.load(&there);
        loaded.map(|(file, text, _)| (file, text)).map_err(|reason| {
            self.unread(span, "", format!("'{path}' is not read: {reason}"));
            format!("comes from '{path}', which could not be read")
        })
    }
}

/// An argument without brackets around it.
fn plainly(argument: &Expr) -> &ExprKind {
    let mut argument = argument;
    while let ExprKind::Group(inner) = &argument.kind {
        argument = inner;
    }
    &argument.kind
}

/// JSON as it stands: texts in square brackets are no expressions in it.
fn literal(json: &Json, file: FileId) -> Expression {
    let span = Span::new(file, json.start..json.end);
    let kind = match &json.value {
        json::Value::Null => Kind::Null,
        json::Value::Bool(is) => Kind::Bool(*is),
        json::Value::Number(number) => Kind::Number(number.clone()),
        json::Value::Text(text) => Kind::Text(text.clone()),
        json::Value::Array(elements) => Kind::Array(
            elements.iter().map(|json| Element { value: literal(json, file), spread: false }).collect(),
        ),
        json::Value::Object(members) => Kind::Object(
            members
                .iter()
                .map(|member| Member {
                    name: Expression {
                        kind: Kind::Text(member.name.clone()),
                        span: Span::new(file, member.start..member.end),
                    },
                    value: literal(&member.value, file),
                    spread: false,
                })
                .collect(),
        ),
    };
    Expression { kind, span }
}

/// The part at a JSON path of names and indices: `$.a.b[0]`, `.a`, `a`.
fn follow<'j>(json: &'j Json, path: &str) -> Result<&'j Json, String> {
    let missing = || format!("comes from '{path}' of a file, which has nothing there");
    let mut at = json;
    let mut rest = path.strip_prefix('$').unwrap_or(path);
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix('[') {
            let (index, after) = inside.split_once(']').unwrap_or((inside, ""));
            at = if let Ok(index) = index.parse::<usize>() {
                at.elements().and_then(|elements| elements.get(index)).ok_or_else(missing)?
            } else if let Some(name) =
                index.strip_prefix('\'').and_then(|name| name.strip_suffix('\'')).filter(|name| plain(name))
            {
                member(at, name).ok_or_else(missing)?
            } else {
                return Err(format!(
                    "comes from a file through the JSON path '{path}', which is not followed"
                ));
            };
            rest = after;
        } else {
            let named = rest.strip_prefix('.').unwrap_or(rest);
            let length = named.find(['.', '[']).unwrap_or(named.len());
            let (name, after) = named.split_at(length);
            if !plain(name) {
                return Err(format!(
                    "comes from a file through the JSON path '{path}', which is not followed"
                ));
            }
            at = member(at, name).ok_or_else(missing)?;
            rest = after;
        }
    }
    Ok(at)
}

/// JSON paths tell upper from lower case.
fn member<'j>(json: &'j Json, name: &str) -> Option<&'j Json> {
    json.members()?.iter().find(|member| member.name == name).map(|member| &member.value)
}

fn plain(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_names_and_indices_are_followed() {
        let text = r#"{"a": {"b": [1, {"c-d": 2}]}, "Z": 3}"#;
        let json = json::parse(text).unwrap();
        for (path, expected) in [
            ("", Some(text)),
            ("$", Some(text)),
            (".a.b[0]", Some("1")),
            ("$.a['b'][1].c-d", Some("2")),
            ("Z", Some("3")),
            ("z", None),
            (".a.b[2]", None),
            (".a..b", None),
            (".a.b[?(@.c > 1)]", None),
            (".a.*", None),
        ] {
            let found = follow(&json, path).ok().map(|json| &text[json.start..json.end]);
            assert_eq!(found, expected, "{path}");
        }
    }
}
