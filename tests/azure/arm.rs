//! Azure Resource Manager: resources by id, and lists of every kind.

use serde_json::{Value, json};
use skytjek::inventory::coverage::{CoverageEntry, CoverageState};

use super::body::{error, page};
use super::faults::{authorization_failed, missing_registration};
use super::http::{Reply, Request};
use super::state::State;
use super::{api_version, containers, rows};

/// Types of which a list at a scope returns what is assigned above it, too.
const INHERITED: &[&str] = &[
    "microsoft.authorization/roleassignments",
    "microsoft.authorization/roledefinitions",
    "microsoft.authorization/policyassignments",
];

/// Types of which a list at a scope returns what is at that very scope.
const OWN: &[&str] = &["microsoft.insights/diagnosticsettings", "microsoft.resources/deployments"];

/// Lists of subscriptions under another name than that of the type in the ids.
const ALIASES: &[(&str, &str)] = &[
    ("microsoft.security/jitnetworkaccesspolicies", "Microsoft.Security/locations/jitNetworkAccessPolicies"),
    ("microsoft.security/alerts", "Microsoft.Security/locations/alerts"),
    ("microsoft.security/subassessments", "Microsoft.Security/assessments/subAssessments"),
];

/// Lists of a vault of what lies deeper in it.
const DEEP: &[(&str, &str)] = &[
    (
        "backupprotecteditems",
        "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems",
    ),
    (
        "replicationprotecteditems",
        "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems",
    ),
    (
        "replicationmigrationitems",
        "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationMigrationItems",
    ),
    (
        "replicationprotectioncontainermappings",
        "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectionContainerMappings",
    ),
];

/// Answers a GET.
pub fn respond(state: &State, request: &Request) -> Reply {
    let reply = api_version::refused(request).unwrap_or_else(|| get(state, request));
    let (name, left) = if request.path.to_ascii_lowercase().starts_with("/subscriptions/") {
        ("x-ms-ratelimit-remaining-subscription-reads", "249")
    } else {
        ("x-ms-ratelimit-remaining-tenant-reads", "249")
    };
    reply.with(name, left)
}

fn get(state: &State, request: &Request) -> Reply {
    let world = &state.world;
    let path = request.decoded_path();
    let folded = path.to_ascii_lowercase();
    let segments: Vec<&str> = folded.split('/').filter(|segment| !segment.is_empty()).collect();
    if let ["subscriptions", id, ..] = segments[..]
        && state.subscription(id).is_none()
    {
        return error(404, "SubscriptionNotFound", &format!("The subscription '{id}' could not be found."));
    }
    let list = |items: Vec<Value>| page(request, &items, state.page, "nextLink");
    let groups = |id: &str| containers::groups(world, state.subscription(id).unwrap());
    match segments[..] {
        ["tenants"] => {
            list(vec![json!({"id": format!("/tenants/{}", world.tenant), "tenantId": world.tenant})])
        }
        ["subscriptions"] => list(
            world
                .subscriptions
                .iter()
                .filter_map(|id| state.subscription(id))
                .map(|id| containers::subscription(world, id))
                .collect(),
        ),
        ["subscriptions", id] => {
            Reply::json(200, &containers::subscription(world, state.subscription(id).unwrap()))
        }
        ["subscriptions", id, "resourcegroups"] => list(groups(id).into_values().collect()),
        ["subscriptions", id, "resourcegroups", name] => match groups(id).get(name) {
            Some(group) => Reply::json(200, group),
            None => no_group(name),
        },
        ["subscriptions", _, "resources"] | ["subscriptions", _, "resourcegroups", _, "resources"] => {
            list(resources(state, folded.strip_suffix("resources").unwrap_or_default()))
        }
        ["subscriptions", id, "providers"] => list(providers(state, id)),
        ["providers", "microsoft.management", "managementgroups"] => {
            list(containers::management_groups(world).into_values().collect())
        }
        ["providers", "microsoft.management", "managementgroups", name] => {
            match containers::management_groups(world).get(name) {
                Some(group) => Reply::json(200, group),
                None => no_management_group(name),
            }
        }
        ["providers", "microsoft.management", "managementgroups", name, "descendants"] => {
            if containers::management_groups(world).contains_key(name) {
                list(containers::descendants(world, name))
            } else {
                no_management_group(name)
            }
        }
        _ => match folded.rfind("/providers/") {
            Some(at) => provider(state, request, &path, at),
            None => error(404, "InvalidResource", "No such resource."),
        },
    }
}

/// What lies below a provider: `at` is where the last `/providers/` of `path` begins.
fn provider(state: &State, request: &Request, path: &str, at: usize) -> Reply {
    let rest: Vec<&str> = path[at + "/providers/".len()..].split('/').collect();
    let scope = if at == 0 { "/" } else { &path[..at] };
    let Some(kind) = kind_of(&rest) else {
        return error(404, "InvalidResourceType", "The resource type could not be found.");
    };
    let alias = ALIASES.iter().find(|(name, _)| rest.len() == 2 && kind.eq_ignore_ascii_case(name));
    let kind = alias.map_or(kind, |(_, of)| (*of).to_owned());
    // A list is about what it is asked of, a GET about the resource itself.
    let subject = match rest.len() {
        2 => scope,
        length if length % 2 == 0 => path.rsplit_once('/').map_or(path, |(parent, _)| parent),
        _ => path,
    };
    if let Some(lost) = state.world.lost(subject, &kind) {
        return failed_read(lost, &kind, path);
    }
    if let Some(refused) = api_version::unknown_for(request, &kind) {
        return refused;
    }
    // ARM knows no certificates below a vault.
    if kind.eq_ignore_ascii_case("Microsoft.KeyVault/vaults/certificates") {
        let message = "The resource type could not be found in the namespace 'Microsoft.KeyVault'.";
        return error(404, "InvalidResourceType", message);
    }
    if rest.len() % 2 == 1 {
        return match state.world.get(path) {
            Some(body) => {
                let expand = request.parameter("$expand").unwrap_or_default();
                Reply::json(200, &rows::with_expanded(&body, &expand))
            }
            None => not_found(path),
        };
    }
    if rest.len() == 2 {
        if let Some(missing) = missing_scope(state, scope) {
            return missing;
        }
        let mut found = at_scope(state, scope, &kind);
        if kind.eq_ignore_ascii_case("Microsoft.Insights/diagnosticSettings")
            && !api_version::shows_all_diagnostic_settings(request)
        {
            found.retain(|setting| setting["name"] == "service");
        }
        return page(request, &found, state.page, "nextLink");
    }
    let Some((parent, segment)) = path.rsplit_once('/') else {
        return not_found(path);
    };
    if state.world.get(parent).is_none() {
        let message = "Can not perform requested operation on nested resource. Parent resource not found.";
        return error(404, "ParentResourceNotFound", message);
    }
    let folded = segment.to_ascii_lowercase();
    if let Some((_, deep)) = DEEP.iter().find(|(name, _)| *name == folded) {
        let found: Vec<Value> = state.world.below(parent, deep).into_iter().cloned().collect();
        return page(request, &found, state.page, "nextLink");
    }
    let children: Vec<Value> = state.world.children(parent, segment).iter().map(rows::in_list).collect();
    page(request, &children, state.page, "nextLink")
}

/// The type that the segments after `/providers/` name, of a resource or of a list.
fn kind_of(rest: &[&str]) -> Option<String> {
    let types: Vec<&str> = rest.get(1..)?.iter().step_by(2).copied().collect();
    (!types.is_empty()).then(|| format!("{}/{}", rest[0], types.join("/")))
}

/// All resources of `kind` that a list at `scope` returns.
fn at_scope(state: &State, scope: &str, kind: &str) -> Vec<Value> {
    let world = &state.world;
    let folded = kind.to_ascii_lowercase();
    let own = format!("{}/providers/{folded}/", scope.trim_end_matches('/')).to_ascii_lowercase();
    let mut found: Vec<&Value> = world.below(scope, kind);
    // Some are listed for their scope alone; so is everything at the tenant's.
    if scope == "/" || OWN.contains(&folded.as_str()) {
        found.retain(|body| body["id"].as_str().is_some_and(|id| id.to_ascii_lowercase().starts_with(&own)));
    }
    if INHERITED.contains(&folded.as_str()) && scope != "/" {
        let is_above = |body: &&Value| body["id"].as_str().is_some_and(|id| id.starts_with("/providers/"));
        let mut above = world.below("/", kind);
        above.retain(is_above);
        found.splice(0..0, above);
    }
    found.into_iter().map(rows::in_list).collect()
}

/// 404 when there is no such scope.
fn missing_scope(state: &State, scope: &str) -> Option<Reply> {
    let folded = scope.to_ascii_lowercase();
    let segments: Vec<&str> = folded.split('/').filter(|segment| !segment.is_empty()).collect();
    match segments[..] {
        [] | ["subscriptions", _] => None,
        ["subscriptions", id, "resourcegroups", name] => {
            let groups = containers::groups(&state.world, id);
            (!groups.contains_key(name)).then(|| no_group(name))
        }
        ["providers", "microsoft.management", "managementgroups", name] => {
            let groups = containers::management_groups(&state.world);
            (!groups.contains_key(name)).then(|| no_management_group(name))
        }
        _ => state.world.get(scope).is_none().then(|| not_found(scope)),
    }
}

/// The generic list of tracked resources below `start`, without their properties.
fn resources(state: &State, start: &str) -> Vec<Value> {
    let below = state.world.resources.iter().filter(|(id, _)| id.starts_with(start) && rows::is_tracked(id));
    below
        .map(|(_, body)| {
            let mut slim = body.clone();
            if let Some(fields) = slim.as_object_mut() {
                fields.remove("properties");
            }
            slim
        })
        .collect()
}

/// The providers of a subscription: those of its resources, registered.
fn providers(state: &State, subscription: &str) -> Vec<Value> {
    let start = format!("/subscriptions/{subscription}/");
    let ids = state.world.resources.keys().filter(|id| id.starts_with(&start));
    let names = ids.filter_map(|id| id.split("/providers/").last()?.split('/').next());
    let mut names: Vec<&str> = names.filter(|name| name.contains('.')).collect();
    names.sort_unstable();
    names.dedup();
    let entry = |name: &&str| json!({"id": format!("/subscriptions/{subscription}/providers/{name}"), "namespace": name, "registrationState": "Registered"});
    names.iter().map(entry).collect()
}

/// The failure that the snapshot has on record.
pub fn failed_read(lost: &CoverageEntry, kind: &str, path: &str) -> Reply {
    let action = lost.missing_action.clone().unwrap_or_else(|| format!("{kind}/read"));
    match lost.state {
        CoverageState::Denied => authorization_failed(&action, path),
        CoverageState::NotRegistered => missing_registration(kind.split('/').next().unwrap_or_default()),
        CoverageState::Throttled => {
            error(429, "TooManyRequests", "The request is being throttled.").with("retry-after", "3600")
        }
        _ => error(500, "InternalServerError", "Encountered internal server error."),
    }
}

fn not_found(path: &str) -> Reply {
    let name = path.rsplit('/').next().unwrap_or_default();
    error(
        404,
        "ResourceNotFound",
        &format!(
            "The Resource '{name}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix"
        ),
    )
}

fn no_group(name: &str) -> Reply {
    error(404, "ResourceGroupNotFound", &format!("Resource group '{name}' could not be found."))
}

fn no_management_group(name: &str) -> Reply {
    error(404, "NotFound", &format!("'/providers/Microsoft.Management/managementGroups/{name}' not found."))
}
