//! Reading a resource's body by the names in it, without repeating what to do with what isn't there.

use crate::inventory::id::ResourceId;
use crate::inventory::index::{Completeness, Inventory, ResourceIndex};
use crate::inventory::value::{Keys, State, Value};

use super::answer::Reason;

/// A place in a body; nothing where the body doesn't have it.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    keys: &'a Keys,
    value: Option<&'a Value>,
}

/// What stands where an id is expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reference {
    /// No id.
    None,
    /// An id.
    Id(ResourceId),
    /// Something that is no id, or not known before deployment.
    Unknown,
}

impl Reference {
    /// The folded id.
    pub(super) fn folded(&self) -> Option<String> {
        match self {
            Self::Id(id) => Some(id.folded()),
            Self::None | Self::Unknown => None,
        }
    }
}

impl<'a> View<'a> {
    /// The body of a resource.
    pub(super) fn of(inventory: &'a Inventory, at: ResourceIndex) -> Self {
        Self { keys: &inventory.keys, value: Some(&inventory.get(at).value) }
    }

    /// What stands at a path of names, separated by dots. Below what isn't known, nothing is.
    pub(super) fn at(self, path: &str) -> Self {
        let mut here = self.value;
        for name in path.split('.') {
            here = match here {
                Some(Value::Unknown) => here,
                Some(object @ Value::Object(_)) => self
                    .keys
                    .find(name)
                    .and_then(|key| object.member(key))
                    .filter(|value| !matches!(value, Value::Null)),
                _ => None,
            };
        }
        Self { value: here, ..self }
    }

    /// The elements of a list.
    pub(super) fn items(self) -> impl Iterator<Item = Self> {
        let items = match self.value {
            Some(Value::Array(items)) => &items[..],
            _ => &[],
        };
        items.iter().map(move |item| Self { value: Some(item), ..self })
    }

    /// Text that isn't empty.
    pub(super) fn text(self) -> Option<&'a str> {
        self.value.and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
    }

    /// The texts of a list.
    pub(super) fn texts(self) -> impl Iterator<Item = &'a str> {
        self.items().filter_map(Self::text)
    }

    /// true or false.
    pub(super) fn flag(self) -> Option<bool> {
        match self.value {
            Some(Value::Bool(flag)) => Some(*flag),
            Some(Value::String(text)) => text.trim().to_ascii_lowercase().parse().ok(),
            _ => None,
        }
    }

    /// A port, also where Azure sends it as text.
    pub(super) fn port(self) -> Option<u16> {
        let number = self.value.and_then(Value::as_number)?;
        (number.fract() == 0.0 && (0.0..=65535.0).contains(&number)).then_some(number as u16)
    }

    /// Whether something stands there.
    pub(super) fn exists(self) -> bool {
        self.value.is_some()
    }

    /// The id that stands there.
    pub(super) fn reference(self) -> Reference {
        match self.value {
            None => Reference::None,
            Some(Value::String(text)) if text.trim().is_empty() => Reference::None,
            Some(Value::String(text)) => {
                ResourceId::parse(text.trim()).map_or(Reference::Unknown, Reference::Id)
            }
            Some(_) => Reference::Unknown,
        }
    }
}

/// The resource with this id, read with its properties; else why not.
pub(super) fn look_up(inventory: &Inventory, id: &ResourceId, kind: &str) -> Result<ResourceIndex, Reason> {
    let Some(at) = inventory.find(id) else {
        return Err(match inventory.completeness(id, kind) {
            Completeness::Complete => Reason::new(format!("{id} is named, but was not found")),
            incomplete @ Completeness::Incomplete { .. } => Reason::of(&incomplete).about(id.name()),
        });
    };
    match unread(inventory, at) {
        Some(reason) => Err(reason),
        None => Ok(at),
    }
}

/// Why a resource's properties can't be told: its record is a slim list row.
pub(super) fn unread(inventory: &Inventory, at: ResourceIndex) -> Option<Reason> {
    let resource = inventory.get(at);
    let key = inventory.keys.find("properties").unwrap_or_default();
    let state = inventory.state(at, &resource.value, &[key], false);
    matches!(state, State::Unreadable(_) | State::Unknown).then(|| {
        let text = format!("{} was not read: its record carries no properties", resource.id.name());
        Reason { text, missing: Some((resource.id.as_str().to_owned(), inventory.type_of(at).to_owned())) }
    })
}
