//! Answers that may be open: yes, no, or not known, and then why.

use crate::inventory::id::ResourceId;
use crate::inventory::index::{Completeness, Inventory, ResourceIndex};
use crate::inventory::reads::{Supply, supply};

/// Whether something holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holds {
    /// It does not.
    No,
    /// It can't be told.
    Unknown,
    /// It does.
    Yes,
}

impl From<bool> for Holds {
    fn from(value: bool) -> Self {
        if value { Self::Yes } else { Self::No }
    }
}

/// Why something can't be told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// The reason, as people read it.
    pub reason: String,
    /// The read that is missing, as (scope, read).
    pub read: Option<(String, String)>,
}

impl Gap {
    /// A reason that no read would take away.
    pub fn note(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), read: None }
    }

    /// What an incomplete set lacks; nothing where it is complete.
    pub fn of(complete: Completeness) -> Option<Self> {
        match complete {
            Completeness::Complete => None,
            Completeness::Incomplete { reason, scope, read } => {
                Some(Self { reason, read: Some((scope, read)) })
            }
        }
    }

    /// A value of a resource that was not read.
    pub fn of_value(inventory: &Inventory, at: ResourceIndex, path: &str, why: &str) -> Self {
        let id = &inventory.get(at).id;
        let kind = inventory.type_of(at);
        let read = match inventory.completeness(id, kind) {
            Completeness::Incomplete { scope, read, .. } => (scope, read),
            Completeness::Complete => (id.as_str().to_owned(), kind.to_owned()),
        };
        Self { reason: format!("{path} of {} {why}", id.name()), read: Some(read) }
    }
}

/// `None` when all resources of a type in the inventory's reach were read. Children of a type that has no
/// resource need no read.
pub fn unread(inventory: &Inventory, kind: &str) -> Option<Gap> {
    let own = Gap::of(inventory.completeness_below(&ResourceId::tenant(), kind))?;
    let is_child = matches!(supply(kind), Supply::Child | Supply::VaultItem | Supply::Nested(_));
    if let Supply::Under(holder) = supply(kind) {
        // Without a holder there could be none.
        let none = inventory.of_type(holder).is_empty() && unread(inventory, holder).is_none();
        return (!none).then_some(own);
    }
    let Some((parent, _)) = kind.rsplit_once('/').filter(|_| is_child) else {
        return Some(own);
    };
    let parents = inventory.of_type(parent).iter().copied();
    unread(inventory, parent)
        .or_else(|| parents.into_iter().find_map(|at| Gap::of(inventory.children_complete(at, kind))))
}
