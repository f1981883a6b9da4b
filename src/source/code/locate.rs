//! Where a property stands in the code, and why it isn't known.

use super::file::{Files, Span};
use super::node::{Content, Node};
use super::resource::{CodeResource, Root};
use crate::finding::report::Location;
use crate::inventory::path::segments;
use crate::inventory::reads::NESTED;

/// What was found at a path.
#[derive(Clone, Debug)]
pub struct Found {
    /// The deciding value, or the nearest block that lacks it.
    pub location: Location,
    /// The same as part of the file.
    pub span: Span,
    /// Whether the path leads to a value.
    pub present: bool,
    /// The part of the path that the value lacks.
    pub rest: Vec<String>,
    /// Why the value isn't known before deployment.
    pub unknown: Option<String>,
    /// Whether the value comes from something marked as a secret.
    pub secret: bool,
}

/// Follows `path` (`properties.ipRules[0].value`) from a resource, or from a child nested in it.
pub fn find(root: &Root, resource: &CodeResource, nested: Option<(usize, usize)>, path: &str) -> Found {
    let mut at = Walk { node: &resource.body, span: resource.block, rest: Vec::new() };
    if let Some((list, index)) = nested {
        let way = NESTED.get(list).map_or("", |(_, path, _)| path);
        at.follow(way, &root.files);
        at.to(&format!("[{index}]"), &root.files);
    }
    at.follow(path, &root.files);
    let present = at.rest.is_empty();
    let unknown = match &at.node.content {
        Content::Unknown(unknown) => Some(unknown.reason.clone()),
        _ => None,
    };
    let secret = at.node.secret && (present || unknown.is_some());
    let location = location(&root.files, at.span);
    Found { location, span: at.span, present, rest: at.rest, unknown, secret }
}

/// A span as reports have it.
pub fn location(files: &Files, span: Span) -> Location {
    let (start, end) = (files.place(span.file, span.start), files.place(span.file, span.end));
    Location {
        file: files.get(span.file).map(|file| file.path.clone()).unwrap_or_default(),
        start_line: start.line,
        start_column: start.column,
        end_line: end.line,
        end_column: end.column,
    }
}

struct Walk<'a> {
    node: &'a Node,
    span: Span,
    /// What was looked for and isn't there.
    rest: Vec<String>,
}

impl Walk<'_> {
    fn follow(&mut self, path: &str, files: &Files) {
        for segment in segments(path) {
            self.to(segment, files);
        }
    }

    /// Goes to a member or an element; stays where it is when there is none. A value without a text of its
    /// own is shown where its parent is.
    fn to(&mut self, segment: &str, files: &Files) {
        let index = segment.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')?.parse::<usize>().ok());
        let below = match index {
            Some(index) => self.node.elements().and_then(|elements| elements.get(index)),
            None => self.node.member(segment),
        };
        match below.filter(|_| self.rest.is_empty()) {
            Some(node) => {
                self.node = node;
                if !files.text(node.span).is_empty() {
                    self.span = node.span;
                }
            }
            None => self.rest.push(segment.to_owned()),
        }
    }
}
