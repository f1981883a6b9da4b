//! Which call reads a type: the exceptions to "a child is listed under its parent by the last
//! segment of its type", and Microsoft Graph's addresses.

use std::collections::BTreeSet;

use crate::azure::graph::GraphRead;
use crate::inventory::reads::TypeReads;

/// Children that have no list, or whose list says less than one object: type, path below the parent.
const SINGLE_CHILDREN: &[(&str, &str)] = &[
    // The list of `config` needs more than Reader; `web` holds what the site's own body has as nulls.
    ("Microsoft.Web/sites/config", "config/web"),
    ("Microsoft.Web/sites/slots/config", "config/web"),
];

/// Versions that are always used: the newest stable one doesn't exist or lacks the operation.
const FIXED_VERSIONS: &[(&str, &str)] = &[
    // Diagnostic settings have been in preview for good.
    ("Microsoft.Insights/diagnosticSettings", "2021-05-01-preview"),
    ("Microsoft.Security/pricings", "2024-01-01"),
];

/// Versions for types that the property table may not know.
const KNOWN_VERSIONS: &[(&str, &str)] = &[
    ("Microsoft.Authorization/locks", "2020-05-01"),
    ("Microsoft.Security/securityContacts", "2023-12-01-preview"),
    ("Microsoft.Web/sites/config", "2024-04-01"),
    ("Microsoft.Web/sites/slots/config", "2024-04-01"),
    ("Microsoft.KeyVault/vaults/secrets", "2023-07-01"),
    ("Microsoft.KeyVault/vaults/keys", "2023-07-01"),
];

/// Extensions that one list per subscription returns with everything below it.
const LISTED_FOR_WHOLE_SUBSCRIPTIONS: &[&str] = &["Microsoft.Authorization/locks"];

/// Namespaces whose top-level types Resource Graph keeps in other tables than `resources`, with the
/// types that are there all the same. An empty answer for one of the others would prove nothing.
const ELSEWHERE: &[(&str, &[&str])] = &[
    ("Microsoft.Advisor", &[]),
    ("Microsoft.Authorization", &[]),
    ("Microsoft.PolicyInsights", &[]),
    ("Microsoft.ResourceHealth", &[]),
    ("Microsoft.Security", &["automations", "iotSecuritySolutions"]),
];

/// Whether Resource Graph's `resources` enumerates a top-level type.
pub fn is_enumerated(kind: &str) -> bool {
    let Some((namespace, name)) = kind.split_once('/') else {
        return false;
    };
    // `Microsoft.X/locations` is a part of addresses and no resource.
    !name.eq_ignore_ascii_case("locations")
        && !kind.eq_ignore_ascii_case("Microsoft.Insights/logProfiles")
        && ELSEWHERE.iter().all(|(known, there)| {
            !known.eq_ignore_ascii_case(namespace)
                || there.iter().any(|known| known.eq_ignore_ascii_case(name))
        })
}

fn find(table: &[(&str, &'static str)], kind: &str) -> Option<&'static str> {
    table.iter().find(|(known, _)| known.eq_ignore_ascii_case(kind)).map(|(_, value)| *value)
}

/// The api-version to read `kind` with; `given` is the property table's.
pub fn api_version(kind: &str, given: Option<&str>) -> Option<String> {
    find(FIXED_VERSIONS, kind).or(given).or_else(|| find(KNOWN_VERSIONS, kind)).map(str::to_owned)
}

/// Path below the parent, and whether it is one object and no list.
pub fn child_path(kind: &str) -> (String, bool) {
    match find(SINGLE_CHILDREN, kind) {
        Some(path) => (path.to_owned(), true),
        None => (kind.rsplit('/').next().unwrap_or(kind).to_owned(), false),
    }
}

/// Whether one list per subscription returns an extension type of all resources in it.
pub fn is_subscription_wide(kind: &str) -> bool {
    LISTED_FOR_WHOLE_SUBSCRIPTIONS.iter().any(|known| known.eq_ignore_ascii_case(kind))
}

/// How Microsoft Graph hands out a type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum GraphShape {
    /// A collection that returns only some properties unless they are named.
    Selected,
    /// A collection.
    Whole,
    /// One object.
    Single,
}

use GraphShape::{Selected, Single, Whole};

/// Type, path, shape. <https://learn.microsoft.com/graph/api/overview>
const GRAPH: &[(&str, &str, GraphShape)] = &[
    ("users", "users", Selected),
    ("groups", "groups", Selected),
    ("servicePrincipals", "servicePrincipals", Selected),
    ("applications", "applications", Selected),
    ("devices", "devices", Selected),
    ("organization", "organization", Whole),
    ("domains", "domains", Whole),
    ("subscribedSkus", "subscribedSkus", Whole),
    ("directoryRoles", "directoryRoles", Whole),
    ("directoryRoleTemplates", "directoryRoleTemplates", Whole),
    ("groupSettings", "groupSettings", Whole),
    ("oauth2PermissionGrants", "oauth2PermissionGrants", Whole),
    ("roleAssignments", "roleManagement/directory/roleAssignments", Whole),
    ("unifiedRoleAssignments", "roleManagement/directory/roleAssignments", Whole),
    ("roleDefinitions", "roleManagement/directory/roleDefinitions", Whole),
    ("unifiedRoleDefinitions", "roleManagement/directory/roleDefinitions", Whole),
    ("roleEligibilityScheduleInstances", "roleManagement/directory/roleEligibilityScheduleInstances", Whole),
    ("roleAssignmentScheduleInstances", "roleManagement/directory/roleAssignmentScheduleInstances", Whole),
    ("conditionalAccessPolicies", "identity/conditionalAccess/policies", Whole),
    ("namedLocations", "identity/conditionalAccess/namedLocations", Whole),
    ("riskyUsers", "identityProtection/riskyUsers", Whole),
    ("authorizationPolicy", "policies/authorizationPolicy", Single),
    (
        "identitySecurityDefaultsEnforcementPolicy",
        "policies/identitySecurityDefaultsEnforcementPolicy",
        Single,
    ),
    ("authenticationMethodsPolicy", "policies/authenticationMethodsPolicy", Single),
    ("adminConsentRequestPolicy", "policies/adminConsentRequestPolicy", Single),
    ("crossTenantAccessPolicy", "policies/crossTenantAccessPolicy", Single),
    ("crossTenantAccessPolicyConfigurationDefault", "policies/crossTenantAccessPolicy/default", Single),
    ("authenticationStrengthPolicies", "policies/authenticationStrengthPolicies", Whole),
    ("permissionGrantPolicies", "policies/permissionGrantPolicies", Whole),
    ("userRegistrationDetails", "reports/authenticationMethods/userRegistrationDetails", Whole),
];

/// The call that reads a Microsoft Graph type, `None` when none is known.
pub fn graph_read(reads: &TypeReads) -> Option<GraphRead> {
    let wanted = reads.name.split_once('/')?.1;
    let (_, path, shape) = GRAPH.iter().find(|(known, _, _)| known.eq_ignore_ascii_case(wanted))?;
    let query = match shape {
        Selected => selection(reads),
        Whole | Single => String::new(),
    };
    Some(GraphRead {
        kind: reads.name.clone(),
        path: format!("/v1.0/{path}{query}"),
        single: *shape == Single,
    })
}

/// `?$select=…&$top=…` for the properties that rules read.
fn selection(reads: &TypeReads) -> String {
    let names: BTreeSet<&str> = reads
        .paths
        .iter()
        .filter_map(|path| path.strip_prefix("properties."))
        .filter_map(|path| path.split(['.', '[', '{']).next())
        .filter(|name| !name.is_empty() && *name != "id")
        .collect();
    // Sign-in activity comes with a shorter page.
    let top = if names.contains("signInActivity") { 500 } else { 999 };
    let select: Vec<&str> = std::iter::once("id").chain(names).collect();
    format!("?$select={}&$top={top}", select.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn graph_lists_name_the_properties_that_are_read() {
        let mut reads = TypeReads { name: "Microsoft.Graph/users".into(), ..TypeReads::default() };
        reads.paths =
            ["properties.userType", "properties.assignedLicenses[*].skuId", "id"].map(str::to_owned).into();
        let read = graph_read(&reads).unwrap();
        assert_eq!(read.path, "/v1.0/users?$select=id,assignedLicenses,userType&$top=999");
        assert!(!read.single);
        reads.name = "microsoft.graph/AuthorizationPolicy".into();
        assert!(graph_read(&reads).unwrap().single);
        reads.name = "Microsoft.Graph/unheardOf".into();
        assert!(graph_read(&reads).is_none());
    }

    #[test]
    fn types_of_other_tables_are_not_taken_for_rows() {
        for (kind, expected) in [
            ("Microsoft.Storage/storageAccounts", true),
            ("microsoft.security/automations", true),
            ("Microsoft.Security/assessments", false),
            ("Microsoft.Security/locations", false),
            ("Microsoft.Network/locations", false),
            ("Microsoft.Authorization/policyAssignments", false),
        ] {
            assert_eq!(is_enumerated(kind), expected, "{kind}");
        }
    }

    #[test]
    fn versions_come_from_the_exceptions_then_the_table() {
        let version = |kind, given| api_version(kind, given);
        let settings = "microsoft.insights/diagnosticsettings";
        assert_eq!(version(settings, Some("2030-01-01")).as_deref(), Some("2021-05-01-preview"));
        assert_eq!(version("Microsoft.X/y/z", Some("1")).as_deref(), Some("1"));
        assert_eq!(version("Microsoft.X/y/z", None), None);
        assert_eq!(version("Microsoft.Authorization/locks", None).as_deref(), Some("2020-05-01"));
    }
}
