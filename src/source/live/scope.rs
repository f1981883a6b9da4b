//! Which subscriptions are read, and which ones there are that can't be.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::LiveError;
use super::calls::{Call, Caller};
use super::select::Selection;
use crate::azure::page::Listing;
use crate::azure::rest::{Rest, path_of};
use crate::inventory::id::ResourceId;

const LIST: &str = "/subscriptions?api-version=2022-12-01";
const GROUPS: &str = "/providers/Microsoft.Management/managementGroups?api-version=2021-04-01";

/// The subscriptions of a scan.
#[derive(Debug, Default)]
pub struct Scope {
    /// Tenant of the first of them.
    pub tenant_id: Option<String>,
    /// GUIDs of those that are read, in order, in lower case.
    pub subscriptions: Vec<String>,
    /// GUIDs or names of those that were asked for or exist, and can't be seen.
    pub unseen: BTreeSet<String>,
    /// The list of subscriptions, with its failure if it has one.
    pub listing: Listing,
    /// Management groups as resources, where they could be listed.
    pub management_groups: Listing,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Subscription {
    display_name: Option<String>,
    tenant_id: Option<String>,
}

#[derive(Deserialize)]
struct Descendant {
    #[serde(rename = "type")]
    kind: String,
    name: String,
}

/// Finds out what is to be read.
pub async fn discover(caller: &Caller<'_>, selection: &Selection) -> Result<Scope, LiveError> {
    let rest = caller.rest;
    let listing = caller.guard(rest.list(LIST)).await.ok_or(LiveError::Interrupted)?;
    if let (true, Some(error)) = (listing.items.is_empty(), &listing.shortfall) {
        return Err(LiveError::Unreachable(error.clone()));
    }
    let mut visible: BTreeMap<String, Subscription> = BTreeMap::new();
    for item in &listing.items {
        // The id says which one it is, whatever else the body says.
        if let Some(guid) = ResourceId::parse(&item.id).as_ref().and_then(ResourceId::subscription) {
            let found = serde_json::from_str::<Subscription>(&item.body).unwrap_or_default();
            visible.insert(guid.to_ascii_lowercase(), found);
        }
    }
    if visible.is_empty() {
        return Err(LiveError::NoSubscriptions);
    }
    let mut scope = Scope { listing, ..Scope::default() };
    if selection.subscriptions.is_empty() && selection.management_groups.is_empty() {
        scope.subscriptions = visible.keys().cloned().collect();
        scope.management_groups = caller.guard(rest.list(GROUPS)).await.ok_or(LiveError::Interrupted)?;
        let known = known_to_groups(caller, &scope.management_groups).await;
        scope.unseen = known.into_iter().filter(|id| !visible.contains_key(id)).collect();
    } else {
        let mut wanted = BTreeSet::new();
        for text in &selection.subscriptions {
            wanted.insert(guid_of(text, &visible));
        }
        for name in &selection.management_groups {
            wanted.extend(descendants(rest, caller, name).await?);
        }
        let (seen, unseen) = wanted.into_iter().partition(|id| visible.contains_key(id));
        let seen: BTreeSet<String> = seen;
        scope.subscriptions = seen.into_iter().collect();
        scope.unseen = unseen;
        if scope.subscriptions.is_empty() {
            return Err(LiveError::NotVisible(scope.unseen.into_iter().collect()));
        }
    }
    let mut tenants = scope.subscriptions.iter().filter_map(|id| visible.get(id));
    scope.tenant_id = tenants.find_map(|found| found.tenant_id.clone());
    Ok(scope)
}

/// The GUID that `text` means: one itself, an id, or the display name of a visible subscription.
fn guid_of(text: &str, visible: &BTreeMap<String, Subscription>) -> String {
    let bare = text.trim_end_matches('/').rsplit('/').next().unwrap_or(text);
    let folded = bare.to_ascii_lowercase();
    if visible.contains_key(&folded) {
        return folded;
    }
    visible
        .iter()
        .find(|(_, found)| found.display_name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(text)))
        .map_or(folded, |(id, _)| id.clone())
}

fn subscriptions_in(listing: &Listing) -> impl Iterator<Item = String> {
    listing
        .items
        .iter()
        .filter_map(|item| serde_json::from_str::<Descendant>(&item.body).ok())
        .filter(|found| found.kind.to_ascii_lowercase().ends_with("/subscriptions"))
        .map(|found| found.name.to_ascii_lowercase())
}

fn descendants_path(group: &str) -> String {
    format!(
        "/providers/Microsoft.Management/managementGroups/{}/descendants?api-version=2020-05-01",
        path_of(group)
    )
}

async fn descendants(rest: &Rest, caller: &Caller<'_>, group: &str) -> Result<Vec<String>, LiveError> {
    let listing = caller.guard(rest.list(&descendants_path(group))).await;
    let listing = listing.ok_or(LiveError::Interrupted)?;
    match listing.shortfall {
        Some(error) => Err(LiveError::ManagementGroup { name: group.to_owned(), error }),
        None => Ok(subscriptions_in(&listing).collect()),
    }
}

/// All subscriptions below the management groups that can be seen; the root's list has all others'.
async fn known_to_groups(caller: &Caller<'_>, groups: &Listing) -> BTreeSet<String> {
    let call = |item: &crate::azure::page::Item| {
        let name = item.id.rsplit('/').next().unwrap_or_default().to_owned();
        Call::list(item.id.clone(), descendants_path(&name))
    };
    let calls: Vec<Call> = groups.items.iter().map(call).collect();
    let answers = caller.run(calls).await;
    answers.iter().flat_map(|(_, listing)| subscriptions_in(listing)).collect()
}
