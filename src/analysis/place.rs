//! Values of a resource's body by their paths, lists included.

use super::answer::Gap;
use crate::inventory::index::{Inventory, ResourceIndex};
use crate::inventory::path::{push, segments};
use crate::inventory::reads::{covers, not_in_rows};
use crate::inventory::value::{Key, State, Unread, Value};

/// A value in a resource's body, and its path with the indexes it has there.
#[derive(Clone, Debug)]
pub(super) struct Place<'a> {
    inventory: &'a Inventory,
    at: ResourceIndex,
    value: &'a Value,
    path: String,
}

/// What stands at a path.
#[derive(Clone, Debug)]
pub(super) enum Found<'a> {
    There(Place<'a>),
    Absent,
    Open(Gap),
}

impl<'a> Place<'a> {
    /// A whole body.
    pub(super) fn of(inventory: &'a Inventory, at: ResourceIndex) -> Self {
        Self { inventory, at, value: &inventory.get(at).value, path: String::new() }
    }

    pub(super) fn inventory(&self) -> &'a Inventory {
        self.inventory
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn value(&self) -> &'a Value {
        self.value
    }

    /// The path of something below this value.
    pub(super) fn path_to(&self, name: &str) -> String {
        segments(name).into_iter().fold(self.path.clone(), |mut path, segment| {
            push(&mut path, segment);
            path
        })
    }

    /// What stands at a path without lists.
    pub(super) fn get(&self, name: &str) -> Found<'a> {
        let path = self.path_to(name);
        // A name that no body and no read has ever used is the default key, which nothing has.
        let keys: Vec<Key> =
            segments(name).iter().map(|name| self.inventory.keys.find(name).unwrap_or_default()).collect();
        let gap = not_in_rows(self.inventory.type_of(self.at)).any(|gap| covers(gap, &path));
        let open = |why: &str| Found::Open(Gap::of_value(self.inventory, self.at, &path, why));
        match self.inventory.state(self.at, self.value, &keys, gap) {
            State::Present(value) => {
                Found::There(Self { inventory: self.inventory, at: self.at, value, path })
            }
            State::Absent => Found::Absent,
            State::Unknown => Found::Open(Gap::note(format!("{path} is not known before deployment"))),
            State::Unreadable(Unread::SlimRow) => open("was not read: its record carries no properties"),
            State::Unreadable(Unread::NotInRow) => {
                open("was not read: lists don't carry it, only the resource's own GET")
            }
            State::Unreadable(Unread::Shape) => Found::Open(Gap::note(format!(
                "{path} could not be read: another kind of value stands on the way"
            ))),
        }
    }

    /// The values at a path, one for each element of the list where it ends in `[*]` or goes through one.
    pub(super) fn each(&self, name: &str) -> (Vec<Self>, Vec<Gap>) {
        let Some((list, rest)) = name.split_once("[*]") else {
            return match self.get(name) {
                Found::There(place) => (vec![place], Vec::new()),
                Found::Absent => (Vec::new(), Vec::new()),
                Found::Open(gap) => (Vec::new(), vec![gap]),
            };
        };
        let (mut places, mut gaps) = (Vec::new(), Vec::new());
        match self.get(list) {
            Found::There(place) => match place.value {
                Value::Array(items) => {
                    for (index, value) in items.iter().enumerate() {
                        let mut path = place.path.clone();
                        push(&mut path, &format!("[{index}]"));
                        let element = Self { value, path, ..place };
                        match rest.strip_prefix('.') {
                            Some(rest) => {
                                let (inner, open) = element.each(rest);
                                places.extend(inner);
                                gaps.extend(open);
                            }
                            None => places.push(element),
                        }
                    }
                }
                _ => gaps.push(Gap::note(format!("{} is no list", place.path))),
            },
            Found::Absent => {}
            Found::Open(gap) => gaps.push(gap),
        }
        (places, gaps)
    }

    /// Text that is not empty; `Ok(None)` where there is none.
    pub(super) fn text(&self, name: &str) -> Result<Option<&'a str>, Gap> {
        match self.get(name) {
            Found::There(place) => match place.value {
                Value::String(text) if text.trim().is_empty() => Ok(None),
                Value::String(text) => Ok(Some(text.as_str())),
                _ => Err(Gap::note(format!("{} is no text", place.path))),
            },
            Found::Absent => Ok(None),
            Found::Open(gap) => Err(gap),
        }
    }

    /// true or false, also as text; `Ok(None)` where there is none.
    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, Gap> {
        match self.get(name) {
            Found::There(place) => match place.value {
                Value::Bool(value) => Ok(Some(*value)),
                Value::String(text) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
                Value::String(text) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
                _ => Err(Gap::note(format!("{} is neither true nor false", place.path))),
            },
            Found::Absent => Ok(None),
            Found::Open(gap) => Err(gap),
        }
    }

    /// A moment in Unix seconds; `Ok(None)` where there is none.
    pub(super) fn seconds(&self, name: &str) -> Result<Option<i64>, Gap> {
        match self.get(name) {
            Found::There(place) => match place.value.as_number() {
                Some(number) if number.abs() < 1e15 => Ok(Some(number as i64)),
                _ => Err(Gap::note(format!("{} is no moment", place.path))),
            },
            Found::Absent => Ok(None),
            Found::Open(gap) => Err(gap),
        }
    }

    /// The names and entries of a map.
    pub(super) fn entries(&self, name: &str) -> Result<Vec<(&'a str, Self)>, Gap> {
        match self.get(name) {
            Found::There(place) => match place.value {
                Value::Object(members) => Ok(members
                    .iter()
                    .map(|(key, value)| {
                        let name = self.inventory.keys.spelling(*key);
                        let mut path = place.path.clone();
                        push(&mut path, name);
                        (name, Self { value, path, ..place.clone() })
                    })
                    .collect()),
                _ => Err(Gap::note(format!("{} is no object", place.path))),
            },
            Found::Absent => Ok(Vec::new()),
            Found::Open(gap) => Err(gap),
        }
    }

    /// The texts of a list.
    pub(super) fn texts(&self, name: &str) -> Result<Vec<&'a str>, Gap> {
        let (places, gaps) = self.each(&format!("{name}[*]"));
        match gaps.into_iter().next() {
            Some(gap) => Err(gap),
            None => Ok(places.iter().filter_map(|place| place.value.as_str()).collect()),
        }
    }
}
