//! What Microsoft Graph holds: the directory's objects and policies, and what belongs to single objects.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::calls::Caller;
use super::gather::{Gathered, Outcome, Rank};
use super::graph_endpoints::{Parents, permission};
use crate::azure::graph::{GraphChildren, GraphRead, children, objects, parent_id};
use crate::azure::page::Listing;
use crate::azure::rest::Rest;
use crate::azure::rest_error::{RestError, RestErrorKind};
use crate::inventory::coverage::{CoverageEntry, CoverageState};
use crate::inventory::id::ResourceId;

const ROOT: &str = "/";
const GROUP: &str = "Microsoft.Graph/group";

/// How the read of `kind` at `scope` ended. A refusal that doesn't say what is missing gets the least
/// permission that would do, unless it is for want of a licence.
fn ended(scope: &str, kind: &str, listing: &Listing) -> CoverageEntry {
    let Some(error) = &listing.shortfall else {
        return CoverageEntry::new(scope, kind, CoverageState::Complete);
    };
    let mut entry = error.entry(scope, kind, listing.pages > 0);
    if error.kind == RestErrorKind::Denied && entry.status == Some(403) && entry.missing_licence().is_none() {
        entry.missing_action = entry.missing_action.or_else(|| permission(kind).map(str::to_owned));
    }
    entry
}

fn is_refused(listing: &Listing) -> bool {
    listing.shortfall.as_ref().is_some_and(|error| error.kind == RestErrorKind::Denied)
}

/// Reads all collections and objects of `reads`.
pub async fn read(caller: &Caller<'_>, rest: &Rest, reads: &[GraphRead], graph: &mut Gathered) {
    let questions: Vec<GraphRead> = reads.to_vec();
    let answers = ask(caller, rest, questions).await;
    let mut again = Vec::new();
    for (read, mut listing) in answers {
        if let Some(part) = &read.part {
            graph.cover(ended(ROOT, part.read, &listing));
            if is_refused(&listing) {
                let path = part.path_without.clone();
                again.push(GraphRead { path, part: None, ..read });
                continue;
            }
        }
        keep(&read, &mut listing, graph);
    }
    for (read, mut listing) in ask(caller, rest, again).await {
        keep(&read, &mut listing, graph);
    }
}

async fn ask(caller: &Caller<'_>, rest: &Rest, reads: Vec<GraphRead>) -> Vec<(GraphRead, Listing)> {
    caller.run_with(reads, |read| async move { objects(rest, &read).await }).await
}

fn keep(read: &GraphRead, listing: &mut Listing, graph: &mut Gathered) {
    graph.keep_all(Rank::Listed, listing);
    graph.cover(ended(ROOT, &read.kind, listing));
}

/// Reads what lies below the objects that `graph` holds by now; `azure` has the role assignments.
pub async fn read_children(
    caller: &Caller<'_>,
    rest: &Rest,
    lists: &[(GraphChildren, Parents)],
    azure: &Gathered,
    graph: &mut Gathered,
) {
    for (list, whose) in lists {
        let of_parents = graph.coverage().at(&ResourceId::tenant(), &list.parent).cloned();
        let (names, barren) = parents(list, *whose, azure, graph);
        let answers = caller.run_with(names, |name| async move { children(rest, list, &name).await }).await;
        let mut outcomes: Vec<Outcome> = barren
            .into_iter()
            .map(|name| Outcome { parent: parent_id(list, &name), problem: None })
            .collect();
        for (name, mut listing) in answers {
            let parent = parent_id(list, &name);
            if listing.pages == 0 && listing.shortfall.as_ref().is_some_and(RestError::is_absence) {
                // It was deleted since.
                listing = Listing::default();
            }
            graph.keep_all(Rank::Listed, &mut listing);
            let entry = ended(&parent, &list.kind, &listing);
            let problem = (!entry.state.is_whole()).then_some(entry);
            outcomes.push(Outcome { parent, problem });
        }
        let mut whole = *whose != Parents::RoleHolders;
        if let Some(entry) = of_parents.filter(|entry| !entry.state.is_whole()) {
            whole = false;
            graph.cover(CoverageEntry { read: list.kind.clone(), ..entry });
        }
        graph.settle(ROOT, &list.kind, whole, &outcomes);
    }
}

#[derive(Deserialize)]
struct Domain {
    properties: DomainProperties,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DomainProperties {
    authentication_type: Option<String>,
}

#[derive(Deserialize)]
struct Assignment {
    properties: AssignmentProperties,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AssignmentProperties {
    principal_id: Option<String>,
    principal_type: Option<String>,
}

/// Names of the objects whose children are read, and of those that are known to have none.
fn parents(
    list: &GraphChildren,
    whose: Parents,
    azure: &Gathered,
    graph: &Gathered,
) -> (Vec<String>, Vec<String>) {
    let names = |kind: &str| -> Vec<String> {
        graph.ids_of(kind).iter().map(|id| id.name().replace("%2F", "/")).collect()
    };
    match whose {
        Parents::All => (names(&list.parent), Vec::new()),
        Parents::Federated => {
            let is_managed = |id: &ResourceId| {
                let body = graph.record(id).map(|record| record.body.as_str()).unwrap_or_default();
                let kind = serde_json::from_str::<Domain>(body).ok();
                kind.and_then(|domain| domain.properties.authentication_type)
                    .is_some_and(|kind| kind.eq_ignore_ascii_case("Managed"))
            };
            let (managed, others): (Vec<_>, Vec<_>) =
                graph.ids_of(&list.parent).into_iter().partition(is_managed);
            let name = |id: ResourceId| id.name().to_owned();
            (others.into_iter().map(name).collect(), managed.into_iter().map(name).collect())
        }
        Parents::RoleHolders => (role_holders(azure, graph), Vec::new()),
    }
}

/// Types that give a principal a role: in Azure, and in the directory.
const AZURE_ROLES: &[&str] = &[
    "Microsoft.Authorization/roleAssignments",
    "Microsoft.Authorization/roleAssignmentScheduleInstances",
    "Microsoft.Authorization/roleEligibilityScheduleInstances",
];
const DIRECTORY_ROLES: &[&str] = &[
    "Microsoft.Graph/unifiedRoleAssignment",
    "Microsoft.Graph/unifiedRoleAssignmentSchedule",
    "Microsoft.Graph/unifiedRoleAssignmentScheduleInstance",
    "Microsoft.Graph/unifiedRoleEligibilitySchedule",
    "Microsoft.Graph/unifiedRoleEligibilityScheduleInstance",
];

/// Ids of the groups that hold a role, in order.
fn role_holders(azure: &Gathered, graph: &Gathered) -> Vec<String> {
    let known: BTreeSet<String> =
        graph.ids_of(GROUP).iter().map(|id| id.name().to_ascii_lowercase()).collect();
    let mut holders = BTreeSet::new();
    for (gathered, kinds) in [(azure, AZURE_ROLES), (graph, DIRECTORY_ROLES)] {
        for id in kinds.iter().flat_map(|kind| gathered.ids_of(kind)) {
            let body = gathered.record(&id).map(|record| record.body.as_str()).unwrap_or_default();
            let Ok(Assignment { properties }) = serde_json::from_str(body) else { continue };
            let Some(principal) = properties.principal_id.map(|id| id.to_ascii_lowercase()) else {
                continue;
            };
            let is_group = properties.principal_type.is_some_and(|kind| kind.eq_ignore_ascii_case("Group"));
            if is_group || known.contains(&principal) {
                holders.insert(principal);
            }
        }
    }
    holders.into_iter().collect()
}
