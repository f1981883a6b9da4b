//! Scopes and what lies below them: the tenant, management groups, subscriptions, resource groups, resources.
//!
//! Sources: <https://learn.microsoft.com/azure/role-based-access-control/scope-overview>,
//! <https://learn.microsoft.com/azure/governance/management-groups/overview>.

use super::reads::{MANAGEMENT_GROUP, SUBSCRIPTION};
use std::collections::{BTreeMap, BTreeSet};

use super::body::Body;
use crate::inventory::id::ResourceId;
use crate::inventory::index::Inventory;

/// How wide a scope is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// A resource, or something in it.
    Resource,
    /// A resource group.
    ResourceGroup,
    /// A subscription.
    Subscription,
    /// A management group.
    ManagementGroup,
    /// The tenant: `/`.
    Tenant,
}

impl Level {
    /// How wide the scope with this id is.
    pub fn of(scope: &ResourceId) -> Self {
        if scope.as_str() == "/" {
            return Self::Tenant;
        }
        match scope.resource_type().as_deref() {
            Some(kind) if kind.eq_ignore_ascii_case(MANAGEMENT_GROUP) => Self::ManagementGroup,
            Some(SUBSCRIPTION) => Self::Subscription,
            Some("Microsoft.Resources/resourceGroups") => Self::ResourceGroup,
            _ => Self::Resource,
        }
    }

    /// The word used in every output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Resource => "resource",
            Self::ResourceGroup => "resource group",
            Self::Subscription => "subscription",
            Self::ManagementGroup => "management group",
            Self::Tenant => "tenant",
        }
    }
}

/// Whether what is assigned at one scope holds at another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// The management groups above the other were not read.
    Unknown,
}

/// The tree of management groups, as far as it was read.
#[derive(Debug, Default)]
pub struct Hierarchy {
    /// By subscription: the groups above it.
    above: BTreeMap<String, BTreeSet<String>>,
    /// By management group: its parent; `None` for the one at the top.
    parents: BTreeMap<String, Option<String>>,
}

impl Hierarchy {
    pub(super) fn read(inventory: &Inventory) -> Self {
        let mut above = BTreeMap::new();
        for &at in inventory.of_type(SUBSCRIPTION) {
            let body = Body::of(inventory, at);
            if body.get("properties.managementGroupAncestorsChain").is_some() {
                let chain = body.elements("properties.managementGroupAncestorsChain");
                let names = chain.iter().filter_map(|group| group.text("name")).map(str::to_ascii_lowercase);
                above.insert(inventory.get(at).id.name().to_ascii_lowercase(), names.collect());
            }
        }
        let mut parents = BTreeMap::new();
        for &at in inventory.of_type(MANAGEMENT_GROUP) {
            let body = Body::of(inventory, at);
            // The one at the top has an empty object there.
            if body.get("properties.details.parent").is_some() {
                let parent = body.text("properties.details.parent.id").and_then(ResourceId::parse);
                let parent = parent.map(|id| id.name().to_ascii_lowercase());
                parents.insert(inventory.get(at).id.name().to_ascii_lowercase(), parent);
            }
        }
        Self { above, parents }
    }

    /// Whether what is assigned at `scope` holds at `target`.
    pub fn reach(&self, scope: &ResourceId, target: &ResourceId) -> Reach {
        if holds(scope, target) {
            return Reach::Yes;
        }
        if Level::of(scope) != Level::ManagementGroup {
            return Reach::No;
        }
        let group = scope.name().to_ascii_lowercase();
        if let Some(subscription) = target.subscription() {
            return match self.above.get(&subscription.to_ascii_lowercase()) {
                Some(groups) => groups.contains(&group).into(),
                // The group at the top is above every subscription of the tenant.
                None if self.parents.get(&group) == Some(&None) => Reach::Yes,
                None => Reach::Unknown,
            };
        }
        let Some(inner) = management_group(target) else {
            return Reach::No;
        };
        let mut here = inner.name().to_ascii_lowercase();
        let mut seen = BTreeSet::new();
        while seen.insert(here.clone()) {
            match self.parents.get(&here) {
                Some(Some(parent)) if *parent == group => return Reach::Yes,
                Some(Some(parent)) => here.clone_from(parent),
                Some(None) => return Reach::No,
                None => return Reach::Unknown,
            }
        }
        // The groups name each other as parents: that is no tree, and nothing can be told from it.
        Reach::Unknown
    }
}

impl From<bool> for Reach {
    fn from(value: bool) -> Self {
        if value { Self::Yes } else { Self::No }
    }
}

/// The management group that an id names or lies in.
fn management_group(id: &ResourceId) -> Option<ResourceId> {
    id.ancestors().find(|id| Level::of(id) == Level::ManagementGroup)
}

/// Whether `target` is `scope`, or its id goes on from there.
fn holds(scope: &ResourceId, target: &ResourceId) -> bool {
    let (scope, target) = (scope.as_str(), target.as_str());
    scope == "/"
        || target.get(..scope.len()).is_some_and(|start| start.eq_ignore_ascii_case(scope))
            && matches!(target.as_bytes().get(scope.len()), None | Some(b'/'))
}
