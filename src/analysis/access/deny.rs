//! Deny assignments: what stays forbidden whatever is granted.
//!
//! Source: <https://learn.microsoft.com/azure/role-based-access-control/deny-assignments>.

use super::action::Action;
use super::body::Body;
use super::hierarchy::{Hierarchy, Reach};
use super::reads::DENY;
use super::role::{Granted, Permission, under};
use crate::inventory::id::ResourceId;
use crate::inventory::index::{Inventory, ResourceIndex};

/// The principal that stands for all of them.
const EVERYONE: &str = "00000000-0000-0000-0000-000000000000";

/// A deny assignment.
#[derive(Debug)]
pub(super) struct Deny {
    pub(super) at: ResourceIndex,
    scope: ResourceId,
    at_scope_only: bool,
    permissions: Vec<Permission>,
    condition: Option<String>,
    principals: Vec<String>,
    excluded: Vec<String>,
}

impl Deny {
    pub(super) fn read(inventory: &Inventory) -> Vec<Self> {
        let ids = |body: &Body<'_>, path: &str| -> Vec<String> {
            let principals = body.elements(path);
            principals.iter().filter_map(|one| one.text("id")).map(str::to_ascii_lowercase).collect()
        };
        let one = |at: &ResourceIndex| {
            let body = Body::of(inventory, *at);
            let id = &inventory.get(*at).id;
            // One that only watches forbids nothing.
            let audits = body
                .text("properties.denyAssignmentEffect")
                .is_some_and(|effect| effect.eq_ignore_ascii_case("audit"));
            let scope = body.text("properties.scope").and_then(ResourceId::parse).or_else(|| id.parent())?;
            (!audits).then(|| Self {
                at: *at,
                scope,
                at_scope_only: body.flag("properties.doNotApplyToChildScopes").unwrap_or(false),
                permissions: body.elements("properties.permissions").iter().map(Permission::read).collect(),
                condition: body.owned("properties.condition"),
                principals: ids(&body, "properties.principals"),
                excluded: ids(&body, "properties.excludePrincipals"),
            })
        };
        inventory.of_type(DENY).iter().filter_map(one).collect()
    }

    /// Whether it forbids an action at `target` to a principal, who goes by `ids`: its own and those of the
    /// groups it is in.
    pub(super) fn forbids(
        &self,
        ids: &[&str],
        action: &Action,
        target: &ResourceId,
        tree: &Hierarchy,
    ) -> Granted {
        let among = |list: &[String]| list.iter().any(|one| ids.contains(&one.as_str()));
        let meant = self.principals.iter().any(|one| one == EVERYONE) || among(&self.principals);
        if !meant || among(&self.excluded) {
            return Granted::No;
        }
        // Of a pattern, a part that is forbidden is enough: it is not granted whole.
        let named = self.permissions.iter().any(|block| block.touches(action));
        let reach =
            if self.at_scope_only { (self.scope == *target).into() } else { tree.reach(&self.scope, target) };
        match (named, reach) {
            (false, _) | (_, Reach::No) => Granted::No,
            (true, Reach::Unknown) => {
                Granted::Conditional(format!("a deny assignment at {} may lie above it", self.scope))
            }
            (true, Reach::Yes) => under(self.condition.as_deref(), action),
        }
    }
}
