//! Functions that take functions:
//! <https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-lambda>.

use std::cmp::Ordering;
use std::rc::Rc;

use super::{Failure, Outcome, Site, argument, bool_of, list_of, members_of, text_of};
use crate::source::arm::frame::Value;
use crate::source::arm::members::Members;
use crate::source::code::node::{Content, Node};

/// Applies the n-th lambda to arguments.
type Apply<'a> = &'a dyn Fn(usize, &[Value]) -> Outcome;

/// Calls a function of this family; `values` are its arguments that are no lambdas.
pub(in crate::source::arm) fn call(
    name: &str,
    values: &[Value],
    lambdas: usize,
    apply: Apply<'_>,
    site: &Site<'_>,
) -> Outcome {
    let subject = argument(values, 0, name)?;
    if name == "mapvalues" {
        let mut out = Vec::new();
        for (name, node) in members_of(subject)? {
            out.push((name.clone(), own(apply(0, &[shared(node, site)?])?, site)?));
        }
        return site.object(out);
    }
    let list = list_of(subject)?;
    let items = list.iter().map(|node| shared(node, site)).collect::<Result<Vec<_>, _>>()?;
    match name {
        "filter" => {
            let mut out = Vec::new();
            for (at, item) in items.iter().enumerate() {
                if bool_of(&*apply(0, &[Rc::clone(item), index(at, site)])?)? {
                    out.push(own(Rc::clone(item), site)?);
                }
            }
            site.list(out)
        }
        "map" => {
            let mut out = Vec::new();
            for (at, item) in items.into_iter().enumerate() {
                out.push(own(apply(0, &[item, index(at, site)])?, site)?);
            }
            site.list(out)
        }
        "reduce" => {
            let mut sum = Rc::new(site.copy(argument(values, 1, name)?)?);
            for (at, item) in items.into_iter().enumerate() {
                sum = apply(0, &[sum, item, index(at, site)])?;
            }
            Ok(sum)
        }
        "sort" => sort(items, apply, site),
        "toobject" => {
            let mut out = Members::default();
            for item in items {
                let key = apply(0, std::slice::from_ref(&item))?;
                let value = if lambdas > 1 { apply(1, &[item])? } else { item };
                out.set(text_of(&key)?.to_owned(), own(value, site)?);
            }
            site.object(out.members)
        }
        "groupby" => {
            let mut out = Members::default();
            for item in items {
                let key = apply(0, std::slice::from_ref(&item))?;
                let key = text_of(&key)?;
                let item = if lambdas > 1 { apply(1, &[item])? } else { item };
                let item = own(item, site)?;
                match out.get_mut(key) {
                    Some(Node { content: Content::Array(group), .. }) => group.push(item),
                    _ => out.set(key.to_owned(), Node::new(Content::Array(vec![item]), site.span)),
                }
            }
            site.object(out.members)
        }
        _ => Err(Failure::arguments(name)),
    }
}

fn shared(node: &Node, site: &Site<'_>) -> Outcome {
    Ok(Rc::new(site.copy(node)?))
}

fn own(value: Value, site: &Site<'_>) -> Result<Node, Failure> {
    match Rc::try_unwrap(value) {
        Ok(node) => Ok(node),
        Err(value) => site.copy(&value),
    }
}

fn index(at: usize, site: &Site<'_>) -> Value {
    Rc::new(Node::new(Content::Number(at.into()), site.span))
}

/// Merge sort with a test that may fail, or contradict itself.
fn sort(items: Vec<Value>, apply: Apply<'_>, site: &Site<'_>) -> Outcome {
    let mut failed = None;
    let mut compare = |one: &Value, two: &Value| -> Ordering {
        let mut before = |one: &Value, two: &Value| {
            let answer = apply(0, &[Rc::clone(one), Rc::clone(two)]).and_then(|value| bool_of(&value));
            answer.unwrap_or_else(|failure| {
                failed.get_or_insert(failure);
                false
            })
        };
        if before(one, two) {
            Ordering::Less
        } else if before(two, one) {
            Ordering::Greater
        } else {
            Ordering::Equal
        }
    };
    let sorted = merge_sort(items, &mut compare);
    match failed {
        Some(failure) => Err(failure),
        None => site.list(sorted.into_iter().map(|item| own(item, site)).collect::<Result<_, _>>()?),
    }
}

/// Not the library's sort, which may panic when an order contradicts itself.
fn merge_sort(mut items: Vec<Value>, compare: &mut dyn FnMut(&Value, &Value) -> Ordering) -> Vec<Value> {
    if items.len() < 2 {
        return items;
    }
    let right = merge_sort(items.split_off(items.len() / 2), compare);
    let left = merge_sort(items, compare);
    let mut out = Vec::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(one), Some(two)) = (left.peek(), right.peek()) {
        let next = if compare(one, two).is_le() { left.next() } else { right.next() };
        out.extend(next);
    }
    out.extend(left);
    out.extend(right);
    out
}
