//! Role definitions: what a role lets its holder do.
//!
//! Source: <https://learn.microsoft.com/azure/role-based-access-control/role-definitions>.

use super::reads::ROLE_DEFINITION;
use std::collections::BTreeMap;

use super::action::{Action, Plane, covers, overlaps};
use super::body::Body;
use super::condition;
use super::role_table;
use crate::inventory::index::Inventory;

/// A block of permissions. What `not_actions` takes away is taken from `actions` of this block only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permission {
    /// Patterns of actions of the control plane.
    pub actions: Vec<String>,
    /// Patterns that are taken away from them.
    pub not_actions: Vec<String>,
    /// Patterns of actions on data.
    pub data_actions: Vec<String>,
    /// Patterns that are taken away from them.
    pub not_data_actions: Vec<String>,
    /// A condition that some of Azure's own roles carry.
    pub condition: Option<String>,
}

/// Whether something is granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Granted {
    /// It is not.
    No,
    /// It is where a condition holds that can't be evaluated from here.
    Conditional(String),
    /// It is.
    Yes,
}

impl Permission {
    pub(super) fn read(body: &Body<'_>) -> Self {
        Self {
            actions: body.texts("actions"),
            not_actions: body.texts("notActions"),
            data_actions: body.texts("dataActions"),
            not_data_actions: body.texts("notDataActions"),
            condition: body.owned("condition"),
        }
    }

    /// Whether the block names the action and doesn't take it away again, whatever its condition.
    pub fn names(&self, action: &Action) -> bool {
        let (given, taken) = self.patterns(action.plane);
        let any = |patterns: &[String]| patterns.iter().any(|pattern| covers(pattern, &action.text));
        any(given) && !any(taken)
    }

    /// Whether the block names some action that a pattern stands for. The same as [`Self::names`] for one that
    /// is no pattern.
    pub(super) fn touches(&self, action: &Action) -> bool {
        let (given, taken) = self.patterns(action.plane);
        given.iter().any(|pattern| overlaps(pattern, &action.text))
            && !taken.iter().any(|pattern| covers(pattern, &action.text))
    }

    fn patterns(&self, plane: Plane) -> (&[String], &[String]) {
        match plane {
            Plane::Control => (&self.actions, &self.not_actions),
            Plane::Data => (&self.data_actions, &self.not_data_actions),
        }
    }

    fn grants(&self, action: &Action) -> Granted {
        if self.names(action) { under(self.condition.as_deref(), action) } else { Granted::No }
    }
}

/// What a condition leaves of a grant.
pub(super) fn under(text: Option<&str>, action: &Action) -> Granted {
    match text.map(|text| (text, condition::allows(text, action))) {
        None | Some((_, Some(true))) => Granted::Yes,
        Some((_, Some(false))) => Granted::No,
        Some((text, None)) => Granted::Conditional(text.to_owned()),
    }
}

/// A role definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// The GUID that names it, in lower case.
    pub name: String,
    /// What people call it: `Owner`.
    pub title: String,
    /// Whether it is one of the tenant's own.
    pub is_custom: bool,
    /// Its permissions; any of them grants.
    pub permissions: Vec<Permission>,
}

impl Role {
    /// Whether the role grants an action.
    pub fn grants(&self, action: &Action) -> Granted {
        let mut conditional = None;
        for permission in &self.permissions {
            match permission.grants(action) {
                Granted::Yes => return Granted::Yes,
                Granted::Conditional(text) => conditional = conditional.or(Some(text)),
                Granted::No => {}
            }
        }
        conditional.map_or(Granted::No, Granted::Conditional)
    }
}

/// The role definitions of a tenant: those that were read, else Azure's own as the program ships them.
#[derive(Debug, Default)]
pub struct Roles {
    read: BTreeMap<String, Role>,
}

impl Roles {
    pub(super) fn read(inventory: &Inventory) -> Self {
        let mut read = BTreeMap::new();
        for &at in inventory.of_type(ROLE_DEFINITION) {
            let body = Body::of(inventory, at);
            let name = inventory.get(at).id.name().to_ascii_lowercase();
            // A row without permissions says less than the shipped table.
            if body.get("properties.permissions").is_none() {
                continue;
            }
            let role = Role {
                title: body.owned("properties.roleName").unwrap_or_else(|| name.clone()),
                is_custom: body
                    .text("properties.type")
                    .is_some_and(|kind| kind.eq_ignore_ascii_case("CustomRole")),
                permissions: body.elements("properties.permissions").iter().map(Permission::read).collect(),
                name: name.clone(),
            };
            read.insert(name, role);
        }
        Self { read }
    }

    /// The role that a definition's id names, under whatever scope; nothing where it was not read and is none
    /// of Azure's own.
    pub fn find(&self, definition: &str) -> Option<&Role> {
        let name =
            definition.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        self.read.get(&name).or_else(|| role_table::find(&name))
    }
}
