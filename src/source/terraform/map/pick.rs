//! Finding arguments in a block.

use super::table::Step;
use crate::source::code::file::Span;
use crate::source::code::node::{Content, Node};

/// What stands at a path of arguments.
#[derive(Debug, Clone, PartialEq)]
pub enum Picked {
    /// Nothing, or null.
    Missing,
    /// A value.
    One(Node),
    /// One for each element of a list, with the element's place; and the list's.
    Each(Vec<(Span, Picked)>, Span),
}

/// What stands at `steps` of `node`; where only the last step is missing, `default` with the place of the
/// block that lacks it.
pub fn pick(node: &Node, steps: &[Step], at: Span, default: Option<&dyn Fn(Span) -> Node>) -> Picked {
    let Some((step, rest)) = steps.split_first() else {
        return if node.content == Content::Null { Picked::Missing } else { Picked::One(node.clone()) };
    };
    let member = node.members().and_then(|members| members.iter().find(|(name, _)| name == step.name));
    let member = match member {
        Some((_, member)) if member.content != Content::Null => member,
        _ => {
            return match default {
                Some(default) if rest.is_empty() => Picked::One(default(at)),
                _ => Picked::Missing,
            };
        }
    };
    match &member.content {
        Content::Unknown(_) => Picked::One(member.clone()),
        Content::Array(elements) if step.each => {
            let each = |element: &Node| (element.span, inside(element, rest, default));
            Picked::Each(elements.iter().map(each).collect(), member.span)
        }
        _ if step.each => Picked::Each(vec![(member.span, inside(member, rest, default))], member.span),
        Content::Array(elements) if !rest.is_empty() => {
            elements.first().map_or(Picked::Missing, |element| inside(element, rest, default))
        }
        _ => inside(member, rest, default),
    }
}

fn inside(node: &Node, rest: &[Step], default: Option<&dyn Fn(Span) -> Node>) -> Picked {
    match node.content {
        // A block that isn't known, as of a dynamic block, makes all in it unknown.
        Content::Unknown(_) => Picked::One(node.clone()),
        _ => pick(node, rest, node.span, default),
    }
}

/// Whether a list or text has nothing in it: to the provider the same as absent.
pub fn is_empty(node: &Node) -> bool {
    match &node.content {
        Content::Null => true,
        Content::Text(text) => text.is_empty(),
        Content::Array(elements) => elements.is_empty(),
        _ => false,
    }
}

/// The argument of this name, if it is there and not null.
pub fn argument<'a>(arguments: &'a Node, name: &str) -> Option<&'a Node> {
    arguments
        .members()?
        .iter()
        .find(|(own, _)| own == name)
        .map(|(_, node)| node)
        .filter(|node| node.content != Content::Null)
}
