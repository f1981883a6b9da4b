//! Resource Graph's tables, and the proof that an empty one is empty: Resource Graph leaves out what
//! it may not show, without a word.

use std::collections::{BTreeMap, BTreeSet};

use super::calls::{Call, Caller};
use super::gather::{Gathered, Rank};
use super::plan::TableRead;
use crate::azure::page::Listing;
use crate::azure::resource_graph::{BATCH, rows};
use crate::inventory::coverage::{CoverageEntry, CoverageState};
use crate::inventory::id::ResourceId;
use crate::inventory::reads::{Supply, is_read_whole, supply, table_read};

/// How each (read, subscription) ended.
#[derive(Debug, Default)]
pub struct TableStates(BTreeMap<(String, String), CoverageEntry>);

impl TableStates {
    /// The entry for the rows of `kind` in the subscription.
    pub fn get(&self, kind: &str, subscription: &str) -> Option<&CoverageEntry> {
        let read = match supply(kind) {
            Supply::Table(table) if is_read_whole(table) => table_read(table),
            Supply::Table(_) => kind.to_owned(),
            _ => table_read(crate::inventory::reads::RESOURCES),
        };
        self.0.get(&(read.to_ascii_lowercase(), subscription.to_owned()))
    }
}

/// Reads `tables` in `subscriptions` (GUIDs in lower case).
pub async fn read(
    caller: &Caller<'_>,
    tables: &BTreeSet<TableRead>,
    subscriptions: &[String],
    gathered: &mut Gathered,
) -> TableStates {
    let questions: Vec<(&TableRead, &[String])> = tables
        .iter()
        .flat_map(|table| subscriptions.chunks(BATCH).map(move |batch| (table, batch)))
        .collect();
    let answers = caller
        .run_with(questions, |(read, batch)| rows(caller.rest, read.table, read.kind.as_deref(), batch))
        .await;
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
            let read = table.read();
            let key = (read.to_ascii_lowercase(), subscription.clone());
            let entry = match &listing.shortfall {
                Some(error) => error.entry(&scope, &read, listing.pages > 0),
                None => CoverageEntry::new(scope, read, CoverageState::Complete),
            };
            if listing.shortfall.is_none() && !holding.contains(subscription) {
                empty.push((table, key.clone()));
            }
            states.0.insert(key, entry);
        }
    }
    let proofs: Vec<Proof> = empty.iter().map(|(table, (_, id))| proof(table, id)).collect();
    let verdicts = caller.run(proofs.iter().map(|proof| proof.call.clone()).collect()).await;
    for (((table, key), proof), (_, listing)) in empty.into_iter().zip(proofs).zip(verdicts) {
        if let Some(entry) = proof.refuted(&table.read(), listing) {
            states.0.insert(key, entry);
        }
    }
    for entry in states.0.values() {
        gathered.cover(entry.clone());
    }
    states
}

/// What an answer to a [`Proof`] says of rows that Resource Graph doesn't return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    /// What it lists in the subscription has rows.
    OwnHaveRows,
    /// Where it lists something, even from above, there are rows.
    AnyHasRows,
    /// That the identity may read the provider. No other call lists what the rows show, and without any
    /// is how a subscription looks where the feature is off: more than that can't be claimed.
    Allowed,
}

/// The call that tells an empty subscription from one that Resource Graph hides.
struct Proof {
    call: Call,
    says: Says,
}

impl Proof {
    /// The entry that replaces a complete one, when the answer shows that rows are missing, or nothing.
    fn refuted(&self, read: &str, listing: Listing) -> Option<CoverageEntry> {
        let scope = &self.call.scope;
        let own = format!("{scope}/");
        let is_own = |id: &str| id.to_ascii_lowercase().starts_with(&own);
        let missing = match self.says {
            Says::OwnHaveRows => listing.items.iter().any(|item| is_own(&item.id)),
            Says::AnyHasRows => !listing.items.is_empty(),
            Says::Allowed => false,
        };
        match listing.shortfall {
            Some(error) => Some(error.entry(scope, read, false)),
            None if missing => Some(CoverageEntry {
                code: Some("NotInResourceGraph".into()),
                message: Some("Resource Manager lists what Resource Graph doesn't return".into()),
                ..CoverageEntry::new(scope, read, CoverageState::Partial)
            }),
            None => None,
        }
    }
}

/// How the emptiness of types that are read by themselves is proved: type, list of the subscription, what
/// that says.
const PROOFS: &[(&str, &str, Says)] = &[
    (
        "Microsoft.Security/assessments",
        "Microsoft.Security/assessments?api-version=2021-06-01",
        Says::OwnHaveRows,
    ),
    (
        "Microsoft.Security/assessments/subAssessments",
        "Microsoft.Security/subAssessments?api-version=2019-01-01-preview",
        Says::OwnHaveRows,
    ),
    (
        "Microsoft.Security/locations/alerts",
        "Microsoft.Security/alerts?api-version=2022-01-01",
        Says::OwnHaveRows,
    ),
    // Attack paths are in Resource Graph alone.
    ("Microsoft.Security/attackPaths", "Microsoft.Security/pricings?api-version=2024-01-01", Says::Allowed),
    // A policy that is assigned, even above, has a result for each resource.
    (
        "Microsoft.PolicyInsights/policyStates",
        "Microsoft.Authorization/policyAssignments?api-version=2022-06-01",
        Says::AnyHasRows,
    ),
    (
        "Microsoft.ManagedServices/registrationAssignments",
        "Microsoft.ManagedServices/registrationAssignments?api-version=2022-10-01",
        Says::OwnHaveRows,
    ),
    (
        "Microsoft.ManagedServices/registrationDefinitions",
        "Microsoft.ManagedServices/registrationDefinitions?api-version=2022-10-01",
        Says::OwnHaveRows,
    ),
    (
        "Microsoft.GuestConfiguration/guestConfigurationAssignments",
        "Microsoft.GuestConfiguration/guestConfigurationAssignments?api-version=2022-01-25",
        Says::OwnHaveRows,
    ),
    // Listed for each cluster only.
    (
        "Microsoft.KubernetesConfiguration/extensions",
        "Microsoft.ContainerService/managedClusters?api-version=2024-09-01",
        Says::Allowed,
    ),
    // Machines that were never assessed have none.
    (
        "Microsoft.Compute/virtualMachines/patchAssessmentResults",
        "Microsoft.Compute/virtualMachines?api-version=2024-07-01",
        Says::Allowed,
    ),
];

fn proof(read: &TableRead, subscription: &str) -> Proof {
    let scope = format!("/subscriptions/{subscription}");
    let at = |path: &str| format!("{scope}/{path}");
    let of_kind = read
        .kind
        .as_deref()
        .and_then(|kind| PROOFS.iter().find(|(known, ..)| known.eq_ignore_ascii_case(kind)));
    if let Some((_, list, says)) = of_kind {
        let path = at(&format!("providers/{list}"));
        return Proof { call: Call::first_page(scope, path), says: *says };
    }
    let call = match read.table {
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
    };
    Proof { call, says: Says::OwnHaveRows }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::page::Item;
    use crate::azure::rest_error::{RestError, RestErrorKind};

    #[test]
    fn what_an_answer_proves() {
        let read = |kind: &str| TableRead { table: "x", kind: Some(kind.into()) };
        let answer = |ids: &[&str]| Listing {
            items: ids.iter().map(|id| Item { id: (*id).into(), body: String::new() }).collect(),
            pages: 1,
            shortfall: None,
        };
        let own = "/subscriptions/S/providers/x/y/1";
        let above = "/providers/Microsoft.Management/managementGroups/g/providers/x/y/1";
        for (kind, of_own, of_above) in [
            ("microsoft.security/ASSESSMENTS", true, false),
            ("Microsoft.PolicyInsights/policyStates", true, true),
            ("Microsoft.Security/attackPaths", false, false),
        ] {
            let proof = proof(&read(kind), "s");
            let refuted = |ids: &[&str]| proof.refuted(kind, answer(ids)).map(|entry| entry.state);
            assert_eq!(refuted(&[]), None, "{kind}");
            assert_eq!(refuted(&[own]).is_some(), of_own, "{kind}");
            assert_eq!(refuted(&[above]).is_some(), of_above, "{kind}");
            let denied = RestError::ours(RestErrorKind::Denied, "AuthorizationFailed", "no");
            let denied = proof.refuted(kind, Listing::failed(denied)).map(|entry| entry.state);
            assert_eq!(denied, Some(CoverageState::Denied), "{kind}");
        }
    }

    /// A type that is read by itself is proved by a call of its own, not by that of `resources`.
    #[test]
    fn every_type_of_its_own_has_a_proof() {
        for (kind, list, _) in PROOFS {
            assert!(matches!(supply(kind), Supply::Table(table) if !is_read_whole(table)), "{kind}");
            let path = format!("/subscriptions/s/providers/{list}");
            assert_eq!(
                proof(&TableRead { table: "x", kind: Some((*kind).into()) }, "s").call,
                Call::first_page("/subscriptions/s".into(), path)
            );
        }
        for kind in crate::inventory::reads::types_in_tables() {
            assert!(PROOFS.iter().any(|(known, ..)| *known == kind), "{kind} has no proof");
        }
    }
}
