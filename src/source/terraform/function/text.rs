//! Texts. Characters are counted as Unicode code points; Terraform counts grapheme clusters, which differ only
//! for combined characters.

use std::rc::Rc;

use super::{Body, Call, Needs};
use crate::source::terraform::budget::Failure;
use crate::source::terraform::convert;
use crate::source::terraform::value::{Outcome, Value};

pub(super) fn find(name: &str) -> Option<(Needs, Body)> {
    let body: Body = match name {
        "chomp" => |call| call.done_text(call.text(0)?.trim_end_matches(['\r', '\n'])),
        "endswith" => |call| call.done_bool(call.text(0)?.ends_with(&*call.text(1)?)),
        "startswith" => |call| call.done_bool(call.text(0)?.starts_with(&*call.text(1)?)),
        "strcontains" => |call| call.done_bool(call.text(0)?.contains(&*call.text(1)?)),
        "lower" => |call| call.done_text(call.text(0)?.to_lowercase()),
        "upper" => |call| call.done_text(call.text(0)?.to_uppercase()),
        "title" => |call| call.done_text(title(&call.text(0)?)),
        "strrev" => |call| call.done_text(call.text(0)?.chars().rev().collect::<String>()),
        "trimspace" => |call| call.done_text(call.text(0)?.trim()),
        "trim" => |call| {
            let cut: Vec<char> = call.text(1)?.chars().collect();
            call.done_text(call.text(0)?.trim_matches(|c| cut.contains(&c)))
        },
        "trimprefix" => |call| {
            let (text, prefix) = (call.text(0)?, call.text(1)?);
            call.done_text(text.strip_prefix(&*prefix).unwrap_or(&text))
        },
        "trimsuffix" => |call| {
            let (text, suffix) = (call.text(0)?, call.text(1)?);
            call.done_text(text.strip_suffix(&*suffix).unwrap_or(&text))
        },
        "indent" => indent,
        "join" => join,
        "split" => split,
        "substr" => substr,
        _ => return None,
    };
    Some((Needs::All, body))
}

fn title(text: &str) -> String {
    let mut fresh = true;
    let word = |c: char| c.is_alphanumeric() || c == '_' || c == '\'';
    text.chars()
        .flat_map(|c| {
            let first = fresh && word(c);
            fresh = !word(c);
            if first { c.to_uppercase().collect::<Vec<_>>() } else { vec![c] }
        })
        .collect()
}

fn indent(call: &Call<'_, '_, '_>) -> Outcome {
    let width = usize::try_from(call.integer(0)?).ok().filter(|width| *width <= 1_000);
    let width = width.ok_or_else(|| Failure::new("the number of spaces is not between 0 and 1000"))?;
    let text = call.text(1)?;
    let (lines, pad) = (text.split('\n'), " ".repeat(width));
    let mut indented = String::new();
    for (at, line) in lines.enumerate() {
        if at > 0 {
            call.evaluator.budget.append(&mut indented, "\n")?;
            call.evaluator.budget.append(&mut indented, &pad)?;
        }
        call.evaluator.budget.append(&mut indented, line)?;
    }
    call.done_text(indented)
}

fn join(call: &Call<'_, '_, '_>) -> Outcome {
    let separator = call.text(0)?;
    let mut joined = String::new();
    let mut first = true;
    for list in 1..call.arguments.len() {
        for item in call.items(list)? {
            if !std::mem::take(&mut first) {
                call.evaluator.budget.append(&mut joined, &separator)?;
            }
            call.evaluator.budget.append(&mut joined, &convert::text(item)?)?;
        }
    }
    call.done_text(joined)
}

fn split(call: &Call<'_, '_, '_>) -> Outcome {
    let (separator, text, span) = (call.text(0)?, call.text(1)?, call.value(1)?.span);
    if text.is_empty() {
        return Value::list(Vec::new(), span);
    }
    call.evaluator.budget.charge(text.len() as u64 / 4)?;
    let parts: Vec<Value> = if separator.is_empty() {
        text.chars().map(|c| Value::text(c.to_string(), span)).collect()
    } else {
        text.split(&*separator).map(|part| Value::text(part, span)).collect()
    };
    Value::list(parts, span)
}

fn substr(call: &Call<'_, '_, '_>) -> Outcome {
    let (text, offset, length) = (call.text(0)?, call.integer(1)?, call.integer(2)?);
    let count = text.chars().count();
    let start = if offset < 0 {
        count.saturating_sub(usize::try_from(offset.unsigned_abs()).unwrap_or(usize::MAX))
    } else {
        usize::try_from(offset).unwrap_or(usize::MAX)
    };
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let part: String = text.chars().skip(start).take(length).collect();
    Ok(Value::text(Rc::from(part), call.value(0)?.span))
}
