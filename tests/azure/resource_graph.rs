//! Resource Graph: rows of its tables, paged as it pages.

use serde_json::{Value, json};
use skytjek::inventory::coverage::{CoverageEntry, CoverageState};
use skytjek::inventory::id::ResourceId;
use skytjek::inventory::reads::table_read;

use super::body::{error, offset, token};
use super::http::{Reply, Request};
use super::query::Query;
use super::state::State;
use super::{api_version, arm, containers, rows};

/// Tables of types that stand in no other.
const TABLES: &[(&str, &[&str])] = &[
    (
        "securityresources",
        &[
            "microsoft.security/assessments",
            "microsoft.security/assessments/subassessments",
            "microsoft.security/locations/alerts",
            "microsoft.security/attackpaths",
        ],
    ),
    (
        "policyresources",
        &["microsoft.policyinsights/policystates", "microsoft.authorization/policyassignments"],
    ),
    (
        "managedservicesresources",
        &[
            "microsoft.managedservices/registrationassignments",
            "microsoft.managedservices/registrationdefinitions",
        ],
    ),
    ("guestconfigurationresources", &["microsoft.guestconfiguration/guestconfigurationassignments"]),
    ("kubernetesconfigurationresources", &["microsoft.kubernetesconfiguration/extensions"]),
    ("patchassessmentresources", &["microsoft.compute/virtualmachines/patchassessmentresults"]),
];

/// Answers `POST /providers/Microsoft.ResourceGraph/resources`.
pub fn respond(state: &State, request: &Request) -> Reply {
    let reply = api_version::refused(request).unwrap_or_else(|| answer(state, request));
    reply
        .with("x-ms-user-quota-remaining", "14")
        .with("x-ms-user-quota-resets-after", "00:00:05")
        .with("x-ms-ratelimit-remaining-tenant-resource-requests", "14")
}

fn answer(state: &State, request: &Request) -> Reply {
    let Some(body) = request.json() else {
        return error(400, "BadRequest", "The body is no JSON.");
    };
    let query = match Query::parse(body["query"].as_str().unwrap_or_default()) {
        Ok(query) => query,
        Err(message) => return invalid_query(&message),
    };
    let mut subscriptions = subscriptions(state, &body);
    let read = table_read(&query.table);
    let lost = |id: &String| state.world.lost(&format!("/subscriptions/{id}"), &read);
    let is_denied = |lost: &CoverageEntry| lost.state == CoverageState::Denied;
    // What may not be read is left out without a word; any other failure is the whole query's.
    subscriptions.retain(|id| !lost(id).is_some_and(is_denied));
    if let Some(lost) = subscriptions.iter().find_map(lost) {
        return arm::failed_read(lost, "Microsoft.ResourceGraph/resources", &request.path);
    }
    if subscriptions.is_empty() {
        return error(
            403,
            "AccessDenied",
            "Access is denied to the requested resource. The user might not have enough permission.",
        );
    }
    let upwards =
        body["options"]["authorizationScopeFilter"].as_str().is_some_and(|filter| filter.contains("Above"));
    let options = body["options"].clone();
    let key = format!("{}{subscriptions:?}{upwards}", body["query"]);
    let mut last = state.last_query.lock().unwrap();
    if last.0 != key {
        let rows = match query.table.as_str() {
            "resources" => resources(state, &subscriptions),
            "resourcecontainers" => resource_containers(state, &subscriptions),
            "authorizationresources" => authorization(state, &subscriptions, upwards),
            known if TABLES.iter().any(|(table, _)| *table == known) => {
                of_types(state, known, &subscriptions)
            }
            other => return invalid_query(&format!("the table {other} is not known here")),
        };
        *last = (key, query.run(rows));
    }
    page(state, &options, &query, &mut last.1)
}

/// The subscriptions of the body that the identity can read, in lower case; all when it names none.
fn subscriptions(state: &State, body: &Value) -> Vec<String> {
    let asked = body["subscriptions"].as_array();
    let wanted = |id: &String| {
        asked.is_none_or(|asked| {
            asked.iter().any(|value| value.as_str().is_some_and(|text| text.eq_ignore_ascii_case(id)))
        })
    };
    let found = state.world.subscriptions.iter().filter(|id| wanted(id)).map(|id| id.to_ascii_lowercase());
    found.filter(|id| !state.hidden.contains(id)).collect()
}

fn within(subscriptions: &[String], id: &str) -> bool {
    let subscription = ResourceId::parse(id).and_then(|id| id.subscription().map(str::to_ascii_lowercase));
    subscription.is_some_and(|found| subscriptions.contains(&found))
}

fn resources(state: &State, subscriptions: &[String]) -> Vec<Value> {
    let tracked =
        state.world.resources.iter().filter(|(id, _)| rows::is_tracked(id) && within(subscriptions, id));
    tracked.map(|(_, body)| rows::in_resource_graph(body, &state.world.tenant)).collect()
}

fn resource_containers(state: &State, subscriptions: &[String]) -> Vec<Value> {
    let world = &state.world;
    let row = |body: &Value| rows::in_resource_graph(body, &world.tenant);
    let mut found: Vec<Value> = containers::management_groups(world).values().map(row).collect();
    for id in subscriptions.iter().filter_map(|id| world.subscription(id)) {
        found.push(containers::subscription_row(world, id));
        found.extend(containers::groups(world, id).values().map(row));
    }
    found
}

fn authorization(state: &State, subscriptions: &[String], upwards: bool) -> Vec<Value> {
    let of_kind = |id: &str| {
        let kind = super::world::type_of(id).unwrap_or_default();
        let is_role = kind == "microsoft.authorization/roledefinitions";
        let is_other = ["roleassignments", "classicadministrators"]
            .iter()
            .any(|other| kind.strip_prefix("microsoft.authorization/") == Some(other));
        let above = !id.starts_with("/subscriptions/");
        (is_role || is_other) && (within(subscriptions, id) || (above && (is_role || upwards)))
    };
    let bodies = state.world.resources.iter().filter(|(id, _)| of_kind(id));
    bodies.map(|(_, body)| rows::in_resource_graph(body, &state.world.tenant)).collect()
}

fn of_types(state: &State, table: &str, subscriptions: &[String]) -> Vec<Value> {
    let (_, kinds) = TABLES.iter().find(|(known, _)| *known == table).unwrap();
    let there = |id: &str| {
        let kind = super::world::type_of(id).unwrap_or_default();
        kinds.contains(&kind.as_str()) && within(subscriptions, id)
    };
    let bodies = state.world.resources.iter().filter(|(id, _)| there(id));
    bodies.map(|(_, body)| rows::in_resource_graph(body, &state.world.tenant)).collect()
}

fn page(state: &State, options: &Value, query: &Query, rows: &mut [Value]) -> Reply {
    // Without an order the rows come differently each time.
    if !query.is_ordered() && !rows.is_empty() {
        rows.rotate_left(1);
    }
    let number = |name: &str| options[name].as_u64().and_then(|number| usize::try_from(number).ok());
    let top = number("$top").unwrap_or(100);
    if !(1..=1000).contains(&top) {
        return error(
            400,
            "BadRequest",
            "Please provide below info when asking for support: the value of $top must be between 1 and 1000.",
        );
    }
    let Some(start) = offset(options["$skipToken"].as_str()) else {
        return error(400, "BadRequest", "The skip token is invalid.");
    };
    let start = (start + number("$skip").unwrap_or(0)).min(rows.len());
    let end = (start + top.min(state.rows)).min(rows.len());
    let more = end < rows.len();
    let mut body = json!({
        "totalRecords": rows.len(),
        "count": end - start,
        "resultTruncated": if more { "true" } else { "false" },
        "facets": [],
        "data": rows[start..end],
    });
    if more && query.keeps_id() {
        body["$skipToken"] = json!(token(end));
    }
    Reply::json(200, &body)
}

fn invalid_query(message: &str) -> Reply {
    let details = json!([{"code": "InvalidQuery", "message": message}]);
    let body = json!({"error": {"code": "BadRequest", "message": "Please provide below info when asking for support.", "details": details}});
    Reply::json(400, &body)
}
