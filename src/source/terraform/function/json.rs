//! JSON as Terraform writes and reads it.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::source::code::file::Span;
use crate::source::terraform::budget::{Budget, Failure};
use crate::source::terraform::convert;
use crate::source::terraform::value::{Kind, Outcome, Value};

/// A value as JSON.
///
/// # Errors
/// When a bound is reached.
pub(super) fn encode(value: &Value, budget: &Budget) -> Result<String, Failure> {
    let mut text = String::new();
    write(value, &mut text, budget)?;
    Ok(text)
}

fn write(value: &Value, text: &mut String, budget: &Budget) -> Result<(), Failure> {
    match &value.kind {
        Kind::Text(plain) => {
            budget.charge_text(plain.len())?;
            budget.append(text, &quoted(plain))
        }
        Kind::Number(_) | Kind::Bool(_) => budget.append(text, &convert::text(value)?),
        Kind::List(list) | Kind::Set(list) => {
            budget.append(text, "[")?;
            for (at, item) in list.items.iter().enumerate() {
                if at > 0 {
                    budget.append(text, ",")?;
                }
                write(item, text, budget)?;
            }
            budget.append(text, "]")
        }
        Kind::Object(object) => {
            budget.append(text, "{")?;
            for (at, (key, member)) in object.members.iter().enumerate() {
                if at > 0 {
                    budget.append(text, ",")?;
                }
                budget.append(text, &quoted(key))?;
                budget.append(text, ":")?;
                write(member, text, budget)?;
            }
            budget.append(text, "}")
        }
        Kind::Null => budget.append(text, "null"),
        // Never reached by functions that need all: stands for itself where identity is asked.
        Kind::Unknown(unknown) => budget.append(text, &format!("<{}>", unknown.reason)),
        Kind::Resource(address) | Kind::Module(address) => budget.append(text, &format!("<{address}>")),
    }
}

/// Text in quotes; `<`, `>` and `&` are escaped, as Go does.
pub(super) fn quoted(text: &str) -> String {
    let mut written = String::with_capacity(text.len() + 2);
    written.push('"');
    for c in text.chars() {
        match c {
            '"' => written.push_str("\\\""),
            '\\' => written.push_str("\\\\"),
            '\n' => written.push_str("\\n"),
            '\r' => written.push_str("\\r"),
            '\t' => written.push_str("\\t"),
            '\u{8}' => written.push_str("\\b"),
            '\u{c}' => written.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => written.push_str(&format!("\\u{:04x}", c as u32)),
            c if (c as u32) < 0x20 => written.push_str(&format!("\\u{:04x}", c as u32)),
            c => written.push(c),
        }
    }
    written.push('"');
    written
}

/// The value of a JSON text; all of it stands at `span`.
///
/// # Errors
/// When it is no JSON, or a bound is reached.
pub(super) fn decode(text: &str, span: Span, budget: &Budget) -> Outcome {
    let parsed = serde_json::from_str(text).map_err(|error| Failure::new(format!("no JSON: {error}")))?;
    value(parsed, span, budget)
}

fn value(parsed: serde_json::Value, span: Span, budget: &Budget) -> Outcome {
    budget.charge(1)?;
    Ok(match parsed {
        serde_json::Value::Null => Value::null(span),
        serde_json::Value::Bool(yes) => Value::bool(yes, span),
        serde_json::Value::Number(number) => Value::number(number, span),
        serde_json::Value::String(text) => Value::text(text, span),
        serde_json::Value::Array(items) => {
            let items = items.into_iter().map(|item| value(item, span, budget));
            return Value::list(items.collect::<Result<_, _>>()?, span);
        }
        serde_json::Value::Object(members) => {
            let members =
                members.into_iter().map(|(key, member)| Ok((Rc::from(key), value(member, span, budget)?)));
            return Value::object(members.collect::<Result<BTreeMap<_, _>, Failure>>()?, span);
        }
    })
}
