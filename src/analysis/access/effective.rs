//! Who holds what, and what a grant comes to: everything that was read, in one place.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::action::{Action, Plane};
use super::assignment::{self, Assignment};
use super::deny::Deny;
use super::directory::{Directory, Kind, Presence, Principal};
use super::grant::{Certainty, Gap};
use super::hierarchy::{Hierarchy, Level, Reach};
use super::identity::Identities;
use super::membership::Membership;
use super::role::{Granted, Role, Roles, under};
use super::vault::{self, Vault};
use crate::inventory::id::ResourceId;
use crate::inventory::index::{Inventory, ResourceIndex};

/// Everything about access in an inventory.
#[derive(Debug)]
pub struct Access {
    /// Role assignments, those that can be activated included, in order of kind and id.
    pub assignments: Vec<Assignment>,
    /// Role definitions.
    pub roles: Roles,
    /// Principals.
    pub directory: Directory,
    /// Scopes.
    pub hierarchy: Hierarchy,
    /// Managed identities.
    pub identities: Identities,
    /// Key vaults.
    pub vaults: Vec<Vault>,
    pub(super) membership: Membership,
    denies: Vec<Deny>,
    pub(super) by_principal: BTreeMap<String, Vec<usize>>,
    /// Groups that hold something and whose members were not all read.
    pub(super) unread_groups: BTreeMap<String, Gap>,
    /// Assignments to them.
    pub(super) open: Vec<usize>,
    /// By folded scope, those at management groups by themselves.
    by_scope: BTreeMap<String, Vec<usize>>,
    at_management_groups: Vec<usize>,
    /// By principal: vault, and policy in it.
    pub(super) policies: BTreeMap<String, Vec<(usize, usize)>>,
    /// By action: what each assignment grants at its own scope.
    granting: RefCell<BTreeMap<(bool, String), Granting>>,
    /// Rows that say too little to be an assignment.
    pub(super) rows: Vec<Gap>,
}

/// What each assignment grants, by its place.
pub type Granting = Rc<[Option<Certainty>]>;

/// An assignment that reaches a principal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Its place in [`Access::assignments`].
    pub assignment: usize,
    /// Groups by which it comes.
    pub through: Vec<String>,
}

impl Access {
    /// Reads an inventory.
    pub fn read(inventory: &Inventory) -> Self {
        let (assignments, unread) = assignment::read(inventory);
        let mut by_principal: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, one) in assignments.iter().enumerate() {
            by_principal.entry(one.principal.clone()).or_default().push(index);
        }
        let mut by_scope: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let mut at_management_groups = Vec::new();
        for (index, one) in assignments.iter().enumerate() {
            if Level::of(&one.scope) == Level::ManagementGroup {
                at_management_groups.push(index);
            } else {
                by_scope.entry(one.scope.folded()).or_default().push(index);
            }
        }
        let row = |at: &ResourceIndex| {
            let (id, kind) = (inventory.get(*at).id.as_str(), inventory.type_of(*at));
            Gap::note(
                format!("{id} says neither who nor what: its record carries no such properties"),
                id,
                kind,
            )
        };
        let mut access = Self {
            assignments,
            roles: Roles::read(inventory),
            directory: Directory::read(inventory),
            hierarchy: Hierarchy::read(inventory),
            identities: Identities::read(inventory),
            vaults: vault::read(inventory),
            membership: Membership::read(inventory),
            denies: Deny::read(inventory),
            by_principal,
            unread_groups: BTreeMap::new(),
            open: Vec::new(),
            by_scope,
            at_management_groups,
            policies: BTreeMap::new(),
            granting: RefCell::default(),
            rows: unread.iter().map(row).collect(),
        };
        let policies = access.vaults.iter().flat_map(|vault| &vault.policies).map(|policy| &policy.principal);
        let named: BTreeSet<&String> = access.by_principal.keys().chain(policies).collect();
        // A group that is gone has no members.
        let groups = named.into_iter().filter(|id| {
            let principal = access.principal(id);
            principal.kind == Kind::Group && principal.presence != Presence::Deleted
        });
        let unread = groups.filter_map(|id| Some((id.clone(), Membership::gap(inventory, id)?)));
        access.unread_groups = unread.collect();
        let open = access.unread_groups.keys().filter_map(|group| access.by_principal.get(group));
        access.open = open.flatten().copied().collect();
        access.open.sort_unstable();
        for (at, vault) in access.vaults.iter().enumerate() {
            for (index, policy) in vault.policies.iter().enumerate() {
                access.policies.entry(policy.principal.clone()).or_default().push((at, index));
            }
        }
        access
    }

    /// The role of an assignment.
    pub fn role(&self, assignment: &Assignment) -> Option<&Role> {
        self.roles.find(&assignment.role)
    }

    /// What is known of a principal.
    pub fn principal(&self, id: &str) -> Principal {
        let hint =
            self.by_principal.get(id).and_then(|all| self.assignments[*all.first()?].principal_type.clone());
        let mut found = self.directory.principal(id, hint.as_deref());
        if self.identities.contains(id) {
            found.kind = Kind::ManagedIdentity;
        } else if found.kind == Kind::Unknown && self.membership.is_group(id) {
            found.kind = Kind::Group;
        }
        found
    }

    /// The assignments that reach a principal, its groups' included, in order.
    pub fn held_by(&self, principal: &str) -> Vec<Held> {
        let of = |id: &str, through: &[String]| -> Vec<Held> {
            let own = self.by_principal.get(id).map_or(&[][..], Vec::as_slice);
            own.iter().map(|assignment| Held { assignment: *assignment, through: through.to_vec() }).collect()
        };
        let mut held = of(principal, &[]);
        for (group, way) in self.membership.above(principal) {
            held.extend(of(&group, &way));
        }
        held.sort_by_key(|held| held.assignment);
        held
    }

    /// The assignments that may reach a place, in order.
    pub(super) fn reaching(&self, target: &ResourceId) -> Vec<usize> {
        let above = target.ancestors().filter_map(|scope| self.by_scope.get(&scope.folded())).flatten();
        let mut found: Vec<usize> = above.chain(&self.at_management_groups).copied().collect();
        found.sort_unstable();
        found
    }

    /// How each assignment grants an action at its own scope, before deny assignments; by its place.
    pub fn granting(&self, action: &Action) -> Granting {
        let key = (action.plane == Plane::Data, action.text.clone());
        if let Some(known) = self.granting.borrow().get(&key) {
            return Rc::clone(known);
        }
        let all = self.assignments.iter().map(|one| self.granted(one, action, &one.scope));
        let all: Granting = all.collect();
        self.granting.borrow_mut().insert(key, Rc::clone(&all));
        all
    }

    /// How an assignment grants an action at `target`, before deny assignments; `None` where it doesn't.
    pub fn granted(&self, one: &Assignment, action: &Action, target: &ResourceId) -> Option<Certainty> {
        let reach = match self.hierarchy.reach(&one.scope, target) {
            Reach::No => return None,
            Reach::Yes => Certainty::Certain,
            Reach::Unknown => {
                let scope = &one.scope;
                Certainty::Unknown(format!("whether {scope} lies above {target} was not read"))
            }
        };
        let vault = match self.deciding_vault(action, target).map(|vault| vault.by_roles) {
            // Roles say nothing of what is in a vault that goes by its own policies.
            Some(Some(false)) => return None,
            Some(None) => Certainty::Unknown(format!("whether roles decide in {target} was not read")),
            Some(Some(true)) | None => Certainty::Certain,
        };
        let Some(role) = self.role(one) else {
            return Some(Certainty::Unknown(format!("the role {} was not read", one.role)));
        };
        let by_role = certainty(role.grants(action))?;
        let by_condition = certainty(under(one.condition.as_deref(), action))?;
        Some(reach.and(vault).and(by_role).and(by_condition))
    }

    /// What deny assignments leave of a grant to a principal; `None` where nothing.
    pub(super) fn after_denies(
        &self,
        holder: &str,
        action: &Action,
        target: &ResourceId,
        certainty: Certainty,
    ) -> Option<Certainty> {
        if self.denies.is_empty() {
            return Some(certainty);
        }
        let groups = self.membership.above(holder);
        let ids: Vec<&str> = std::iter::once(holder).chain(groups.keys().map(String::as_str)).collect();
        let mut left = certainty;
        for deny in &self.denies {
            match deny.forbids(&ids, action, target, &self.hierarchy) {
                Granted::Yes => return None,
                Granted::Conditional(text) => {
                    left = left.and(Certainty::Conditional(format!("not where {text}")));
                }
                Granted::No => {}
            }
        }
        Some(left)
    }

    /// The deny assignments that forbid an action at `target` to a principal.
    pub fn denied(&self, holder: &str, action: &Action, target: &ResourceId) -> Vec<ResourceIndex> {
        let groups = self.membership.above(holder);
        let ids: Vec<&str> = std::iter::once(holder).chain(groups.keys().map(String::as_str)).collect();
        let forbids = |deny: &&Deny| deny.forbids(&ids, action, target, &self.hierarchy) == Granted::Yes;
        self.denies.iter().filter(forbids).map(|deny| deny.at).collect()
    }

    /// The vault that is this resource.
    pub fn vault_at(&self, at: ResourceIndex) -> Option<&Vault> {
        let found = self.vaults.binary_search_by_key(&at, |vault| vault.at).ok()?;
        self.vaults.get(found)
    }

    /// The vault that a data action at `target` is decided in.
    pub(super) fn deciding_vault(&self, action: &Action, target: &ResourceId) -> Option<&Vault> {
        if !vault::concerns(action) {
            return None;
        }
        let id = vault::holding(target)?;
        // They are in order of their ids.
        let found = self.vaults.binary_search_by(|vault| vault.id.cmp(&id)).ok()?;
        self.vaults.get(found)
    }
}

fn certainty(granted: Granted) -> Option<Certainty> {
    match granted {
        Granted::No => None,
        Granted::Yes => Some(Certainty::Certain),
        Granted::Conditional(text) => Some(Certainty::Conditional(text)),
    }
}
