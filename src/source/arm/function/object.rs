//! Objects: <https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-object>.

use std::rc::Rc;

use super::compare::same;
use super::{Failure, Outcome, Site, argument, known, list_of, members_of, text_of, wrong};
use crate::source::arm::frame::Value;
use crate::source::arm::members::Members;
use crate::source::code::node::{Content, Node};

/// Calls a function of this family.
pub(super) fn call(name: &str, arguments: &[Value], site: &Site<'_>) -> Option<Outcome> {
    let first = argument(arguments, 0, name);
    let outcome = match name {
        "createobject" => create(arguments, site),
        "union" => union(arguments, site),
        "intersection" => intersection(arguments, site),
        "shallowmerge" => first.and_then(|node| shallow_merge(node, site)),
        "items" => first.and_then(|node| items(node, site)),
        "objectkeys" => first.and_then(|node| keys(node, site)),
        "tryget" => try_get(arguments, site),
        "any" => first.and_then(|node| Ok(Rc::new(site.copy(node)?))),
        _ => return None,
    };
    Some(outcome)
}

fn create(arguments: &[Value], site: &Site<'_>) -> Outcome {
    let mut out = Members::default();
    for pair in arguments.chunks(2) {
        let [name, value] = pair else { return Err(Failure::arguments("createObject")) };
        out.set(text_of(name)?.to_owned(), site.copy(value)?);
    }
    site.object(out.members)
}

/// Members of all objects; where several have one, objects are merged, of other values the last one holds.
fn union(arguments: &[Value], site: &Site<'_>) -> Outcome {
    let mut out = Members::default();
    for argument in arguments {
        merge(&mut out, members_of(argument)?, site)?;
    }
    site.object(out.members)
}

fn merge(out: &mut Members, more: &[(String, Node)], site: &Site<'_>) -> Result<(), Failure> {
    for (name, node) in more {
        site.work(1)?;
        let objects = match (out.get_mut(name), node.members()) {
            (Some(Node { content: Content::Object(own), .. }), Some(members)) => {
                Some((std::mem::take(own), members))
            }
            // Whether two objects are merged or one is replaced can't be known.
            (Some(Node { content: Content::Unknown(_), .. }), Some(_)) => {
                let reason = "merges an object with a value that isn't known";
                out.set(name.clone(), Node::unknown(reason, site.span));
                continue;
            }
            (Some(own @ Node { content: Content::Object(_), .. }), None)
                if matches!(node.content, Content::Unknown(_)) =>
            {
                *own = Node::unknown("merges an object with a value that isn't known", site.span);
                continue;
            }
            _ => None,
        };
        let merged = match objects {
            Some((own, members)) => {
                let mut inner = Members::default();
                own.into_iter().for_each(|(name, node)| inner.set(name, node));
                merge(&mut inner, members, site)?;
                Node { content: Content::Object(inner.members), ..Node::new(Content::Null, node.span) }
            }
            None => site.copy(node)?,
        };
        out.set(name.clone(), merged);
    }
    Ok(())
}

fn shallow_merge(node: &Node, site: &Site<'_>) -> Outcome {
    let mut out = Members::default();
    for element in list_of(node)? {
        for (name, node) in members_of(element)? {
            out.set(name.clone(), site.copy(node)?);
        }
    }
    site.object(out.members)
}

fn intersection(arguments: &[Value], site: &Site<'_>) -> Outcome {
    let (first, others) = arguments.split_first().ok_or_else(|| Failure::arguments("intersection"))?;
    let mut out = Vec::new();
    for (name, node) in members_of(first)? {
        let mut everywhere = true;
        for other in others {
            site.work(1 + members_of(other)?.len() / 16)?;
            everywhere = everywhere
                && match other.member(name) {
                    Some(own) => same(own, node, site)?.ok_or_else(|| match (known(own), known(node)) {
                        (Err(failure), _) | (_, Err(failure)) => failure,
                        _ => Failure::reason("depends on ids that are known at deployment"),
                    })?,
                    None => false,
                };
        }
        if everywhere {
            out.push((name.clone(), site.copy(node)?));
        }
    }
    site.object(out)
}

/// Members in the order of their names, which is how `items` and `objectKeys` give them.
fn sorted(node: &Node) -> Result<Vec<&(String, Node)>, Failure> {
    let mut members: Vec<_> = members_of(node)?.iter().collect();
    members.sort_by_cached_key(|(name, _)| (name.to_lowercase(), name.clone()));
    Ok(members)
}

fn items(node: &Node, site: &Site<'_>) -> Outcome {
    let mut out = Vec::new();
    for (name, node) in sorted(node)? {
        let members = vec![
            ("key".to_owned(), Node::text(name.as_str(), node.span)),
            ("value".to_owned(), site.copy(node)?),
        ];
        out.push(Node::new(Content::Object(members), node.span));
    }
    site.list(out)
}

fn keys(node: &Node, site: &Site<'_>) -> Outcome {
    let members = sorted(node)?;
    site.work(members.len())?;
    site.list(members.into_iter().map(|(name, node)| Node::text(name.as_str(), node.span)).collect())
}

/// What lies at the end of a path, null where the path doesn't lead there.
fn try_get(arguments: &[Value], site: &Site<'_>) -> Outcome {
    let mut node = argument(arguments, 0, "tryGet")?;
    for key in arguments.iter().skip(1) {
        site.work(node.members().map_or(0, <[_]>::len) / 16)?;
        let next = match (&node.content, &key.content) {
            (Content::Unknown(_), _) => return Err(wrong(node, "a value")),
            (_, Content::Unknown(_)) => return Err(wrong(key, "a name")),
            (Content::Object(_), Content::Text(name)) => node.member(name),
            (Content::Array(elements), Content::Number(at)) => {
                at.as_u64().and_then(|at| usize::try_from(at).ok()).and_then(|at| elements.get(at))
            }
            _ => None,
        };
        match next {
            Some(next) => node = next,
            None => return site.value(Content::Null),
        }
    }
    Ok(Rc::new(site.copy(node)?))
}
