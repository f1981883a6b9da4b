//! The inbound rules of one network security group, in the order in which Azure asks them.

use super::security_rule::{FieldKeys, SECURITY_RULE, SecurityRule, Unclear};
use crate::inventory::index::{Completeness, Inventory, ResourceIndex};

/// A group's inbound rules by priority, up to the first that can't be understood.
#[derive(Debug)]
pub(super) struct SecurityGroup {
    pub(super) rules: Vec<SecurityRule>,
    /// Why the rules end early: what an unclear rule decides, and all behind it, can't be told.
    pub(super) unclear: Option<String>,
}

impl SecurityGroup {
    /// Reads the rules of a group; the gap when they were not read. `room` is an emptied list that is used
    /// again: a million rules are read one group at a time.
    pub(super) fn read(
        inventory: &Inventory,
        keys: &FieldKeys,
        group: ResourceIndex,
        room: Vec<SecurityRule>,
    ) -> Result<Self, Completeness> {
        if let incomplete @ Completeness::Incomplete { .. } =
            inventory.children_complete(group, SECURITY_RULE)
        {
            return Err(incomplete);
        }
        let mut rules = room;
        rules.clear();
        let mut unclear: Option<(i64, String)> = None;
        for at in inventory.children(group, SECURITY_RULE) {
            match SecurityRule::read(inventory, keys, at) {
                Ok(rule) => rules.extend(rule),
                Err(Unclear { from, reason }) => {
                    let reason = format!("security rule {}: {reason}", inventory.get(at).id.name());
                    if unclear.as_ref().is_none_or(|(known, _)| from < *known) {
                        unclear = Some((from, reason));
                    }
                }
            }
        }
        rules.sort_by_key(|rule| (rule.priority, rule.at));
        if let Some((from, _)) = unclear {
            rules.retain(|rule| rule.priority < from);
        }
        Ok(Self { rules, unclear: unclear.map(|(_, reason)| reason) })
    }
}
