//! Resource Graph's tables, and the proof that an empty one is empty: Resource Graph leaves out what
//! it may not show, without a word.

use std::collections::{BTreeMap, BTreeSet};

use super::calls::{Call, Caller};
use super::gather::{Gathered, Rank};
use crate::azure::resource_graph::{BATCH, rows};
use crate::inventory::coverage::{CoverageEntry, CoverageState};
use crate::inventory::id::ResourceId;
use crate::inventory::reads::table_read;

/// How each (table, subscription) ended.
#[derive(Debug, Default)]
pub struct TableStates(BTreeMap<(String, String), CoverageEntry>);

impl TableStates {
    /// The entry for `table` in the subscription.
    pub fn get(&self, table: &str, subscription: &str) -> Option<&CoverageEntry> {
        self.0.get(&(table.to_owned(), subscription.to_owned()))
    }

    /// Whether all rows of `table` in the subscription are known.
    pub fn is_whole(&self, table: &str, subscription: &str) -> bool {
        self.get(table, subscription).is_some_and(|entry| entry.state.is_whole())
    }
}

/// Reads `tables` in `subscriptions` (GUIDs in lower case).
pub async fn read(
    caller: &Caller<'_>,
    tables: &BTreeSet<String>,
    subscriptions: &[String],
    gathered: &mut Gathered,
) -> TableStates {
    let questions: Vec<(&String, &[String])> = tables
        .iter()
        .flat_map(|table| subscriptions.chunks(BATCH).map(move |batch| (table, batch)))
        .collect();
    let answers = caller.run_with(questions, |(table, batch)| rows(caller.rest, table, batch)).await;
    let mut states = TableStates::default();
    let mut empty = Vec::new();
    for ((table, batch), mut listing) in answers {
        let holding: BTreeSet<String> = listing
            .items
            .iter()
            .filter_map(|item| ResourceId::parse(&item.id))
            .filter_map(|id| id.subscription().map(str::to_ascii_lowercase))
            .collect();
        gathered.keep_all(Rank::Row, &mut listing);
        for subscription in batch {
            let scope = format!("/subscriptions/{subscription}");
            let read = table_read(table);
            let entry = match &listing.shortfall {
                Some(error) => error.entry(&scope, &read, listing.pages > 0),
                None => CoverageEntry::new(scope, read, CoverageState::Complete),
            };
            if listing.shortfall.is_none() && !holding.contains(subscription) {
                empty.push((table.clone(), subscription.clone()));
            }
            states.0.insert((table.clone(), subscription.clone()), entry);
        }
    }
    let checks: Vec<Call> = empty.iter().map(|(table, id)| check(table, id)).collect();
    let verdicts = caller.run(checks).await;
    for ((table, subscription), (call, listing)) in empty.into_iter().zip(verdicts) {
        let read = table_read(&table);
        let own = format!("{}/", call.scope);
        let missing = listing.items.iter().any(|item| item.id.to_ascii_lowercase().starts_with(&own));
        let entry = match listing.shortfall {
            Some(error) => error.entry(&call.scope, &read, false),
            None if missing => CoverageEntry {
                code: Some("NotInResourceGraph".into()),
                message: Some("Resource Manager lists what Resource Graph doesn't return".into()),
                ..CoverageEntry::new(&call.scope, read, CoverageState::Partial)
            },
            None => continue,
        };
        states.0.insert((table, subscription), entry);
    }
    for entry in states.0.values() {
        gathered.cover(entry.clone());
    }
    states
}

/// The call that tells an empty subscription from one that Resource Graph hides.
fn check(table: &str, subscription: &str) -> Call {
    let scope = format!("/subscriptions/{subscription}");
    let at = |path: &str| format!("{scope}/{path}");
    match table {
        "resourcecontainers" => {
            let path = at("resourcegroups?api-version=2021-04-01&$top=1");
            Call::first_page(scope, path)
        }
        // Whole: those that are inherited from above may fill the first page.
        "authorizationresources" => {
            let path = at("providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01");
            Call::list(scope, path)
        }
        _ => {
            let path = at("resources?api-version=2021-04-01&$top=1");
            Call::first_page(scope, path)
        }
    }
}
