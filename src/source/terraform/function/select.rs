//! What is in a collection: asking, and taking out.

use super::{Body, Call, Needs};
use crate::source::terraform::budget::Failure;
use crate::source::terraform::convert;
use crate::source::terraform::evaluate::equal;
use crate::source::terraform::value::{Kind, Outcome, Value};

pub(super) fn find(name: &str) -> Option<(Needs, Body)> {
    let (needs, body): (Needs, Body) = match name {
        "alltrue" => (Needs::Shape, |call| decided(call, false)),
        "anytrue" => (Needs::Shape, |call| decided(call, true)),
        "coalesce" => (Needs::Nothing, |call| {
            first(call, |value| matches!(&value.kind, Kind::Text(text) if text.is_empty()))
        }),
        "coalescelist" => {
            (Needs::Nothing, |call| first(call, |value| value.items().is_some_and(<[Value]>::is_empty)))
        }
        "contains" => (Needs::Nothing, contains),
        "element" => (Needs::Shape, element),
        "index" => (Needs::All, index),
        "length" => (Needs::Shape, length),
        "lookup" => (Needs::Nothing, lookup),
        "matchkeys" => (Needs::All, matchkeys),
        "one" => (Needs::Shape, one),
        _ => return None,
    };
    Some((needs, body))
}

/// Whether one element is `decides`, else the opposite; what isn't known counts only if no other decides.
fn decided(call: &Call<'_, '_, '_>, decides: bool) -> Outcome {
    let mut unknown = None;
    for item in call.items(0)? {
        if item.has_unknown() {
            unknown.get_or_insert_with(|| item.reason());
        } else if !item.is_null() && convert::bool(item)? == decides {
            return Ok(Value::bool(decides, item.span));
        } else if item.is_null() && !decides {
            return Ok(Value::bool(false, item.span));
        }
    }
    match unknown {
        Some(reason) => call.unknown(reason),
        None => call.done_bool(!decides),
    }
}

fn first(call: &Call<'_, '_, '_>, empty: impl Fn(&Value) -> bool) -> Outcome {
    let found = call.arguments.iter().find(|argument| !argument.is_null() && !empty(argument));
    found.cloned().ok_or_else(|| Failure::new("no argument has a value"))
}

fn contains(call: &Call<'_, '_, '_>) -> Outcome {
    let (list, wanted) = (call.value(0)?, call.value(1)?);
    if list.is_unknown() || super::is_whole(list) {
        return call.unknown(list.reason());
    }
    let mut unknown = None;
    for item in call.items(0)? {
        let same = match (equal(item, wanted, &call.evaluator.budget)?, &item.kind, &wanted.kind) {
            // The elements of a list are of one type, to which the value is converted.
            (Some(false), Kind::Text(_), Kind::Number(_) | Kind::Bool(_))
            | (Some(false), Kind::Number(_) | Kind::Bool(_), Kind::Text(_)) => {
                Some(convert::text(item)? == convert::text(wanted)?)
            }
            (same, ..) => same,
        };
        match same {
            Some(true) => return call.done_bool(true),
            Some(false) => {}
            None => unknown = Some(if item.has_unknown() { item.reason() } else { wanted.reason() }),
        }
    }
    match unknown {
        Some(reason) => call.unknown(reason),
        None => call.done_bool(false),
    }
}

fn element(call: &Call<'_, '_, '_>) -> Outcome {
    let (items, index) = (call.items(0)?, call.integer(1)?);
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let at = index.checked_rem_euclid(length).ok_or_else(|| Failure::new("the list is empty"))?;
    let found = usize::try_from(at).ok().and_then(|at| items.get(at));
    found.cloned().ok_or_else(|| Failure::new("the list has no such element"))
}

fn index(call: &Call<'_, '_, '_>) -> Outcome {
    for (at, item) in (0_u64..).zip(call.items(0)?) {
        if equal(item, call.value(1)?, &call.evaluator.budget)? == Some(true) {
            return call.done_number(at);
        }
    }
    Err(Failure::new("the list has no such element"))
}

fn length(call: &Call<'_, '_, '_>) -> Outcome {
    let value = call.value(0)?;
    let length = match &value.kind {
        Kind::Text(text) => text.chars().count(),
        Kind::List(list) | Kind::Set(list) => list.items.len(),
        Kind::Object(object) => object.members.len(),
        _ => return Err(Failure::new(format!("{} has no length", value.type_name()))),
    };
    call.done_number(length as u64)
}

fn lookup(call: &Call<'_, '_, '_>) -> Outcome {
    for argument in call.arguments.iter().take(2) {
        if argument.is_unknown() || super::is_whole(argument) {
            return call.unknown(argument.reason());
        }
    }
    let key = call.text(1)?;
    let map = call.value(0)?;
    let members = map
        .members()
        .ok_or_else(|| Failure::new(format!("{} is given where a map is wanted", map.type_name())))?;
    match (members.get(&key), call.arguments.get(2)) {
        (Some(found), _) => Ok(found.clone()),
        (None, Some(default)) => Ok(default.clone()),
        (None, None) => Err(Failure::new(format!("the map has no '{key}'"))),
    }
}

fn matchkeys(call: &Call<'_, '_, '_>) -> Outcome {
    let (values, keys, wanted) = (call.items(0)?, call.items(1)?, call.items(2)?);
    if values.len() != keys.len() {
        return Err(Failure::new("its lists are of different lengths"));
    }
    let mut kept = Vec::new();
    for (value, key) in values.iter().zip(keys) {
        for one in wanted {
            if equal(key, one, &call.evaluator.budget)? == Some(true) {
                kept.push(value.clone());
                break;
            }
        }
    }
    Value::list(kept, call.span)
}

fn one(call: &Call<'_, '_, '_>) -> Outcome {
    match call.items(0)? {
        [] => Ok(Value::null(call.span)),
        [only] => Ok(only.clone()),
        _ => Err(Failure::new("the list has more than one element")),
    }
}
