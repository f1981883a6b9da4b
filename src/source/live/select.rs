//! What narrows a scan: subscriptions and management groups are what is read at all; resource groups
//! and tags are what is read in depth.

use serde::Deserialize;
use std::collections::BTreeMap;

use super::gather::Gathered;
use crate::inventory::id::ResourceId;

/// The parts of Azure that were asked for; empty lists ask for everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// GUIDs, ids or display names.
    pub subscriptions: Vec<String>,
    /// Names of management groups.
    pub management_groups: Vec<String>,
    /// Names of resource groups.
    pub resource_groups: Vec<String>,
    /// Tags that a resource must carry, all of them: name and value.
    pub tags: Vec<(String, String)>,
}

#[derive(Deserialize)]
struct Tagged {
    tags: Option<BTreeMap<String, serde_json::Value>>,
}

impl Selection {
    /// Whether some resources of a subscription are left out. Their rows are read all the same, so
    /// that rules can follow references to them; what needs a call for each resource is not.
    pub fn narrows_resources(&self) -> bool {
        !self.resource_groups.is_empty() || !self.tags.is_empty()
    }

    /// Whether the resource is in one of the resource groups that were asked for.
    pub fn covers_group(&self, id: &ResourceId) -> bool {
        self.resource_groups.is_empty()
            || id.resource_group().is_some_and(|group| {
                self.resource_groups.iter().any(|wanted| wanted.eq_ignore_ascii_case(group))
            })
    }

    /// Whether a body carries the tags that were asked for; names are compared without case.
    pub fn covers_tags(&self, body: &str) -> bool {
        if self.tags.is_empty() {
            return true;
        }
        let tags = serde_json::from_str::<Tagged>(body).ok().and_then(|found| found.tags).unwrap_or_default();
        self.tags.iter().all(|(name, value)| {
            tags.iter().any(|(found, carried)| {
                found.eq_ignore_ascii_case(name) && carried.as_str() == Some(value.as_str())
            })
        })
    }

    /// Whether the resource was asked for; a child goes by the tags of the resource it lies in.
    pub(super) fn covers(&self, id: &ResourceId, gathered: &Gathered) -> bool {
        if !self.covers_group(id) {
            return false;
        }
        if self.tags.is_empty() {
            return true;
        }
        let is_top = |id: &ResourceId| id.resource_type().is_some_and(|kind| kind.matches('/').count() == 1);
        let top = id.ancestors().find(is_top);
        top.and_then(|top| gathered.record(&top)).is_some_and(|record| self.covers_tags(&record.body))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::page::Item;
    use crate::source::live::gather::Rank;

    #[test]
    fn groups_and_tags_select() {
        let selection = Selection {
            resource_groups: vec!["rg-school".into()],
            tags: vec![("Wave".into(), "2".into())],
            ..Selection::default()
        };
        let account = |group: &str, name: &str| {
            format!(
                "/subscriptions/s/resourceGroups/{group}/providers/Microsoft.Storage/storageAccounts/{name}"
            )
        };
        let mut gathered = Gathered::default();
        for (group, name, tags) in [
            ("RG-School", "a", r#"{"wave":"2"}"#),
            ("rg-school", "b", r#"{"wave":"3"}"#),
            ("rg-other", "c", r#"{"wave":"2"}"#),
            ("rg-school", "d", "null"),
        ] {
            let id = account(group, name);
            let body = format!(r#"{{"id":"{id}","tags":{tags}}}"#);
            gathered.keep(Rank::Row, Item { id, body });
        }
        let covers = |id: String| selection.covers(&ResourceId::parse(&id).unwrap(), &gathered);
        assert!(covers(account("rg-school", "a")));
        assert!(covers(account("rg-school", "a") + "/blobServices/default"));
        assert!(!covers(account("rg-school", "b")));
        assert!(!covers(account("rg-other", "c")));
        assert!(!covers(account("rg-school", "d")));
    }
}
