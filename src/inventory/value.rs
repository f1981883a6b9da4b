//! Property values as rules see them: projected to the paths that are read, with interned keys.

use std::collections::HashMap;

use compact_str::CompactString;

/// A property name, interned without letter case: ARM compares names that way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(u32);

impl Default for Key {
    /// A key that no interner has handed out; it matches nothing.
    fn default() -> Self {
        Self(u32::MAX)
    }
}

/// The interner of property names.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    by_folded: HashMap<Box<str>, Key>,
    spelling: Vec<Box<str>>,
}

impl Keys {
    /// The key of `name`; the first spelling seen is the one that is shown.
    pub fn intern(&mut self, name: &str) -> Key {
        if let Some(key) = self.find(name) {
            return key;
        }
        let key = Key(u32::try_from(self.spelling.len()).unwrap_or(u32::MAX - 1));
        self.spelling.push(name.into());
        self.by_folded.insert(name.to_ascii_lowercase().into(), key);
        key
    }

    /// The key of `name`, if any resource or rule has named it.
    pub fn find(&self, name: &str) -> Option<Key> {
        if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            self.by_folded.get(name.to_ascii_lowercase().as_str()).copied()
        } else {
            self.by_folded.get(name).copied()
        }
    }

    /// How the key is spelled.
    pub fn spelling(&self, key: Key) -> &str {
        self.spelling.get(key.0 as usize).map_or("?", AsRef::as_ref)
    }
}

/// A value of a resource's body. Object members that no rule reads are not in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// JSON null; to a rule the same as absent.
    #[default]
    Null,
    /// Not known before deployment (an unresolved expression).
    Unknown,
    /// true or false.
    Bool(bool),
    /// A number. Azure's numbers (ports, days, Unix seconds) fit without loss.
    Number(f64),
    /// Text.
    String(CompactString),
    /// Elements in the order of the body.
    Array(Box<[Value]>),
    /// Members in the order of the body.
    Object(Box<[(Key, Value)]>),
}

impl Value {
    /// The member `key` of an object.
    pub fn member(&self, key: Key) -> Option<&Self> {
        match self {
            Self::Object(members) => members.iter().find(|(name, _)| *name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// Text, if it is text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The number, also when Azure sends it as text (`"3389"`).
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::String(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
            _ => None,
        }
    }
}

/// Whether `name` is a member that every resource has, whatever its type: it is never unread.
pub fn is_envelope(name: &str) -> bool {
    ["id", "name", "type", "location"].iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// The four states of a value that a rule reads.
#[derive(Clone, Debug, PartialEq)]
pub enum State<'a> {
    /// It was read.
    Present(&'a Value),
    /// The object was read and doesn't have it.
    Absent,
    /// Not known before deployment.
    Unknown,
    /// Its read was denied, throttled, failed, or never made.
    Unreadable(Unread),
}

/// Why a value is unreadable; the text is made only where it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// The record carries no `properties` at all: a slim list row.
    SlimRow,
    /// List rows don't carry the path, and the resource's own GET was not made or failed.
    NotInRow,
    /// A value of another shape stands where the path leads (text where an object should be).
    Shape,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_one_without_letter_case() {
        let mut keys = Keys::default();
        let one = keys.intern("publicIPAddress");
        assert_eq!(keys.intern("publicIpAddress"), one);
        assert_eq!(keys.find("PUBLICIPADDRESS"), Some(one));
        assert_eq!(keys.spelling(one), "publicIPAddress");
    }

    #[test]
    fn a_value_stays_small() {
        assert!(size_of::<Value>() <= 32);
    }
}
