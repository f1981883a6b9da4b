//! Key vault items: from the vault itself, else what Resource Manager shows of them.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::gather::{Gathered, Outcome, Rank};
use super::lists::Lists;
use super::plan::VaultList;
use crate::azure::keyvault::VaultReader;
use crate::azure::page::Listing;
use crate::azure::rest::{Rest, path_of};
use crate::azure::rest_error::{RestError, RestErrorKind};
use crate::azure::vault_item::VaultItems;
use crate::inventory::coverage::{CoverageEntry, CoverageState};

const VAULTS: &str = "Microsoft.KeyVault/vaults";

struct Vault {
    id: String,
    subscription: String,
    uri: Option<String>,
}

#[derive(Deserialize)]
struct Body {
    properties: Option<Properties>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Properties {
    vault_uri: Option<String>,
}

fn uri_of(body: &str) -> Option<String> {
    serde_json::from_str::<Body>(body).ok()?.properties?.vault_uri
}

/// Reads the items that `plan` names of all selected vaults into `items`.
pub async fn read(
    lists: &Lists<'_>,
    reader: &VaultReader,
    plan: &[VaultList],
    gathered: &mut Gathered,
    items: &mut Gathered,
) {
    let vaults: Vec<Vault> = lists
        .parents(VAULTS, gathered)
        .into_iter()
        .map(|id| Vault {
            uri: gathered.record(&id).and_then(|record| uri_of(&record.body)),
            subscription: id.subscription().unwrap_or_default().to_ascii_lowercase(),
            id: id.as_str().to_owned(),
        })
        .collect();
    let questions: Vec<(&Vault, &VaultList)> =
        vaults.iter().flat_map(|vault| plan.iter().map(move |list| (vault, list))).collect();
    let rest = lists.caller.rest;
    let answers = lists.caller.run_with(questions, |(vault, list)| items_of(rest, reader, vault, list)).await;
    let mut outcomes: BTreeMap<(VaultItems, String), Vec<Outcome>> = BTreeMap::new();
    for ((vault, list), mut listing) in answers {
        items.keep_all(Rank::Listed, &mut listing);
        let read = list.items.resource_type();
        let entry = match &listing.shortfall {
            Some(error) => error.entry(&vault.id, read, listing.pages > 0),
            None => CoverageEntry::new(&vault.id, read, CoverageState::Complete),
        };
        outcomes
            .entry((list.items, vault.subscription.clone()))
            .or_default()
            .push(Outcome { parent: vault.id.clone(), problem: Some(entry) });
    }
    for list in plan {
        for subscription in lists.subscriptions {
            let key = (list.items, subscription.clone());
            let found = outcomes.remove(&key).unwrap_or_default();
            let read = list.items.resource_type();
            lists.settle(subscription, read, &[VAULTS.to_owned()], &found, gathered);
        }
    }
}

async fn items_of(rest: &Rest, reader: &VaultReader, vault: &Vault, list: &VaultList) -> Listing {
    let own = match &vault.uri {
        Some(uri) => reader.list(&vault.id, uri, list.items, list.needs).await,
        None => Listing::failed(RestError::ours(
            RestErrorKind::Incomplete,
            "NoVaultUri",
            "the vault's body doesn't say where it is",
        )),
    };
    let Some(error) = &own.shortfall else {
        return own;
    };
    // Part of a list is worth more than all of its metadata would be; certificates have none.
    if own.pages > 0 || list.items == VaultItems::Certificates {
        return own;
    }
    let metadata = metadata(rest, vault, list, error).await;
    if metadata.pages > 0 { metadata } else { own }
}

/// The items as Resource Manager shows them. What it doesn't show is said with the vault's `refusal`.
async fn metadata(rest: &Rest, vault: &Vault, list: &VaultList, refusal: &RestError) -> Listing {
    let base = format!("{}/{}", path_of(&vault.id), list.items.segment());
    let version = &list.api_version;
    let mut listing = rest.list(&format!("{base}?api-version={version}")).await;
    if listing.shortfall.is_some() {
        listing.shortfall = Some(refusal.clone());
        return listing;
    }
    if list.items != VaultItems::Keys || !(list.needs.key_facts || list.needs.rotation_policy) {
        return listing;
    }
    for item in &mut listing.items {
        let name = item.id.rsplit('/').next().unwrap_or_default();
        match rest.get(&format!("{base}/{}?api-version={version}", path_of(name))).await {
            Ok(full) => *item = full,
            Err(error) => {
                listing.shortfall.get_or_insert(error);
                continue;
            }
        }
        // A key without a policy and a policy that isn't shown look the same here.
        let shows_rotation = serde_json::from_str::<Value>(&item.body)
            .is_ok_and(|body| body.pointer("/properties/rotationPolicy").is_some());
        if list.needs.rotation_policy && !shows_rotation {
            listing.shortfall.get_or_insert_with(|| refusal.clone());
        }
    }
    listing
}
