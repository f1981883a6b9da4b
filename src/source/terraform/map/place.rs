//! Putting values into a body.

use super::pick::Picked;
use super::table::Step;
use crate::source::code::file::Span;
use crate::source::code::node::{Content, Node};

/// Puts what was picked to `steps` of `body`, except where something stands already. Objects that must be
/// made for it get the place `at`.
pub fn place(body: &mut Node, steps: &[Step], picked: Picked, at: Span) {
    let Some((step, rest)) = steps.split_first() else { return };
    if matches!(picked, Picked::Missing) {
        return;
    }
    let Content::Object(_) = body.content else { return };
    if step.each {
        let (items, span) = match picked {
            Picked::Each(items, span) => (items, span),
            // A list that isn't known is unknown whole.
            Picked::One(node) if matches!(node.content, Content::Unknown(_)) => {
                set(body, step.name, node);
                return;
            }
            Picked::One(node) => {
                let span = node.span;
                (vec![(span, Picked::One(node))], span)
            }
            Picked::Missing => return,
        };
        let Some(list) = enter(body, step.name, Content::Array(Vec::new()), span) else { return };
        let Content::Array(elements) = &mut list.content else { return };
        if rest.is_empty() {
            if elements.is_empty() {
                elements.extend(items.into_iter().filter_map(|(_, item)| match item {
                    Picked::One(node) => Some(node),
                    _ => None,
                }));
            }
            return;
        }
        for (index, (span, item)) in items.into_iter().enumerate() {
            if index >= elements.len() {
                elements.push(Node::new(Content::Object(Vec::new()), span));
            }
            let Some(element) = elements.get_mut(index) else { return };
            match item {
                // The element itself isn't known.
                Picked::One(node)
                    if matches!(node.content, Content::Unknown(_)) && is_empty_object(element) =>
                {
                    if node.span == span {
                        *element = node;
                    } else {
                        place(element, rest, Picked::One(node), span);
                    }
                }
                item => place(element, rest, item, span),
            }
        }
        return;
    }
    if step.first {
        let span = match &picked {
            Picked::One(node) => node.span,
            Picked::Each(_, span) => *span,
            Picked::Missing => at,
        };
        let Some(list) = enter(body, step.name, Content::Array(Vec::new()), span) else { return };
        let Content::Array(elements) = &mut list.content else { return };
        if elements.is_empty() {
            elements.push(Node::new(Content::Object(Vec::new()), at));
        }
        if let Some(element) = elements.first_mut() {
            place(element, rest, picked, at);
        }
        return;
    }
    if rest.is_empty() {
        match picked {
            Picked::One(node) => set(body, step.name, node),
            Picked::Each(items, span) => {
                let nodes = items.into_iter().filter_map(|(_, item)| match item {
                    Picked::One(node) => Some(node),
                    _ => None,
                });
                set(body, step.name, Node::new(Content::Array(nodes.collect()), span));
            }
            Picked::Missing => {}
        }
        return;
    }
    if let Some(inner) = enter(body, step.name, Content::Object(Vec::new()), at) {
        place(inner, rest, picked, at);
    }
}

fn is_empty_object(node: &Node) -> bool {
    node.members().is_some_and(<[_]>::is_empty)
}

/// The member of this name, made if it isn't there; nothing where something else stands.
fn enter<'a>(body: &'a mut Node, name: &str, empty: Content, at: Span) -> Option<&'a mut Node> {
    let Content::Object(members) = &mut body.content else { return None };
    let index = if let Some(index) = members.iter().position(|(own, _)| own.eq_ignore_ascii_case(name)) {
        index
    } else {
        members.push((name.to_owned(), Node::new(empty.clone(), at)));
        members.len() - 1
    };
    let (_, member) = members.get_mut(index)?;
    if member.content == Content::Null {
        *member = Node::new(empty, at);
    }
    Some(member)
}

/// Sets a member that isn't there yet.
pub fn set(body: &mut Node, name: &str, node: Node) {
    let Content::Object(members) = &mut body.content else { return };
    match members.iter_mut().find(|(own, _)| own.eq_ignore_ascii_case(name)) {
        Some((_, own)) if own.content == Content::Null => *own = node,
        // An object or list that was begun, and of which it now turns out that it isn't known.
        Some((_, own))
            if matches!(node.content, Content::Unknown(_))
                && matches!(own.content, Content::Object(_) | Content::Array(_)) =>
        {
            *own = node;
        }
        Some(_) => {}
        None => members.push((name.to_owned(), node)),
    }
}

/// Sets what stands at a path, making objects on the way, whatever stood there.
pub fn put(body: &mut Node, path: &[&str], node: Node) {
    let Some((name, rest)) = path.split_first() else { return };
    let at = node.span;
    if rest.is_empty() {
        let Content::Object(members) = &mut body.content else { return };
        match members.iter_mut().find(|(own, _)| own.eq_ignore_ascii_case(name)) {
            Some((_, own)) => *own = node,
            None => members.push(((*name).to_owned(), node)),
        }
    } else if let Some(inner) = enter(body, name, Content::Object(Vec::new()), at) {
        put(inner, rest, node);
    }
}
