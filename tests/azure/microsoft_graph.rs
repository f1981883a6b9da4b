//! Microsoft Graph v1.0: the directory's objects, singletons and collections.

use serde_json::{Map, Value, json};

use super::body;
use super::http::{Reply, Request};
use super::state::State;

/// Paths below `/v1.0/`, the type of the objects there, and the query options that are taken.
const COLLECTIONS: &[(&str, &str, &[&str])] = &[
    ("reports/serviceprincipalsigninactivities", "serviceprincipalsigninactivity", NONE),
    ("users", "user", SELECTED),
    ("groups", "group", SELECTED),
    ("serviceprincipals", "serviceprincipal", SELECTED),
    ("applications", "application", SELECTED),
    ("devices", "device", SELECTED),
    ("domains", "domain", NONE),
    ("organization", "organization", NONE),
    ("subscribedskus", "subscribedsku", NONE),
    ("directoryroles", "directoryrole", NONE),
    ("directoryroletemplates", "directoryroletemplate", NONE),
    ("groupsettings", "groupsetting", NONE),
    ("oauth2permissiongrants", "oauth2permissiongrant", NONE),
    (
        "serviceprincipals(appid='00000003-0000-0000-c000-000000000000')/approleassignedto",
        "approleassignment",
        NONE,
    ),
    ("directory/administrativeunits", "administrativeunit", NONE),
    ("directory/onpremisessynchronization", "onpremisesdirectorysynchronization", NONE),
    ("identity/conditionalaccess/policies", "conditionalaccesspolicy", NONE),
    ("identity/conditionalaccess/namedlocations", "namedlocation", NONE),
    ("identityprotection/riskyusers", "riskyuser", &["$top"]),
    ("identitygovernance/accessreviews/definitions", "accessreviewscheduledefinition", NONE),
    ("policies/authenticationstrengthpolicies", "authenticationstrengthpolicy", NONE),
    ("policies/permissiongrantpolicies", "permissiongrantpolicy", NONE),
    ("policies/homerealmdiscoverypolicies", "homerealmdiscoverypolicy", NONE),
    ("policies/tokenlifetimepolicies", "tokenlifetimepolicy", NONE),
    ("policies/activitybasedtimeoutpolicies", "activitybasedtimeoutpolicy", NONE),
    ("policies/appmanagementpolicies", "appmanagementpolicy", NONE),
    ("policies/crosstenantaccesspolicy/partners", "crosstenantaccesspolicyconfigurationpartner", NONE),
    ("policies/rolemanagementpolicies", "unifiedrolemanagementpolicy", FILTERED),
    ("policies/rolemanagementpolicyassignments", "unifiedrolemanagementpolicyassignment", FILTERED),
    ("rolemanagement/directory/roleassignments", "unifiedroleassignment", NONE),
    ("rolemanagement/directory/roledefinitions", "unifiedroledefinition", NONE),
    ("rolemanagement/directory/roleassignmentschedules", "unifiedroleassignmentschedule", NONE),
    (
        "rolemanagement/directory/roleassignmentscheduleinstances",
        "unifiedroleassignmentscheduleinstance",
        NONE,
    ),
    ("rolemanagement/directory/roleeligibilityschedules", "unifiedroleeligibilityschedule", NONE),
    (
        "rolemanagement/directory/roleeligibilityscheduleinstances",
        "unifiedroleeligibilityscheduleinstance",
        NONE,
    ),
    ("reports/authenticationmethods/userregistrationdetails", "userregistrationdetails", NONE),
];

const NONE: &[&str] = &[];
const SELECTED: &[&str] = &["$select", "$top"];
const FILTERED: &[&str] = &["$filter", "$expand"];
/// What these can be asked for; without it they answer 400.
const DIRECTORY_ROLES: &str = "scopeId eq '/' and scopeType eq 'DirectoryRole'";

/// Objects of which there is one.
const SINGLETONS: &[(&str, &str)] = &[
    ("policies/authorizationpolicy", "authorizationpolicy"),
    ("policies/authenticationmethodspolicy", "authenticationmethodspolicy"),
    ("policies/adminconsentrequestpolicy", "adminconsentrequestpolicy"),
    ("policies/crosstenantaccesspolicy", "crosstenantaccesspolicy"),
    ("policies/crosstenantaccesspolicy/default", "crosstenantaccesspolicyconfigurationdefault"),
    ("policies/defaultappmanagementpolicy", "tenantappmanagementpolicy"),
    ("policies/deviceregistrationpolicy", "deviceregistrationpolicy"),
    ("policies/identitysecuritydefaultsenforcementpolicy", "identitysecuritydefaultsenforcementpolicy"),
];

/// Relations of objects: the type they belong to, the path, the name under which the world has them.
const RELATIONS: &[(&str, &str, &str)] = &[
    ("domain", "federationconfiguration", "federationconfiguration"),
    ("application", "owners", "owners"),
    ("application", "federatedidentitycredentials", "federatedidentitycredentials"),
    ("serviceprincipal", "owners", "owners"),
    ("group", "transitivemembers", "members"),
];

/// What Graph returns of a user unless `$select` asks for more.
const USER: &[&str] = &[
    "businessPhones",
    "displayName",
    "givenName",
    "id",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
];

/// Collections that v1.0 doesn't have.
const BETA: &[&str] = &["reports/serviceprincipalsigninactivities"];

/// Answers a GET.
pub fn respond(state: &State, request: &Request) -> Reply {
    let path = request.decoded_path().to_ascii_lowercase();
    // What only beta has is asked of beta.
    let beta = path.strip_prefix("/beta/").filter(|path| BETA.contains(path));
    let Some(path) = path.strip_prefix("/v1.0/").filter(|path| !BETA.contains(path)).or(beta) else {
        return error(400, "BadRequest", "Invalid version.");
    };
    let objects = |kind: &str| state.world.graph.get(kind).cloned().unwrap_or_default();
    if let Some((_, kind)) = SINGLETONS.iter().find(|(known, _)| *known == path) {
        return match (unsupported(request, NONE), objects(kind).first()) {
            (Some(refused), _) => refused,
            (None, Some(object)) => single(request, kind, object),
            (None, None) => not_found(path),
        };
    }
    if let Some((_, kind, options)) = COLLECTIONS.iter().find(|(known, ..)| *known == path) {
        let filter = request.parameter("$filter");
        if let Some(refused) = unsupported(request, options) {
            return refused;
        }
        if options.contains(&"$filter") && filter.as_deref() != Some(DIRECTORY_ROLES) {
            return error(400, "MissingFilter", "The request must be filtered by scopeId and scopeType.");
        }
        return list(state, request, kind, objects(kind));
    }
    // An object by its id, or the objects that belong to it (`groups/{id}/transitiveMembers`).
    for (known, kind, _) in COLLECTIONS {
        let Some(rest) = path.strip_prefix(known).and_then(|rest| rest.strip_prefix('/')) else {
            continue;
        };
        let (id, relation) = rest.split_once('/').map_or((rest, None), |(id, relation)| (id, Some(relation)));
        let same =
            |object: &&Value| object["id"].as_str().is_some_and(|found| found.eq_ignore_ascii_case(id));
        let found = objects(kind);
        let Some(object) = found.iter().find(same) else {
            return not_found(id);
        };
        let Some(relation) = relation else {
            return single(request, kind, object);
        };
        let at = RELATIONS.iter().find(|(of, path, _)| of == kind && *path == relation);
        let Some((_, _, name)) = at else {
            return error(400, "BadRequest", &format!("Resource not found for the segment '{relation}'."));
        };
        let related = state.world.relations.get(&format!("{kind}/{id}/{name}"));
        return list(state, request, "directoryobjects", related.cloned().unwrap_or_default());
    }
    error(400, "BadRequest", &format!("Resource not found for the segment '{path}'."))
}

/// The refusal of a query option that the operation doesn't take.
fn unsupported(request: &Request, taken: &[&str]) -> Option<Reply> {
    let options = ["$select", "$top", "$filter", "$expand", "$search", "$count", "$orderby"];
    let refused =
        options.into_iter().find(|option| request.parameter(option).is_some() && !taken.contains(option));
    refused.map(|option| error(400, "Request_UnsupportedQuery", &format!("'{option}' is not supported.")))
}

fn list(state: &State, request: &Request, collection: &str, objects: Vec<Value>) -> Reply {
    let top = match request.parameter("$top").map(|text| text.parse::<usize>()) {
        None => state.page,
        Some(Ok(top @ 1..=999)) => top.min(state.page),
        Some(_) => {
            return error(
                400,
                "Request_BadRequest",
                "Invalid page size specified. Must be between 1 and 999 inclusive.",
            );
        }
    };
    let objects: Vec<Value> = objects.iter().map(|object| select(request, collection, object)).collect();
    let mut reply = body::page(request, &objects, top, "@odata.nextLink");
    if let Ok(mut content) = serde_json::from_slice::<Value>(&reply.body)
        && reply.status == 200
    {
        content["@odata.context"] = json!(format!("https://graph.microsoft.com/v1.0/$metadata#{collection}"));
        reply.body = serde_json::to_vec(&content).unwrap();
    }
    reply
}

fn single(request: &Request, collection: &str, object: &Value) -> Reply {
    let mut content = select(request, collection, object);
    content["@odata.context"] =
        json!(format!("https://graph.microsoft.com/v1.0/$metadata#{collection}/$entity"));
    Reply::json(200, &content)
}

/// The properties that `$select` (and `$expand`) ask for; a user's default ones without it.
fn select(request: &Request, collection: &str, object: &Value) -> Value {
    let names = |parameter: &str| -> Vec<String> {
        let text = request.parameter(parameter).unwrap_or_default();
        let name = |part: &str| part.split('(').next().unwrap_or_default().trim().to_owned();
        text.split(',').map(name).filter(|name| !name.is_empty()).collect()
    };
    let (mut wanted, expanded) = (names("$select"), names("$expand"));
    if wanted.is_empty() && collection == "user" {
        wanted = USER.iter().map(|&name| name.to_owned()).collect();
    }
    if wanted.is_empty() {
        return object.clone();
    }
    wanted.extend(expanded);
    let fields = object.as_object().into_iter().flatten();
    let fields =
        fields.filter(|(key, _)| *key == "id" || wanted.iter().any(|name| name.eq_ignore_ascii_case(key)));
    Value::Object(fields.map(|(key, value)| (key.clone(), value.clone())).collect::<Map<_, _>>())
}

fn not_found(id: &str) -> Reply {
    let message = format!(
        "Resource '{id}' does not exist or one of its queried reference-property objects are not present."
    );
    error(404, "Request_ResourceNotFound", &message)
}

/// Microsoft Graph's error body.
pub fn error(status: u16, code: &str, message: &str) -> Reply {
    let inner = json!({"date": "2026-11-24T03:00:00", "request-id": "5e1f", "client-request-id": "5e1f"});
    Reply::json(status, &json!({"error": {"code": code, "message": message, "innerError": inner}}))
}
