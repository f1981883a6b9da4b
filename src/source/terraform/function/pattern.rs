//! Regular expressions, and `replace`, which knows both kinds of patterns. Terraform's are Go's RE2, of which
//! the `regex` crate is the same family: linear in time, the same syntax but for details.

use std::collections::BTreeMap;
use std::rc::Rc;

use regex::{Captures, Regex, RegexBuilder};

use super::{Body, Call, Needs};
use crate::source::code::file::Span;
use crate::source::terraform::budget::{Failure, MAX_TEXT};
use crate::source::terraform::value::{Outcome, Value};

/// Largest compiled pattern, in bytes.
const MAX_PATTERN: usize = 1 << 20;

pub(super) fn find(name: &str) -> Option<(Needs, Body)> {
    let body: Body = match name {
        "regex" => first,
        "regexall" => all,
        "replace" => replace,
        _ => return None,
    };
    Some((Needs::All, body))
}

/// Compiling costs far more than most searches.
fn compile(call: &Call<'_, '_, '_>, pattern: &str, text: &str) -> Result<Regex, Failure> {
    call.evaluator.budget.charge(500 + (pattern.len() as u64) * 8 + text.len() as u64 / 4)?;
    RegexBuilder::new(pattern)
        .size_limit(MAX_PATTERN)
        .dfa_size_limit(MAX_PATTERN)
        .nest_limit(64)
        .build()
        .map_err(|_| Failure::new("the pattern is not understood"))
}

fn first(call: &Call<'_, '_, '_>) -> Outcome {
    let (pattern, text) = (call.text(0)?, call.text(1)?);
    let pattern = compile(call, &pattern, &text)?;
    match pattern.captures(&text) {
        Some(found) => matched(&pattern, &found, call.value(1)?.span),
        None => Err(Failure::new("the pattern doesn't match")),
    }
}

fn all(call: &Call<'_, '_, '_>) -> Outcome {
    let (pattern, text) = (call.text(0)?, call.text(1)?);
    let pattern = compile(call, &pattern, &text)?;
    let span = call.value(1)?.span;
    let mut items = Vec::new();
    for found in pattern.captures_iter(&text) {
        call.evaluator.budget.charge(4)?;
        items.push(matched(&pattern, &found, span)?);
    }
    Value::list(items, span)
}

/// The whole match, or its groups by position, or by name.
fn matched(pattern: &Regex, found: &Captures<'_>, span: Span) -> Outcome {
    let group = |group: Option<regex::Match<'_>>| {
        group.map_or(Value::null(span), |group| Value::text(group.as_str(), span))
    };
    let names: Vec<&str> = pattern.capture_names().flatten().collect();
    if !names.is_empty() {
        let members: BTreeMap<Rc<str>, Value> =
            names.iter().map(|name| (Rc::from(*name), group(found.name(name)))).collect();
        return Value::object(members, span);
    }
    if pattern.captures_len() > 1 {
        return Value::list((1..pattern.captures_len()).map(|at| group(found.get(at))).collect(), span);
    }
    Ok(group(found.get(0)))
}

fn replace(call: &Call<'_, '_, '_>) -> Outcome {
    let (text, search, by) = (call.text(0)?, call.text(1)?, call.text(2)?);
    let budget = &call.evaluator.budget;
    let span = call.value(0)?.span;
    let mut replaced = String::new();
    let slashes = search.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
    if let Some(pattern) = slashes.filter(|pattern| !pattern.is_empty()) {
        let pattern = compile(call, pattern, &text)?;
        let mut from = 0;
        for found in pattern.captures_iter(&text) {
            let Some(whole) = found.get(0) else { continue };
            budget.append(&mut replaced, text.get(from..whole.start()).unwrap_or_default())?;
            // Every `$` may bring in a group as long as the match.
            if by.matches('$').count().saturating_mul(whole.len()) > MAX_TEXT {
                return Err(Failure::bound("may be a text of more than 1 MiB"));
            }
            let mut expanded = String::new();
            found.expand(&by, &mut expanded);
            budget.append(&mut replaced, &expanded)?;
            from = whole.end();
        }
        budget.append(&mut replaced, text.get(from..).unwrap_or_default())?;
    } else {
        let mut from = 0;
        for (at, found) in text.match_indices(&*search) {
            budget.append(&mut replaced, text.get(from..at).unwrap_or_default())?;
            budget.append(&mut replaced, &by)?;
            from = at + found.len();
        }
        budget.append(&mut replaced, text.get(from..).unwrap_or_default())?;
    }
    Ok(Value::text(replaced, span))
}
