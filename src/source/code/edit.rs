//! The edit that sets a property in the code: another literal where one stands, a member more where an object
//! lacks it. Whether it does what it should is for a second reading to say.

use serde_json::Value as Json;

use super::file::{Files, Span};
use super::locate::Found;

/// How literals are written in a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Syntax {
    Json,
    Bicep,
    Hcl,
}

/// A replacement of part of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// What is replaced; empty for an insertion.
    pub span: Span,
    /// What stands there afterwards.
    pub text: String,
}

/// What makes `value` of the property that was looked for; nothing where the code computes it, or where the
/// file's language has no way that is sure to be right.
pub fn set(files: &Files, found: &Found, value: &Json) -> Option<Replacement> {
    let file = files.get(found.span.file)?;
    let syntax = syntax_of(&file.path)?;
    if found.present && found.unknown.is_none() {
        let span = with_quotes(files, found.span);
        let text = literal(syntax, files.text(span), value)?;
        return (text != files.text(span)).then_some(Replacement { span, text });
    }
    if found.unknown.is_some() || syntax == Syntax::Hcl {
        return None;
    }
    insertion(syntax, files, found, value)
}

fn syntax_of(path: &str) -> Option<Syntax> {
    let path = path.to_ascii_lowercase();
    let ends = |endings: &[&str]| endings.iter().any(|ending| path.ends_with(ending));
    if ends(&[".json", ".jsonc"]) {
        Some(Syntax::Json)
    } else if ends(&[".bicep", ".bicepparam"]) {
        Some(Syntax::Bicep)
    } else if ends(&[".tf", ".tfvars"]) {
        Some(Syntax::Hcl)
    } else {
        None
    }
}

/// The span with the quotation marks around it.
fn with_quotes(files: &Files, span: Span) -> Span {
    let wider = Span { start: span.start.saturating_sub(1), end: span.end.saturating_add(1), ..span };
    let (inner, outer) = (files.text(span), files.text(wider));
    let quoted = |text: &str| {
        ['"', '\''].iter().any(|mark| text.len() > 1 && text.starts_with(*mark) && text.ends_with(*mark))
    };
    if !quoted(inner) && quoted(outer) { wider } else { span }
}

/// The literal that stands for `value` where `current` stands now.
fn literal(syntax: Syntax, current: &str, value: &Json) -> Option<String> {
    match (syntax, value) {
        (Syntax::Json, _) => {
            let old: Json = serde_json::from_str(current).ok()?;
            let computed = old.as_str().is_some_and(|text| text.starts_with('[') && !text.starts_with("[["));
            (!computed && is_scalar(&old)).then(|| written(syntax, value)).flatten()
        }
        (Syntax::Bicep, _) => is_bicep_literal(current).then(|| written(syntax, value)).flatten(),
        // Arguments of a provider are spelled in its own words: a switch has only one other position, and
        // texts and numbers are tried as they are.
        (Syntax::Hcl, _) if matches!(current, "true" | "false") => {
            Some(if current == "true" { "false" } else { "true" }.to_owned())
        }
        (Syntax::Hcl, Json::String(_)) => {
            let plain = current.starts_with('"') && !current.contains("${") && !current.contains("%{");
            plain.then(|| written(syntax, value)).flatten()
        }
        (Syntax::Hcl, Json::Number(_)) => current.parse::<f64>().ok().and_then(|_| written(syntax, value)),
        (Syntax::Hcl, _) => None,
    }
}

fn is_scalar(value: &Json) -> bool {
    !value.is_array() && !value.is_object()
}

fn is_bicep_literal(text: &str) -> bool {
    let is_text = text.len() > 1 && text.starts_with('\'') && text.ends_with('\'');
    (is_text && !text.contains("${")) || matches!(text, "true" | "false") || text.parse::<i64>().is_ok()
}

/// A scalar as the language writes it.
fn written(syntax: Syntax, value: &Json) -> Option<String> {
    Some(match value {
        Json::Null | Json::Array(_) | Json::Object(_) => return None,
        Json::String(text) if syntax == Syntax::Bicep => {
            let escaped = text.replace('\\', "\\\\").replace('\'', "\\'").replace("${", "\\${");
            format!("'{escaped}'")
        }
        Json::String(text) if syntax == Syntax::Hcl => {
            // JSON's escapes are HCL's; its templates begin with a sign of their own.
            Json::from(text.replace("${", "$${").replace("%{", "%%{")).to_string()
        }
        Json::Bool(_) | Json::Number(_) | Json::String(_) => value.to_string(),
    })
}

/// A member more at the beginning of the object that lacks it.
fn insertion(syntax: Syntax, files: &Files, found: &Found, value: &Json) -> Option<Replacement> {
    let object = files.text(found.span);
    let names: Vec<&str> = found.rest.iter().map(String::as_str).collect();
    if !object.starts_with('{') || names.is_empty() || names.iter().any(|name| name.starts_with('[')) {
        return None;
    }
    let inner = object.get(1..)?;
    let key = |name: &str| match syntax {
        Syntax::Json => Json::from(name).to_string(),
        _ => name.to_owned(),
    };
    let plain = |name: &&str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if syntax == Syntax::Bicep && !names.iter().all(plain) {
        return None;
    }
    let (last, above) = names.split_last()?;
    let mut member = format!("{}: {}", key(last), written(syntax, value)?);
    for name in above.iter().rev() {
        member = format!("{}: {{ {member} }}", key(name));
    }
    let first_line = inner.split('\n').next().unwrap_or_default();
    let is_block = inner.contains('\n') && first_line.trim().is_empty();
    let is_empty = inner.trim_start().starts_with('}');
    let text = if is_block {
        let next = inner.split('\n').skip(1).find(|line| !line.trim().is_empty()).unwrap_or_default();
        let mut indent = next.get(..next.len() - next.trim_start().len()).unwrap_or_default().to_owned();
        if is_empty {
            indent.push_str("  ");
        }
        let comma = if syntax == Syntax::Json && !is_empty { "," } else { "" };
        let end = if first_line.ends_with('\r') { "\r\n" } else { "\n" };
        format!("{end}{indent}{member}{comma}")
    } else if is_empty {
        format!(" {member} ")
    } else {
        format!(" {member},")
    };
    let at = found.span.start + 1;
    Some(Replacement { span: Span { start: at, end: at, ..found.span }, text })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::report::Location;
    use serde_json::json;

    /// The file after the edit of what stands between `«` and `»`.
    fn edited(path: &str, marked: &str, rest: &[&str], value: &Json) -> Option<String> {
        let start = marked.find('«').unwrap();
        let end = marked.find('»').unwrap() - '«'.len_utf8();
        let text = marked.replace(['«', '»'], "");
        let mut files = Files::default();
        let file = files.add(path, text.as_str().into());
        let found = Found {
            location: Location {
                file: path.into(),
                start_line: 1,
                start_column: 1,
                end_line: 1,
                end_column: 1,
            },
            span: Span::new(file, start..end),
            present: rest.is_empty(),
            rest: rest.iter().map(|name| (*name).to_owned()).collect(),
            unknown: None,
            secret: false,
        };
        let replacement = set(&files, &found, value)?;
        let mut after = text.clone();
        after
            .replace_range(replacement.span.start as usize..replacement.span.end as usize, &replacement.text);
        Some(after)
    }

    #[test]
    fn literals_are_replaced_in_the_files_own_words() {
        for (path, text, value, expected) in [
            ("t.json", r#"{"a": «"x"»}"#, json!("TLS1_2"), Some(r#"{"a": "TLS1_2"}"#)),
            ("t.json", r#"{"a": "«x»"}"#, json!(true), Some(r#"{"a": true}"#)),
            ("t.json", r#"{"a": «"[parameters('x')]"»}"#, json!(true), None),
            ("m.bicep", "a: «'x'»", json!("it's"), Some("a: 'it\\'s'")),
            ("m.bicep", "a: «'${x}'»", json!("y"), None),
            ("m.bicep", "a: «b»", json!("y"), None),
            ("m.tf", "a = «true»", json!("Disabled"), Some("a = false")),
            ("m.tf", "a = «\"TLS1_0\"»", json!("TLS1_2"), Some("a = \"TLS1_2\"")),
            ("m.tf", "a = «\"${x}\"»", json!("TLS1_2"), None),
            ("m.tf", "a = «var.x»", json!("TLS1_2"), None),
            ("x.tfvars", "a = «7»", json!(90), Some("a = 90")),
            ("x.yaml", "a: «7»", json!(90), None),
        ] {
            assert_eq!(edited(path, text, &[], &value).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn what_an_object_lacks_is_added_in_its_layout() {
        for (path, text, rest, expected) in [
            ("t.json", "«{\n    \"a\": 1\n  }»", &["b"][..], Some("{\n    \"b\": true,\n    \"a\": 1\n  }")),
            ("t.json", "«{}»", &["b", "c"], Some("{ \"b\": { \"c\": true } }")),
            ("t.json", "«{ \"a\": 1 }»", &["b"], Some("{ \"b\": true, \"a\": 1 }")),
            ("m.bicep", "«{\r\n  a: 1\r\n}»", &["b"], Some("{\r\n  b: true\r\n  a: 1\r\n}")),
            ("m.bicep", "«{ a: 1 }»", &["b"], Some("{ b: true, a: 1 }")),
            ("m.bicep", "«{\n}»", &["b"], Some("{\n  b: true\n}")),
            ("m.bicep", "«{}»", &["a-b"], None),
            ("t.json", "«[]»", &["[0]"], None),
            ("m.tf", "«{ a = 1 }»", &["b"], None),
        ] {
            assert_eq!(edited(path, text, rest, &json!(true)).as_deref(), expected, "{text}");
        }
    }
}
