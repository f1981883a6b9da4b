//! Managed identities, and the resources that carry them: whoever runs code there holds their roles.
//!
//! Source: <https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/overview>.

use super::reads::{CARRIERS, USER_ASSIGNED};
use std::collections::BTreeMap;

use super::body::Body;
use crate::inventory::id::ResourceId;
use crate::inventory::index::{Inventory, ResourceIndex};

/// How a resource comes to an identity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    /// It has one of its own.
    System,
    /// It was given the one with this id.
    UserAssigned(String),
    /// It is the identity.
    Itself,
    /// A part of it carries one: a cluster's nodes.
    Part(String),
}

/// An identity that a resource carries.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Carried {
    /// Object id in the directory, in lower case; nothing where it is not known.
    pub principal: Option<String>,
    /// How it is carried.
    pub how: How,
}

/// The identities that a resource carries; `None` where its body says nothing of them.
pub fn carried_by(inventory: &Inventory, at: ResourceIndex) -> Option<Vec<Carried>> {
    let body = Body::of(inventory, at);
    let lower = |text: Option<&str>| text.map(|text| text.trim().to_ascii_lowercase());
    if inventory.type_of(at).eq_ignore_ascii_case(USER_ASSIGNED) {
        if body.is_unread("properties.principalId") {
            return None;
        }
        return Some(vec![Carried {
            principal: lower(body.text("properties.principalId")),
            how: How::Itself,
        }]);
    }
    if body.is_unread("identity.type") || body.is_unread("identity") {
        return None;
    }
    let mut found = Vec::new();
    let own = body.text("identity.principalId");
    let says = |word: &str| {
        body.text("identity.type")
            .is_some_and(|kind| kind.to_ascii_lowercase().contains(&word.to_ascii_lowercase()))
    };
    if own.is_some() || says("SystemAssigned") {
        found.push(Carried { principal: lower(own), how: How::System });
    }
    for (id, entry) in body.entries("identity.userAssignedIdentities") {
        let principal = lower(entry.text("principalId")).or_else(|| principal_of(inventory, id));
        found.push(Carried { principal, how: How::UserAssigned(id.to_owned()) });
    }
    for (name, entry) in body.entries("properties.identityProfile") {
        found.push(Carried { principal: lower(entry.text("objectId")), how: How::Part(name.to_owned()) });
    }
    found.sort();
    Some(found)
}

/// The object id of a user-assigned identity.
fn principal_of(inventory: &Inventory, id: &str) -> Option<String> {
    let at = ResourceId::parse(id).and_then(|id| inventory.find(&id))?;
    Body::of(inventory, at).text("properties.principalId").map(str::to_ascii_lowercase)
}

/// Which resources carry which identities.
#[derive(Debug, Default)]
pub struct Identities {
    carriers: BTreeMap<String, Vec<(ResourceIndex, How)>>,
    user_assigned: BTreeMap<String, ResourceIndex>,
}

impl Identities {
    pub(super) fn read(inventory: &Inventory) -> Self {
        let mut all = Self::default();
        for &at in inventory.of_type(USER_ASSIGNED) {
            if let Some(principal) = Body::of(inventory, at).text("properties.principalId") {
                all.user_assigned.insert(principal.to_ascii_lowercase(), at);
            }
        }
        for &at in CARRIERS.iter().flat_map(|kind| inventory.of_type(kind)) {
            for carried in carried_by(inventory, at).into_iter().flatten() {
                if let Some(principal) = carried.principal {
                    all.carriers.entry(principal).or_default().push((at, carried.how));
                }
            }
        }
        for carriers in all.carriers.values_mut() {
            carriers.sort();
        }
        all
    }

    /// The resources that carry the identity with an object id.
    pub fn carriers(&self, principal: &str) -> &[(ResourceIndex, How)] {
        self.carriers.get(principal).map_or(&[], Vec::as_slice)
    }

    /// The user-assigned identity with an object id.
    pub fn resource(&self, principal: &str) -> Option<ResourceIndex> {
        self.user_assigned.get(principal).copied()
    }

    /// Whether the principal is a managed identity.
    pub fn contains(&self, principal: &str) -> bool {
        self.carriers.contains_key(principal) || self.user_assigned.contains_key(principal)
    }

    /// All identities that resources carry, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[(ResourceIndex, How)])> {
        self.carriers.iter().map(|(principal, carriers)| (principal.as_str(), carriers.as_slice()))
    }

    /// All identities that are resources of their own, in order of their object ids.
    pub fn user_assigned(&self) -> impl Iterator<Item = (&str, ResourceIndex)> {
        self.user_assigned.iter().map(|(principal, at)| (principal.as_str(), *at))
    }
}
