//! Lists and maps, made from others.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::{Body, Call, Needs, set};
use crate::source::code::node::Unknown;
use crate::source::terraform::budget::Failure;
use crate::source::terraform::convert::{self, from_f64};
use crate::source::terraform::number::float;
use crate::source::terraform::value::{Kind, Outcome, Value};

pub(super) fn find(name: &str) -> Option<(Needs, Body)> {
    let (needs, body): (Needs, Body) = match name {
        "chunklist" => (Needs::Shape, chunklist),
        "compact" => (Needs::All, compact),
        "concat" => (Needs::Shape, concat),
        "distinct" => (Needs::All, distinct),
        "flatten" => (Needs::Shape, flatten),
        "keys" => (Needs::Shape, |call| {
            let keys = call.members(0)?.iter().map(|(key, value)| Value::text(Rc::clone(key), value.span));
            Value::list(keys.collect(), call.span())
        }),
        "values" => {
            (Needs::Shape, |call| Value::list(call.members(0)?.values().cloned().collect(), call.span()))
        }
        "merge" => (Needs::Shape, merge),
        "range" => (Needs::All, range),
        "reverse" => {
            (Needs::Shape, |call| Value::list(call.items(0)?.iter().rev().cloned().collect(), call.span()))
        }
        "slice" => (Needs::Shape, slice),
        "sort" => (Needs::All, sort),
        "transpose" => (Needs::All, transpose),
        "zipmap" => (Needs::Shape, zipmap),
        _ => return None,
    };
    Some((needs, body))
}

fn chunklist(call: &Call<'_, '_, '_>) -> Outcome {
    let size = usize::try_from(call.integer(1)?).map_err(|_| Failure::new("the size is negative"))?;
    let items = call.items(0)?;
    let chunks = items.chunks(if size == 0 { items.len().max(1) } else { size });
    let span = call.value(0)?.span;
    Value::list(chunks.map(|chunk| Value::list(chunk.to_vec(), span)).collect::<Result<_, _>>()?, span)
}

fn compact(call: &Call<'_, '_, '_>) -> Outcome {
    let empty = |item: &&Value| !item.is_null() && !matches!(&item.kind, Kind::Text(text) if text.is_empty());
    Value::list(call.items(0)?.iter().filter(empty).cloned().collect(), call.span())
}

fn concat(call: &Call<'_, '_, '_>) -> Outcome {
    let mut all = Vec::new();
    for at in 0..call.arguments.len() {
        all.extend_from_slice(call.items(at)?);
    }
    Value::list(all, call.span)
}

fn distinct(call: &Call<'_, '_, '_>) -> Outcome {
    let mut seen = BTreeSet::new();
    let mut kept = Vec::new();
    for item in call.items(0)? {
        if seen.insert(set::identity(item, &call.evaluator.budget)?) {
            kept.push(item.clone());
        }
    }
    Value::list(kept, call.span())
}

fn flatten(call: &Call<'_, '_, '_>) -> Outcome {
    let mut flat = Vec::new();
    let unknown = level(call, call.value(0)?, &mut flat)?;
    match unknown {
        Some(unknown) => Ok(Value::unknown(unknown.reason(), call.span)),
        None => Value::list(flat, call.span()),
    }
}

/// Appends what lies in lists of lists; gives back an element that could itself be a list.
fn level(call: &Call<'_, '_, '_>, value: &Value, flat: &mut Vec<Value>) -> Result<Option<Value>, Failure> {
    let Some(items) = value.items() else {
        return Err(Failure::new(format!("{} is given where a list is wanted", value.type_name())));
    };
    call.evaluator.budget.charge(items.len() as u64)?;
    for item in items {
        if item.items().is_some() {
            if let Some(unknown) = level(call, item, flat)? {
                return Ok(Some(unknown));
            }
        } else if item.as_unknown().is_some_and(|unknown| !is_scalar(unknown)) {
            return Ok(Some(item.clone()));
        } else {
            flat.push(item.clone());
        }
    }
    Ok(None)
}

/// Whether something that isn't known can't be a list: a resource's id or name.
fn is_scalar(unknown: &Unknown) -> bool {
    unknown.reference.as_ref().is_some_and(|reference| {
        let last = reference.attribute.rsplit('.').next().unwrap_or_default();
        last == "id" || last == "name" || last.ends_with("_id")
    })
}

fn merge(call: &Call<'_, '_, '_>) -> Outcome {
    let mut merged = BTreeMap::new();
    for (at, argument) in call.arguments.iter().enumerate() {
        if !argument.is_null() {
            let members = call.members(at)?.iter();
            merged.extend(members.map(|(key, value)| (Rc::clone(key), value.clone())));
        }
    }
    Value::object(merged, call.span)
}

/// Most elements of a range: Terraform's own bound.
const MAX: usize = 1_024;

fn range(call: &Call<'_, '_, '_>) -> Outcome {
    let number = |at: usize| Ok::<f64, Failure>(float(&call.number(at)?));
    let (start, limit, step) = match call.arguments.len() {
        1 => (0.0, number(0)?, if number(0)? < 0.0 { -1.0 } else { 1.0 }),
        2 => (number(0)?, number(1)?, if number(1)? < number(0)? { -1.0 } else { 1.0 }),
        _ => (number(0)?, number(1)?, number(2)?),
    };
    if step == 0.0 {
        return Err(Failure::new("the step is zero"));
    }
    let mut all = Vec::new();
    let mut at = start;
    while (step > 0.0 && at < limit) || (step < 0.0 && at > limit) {
        if all.len() >= MAX {
            return Err(Failure::new(format!("it would have more than {MAX} elements")));
        }
        let number = from_f64(at).ok_or_else(|| Failure::new("an element is no number"))?;
        all.push(Value::number(number, call.span));
        at += step;
    }
    Value::list(all, call.span)
}

fn slice(call: &Call<'_, '_, '_>) -> Outcome {
    let index =
        |at: usize| usize::try_from(call.integer(at)?).map_err(|_| Failure::new("an index is negative"));
    let part = call.items(0)?.get(index(1)?..index(2)?);
    let part = part.ok_or_else(|| Failure::new("the indexes are not in the list"))?;
    Value::list(part.to_vec(), call.value(0)?.span)
}

fn sort(call: &Call<'_, '_, '_>) -> Outcome {
    let mut keyed = call
        .items(0)?
        .iter()
        .map(|item| Ok((convert::text(item)?, item)))
        .collect::<Result<Vec<_>, Failure>>()?;
    keyed.sort_by(|(left, _), (right, _)| left.cmp(right));
    let sorted = keyed.into_iter().map(|(text, item)| Value::text(text, item.span).with_secret(item.secret));
    Value::list(sorted.collect(), call.span())
}

fn transpose(call: &Call<'_, '_, '_>) -> Outcome {
    let mut turned: BTreeMap<Rc<str>, Vec<Value>> = BTreeMap::new();
    for (key, list) in call.members(0)? {
        let items = list.items().ok_or_else(|| Failure::new("a member is no list"))?;
        call.evaluator.budget.charge(items.len() as u64)?;
        for item in items {
            turned.entry(convert::text(item)?).or_default().push(Value::text(Rc::clone(key), list.span));
        }
    }
    let turned = turned.into_iter().map(|(key, keys)| Ok((key, Value::list(keys, call.span)?)));
    Value::object(turned.collect::<Result<_, Failure>>()?, call.span)
}

fn zipmap(call: &Call<'_, '_, '_>) -> Outcome {
    let (keys, values) = (call.items(0)?, call.items(1)?);
    if keys.len() != values.len() {
        return Err(Failure::new("its lists are of different lengths"));
    }
    if let Some(key) = keys.iter().find(|key| key.has_unknown()) {
        return call.unknown(key.reason());
    }
    let members = keys.iter().zip(values).map(|(key, value)| Ok((convert::text(key)?, value.clone())));
    Value::object(members.collect::<Result<_, Failure>>()?, call.span)
}
