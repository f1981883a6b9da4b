//! Comparison and logic:
//! <https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-comparison> and
//! <https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-logical>.

use std::cmp::Ordering;

use super::{Failure, Outcome, Site, argument, bool_of, known, wrong};
use crate::source::arm::frame::Value;
use crate::source::code::node::{Content, Node};

/// Calls a function of this family.
pub(super) fn call(name: &str, arguments: &[Value], site: &Site<'_>) -> Option<Outcome> {
    let order =
        |test: fn(Ordering) -> bool| ordered(name, arguments, site).and_then(|order| site.bool(test(order)));
    let outcome = match name {
        "equals" => equals(arguments, site),
        "less" => order(Ordering::is_lt),
        "lessorequals" => order(Ordering::is_le),
        "greater" => order(Ordering::is_gt),
        "greaterorequals" => order(Ordering::is_ge),
        "not" => argument(arguments, 0, name).and_then(|node| site.bool(!bool_of(node)?)),
        "bool" => argument(arguments, 0, name).and_then(|node| site.bool(as_bool(node)?)),
        "true" => site.bool(true),
        "false" => site.bool(false),
        "null" => site.value(Content::Null),
        _ => return None,
    };
    Some(outcome)
}

fn as_bool(node: &Node) -> Result<bool, Failure> {
    match &node.content {
        Content::Number(number) => Ok(number.as_i64() != Some(0)),
        _ => bool_of(node),
    }
}

fn equals(arguments: &[Value], site: &Site<'_>) -> Outcome {
    let (one, two) = (argument(arguments, 0, "equals")?, argument(arguments, 1, "equals")?);
    if let Some(equal) = same(one, two, site)? {
        return site.bool(equal);
    }
    known(one)?;
    known(two)?;
    Err(Failure::reason("depends on ids that are known at deployment"))
}

/// Whether two values are the same, letter case included; None where what isn't known decides.
pub(super) fn same(one: &Node, two: &Node, site: &Site<'_>) -> Result<Option<bool>, Failure> {
    site.work(1)?;
    Ok(match (&one.content, &two.content) {
        (Content::Unknown(_), _) | (_, Content::Unknown(_)) => None,
        (Content::Text(one), Content::Text(two)) => same_text(one, two, site),
        (Content::Number(one), Content::Number(two)) => Some(one == two || one.as_f64() == two.as_f64()),
        (Content::Bool(one), Content::Bool(two)) => Some(one == two),
        (Content::Null, Content::Null) => Some(true),
        (Content::Array(one), Content::Array(two)) if one.len() == two.len() => {
            all(one.iter().zip(two).map(|(one, two)| same(one, two, site)))?
        }
        (Content::Object(members), Content::Object(others)) if members.len() == others.len() => {
            site.work(members.len() * (1 + members.len() / 16))?;
            all(members.iter().map(|(name, one)| match two.member(name) {
                Some(two) => same(one, two, site),
                None => Ok(Some(false)),
            }))?
        }
        _ => Some(false),
    })
}

fn all(parts: impl Iterator<Item = Result<Option<bool>, Failure>>) -> Result<Option<bool>, Failure> {
    let mut whole = Some(true);
    for part in parts {
        match part? {
            Some(false) => return Ok(Some(false)),
            Some(true) => {}
            None => whole = None,
        }
    }
    Ok(whole)
}

/// Ids that were made up are the same as each other, or as nothing that is known.
fn same_text(one: &str, two: &str, site: &Site<'_>) -> Option<bool> {
    match (site.is_made_up(one), site.is_made_up(two)) {
        (false, false) => Some(one == two),
        (true, true) if one == two => Some(true),
        (true, true) => (!one.contains('~') && !two.contains('~')).then_some(false),
        (true, false) => (!two.starts_with("/subscriptions/")).then_some(false),
        (false, true) => (!one.starts_with("/subscriptions/")).then_some(false),
    }
}

fn ordered(name: &str, arguments: &[Value], site: &Site<'_>) -> Result<Ordering, Failure> {
    let (one, two) = (argument(arguments, 0, name)?, argument(arguments, 1, name)?);
    match (&one.content, &two.content) {
        (Content::Number(a), Content::Number(b)) => match (a.as_i64(), b.as_i64()) {
            (Some(a), Some(b)) => Ok(a.cmp(&b)),
            _ => a.as_f64().partial_cmp(&b.as_f64()).ok_or_else(|| Failure::arguments(name)),
        },
        (Content::Text(_), Content::Text(_)) => {
            Ok(site.exact(one)?.encode_utf16().cmp(site.exact(two)?.encode_utf16()))
        }
        (Content::Number(_) | Content::Text(_), _) => Err(wrong(two, "two numbers or two texts")),
        _ => Err(wrong(one, "two numbers or two texts")),
    }
}
