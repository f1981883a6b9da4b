//! Lists, and what works on lists and texts alike:
//! <https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-array>.

use super::compare::same;
use super::{Failure, Outcome, Site, argument, integer_of, known, list_of, string, text_of, wrong};
use crate::source::arm::frame::Value;
use crate::source::code::node::{Content, Node};

/// Calls a function of this family.
pub(super) fn call(name: &str, arguments: &[Value], site: &Site<'_>) -> Option<Outcome> {
    let first = argument(arguments, 0, name);
    let outcome = match name {
        "createarray" => {
            site.copies(arguments.iter().map(|value| &**value)).and_then(|nodes| site.list(nodes))
        }
        "array" => first.and_then(|node| array(node, site)),
        "length" => first.and_then(|node| length(node, site)),
        "empty" => first.and_then(|node| empty(node, site)),
        "first" => first.and_then(|node| end(node, site, true)),
        "last" => first.and_then(|node| end(node, site, false)),
        "take" => piece(name, arguments, site, true),
        "skip" => piece(name, arguments, site, false),
        "range" => range(arguments, site),
        "contains" => contains(arguments, site),
        "indexof" => index_of(name, arguments, site, false),
        "lastindexof" => index_of(name, arguments, site, true),
        "flatten" => first.and_then(|node| flatten(node, site)),
        "union" if !matches!(first, Ok(node) if node.members().is_some()) => union(arguments, site),
        "intersection" if !matches!(first, Ok(node) if node.members().is_some()) => {
            intersection(arguments, site)
        }
        "distinct" => first.and_then(|node| distinct(node, site)),
        "tryindexfromend" | "indexfromend" => from_end(name, arguments, site),
        _ => return None,
    };
    Some(outcome)
}

fn array(node: &Node, site: &Site<'_>) -> Outcome {
    match &node.content {
        Content::Array(_) => Ok(std::rc::Rc::new(site.copy(node)?)),
        Content::Unknown(_) => Err(wrong(node, "a value")),
        _ => site.list(vec![site.copy(node)?]),
    }
}

fn count(length: usize, site: &Site<'_>) -> Outcome {
    site.integer(i64::try_from(length).unwrap_or(i64::MAX))
}

fn length(node: &Node, site: &Site<'_>) -> Outcome {
    match &node.content {
        Content::Array(elements) => count(elements.len(), site),
        Content::Object(members) => count(members.len(), site),
        _ => count(string::length(site.exact(node)?), site),
    }
}

fn empty(node: &Node, site: &Site<'_>) -> Outcome {
    match &node.content {
        Content::Array(elements) => site.bool(elements.is_empty()),
        Content::Object(members) => site.bool(members.is_empty()),
        Content::Text(text) => site.bool(text.is_empty()),
        Content::Null => site.bool(true),
        _ => Err(wrong(node, "a list, an object or a text")),
    }
}

fn end(node: &Node, site: &Site<'_>, first: bool) -> Outcome {
    if let Content::Array(elements) = &node.content {
        let element = if first { elements.first() } else { elements.last() };
        return match element {
            Some(element) => Ok(std::rc::Rc::new(site.copy(element)?)),
            None => site.value(Content::Null),
        };
    }
    let text = site.exact(node)?;
    let character = if first { text.chars().next() } else { text.chars().last() };
    site.text(character.map(String::from).unwrap_or_default())
}

/// `take` and `skip`: beyond the end is all, below zero nothing.
fn piece(name: &str, arguments: &[Value], site: &Site<'_>, take: bool) -> Outcome {
    let node = argument(arguments, 0, name)?;
    let asked = usize::try_from(integer_of(argument(arguments, 1, name)?)?).unwrap_or_default();
    if let Content::Array(elements) = &node.content {
        let (head, tail) = elements.split_at(asked.min(elements.len()));
        return site.list(site.copies(if take { head } else { tail })?);
    }
    let text = site.exact(node)?;
    let length = string::length(text);
    let asked = asked.min(length);
    let part = if take { string::part(text, 0, asked) } else { string::part(text, asked, length - asked) };
    site.text(part.unwrap_or_default())
}

fn range(arguments: &[Value], site: &Site<'_>) -> Outcome {
    let start = integer_of(argument(arguments, 0, "range")?)?;
    let count = integer_of(argument(arguments, 1, "range")?)?;
    // <https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-array#range>
    if !(0..=10_000).contains(&count) {
        return Err(Failure::reason(format!("is a range of {count} numbers, and Azure makes up to 10,000")));
    }
    site.work(usize::try_from(count).unwrap_or_default())?;
    let number = |step: i64| {
        start.checked_add(step).map(|number| Node::new(Content::Number(number.into()), site.span))
    };
    let numbers: Option<Vec<Node>> = (0..count).map(number).collect();
    site.list(numbers.ok_or_else(|| Failure::reason("is a number out of bounds"))?)
}

fn contains(arguments: &[Value], site: &Site<'_>) -> Outcome {
    let (whole, part) = (argument(arguments, 0, "contains")?, argument(arguments, 1, "contains")?);
    match &whole.content {
        Content::Array(elements) => {
            let mut open = false;
            for element in elements {
                match same(element, part, site)? {
                    Some(true) => return site.bool(true),
                    Some(false) => {}
                    None => open = true,
                }
            }
            if open && !elements.is_empty() {
                known(part)?;
                known(whole)?;
                return Err(Failure::reason("depends on ids that are known at deployment"));
            }
            site.bool(false)
        }
        Content::Object(members) => {
            site.work(members.len() / 16)?;
            site.bool(whole.member(text_of(part)?).is_some())
        }
        Content::Text(_) => site.bool(site.exact(whole)?.contains(site.exact(part)?)),
        _ => Err(wrong(whole, "a list, an object or a text")),
    }
}

fn index_of(name: &str, arguments: &[Value], site: &Site<'_>, last: bool) -> Outcome {
    let (whole, part) = (argument(arguments, 0, name)?, argument(arguments, 1, name)?);
    let Content::Array(elements) = &whole.content else {
        let (whole, part) = (site.exact(whole)?, site.exact(part)?);
        site.work(whole.len() / 16)?;
        return site.integer(string::find(whole, part, last));
    };
    known(part)?;
    let mut found = -1;
    for (at, element) in elements.iter().enumerate() {
        known(element)?;
        match same(element, part, site)? {
            Some(true) => {
                found = i64::try_from(at).unwrap_or(i64::MAX);
                if !last {
                    break;
                }
            }
            Some(false) => {}
            None => return Err(Failure::reason("depends on ids that are known at deployment")),
        }
    }
    site.integer(found)
}

fn flatten(node: &Node, site: &Site<'_>) -> Outcome {
    let mut out = Vec::new();
    for element in list_of(node)? {
        match &element.content {
            Content::Array(inner) => out.extend(site.copies(inner)?),
            Content::Unknown(_) => return Err(wrong(element, "a list")),
            _ => out.push(site.copy(element)?),
        }
    }
    site.list(out)
}

fn distinct(node: &Node, site: &Site<'_>) -> Outcome {
    let mut out: Vec<&Node> = Vec::new();
    for element in list_of(node)? {
        known(element)?;
        if !has(&out, element, site)? {
            out.push(element);
        }
    }
    site.list(site.copies(out)?)
}

/// All elements of all lists, each once, in the order in which they come.
fn union(arguments: &[Value], site: &Site<'_>) -> Outcome {
    let mut out: Vec<&Node> = Vec::new();
    for argument in arguments {
        for element in list_of(argument)? {
            known(element)?;
            if !has(&out, element, site)? {
                out.push(element);
            }
        }
    }
    site.list(site.copies(out)?)
}

fn intersection(arguments: &[Value], site: &Site<'_>) -> Outcome {
    let (first, others) = arguments.split_first().ok_or_else(|| Failure::arguments("intersection"))?;
    let mut out: Vec<&Node> = Vec::new();
    for argument in arguments {
        known(argument)?;
    }
    for element in list_of(first)? {
        let mut everywhere = !has(&out, element, site)?;
        for other in others {
            let other: Vec<&Node> = list_of(other)?.iter().collect();
            everywhere = everywhere && has(&other, element, site)?;
        }
        if everywhere {
            out.push(element);
        }
    }
    site.list(site.copies(out)?)
}

fn has(list: &[&Node], element: &Node, site: &Site<'_>) -> Result<bool, Failure> {
    for own in list {
        match same(own, element, site)? {
            Some(true) => return Ok(true),
            Some(false) => {}
            None => return Err(Failure::reason("depends on ids that are known at deployment")),
        }
    }
    Ok(false)
}

/// `list[^1]` of Bicep: the element that far from the end.
fn from_end(name: &str, arguments: &[Value], site: &Site<'_>) -> Outcome {
    let list = argument(arguments, 0, name)?;
    let safe = name.starts_with("try");
    if safe && matches!(list.content, Content::Null) {
        return site.value(Content::Null);
    }
    let list = list_of(list)?;
    let back = usize::try_from(integer_of(argument(arguments, 1, name)?)?).unwrap_or_default();
    let element = list.len().checked_sub(back).and_then(|at| list.get(at));
    match element {
        Some(element) => Ok(std::rc::Rc::new(site.copy(element)?)),
        None if safe => site.value(Content::Null),
        None => Err(Failure::reason(format!(
            "depends on element {back} from the end of a list of {}",
            list.len()
        ))),
    }
}
