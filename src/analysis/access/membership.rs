//! Who is in which group, also through groups in groups.
//!
//! Source: <https://learn.microsoft.com/graph/api/group-list-transitivemembers>. Lists of direct members work
//! as well: what a member that is a group has as members counts too.

use super::reads::MEMBER;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::grant::Gap;
use crate::inventory::id::ResourceId;
use crate::inventory::index::Inventory;

/// Groups and their members, by object id in lower case.
#[derive(Debug, Default)]
pub(super) struct Membership {
    members: BTreeMap<String, BTreeSet<String>>,
    groups: BTreeMap<String, BTreeSet<String>>,
}

impl Membership {
    pub(super) fn read(inventory: &Inventory) -> Self {
        let mut all = Self::default();
        for &at in inventory.of_type(MEMBER) {
            let id = &inventory.get(at).id;
            let Some(group) = id.parent() else { continue };
            let (group, member) = (group.name().to_ascii_lowercase(), id.name().to_ascii_lowercase());
            all.groups.entry(member.clone()).or_default().insert(group.clone());
            all.members.entry(group).or_default().insert(member);
        }
        all
    }

    /// Everybody in a group, each with the groups on the shortest way from it, which comes first. Groups that
    /// contain each other are followed once.
    pub(super) fn expand(&self, group: &str) -> BTreeMap<String, Vec<String>> {
        walk(group, &self.members).into_iter().filter(|(member, _)| member != group).collect()
    }

    /// The groups that a principal is in, each with the groups on the shortest way from it down to the
    /// principal.
    pub(super) fn above(&self, principal: &str) -> BTreeMap<String, Vec<String>> {
        let mut found = walk(principal, &self.groups);
        found.remove(principal);
        for (group, way) in &mut found {
            // From the principal up to the group: turned around, without the principal.
            way.push(group.clone());
            way.remove(0);
            way.reverse();
        }
        found
    }

    /// Whether the object is known to be a group.
    pub(super) fn is_group(&self, id: &str) -> bool {
        self.members.contains_key(id)
    }

    /// Why members of a group may be missing.
    pub(super) fn gap(inventory: &Inventory, group: &str) -> Option<Gap> {
        let id = ResourceId::parse(&format!("/providers/Microsoft.Graph/group/{group}"))?;
        Gap::of(&inventory.completeness(&id, MEMBER))
    }
}

/// What can be reached, each with what was passed on the way, the start first.
fn walk(start: &str, next: &BTreeMap<String, BTreeSet<String>>) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::from([(start.to_owned(), Vec::new())]);
    let mut waiting = VecDeque::from([start.to_owned()]);
    while let Some(here) = waiting.pop_front() {
        let mut way = found.get(&here).cloned().unwrap_or_default();
        way.push(here.clone());
        for there in next.get(&here).into_iter().flatten() {
            if !found.contains_key(there) {
                found.insert(there.clone(), way.clone());
                waiting.push_back(there.clone());
            }
        }
    }
    found
}
