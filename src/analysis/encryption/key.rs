//! What is known of one version of a key: whether it works, until when, and whether another will follow.
//!
//! Source: <https://learn.microsoft.com/azure/key-vault/keys/about-keys>,
//! <https://learn.microsoft.com/azure/key-vault/keys/how-to-configure-key-rotation>.

use crate::analysis::answer::Gap;
use crate::analysis::place::{Found, Place};
use crate::inventory::duration;
use crate::inventory::index::{Inventory, ResourceIndex};
use crate::inventory::value::Value;

/// What is read of a key.
pub(super) const READS: [&str; 9] = [
    "properties.attributes.enabled",
    "properties.attributes.exp",
    "properties.attributes.nbf",
    "properties.attributes.created",
    "properties.keyUri",
    "properties.keyUriWithVersion",
    "properties.rotationPolicy",
    "properties.rotationPolicy.lifetimeActions[*].action.type",
    "properties.rotationPolicy.lifetimeActions[*].trigger",
];
/// Members of a trigger.
pub(super) const TRIGGERS: [&str; 2] = [
    "properties.rotationPolicy.lifetimeActions[*].trigger.timeAfterCreate",
    "properties.rotationPolicy.lifetimeActions[*].trigger.timeBeforeExpiry",
];

/// The current version of a key.
#[derive(Clone, Copy, Debug)]
pub struct Key<'a> {
    inventory: &'a Inventory,
    at: ResourceIndex,
}

/// When a key is replaced by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// Never.
    Never,
    /// Before the version expires, or it never does.
    InTime,
    /// Only after the version has expired.
    TooLate,
}

impl<'a> Key<'a> {
    /// The key at a place of the inventory.
    pub fn at(inventory: &'a Inventory, at: ResourceIndex) -> Self {
        Self { inventory, at }
    }

    fn place(self) -> Place<'a> {
        Place::of(self.inventory, self.at)
    }

    /// Whether it works at all; the platform's default is yes.
    pub fn enabled(self) -> Result<bool, Gap> {
        Ok(self.place().flag("properties.attributes.enabled")?.unwrap_or(true))
    }

    /// When it expires, in Unix seconds; `None` when never.
    pub fn expires(self) -> Result<Option<i64>, Gap> {
        self.place().seconds("properties.attributes.exp")
    }

    /// From when on it works.
    pub fn begins(self) -> Result<Option<i64>, Gap> {
        self.place().seconds("properties.attributes.nbf")
    }

    /// The current version, in lower case; `None` where the record doesn't tell it.
    pub fn version(self) -> Option<String> {
        let text = self.place().text("properties.keyUriWithVersion").ok().flatten()?;
        super::key_uri::KeyUri::parse(text).ok()?.version
    }

    /// Whether the key has a policy that makes new versions, and whether in time.
    ///
    /// # Errors
    /// When the policy was not read. A vault has one for every key, so that an absent policy was not shown.
    pub fn rotation(self) -> Result<Rotation, Gap> {
        let place = self.place();
        let policy = match place.get("properties.rotationPolicy") {
            Found::There(policy) => policy,
            Found::Absent => {
                return Err(Gap::of_value(
                    self.inventory,
                    self.at,
                    "properties.rotationPolicy",
                    "was not shown",
                ));
            }
            Found::Open(gap) => return Err(gap),
        };
        let (actions, gaps) = policy.each("lifetimeActions[*]");
        if let Some(gap) = gaps.into_iter().next() {
            return Err(gap);
        }
        let expires = self.expires()?;
        let created = place.seconds("properties.attributes.created")?;
        let mut found = Rotation::Never;
        for action in actions {
            let kind = action.text("action.type")?.unwrap_or_default();
            if !kind.eq_ignore_ascii_case("rotate") {
                continue;
            }
            let Some(expires) = expires else { return Ok(Rotation::InTime) };
            // A time before the expiry is always in time.
            if span(&action, "trigger.timeBeforeExpiry")?.is_some() {
                return Ok(Rotation::InTime);
            }
            let Some(after) = span(&action, "trigger.timeAfterCreate")? else {
                return Err(Gap::note(format!("{} does not say when", action.path())));
            };
            let Some(created) = created else {
                return Err(Gap::note("the record does not say when the key was made".to_owned()));
            };
            if created.saturating_add(after) < expires {
                return Ok(Rotation::InTime);
            }
            found = Rotation::TooLate;
        }
        Ok(found)
    }
}

/// A length of time in seconds.
fn span(place: &Place<'_>, name: &str) -> Result<Option<i64>, Gap> {
    let Some(text) = place.text(name)? else { return Ok(None) };
    match duration::seconds(text) {
        Some(seconds) => Ok(Some(seconds)),
        None => Err(Gap::note(format!("{} is no length of time", place.path_to(name)))),
    }
}

/// What a finding shows of a value.
pub(super) fn shown(inventory: &Inventory, at: ResourceIndex, path: &str) -> Value {
    match Place::of(inventory, at).get(path) {
        Found::There(place) => place.value().clone(),
        Found::Absent | Found::Open(_) => Value::Null,
    }
}
