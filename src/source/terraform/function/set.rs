//! Sets.

use std::collections::{BTreeMap, BTreeSet};

use super::{Body, Call, Needs, json};
use crate::source::code::file::Span;
use crate::source::terraform::budget::{Budget, Failure};
use crate::source::terraform::convert;
use crate::source::terraform::number;
use crate::source::terraform::value::{Kind, Outcome, Value};

pub(super) fn find(name: &str) -> Option<(Needs, Body)> {
    let (needs, body): (Needs, Body) = match name {
        "setintersection" => (Needs::All, |call| kept(call, |count, all| count == all)),
        "setunion" => (Needs::All, |call| kept(call, |_, _| true)),
        "setsubtract" => (Needs::All, subtract),
        "setproduct" => (Needs::Shape, product),
        _ => return None,
    };
    Some((needs, body))
}

/// What makes an element the same as another.
pub(super) fn identity(value: &Value, budget: &Budget) -> Result<String, Failure> {
    json::encode(value, budget)
}

/// A set of the given elements: each once, in Terraform's order. One of which an element isn't known, and with
/// it the number of elements, isn't known.
///
/// # Errors
/// When a bound is reached.
pub fn distinct(items: Vec<Value>, span: Span, budget: &Budget) -> Outcome {
    if let ([_, _, ..], Some(unknown)) = (items.as_slice(), items.iter().find(|item| item.has_unknown())) {
        return Ok(Value::unknown(unknown.reason(), span));
    }
    if items.len() == 1 {
        return Value::set(items, span);
    }
    budget.charge(items.len() as u64)?;
    let plain = |item: &Value| matches!(item.kind, Kind::Text(_) | Kind::Number(_) | Kind::Bool(_));
    let mut items = items;
    // Elements of a set are of one type: text, when they are not of one already.
    if items.iter().any(|item| matches!(item.kind, Kind::Text(_))) && items.iter().all(plain) {
        items = items
            .into_iter()
            .map(|item| Ok(Value::text(convert::text(&item)?, item.span).with_secret(item.secret)))
            .collect::<Result<_, Failure>>()?;
    }
    let mut unique: BTreeMap<String, Value> = BTreeMap::new();
    for item in items {
        let key = match &item.kind {
            Kind::Text(text) => text.to_string(),
            _ => identity(&item, budget)?,
        };
        unique.entry(key).or_insert(item);
    }
    let mut items: Vec<Value> = unique.into_values().collect();
    if let Ok(numbers) = items
        .iter()
        .map(|item| match &item.kind {
            Kind::Number(number) => Ok(number.clone()),
            _ => Err(()),
        })
        .collect::<Result<Vec<_>, ()>>()
    {
        let mut keyed: Vec<_> = numbers.into_iter().zip(items).collect();
        keyed.sort_by(|(left, _), (right, _)| number::compare(left, right));
        items = keyed.into_iter().map(|(_, item)| item).collect();
    }
    Value::set(items, span)
}

/// Elements by how many of the sets they are in.
fn kept(call: &Call<'_, '_, '_>, keep: impl Fn(usize, usize) -> bool) -> Outcome {
    let budget = &call.evaluator.budget;
    let mut all: BTreeMap<String, (Value, usize)> = BTreeMap::new();
    for at in 0..call.arguments.len() {
        let mut here = BTreeSet::new();
        for item in call.items(at)? {
            let key = identity(item, budget)?;
            if here.insert(key.clone()) {
                all.entry(key).or_insert_with(|| (item.clone(), 0)).1 += 1;
            }
        }
    }
    let sets = call.arguments.len();
    let items = all.into_values().filter(|(_, count)| keep(*count, sets)).map(|(item, _)| item);
    distinct(items.collect(), call.span, budget)
}

fn subtract(call: &Call<'_, '_, '_>) -> Outcome {
    let budget = &call.evaluator.budget;
    let identities = call.items(1)?.iter().map(|item| identity(item, budget));
    let gone = identities.collect::<Result<BTreeSet<_>, _>>()?;
    let mut left = Vec::new();
    for item in call.items(0)? {
        if !gone.contains(&identity(item, budget)?) {
            left.push(item.clone());
        }
    }
    distinct(left, call.span, budget)
}

fn product(call: &Call<'_, '_, '_>) -> Outcome {
    let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
    for at in 0..call.arguments.len() {
        let items = call.items(at)?;
        let size = rows.len() as u64 * items.len() as u64 * (at as u64 + 1);
        call.evaluator.budget.charge(size)?;
        rows = rows
            .iter()
            .flat_map(|row| items.iter().map(|item| row.iter().chain([item]).cloned().collect()))
            .collect();
    }
    let rows = rows.into_iter().map(|row| Value::list(row, call.span));
    Value::list(rows.collect::<Result<_, _>>()?, call.span)
}
