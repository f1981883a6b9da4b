//! Microsoft Graph v1.0: the directory's objects, singletons and collections.

use serde_json::{Map, Value, json};

use super::body;
use super::http::{Reply, Request};
use super::state::State;

/// Paths below `/v1.0/` and the collections of the world that they show.
const COLLECTIONS: &[(&str, &[&str])] = &[
    ("users", &["users"]),
    ("groups", &["groups"]),
    ("serviceprincipals", &["serviceprincipals"]),
    ("applications", &["applications"]),
    ("domains", &["domains"]),
    ("devices", &["devices"]),
    ("organization", &["organizations"]),
    ("subscribedskus", &["subscribedskus"]),
    ("directoryroles", &["directoryroles"]),
    ("directoryroletemplates", &["directoryroletemplates"]),
    ("groupsettings", &["groupsettings"]),
    ("oauth2permissiongrants", &["oauth2permissiongrants"]),
    ("identity/conditionalaccess/policies", &["conditionalaccesspolicies"]),
    ("identity/conditionalaccess/namedlocations", &["namedlocations"]),
    ("identityprotection/riskyusers", &["riskyusers"]),
    ("policies/authenticationstrengthpolicies", &["authenticationstrengthpolicies"]),
    ("policies/permissiongrantpolicies", &["permissiongrantpolicies"]),
    ("rolemanagement/directory/roleassignments", &["roleassignments", "unifiedroleassignments"]),
    ("rolemanagement/directory/roledefinitions", &["roledefinitions", "unifiedroledefinitions"]),
    ("rolemanagement/directory/roleeligibilityscheduleinstances", &["roleeligibilityscheduleinstances"]),
    ("rolemanagement/directory/roleassignmentscheduleinstances", &["roleassignmentscheduleinstances"]),
    ("reports/authenticationmethods/userregistrationdetails", &["userregistrationdetails"]),
];

/// Objects of which there is one.
const SINGLETONS: &[(&str, &str)] = &[
    ("policies/authorizationpolicy", "authorizationpolicy"),
    ("policies/authenticationmethodspolicy", "authenticationmethodspolicy"),
    ("policies/adminconsentrequestpolicy", "adminconsentrequestpolicy"),
    ("policies/crosstenantaccesspolicy", "crosstenantaccesspolicy"),
    ("policies/crosstenantaccesspolicy/default", "crosstenantaccesspolicyconfigurationdefault"),
    ("policies/identitysecuritydefaultsenforcementpolicy", "identitysecuritydefaultsenforcementpolicy"),
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

/// Answers a GET.
pub fn respond(state: &State, request: &Request) -> Reply {
    let path = request.decoded_path().to_ascii_lowercase();
    let Some(path) = path.strip_prefix("/v1.0/") else {
        return error(400, "BadRequest", "Invalid version.");
    };
    if ["$filter", "$search", "$count"].iter().any(|option| request.parameter(option).is_some()) {
        return error(400, "Request_UnsupportedQuery", "This query option is not known to the test Azure.");
    }
    let objects = |collection: &str| state.world.graph.get(collection).cloned().unwrap_or_default();
    let all = |names: &[&str]| -> Vec<Value> { names.iter().flat_map(|name| objects(name)).collect() };
    if let Some((_, kind)) = SINGLETONS.iter().find(|(known, _)| *known == path) {
        return match objects(kind).first() {
            Some(object) => single(request, kind, object),
            None => not_found(path),
        };
    }
    if let Some((_, names)) = COLLECTIONS.iter().find(|(known, _)| *known == path) {
        return list(state, request, names[0], all(names));
    }
    // An object by its id, or the objects that it refers to (`groups/{id}/members`).
    for (known, names) in COLLECTIONS {
        let Some(rest) = path.strip_prefix(known).and_then(|rest| rest.strip_prefix('/')) else {
            continue;
        };
        let (id, relation) = rest.split_once('/').map_or((rest, None), |(id, relation)| (id, Some(relation)));
        let same =
            |object: &&Value| object["id"].as_str().is_some_and(|found| found.eq_ignore_ascii_case(id));
        let found = all(names);
        let Some(object) = found.iter().find(same) else {
            return not_found(id);
        };
        return match relation {
            None => single(request, names[0], object),
            Some(relation) => {
                let related = object.as_object().into_iter().flatten();
                let related = related.filter(|(key, _)| key.eq_ignore_ascii_case(relation));
                let related = related.flat_map(|(_, value)| value.as_array().cloned().unwrap_or_default());
                list(state, request, "directoryobjects", related.collect())
            }
        };
    }
    error(400, "BadRequest", &format!("Resource not found for the segment '{path}'."))
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
    if wanted.is_empty() && collection == "users" {
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
