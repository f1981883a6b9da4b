//! Numbers: <https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-numeric>.

use super::{Failure, Outcome, Site, argument, integer_of, list_of, wrong};
use crate::source::arm::frame::Value;
use crate::source::code::node::{Content, Node};

/// Calls a function of this family.
pub(super) fn call(name: &str, arguments: &[Value], site: &Site<'_>) -> Option<Outcome> {
    let two = |act: fn(i64, i64) -> Option<i64>| -> Outcome {
        let one = integer_of(argument(arguments, 0, name)?)?;
        let two = integer_of(argument(arguments, 1, name)?)?;
        let number =
            act(one, two).ok_or_else(|| Failure::reason("is a number out of bounds, or divides by zero"))?;
        site.integer(number)
    };
    let outcome = match name {
        "add" => two(i64::checked_add),
        "sub" => two(i64::checked_sub),
        "mul" => two(i64::checked_mul),
        "div" => two(i64::checked_div),
        "mod" => two(i64::checked_rem),
        "int" => argument(arguments, 0, name).and_then(|node| site.integer(whole(node, site)?)),
        "float" => argument(arguments, 0, name).and_then(|node| float(node, site)),
        "min" => extreme(name, arguments, site, Iterator::min),
        "max" => extreme(name, arguments, site, Iterator::max),
        _ => return None,
    };
    Some(outcome)
}

fn whole(node: &Node, site: &Site<'_>) -> Result<i64, Failure> {
    match &node.content {
        Content::Text(_) => {
            let text = site.exact(node)?.trim();
            text.parse().map_err(|_| Failure::reason(format!("turns {text:?} into a whole number")))
        }
        _ => integer_of(node),
    }
}

fn float(node: &Node, site: &Site<'_>) -> Outcome {
    let number = match &node.content {
        Content::Number(number) => return site.value(Content::Number(number.clone())),
        Content::Text(text) => text.trim().parse::<f64>().ok().and_then(serde_json::Number::from_f64),
        _ => return Err(wrong(node, "a number")),
    };
    site.value(Content::Number(
        number.ok_or_else(|| Failure::reason("turns a text into a number that is none"))?,
    ))
}

fn extreme(
    name: &str,
    arguments: &[Value],
    site: &Site<'_>,
    pick: fn(std::vec::IntoIter<i64>) -> Option<i64>,
) -> Outcome {
    let first = argument(arguments, 0, name)?;
    let numbers: Vec<i64> = if let (Content::Array(_), [_]) = (&first.content, arguments) {
        list_of(first)?.iter().map(integer_of).collect::<Result<_, _>>()?
    } else {
        arguments.iter().map(|node| integer_of(node)).collect::<Result<_, _>>()?
    };
    site.work(numbers.len())?;
    site.integer(pick(numbers.into_iter()).ok_or_else(|| Failure::arguments(name))?)
}
