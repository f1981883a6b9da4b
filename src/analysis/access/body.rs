//! Values of a resource's body by their names.

use crate::inventory::index::{Inventory, ResourceIndex};
use crate::inventory::value::{State, Value};

/// A resource of the inventory, or a part of its body.
#[derive(Clone, Copy)]
pub(super) struct Body<'a> {
    inventory: &'a Inventory,
    at: ResourceIndex,
    value: &'a Value,
}

impl<'a> Body<'a> {
    pub(super) fn of(inventory: &'a Inventory, at: ResourceIndex) -> Self {
        Self { inventory, at, value: &inventory.get(at).value }
    }

    fn state(&self, path: &str) -> State<'a> {
        let mut keys = Vec::new();
        for name in path.split('.') {
            match self.inventory.keys.find(name) {
                Some(key) => keys.push(key),
                // No body and no read has ever named it.
                None => keys.push(crate::inventory::value::Key::default()),
            }
        }
        self.inventory.state(self.at, self.value, &keys, false)
    }

    /// The value at a path; nothing where it is absent, unknown or unreadable.
    pub(super) fn get(&self, path: &str) -> Option<&'a Value> {
        match self.state(path) {
            State::Present(value) => Some(value),
            _ => None,
        }
    }

    /// Whether it can't be told what stands at a path.
    pub(super) fn is_unread(&self, path: &str) -> bool {
        matches!(self.state(path), State::Unknown | State::Unreadable(_))
    }

    /// Text that is not empty.
    pub(super) fn text(&self, path: &str) -> Option<&'a str> {
        self.get(path).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    pub(super) fn owned(&self, path: &str) -> Option<String> {
        self.text(path).map(str::to_owned)
    }

    /// true or false, also as text.
    pub(super) fn flag(&self, path: &str) -> Option<bool> {
        match self.get(path) {
            Some(Value::Bool(value)) => Some(*value),
            Some(Value::String(text)) => text.parse().ok().or_else(|| text.to_ascii_lowercase().parse().ok()),
            _ => None,
        }
    }

    /// The elements of a list, or the entries of a map.
    pub(super) fn elements(&self, path: &str) -> Vec<Self> {
        let part = |value: &'a Value| Self { value, ..*self };
        match self.get(path) {
            Some(Value::Array(items)) => items.iter().map(part).collect(),
            Some(Value::Object(members)) => members.iter().map(|(_, value)| part(value)).collect(),
            _ => Vec::new(),
        }
    }

    /// The names and entries of a map.
    pub(super) fn entries(&self, path: &str) -> Vec<(&'a str, Self)> {
        match self.get(path) {
            Some(Value::Object(members)) => members
                .iter()
                .map(|(key, value)| (self.inventory.keys.spelling(*key), Self { value, ..*self }))
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The texts of a list.
    pub(super) fn texts(&self, path: &str) -> Vec<String> {
        match self.get(path) {
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        }
    }
}
