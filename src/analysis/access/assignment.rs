//! Role assignments: permanent ones, and those that Privileged Identity Management makes active for a time or
//! keeps ready.
//!
//! Sources: <https://learn.microsoft.com/azure/role-based-access-control/role-assignments>,
//! <https://learn.microsoft.com/rest/api/authorization/role-assignment-schedule-instances>,
//! <https://learn.microsoft.com/rest/api/authorization/role-eligibility-schedule-instances>.

use super::reads::{ACTIVE, ELIGIBLE, ROLE_ASSIGNMENT};
use std::collections::BTreeMap;

use super::body::Body;
use crate::inventory::id::ResourceId;
use crate::inventory::index::{Inventory, ResourceIndex};

/// How long an assignment stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Without an end.
    Permanent,
    /// Until a moment (RFC 3339).
    Until(String),
    /// Activated out of eligibility, until a moment where it has one.
    Activated(Option<String>),
    /// It is there; whether it ends was not read.
    Assigned,
    /// It can be activated, until a moment where it has one.
    Eligible(Option<String>),
}

impl Standing {
    /// The word used in every output.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Permanent => "permanent",
            Self::Until(_) => "until",
            Self::Activated(_) => "activated",
            Self::Assigned => "assigned",
            Self::Eligible(_) => "eligible",
        }
    }

    /// The moment it ends.
    pub fn until(&self) -> Option<&str> {
        match self {
            Self::Until(end) => Some(end),
            Self::Activated(end) | Self::Eligible(end) => end.as_deref(),
            Self::Permanent | Self::Assigned => None,
        }
    }
}

/// A role that a principal has, or may activate, at a scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The resource that says so.
    pub at: ResourceIndex,
    /// Object id of the principal, in lower case.
    pub principal: String,
    /// What Azure says the principal is: `User`, `Group`, `ServicePrincipal`, `ForeignGroup`, `Device`.
    pub principal_type: Option<String>,
    /// Id of the role definition, as Azure spelled it.
    pub role: String,
    /// Where it holds, and below.
    pub scope: ResourceId,
    /// Its condition.
    pub condition: Option<String>,
    /// How long.
    pub standing: Standing,
}

/// All assignments, in order of their ids, and the rows that say too little to be one.
pub(super) fn read(inventory: &Inventory) -> (Vec<Assignment>, Vec<ResourceIndex>) {
    let mut unread = Vec::new();
    let mut take = |at: ResourceIndex, standing: Standing| {
        let body = Body::of(inventory, at);
        let id = &inventory.get(at).id;
        let scope = body.text("properties.scope").and_then(ResourceId::parse).or_else(|| id.parent());
        let found =
            match (body.text("properties.principalId"), body.text("properties.roleDefinitionId"), scope) {
                (Some(principal), Some(role), Some(scope)) => Some(Assignment {
                    at,
                    principal: principal.trim().to_ascii_lowercase(),
                    principal_type: body.owned("properties.principalType"),
                    role: role.to_owned(),
                    scope,
                    condition: body.owned("properties.condition"),
                    standing,
                }),
                _ => None,
            };
        if found.is_none() {
            unread.push(at);
        }
        found
    };
    let instances = inventory.of_type(ACTIVE);
    let standings: BTreeMap<String, Standing> = instances
        .iter()
        .filter_map(|at| {
            let body = Body::of(inventory, *at);
            let origin = body.text("properties.originRoleAssignmentId")?;
            Some((name(origin), standing(&body)))
        })
        .collect();
    let mut all = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for &at in inventory.of_type(ROLE_ASSIGNMENT) {
        let own = standings.get(&name(inventory.get(at).id.as_str()));
        all.extend(take(at, own.cloned().unwrap_or(Standing::Assigned)));
    }
    let key = |one: &Assignment| (one.principal.clone(), name(&one.role), one.scope.folded());
    seen.extend(all.iter().map(key));
    for &at in instances {
        let body = Body::of(inventory, at);
        // An instance of an assignment that is listed itself says nothing new.
        let found = take(at, standing(&body));
        all.extend(found.filter(|found| seen.insert(key(found))));
    }
    let mut eligible = std::collections::BTreeSet::new();
    for &at in inventory.of_type(ELIGIBLE) {
        let end = Body::of(inventory, at).owned("properties.endDateTime");
        let found = take(at, Standing::Eligible(end));
        // What lies above is listed again below every subscription.
        all.extend(found.filter(|found| eligible.insert(key(found))));
    }
    (all, unread)
}

/// The GUID at the end of an id.
fn name(id: &str) -> String {
    id.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_ascii_lowercase()
}

fn standing(body: &Body<'_>) -> Standing {
    let end = body.owned("properties.endDateTime");
    match body.text("properties.assignmentType") {
        Some(kind) if kind.eq_ignore_ascii_case("Activated") => Standing::Activated(end),
        _ => end.map_or(Standing::Permanent, Standing::Until),
    }
}
