//! Steps into values: attributes, indexes and keys.

use std::rc::Rc;

use super::expand::quoted;
use crate::source::terraform::budget::Failure;
use crate::source::terraform::value::{Kind, Value};

/// A step with its index evaluated.
pub(super) enum Key {
    /// `.name`.
    Attribute(Rc<str>),
    /// `[0]`.
    Index(i64),
    /// `["name"]`.
    Member(Rc<str>),
}

impl Key {
    /// As it stands in an attribute's path.
    pub(super) fn written(&self) -> String {
        match self {
            Self::Attribute(name) => format!(".{name}"),
            Self::Index(index) => format!("[{index}]"),
            Self::Member(name) => format!("[{}]", quoted(name)),
        }
    }

    /// What lies there in a value.
    pub(super) fn of<'v>(&self, value: &'v Value) -> Result<&'v Value, Failure> {
        let missing = |what: String| Failure::new(format!("{} has no {what}", value.type_name()));
        match (self, &value.kind) {
            (Self::Attribute(name) | Self::Member(name), Kind::Object(object)) => {
                object.members.get(name).ok_or_else(|| missing(format!("'{name}'")))
            }
            (Self::Index(index), Kind::Object(object)) => {
                object.members.get(index.to_string().as_str()).ok_or_else(|| missing(format!("'{index}'")))
            }
            (Self::Index(index), Kind::List(list)) => {
                let at = usize::try_from(*index).ok();
                at.and_then(|at| list.items.get(at)).ok_or_else(|| missing(format!("element {index}")))
            }
            (Self::Member(name) | Self::Attribute(name), Kind::List(list)) => {
                let at = name.parse::<usize>().ok();
                at.and_then(|at| list.items.get(at)).ok_or_else(|| missing(format!("'{name}'")))
            }
            (key, _) => Err(missing(format!("'{}'", key.written()))),
        }
    }
}
