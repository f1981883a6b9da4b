//! Where a property stands in the code, and why it isn't known.

use super::file::{Files, Span};
use super::node::{Content, Node};
use super::resource::{CodeResource, Root};
use crate::inventory::path::segments;
use crate::inventory::reads::NESTED;

/// What was found at a path.
#[derive(Clone, Debug)]
pub struct Found {
    /// The file, as it is shown.
    pub file: String,
    /// The deciding value, or the nearest block that lacks it.
    pub span: Span,
    /// Whether the path leads to a value.
    pub present: bool,
    /// Why the value isn't known before deployment.
    pub unknown: Option<String>,
    /// Whether the value comes from something marked as a secret.
    pub secret: bool,
}

/// Follows `path` (`properties.ipRules[0].value`) from a resource, or from a child nested in it.
pub fn find(root: &Root, resource: &CodeResource, nested: Option<(usize, usize)>, path: &str) -> Found {
    let mut at = Walk { node: &resource.body, span: resource.block, present: true };
    if let Some((list, index)) = nested {
        let way = NESTED.get(list).map_or("", |(_, path, _)| path);
        at = at.follow(way, &root.files);
        at = at.element(index, &root.files);
    }
    let at = at.follow(path, &root.files);
    let (unknown, secret) = match (&at.node.content, at.present) {
        (Content::Unknown(unknown), _) => (Some(unknown.reason.clone()), at.node.secret),
        (_, true) => (None, at.node.secret),
        _ => (None, false),
    };
    let file = root.files.get(at.span.file).map(|file| file.path.clone()).unwrap_or_default();
    Found { file, span: at.span, present: at.present, unknown, secret }
}

#[derive(Clone, Copy)]
struct Walk<'a> {
    node: &'a Node,
    span: Span,
    present: bool,
}

impl<'a> Walk<'a> {
    fn follow(self, path: &str, files: &Files) -> Self {
        segments(path).into_iter().fold(self, |at, segment| {
            let index = segment.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')?.parse().ok());
            match index {
                Some(index) => at.element(index, files),
                None => at.to(at.node.member(segment), files),
            }
        })
    }

    fn element(self, index: usize, files: &Files) -> Self {
        self.to(self.node.elements().and_then(|elements| elements.get(index)), files)
    }

    /// Stays where it is when there is nothing, or when what is there has no text of its own.
    fn to(self, node: Option<&'a Node>, files: &Files) -> Self {
        match node.filter(|_| self.present) {
            Some(node) if files.text(node.span).is_empty() => Self { node, ..self },
            Some(node) => Self { node, span: node.span, present: true },
            None => Self { present: false, ..self },
        }
    }
}
