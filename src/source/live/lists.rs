//! What Resource Graph lacks, from Resource Manager: children, extensions, lists of subscriptions,
//! and single resources.

use std::collections::BTreeMap;

use super::calls::{Call, Caller};
use super::gather::{Gathered, Outcome, Rank};
use super::plan::{ChildList, Detail, RESOURCE_GROUPS, SUBSCRIPTIONS, ScopedList};
use super::select::Selection;
use super::tables::TableStates;
use crate::azure::page::{Item, Listing};
use crate::azure::rest::path_of;
use crate::inventory::coverage::{CoverageEntry, CoverageState};
use crate::inventory::id::ResourceId;
use crate::inventory::reads::{Supply, supply};

/// Reads lists of Resource Manager, for all subscriptions of a scan.
pub struct Lists<'a> {
    /// Makes the calls.
    pub caller: Caller<'a>,
    /// GUIDs in lower case, in order.
    pub subscriptions: &'a [String],
    /// Which resources are read in depth.
    pub selection: &'a Selection,
    /// How the enumeration ended.
    pub tables: &'a TableStates,
    /// Reads of which not all parents are known, by type and subscription: because the list of
    /// their own parents failed.
    failures: BTreeMap<(String, String), Vec<CoverageEntry>>,
}

/// The subscription of an id, in lower case.
fn subscription_of(id: &ResourceId) -> String {
    id.subscription().unwrap_or_default().to_ascii_lowercase()
}

fn outcome(call: &Call, read: &str, listing: &Listing) -> Outcome {
    Outcome {
        parent: call.scope.clone(),
        problem: listing.shortfall.as_ref().map(|error| error.entry(&call.scope, read, listing.pages > 0)),
    }
}

/// The entry for one call.
fn ended(call: &Call, read: &str, listing: &Listing) -> CoverageEntry {
    let problem = outcome(call, read, listing).problem;
    problem.unwrap_or_else(|| CoverageEntry::new(&call.scope, read, CoverageState::Complete))
}

/// Gives a resource of the tenant the id that its type asks for: some providers write it without the
/// first slash, or as that of another type.
fn identify(kind: &str, item: &mut Item) {
    let own = ResourceId::parse(&item.id).and_then(|id| id.resource_type());
    if own.is_some_and(|own| own.eq_ignore_ascii_case(kind)) {
        return;
    }
    let name = item.id.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let id = format!("/providers/{kind}/{name}");
    let Ok(mut body) = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&item.body) else {
        return;
    };
    body.insert("id".into(), id.clone().into());
    body.insert("type".into(), kind.into());
    *item = Item { id, body: serde_json::Value::Object(body).to_string() };
}

impl<'a> Lists<'a> {
    /// Nothing read yet.
    pub fn new(
        caller: Caller<'a>,
        subscriptions: &'a [String],
        selection: &'a Selection,
        tables: &'a TableStates,
    ) -> Self {
        Self { caller, subscriptions, selection, tables, failures: BTreeMap::new() }
    }

    /// Ids of the selected resources of a type, in the subscriptions of the scan.
    pub fn parents(&self, kind: &str, gathered: &Gathered) -> Vec<ResourceId> {
        if kind.eq_ignore_ascii_case(SUBSCRIPTIONS) {
            let ids = self.subscriptions.iter().map(|id| format!("/subscriptions/{id}"));
            return ids.filter_map(|id| ResourceId::parse(&id)).collect();
        }
        let mut ids = gathered.ids_of(kind);
        ids.retain(|id| {
            self.subscriptions.binary_search(&subscription_of(id)).is_ok()
                && self.selection.covers(id, gathered)
        });
        ids
    }

    /// Lists one type of children under all their parents, by one list or by several.
    pub async fn children(&mut self, lists: &[ChildList], gathered: &mut Gathered) {
        let Some(ChildList { kind, parent, .. }) = lists.first() else {
            return;
        };
        let call = |list: &ChildList, id: &ResourceId| {
            let path = format!("{}/{}?api-version={}", path_of(id.as_str()), list.path, list.api_version);
            let scope = id.as_str().to_owned();
            let call = if list.single { Call::one(scope, path) } else { Call::list(scope, path) };
            call.absence_is_empty()
        };
        let parents = self.parents(parent, gathered);
        let calls = lists.iter().flat_map(|list| parents.iter().map(move |id| call(list, id))).collect();
        self.read(kind, std::slice::from_ref(parent), calls, gathered).await;
    }

    /// Lists an extension on its resources, or once for each subscription.
    pub async fn scoped(&mut self, list: &ScopedList, gathered: &mut Gathered) {
        let call = |id: &ResourceId| {
            let path = format!(
                "{}/providers/{}?api-version={}",
                path_of(id.as_str()),
                list.address,
                list.api_version
            );
            let scope = id.as_str().to_owned();
            if list.single { Call::one(scope, path) } else { Call::list(scope, path) }
        };
        if list.on.is_empty() {
            // Here a 404 is no answer: the subscription exists.
            let calls = self.parents(SUBSCRIPTIONS, gathered).iter().map(call).collect();
            for (call, mut listing) in self.caller.run(calls).await {
                gathered.keep_all(Rank::Listed, &mut listing);
                gathered.cover(ended(&call, &list.kind, &listing));
            }
            return;
        }
        let is_container = supply(&list.kind) == Supply::Container;
        let mut kinds: Vec<String> = list.on.iter().cloned().collect();
        if is_container && self.selection.narrows_resources() {
            // What lies at the subscription itself is in no resource group.
            kinds.retain(|kind| !kind.eq_ignore_ascii_case(SUBSCRIPTIONS));
        }
        let calls = kinds
            .iter()
            .flat_map(|kind| self.parents(kind, gathered))
            .map(|id| call(&id).absence_is_empty())
            .collect();
        self.read(&list.kind, &kinds, calls, gathered).await;
        if is_container {
            self.doubt_unknown_groups(&list.kind, gathered);
        }
    }

    /// The entry of a subscription's own list speaks for resource groups that have none of their own;
    /// where not all of them are known, it must not say that nothing is missing.
    fn doubt_unknown_groups(&self, read: &str, gathered: &mut Gathered) {
        for subscription in self.subscriptions {
            let groups = self.tables.get(RESOURCE_GROUPS, subscription);
            if let Some(entry) = groups.filter(|entry| !entry.state.is_whole()) {
                gathered.cover(CoverageEntry { read: read.to_owned(), ..entry.clone() });
            }
        }
    }

    /// Lists what belongs to the tenant and lies in no subscription.
    pub async fn tenant(&self, list: &ScopedList, gathered: &mut Gathered) {
        let path = format!("/providers/{}?api-version={}", list.address, list.api_version);
        let root = ResourceId::tenant().as_str().to_owned();
        let call = if list.single { Call::one(root, path) } else { Call::list(root, path) };
        for (call, mut listing) in self.caller.run(vec![call]).await {
            for item in &mut listing.items {
                identify(&list.kind, item);
            }
            gathered.keep_all(Rank::Listed, &mut listing);
            gathered.cover(ended(&call, &list.kind, &listing));
        }
    }

    /// Makes `calls` for `read` on resources of the types `parents`, and settles its coverage.
    async fn read(&mut self, read: &str, parents: &[String], calls: Vec<Call>, gathered: &mut Gathered) {
        let mut outcomes: BTreeMap<String, Vec<Outcome>> = BTreeMap::new();
        for (call, mut listing) in self.caller.run(calls).await {
            gathered.keep_all(Rank::Listed, &mut listing);
            let subscription =
                ResourceId::parse(&call.scope).map_or_else(String::new, |id| subscription_of(&id));
            outcomes.entry(subscription).or_default().push(outcome(&call, read, &listing));
        }
        for subscription in self.subscriptions {
            let found = outcomes.remove(subscription).unwrap_or_default();
            self.settle(subscription, read, parents, &found, gathered);
            let problems = found.into_iter().filter_map(|outcome| outcome.problem);
            let key = (read.to_ascii_lowercase(), subscription.clone());
            self.failures.entry(key).or_default().extend(problems);
        }
    }

    /// The coverage of `read` in one subscription.
    pub fn settle(
        &self,
        subscription: &str,
        read: &str,
        parents: &[String],
        outcomes: &[Outcome],
        gathered: &mut Gathered,
    ) {
        let scope = format!("/subscriptions/{subscription}");
        let mut whole = !self.selection.narrows_resources();
        for parent in parents {
            // An entry for the subscription would speak for the subscription itself, or a group.
            let is_container =
                parent.get(..20).is_some_and(|start| start.eq_ignore_ascii_case("Microsoft.Resources/"));
            whole &= !is_container;
            if parent.eq_ignore_ascii_case(SUBSCRIPTIONS) {
                continue;
            }
            if let Some(entry) = self.tables.get(parent, subscription)
                && !entry.state.is_whole()
            {
                whole = false;
                if !is_container {
                    gathered.cover(CoverageEntry { read: read.to_owned(), ..entry.clone() });
                }
            }
            let key = (parent.to_ascii_lowercase(), subscription.to_owned());
            for failure in self.failures.get(&key).into_iter().flatten() {
                whole = false;
                if supply(read) == Supply::Child {
                    gathered.cover(CoverageEntry { read: read.to_owned(), ..failure.clone() });
                }
            }
        }
        gathered.settle(&scope, read, whole, outcomes);
        if matches!(supply(read), Supply::Under(_) | Supply::Container) {
            // What is asked of these is whether there is one in the subscription, or one that names some
            // resource of it: nowhere else may it be missing, either.
            let problem = outcomes.iter().find_map(|outcome| outcome.problem.clone());
            if let Some(problem) = problem {
                gathered.cover(CoverageEntry { scope, ..problem });
            }
        }
    }

    /// Reads each selected resource of a type by itself.
    pub async fn details(&self, detail: &Detail, gathered: &mut Gathered) {
        let call = |id: &ResourceId| {
            let path = format!("{}?api-version={}{}", path_of(id.as_str()), detail.api_version, detail.query);
            Call::one(id.as_str().to_owned(), path)
        };
        let calls = self.parents(&detail.kind, gathered).iter().map(call).collect();
        for (call, mut listing) in self.caller.run(calls).await {
            gathered.keep_all(Rank::Detail, &mut listing);
            gathered.cover(ended(&call, &detail.kind, &listing));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_of_the_tenant_has_the_id_of_its_type() {
        let kind = "microsoft.aadiam/diagnosticSettings";
        for given in [
            "providers/microsoft.aadiam/diagnosticSettings/logs",
            "/providers/microsoft.aadiam/providers/microsoft.insights/diagnosticSettings/logs",
            "/providers/microsoft.aadiam/diagnosticSettings/logs",
        ] {
            let body = format!(r#"{{"id":"{given}","type":null,"name":"logs","properties":{{}}}}"#);
            let mut item = Item { id: given.into(), body };
            identify(kind, &mut item);
            assert_eq!(item.id, "/providers/microsoft.aadiam/diagnosticSettings/logs");
            assert!(item.body.contains(&format!(r#""id":"{}""#, item.id)), "{}", item.body);
        }
    }
}
