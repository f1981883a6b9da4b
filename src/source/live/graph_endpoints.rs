//! Which call of Microsoft Graph v1.0 reads a type, and the least application permission for it.
//!
//! Types are those of the property table, as Microsoft Graph names them. Query options are given only where
//! the operation documents them. <https://learn.microsoft.com/graph/api/overview?view=graph-rest-1.0>

use std::collections::BTreeSet;

use crate::azure::graph::{GraphChildren, GraphRead, Part};
use crate::inventory::reads::{TypeReads, covers, part_read};

/// How Microsoft Graph hands out a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// A collection that returns only some properties unless they are named, 999 a page.
    Selected,
    /// A collection.
    Whole,
    /// One object.
    Single,
}

use Shape::{Selected, Single, Whole};

/// Type, path with the query it needs, shape, permission.
type Endpoint = (&'static str, &'static str, Shape, &'static str);

const APPLICATION: &str = "Application.Read.All";
const AUDIT_LOG: &str = "AuditLog.Read.All";
const POLICY: &str = "Policy.Read.All";
const ROLES: &str = "RoleManagement.Read.Directory";
const ROLE_ASSIGNMENTS: &str = "RoleAssignmentSchedule.Read.Directory";
const ROLE_ELIGIBILITY: &str = "RoleEligibilitySchedule.Read.Directory";
const ROLE_POLICIES: &str = "RoleManagementPolicy.Read.Directory";

const ENDPOINTS: &[Endpoint] = &[
    ("user", "users", Selected, "User.Read.All"),
    // Less would do for the list, but leaves properties empty without a word.
    ("group", "groups", Selected, "Group.Read.All"),
    ("servicePrincipal", "servicePrincipals", Selected, APPLICATION),
    ("application", "applications", Selected, APPLICATION),
    ("device", "devices", Selected, "Device.Read.All"),
    ("organization", "organization", Whole, "Organization.Read.All"),
    ("domain", "domains", Whole, "Domain.Read.All"),
    ("subscribedSku", "subscribedSkus", Whole, "Organization.Read.All"),
    ("directoryRole", "directoryRoles", Whole, ROLES),
    ("directoryRoleTemplate", "directoryRoleTemplates", Whole, ROLES),
    ("groupSetting", "groupSettings", Whole, "GroupSettings.Read.All"),
    ("oAuth2PermissionGrant", "oauth2PermissionGrants", Whole, "Directory.Read.All"),
    (
        // Who holds permissions of Microsoft Graph itself.
        "appRoleAssignment",
        "servicePrincipals(appId='00000003-0000-0000-c000-000000000000')/appRoleAssignedTo",
        Whole,
        APPLICATION,
    ),
    ("administrativeUnit", "directory/administrativeUnits", Whole, "AdministrativeUnit.Read.All"),
    (
        "onPremisesDirectorySynchronization",
        "directory/onPremisesSynchronization",
        Whole,
        "OnPremDirectorySynchronization.Read.All",
    ),
    ("unifiedRoleAssignment", "roleManagement/directory/roleAssignments", Whole, ROLES),
    ("unifiedRoleDefinition", "roleManagement/directory/roleDefinitions", Whole, ROLES),
    (
        "unifiedRoleAssignmentSchedule",
        "roleManagement/directory/roleAssignmentSchedules",
        Whole,
        ROLE_ASSIGNMENTS,
    ),
    (
        "unifiedRoleAssignmentScheduleInstance",
        "roleManagement/directory/roleAssignmentScheduleInstances",
        Whole,
        ROLE_ASSIGNMENTS,
    ),
    (
        "unifiedRoleEligibilitySchedule",
        "roleManagement/directory/roleEligibilitySchedules",
        Whole,
        ROLE_ELIGIBILITY,
    ),
    (
        "unifiedRoleEligibilityScheduleInstance",
        "roleManagement/directory/roleEligibilityScheduleInstances",
        Whole,
        ROLE_ELIGIBILITY,
    ),
    // Both need the filter.
    (
        "unifiedRoleManagementPolicy",
        "policies/roleManagementPolicies?$filter=scopeId eq '/' and scopeType eq 'DirectoryRole'&$expand=rules",
        Whole,
        ROLE_POLICIES,
    ),
    (
        "unifiedRoleManagementPolicyAssignment",
        "policies/roleManagementPolicyAssignments?$filter=scopeId eq '/' and scopeType eq 'DirectoryRole'&$expand=policy($expand=rules)",
        Whole,
        ROLE_POLICIES,
    ),
    ("conditionalAccessPolicy", "identity/conditionalAccess/policies", Whole, POLICY),
    ("namedLocation", "identity/conditionalAccess/namedLocations", Whole, POLICY),
    ("ipNamedLocation", "identity/conditionalAccess/namedLocations", Whole, POLICY),
    ("countryNamedLocation", "identity/conditionalAccess/namedLocations", Whole, POLICY),
    // Its pages are short and one call a second is allowed.
    ("riskyUser", "identityProtection/riskyUsers?$top=500", Whole, "IdentityRiskyUser.Read.All"),
    ("userRegistrationDetails", "reports/authenticationMethods/userRegistrationDetails", Whole, AUDIT_LOG),
    ("servicePrincipalSignInActivity", "reports/servicePrincipalSignInActivities", Whole, AUDIT_LOG),
    (
        "accessReviewScheduleDefinition",
        "identityGovernance/accessReviews/definitions",
        Whole,
        "AccessReview.Read.All",
    ),
    ("authorizationPolicy", "policies/authorizationPolicy", Single, POLICY),
    (
        "identitySecurityDefaultsEnforcementPolicy",
        "policies/identitySecurityDefaultsEnforcementPolicy",
        Single,
        POLICY,
    ),
    (
        "authenticationMethodsPolicy",
        "policies/authenticationMethodsPolicy",
        Single,
        "Policy.Read.AuthenticationMethod",
    ),
    ("authenticationStrengthPolicy", "policies/authenticationStrengthPolicies", Whole, POLICY),
    ("adminConsentRequestPolicy", "policies/adminConsentRequestPolicy", Single, POLICY),
    ("crossTenantAccessPolicy", "policies/crossTenantAccessPolicy", Single, POLICY),
    (
        "crossTenantAccessPolicyConfigurationDefault",
        "policies/crossTenantAccessPolicy/default",
        Single,
        POLICY,
    ),
    (
        "crossTenantAccessPolicyConfigurationPartner",
        "policies/crossTenantAccessPolicy/partners",
        Whole,
        POLICY,
    ),
    ("permissionGrantPolicy", "policies/permissionGrantPolicies", Whole, "Policy.Read.PermissionGrant"),
    ("homeRealmDiscoveryPolicy", "policies/homeRealmDiscoveryPolicies", Whole, POLICY),
    ("tokenLifetimePolicy", "policies/tokenLifetimePolicies", Whole, POLICY),
    ("activityBasedTimeoutPolicy", "policies/activityBasedTimeoutPolicies", Whole, POLICY),
    ("appManagementPolicy", "policies/appManagementPolicies", Whole, POLICY),
    ("tenantAppManagementPolicy", "policies/defaultAppManagementPolicy", Single, POLICY),
    (
        "deviceRegistrationPolicy",
        "policies/deviceRegistrationPolicy",
        Single,
        "Policy.Read.DeviceConfiguration",
    ),
];

/// Objects that another property than `id` names: type, property.
const KEYS: &[(&str, &str)] = &[("crossTenantAccessPolicyConfigurationPartner", "tenantId")];

/// Types that share a collection with others: type, `@odata.type`.
const ONLY: &[(&str, &str)] = &[
    ("ipNamedLocation", "#microsoft.graph.ipNamedLocation"),
    ("countryNamedLocation", "#microsoft.graph.countryNamedLocation"),
];

/// Types, and parts of them, that only a tenant with a licence can read.
/// <https://learn.microsoft.com/entra/id-governance/licensing-fundamentals>,
/// <https://learn.microsoft.com/entra/identity/monitoring-health/reference-reports-data-retention>
const LICENCES: &[(&str, &str)] = &[
    ("user/signInActivity", "Microsoft Entra ID P1"),
    ("userRegistrationDetails", "Microsoft Entra ID P1"),
    ("servicePrincipalSignInActivity", "Microsoft Entra ID P1"),
    ("riskyUser", "Microsoft Entra ID P2"),
    ("accessReviewScheduleDefinition", "Microsoft Entra ID P2"),
    ("unifiedRoleAssignmentSchedule", "Microsoft Entra ID P2"),
    ("unifiedRoleAssignmentScheduleInstance", "Microsoft Entra ID P2"),
    ("unifiedRoleEligibilitySchedule", "Microsoft Entra ID P2"),
    ("unifiedRoleEligibilityScheduleInstance", "Microsoft Entra ID P2"),
    ("unifiedRoleManagementPolicy", "Microsoft Entra ID P2"),
    ("unifiedRoleManagementPolicyAssignment", "Microsoft Entra ID P2"),
];

/// Of which objects children are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parents {
    /// Of all.
    All,
    /// Of domains that another identity provider signs in for: the others have none.
    Federated,
    /// Of groups that hold a role in Azure or in the directory, as far as role assignments were read: a
    /// tenant has thousands of groups, and only these give somebody rights.
    RoleHolders,
}

/// Type, path below the parent, shape, whose, permission.
type Child = (&'static str, &'static str, Shape, Parents, &'static str);

const CHILDREN: &[Child] = &[
    (
        "domain/federationConfiguration",
        "federationConfiguration",
        Whole,
        Parents::Federated,
        "Domain.Read.All",
    ),
    ("application/owners", "owners", Selected, Parents::All, APPLICATION),
    ("servicePrincipal/owners", "owners", Selected, Parents::All, APPLICATION),
    (
        "application/federatedIdentityCredentials",
        "federatedIdentityCredentials",
        Whole,
        Parents::All,
        APPLICATION,
    ),
    ("group/members", "transitiveMembers", Selected, Parents::RoleHolders, "GroupMember.Read.All"),
];

/// The name of a type within Microsoft Graph.
fn own_name(kind: &str) -> &str {
    kind.split_once('/').map_or("", |(_, name)| name)
}

fn endpoint(kind: &str) -> Option<&'static Endpoint> {
    ENDPOINTS.iter().find(|(known, ..)| known.eq_ignore_ascii_case(own_name(kind)))
}

fn child(kind: &str) -> Option<&'static Child> {
    CHILDREN.iter().find(|(known, ..)| known.eq_ignore_ascii_case(own_name(kind)))
}

fn find(table: &[(&str, &'static str)], kind: &str) -> Option<&'static str> {
    table.iter().find(|(known, _)| known.eq_ignore_ascii_case(own_name(kind))).map(|(_, value)| *value)
}

/// The least application permission that reads a type, or a part of one (`Microsoft.Graph/user/signInActivity`).
pub fn permission(kind: &str) -> Option<&'static str> {
    if own_name(kind).eq_ignore_ascii_case("user/signInActivity") {
        return Some(AUDIT_LOG);
    }
    endpoint(kind).map(|(.., permission)| *permission).or_else(|| child(kind).map(|(.., needed)| *needed))
}

/// The licence without which a type can't be read.
pub fn licence(kind: &str) -> Option<&'static str> {
    find(LICENCES, kind)
}

/// The version of Microsoft Graph that has a path.
fn version(path: &str) -> &'static str {
    // When a service principal last signed in is told by beta only.
    if path == "reports/servicePrincipalSignInActivities" { "beta" } else { "v1.0" }
}

/// The address of a type in words: `/v1.0/users`, `/v1.0/applications/{id}/owners`.
pub fn address(kind: &str) -> Option<String> {
    let plain = |path: &str| path.split('?').next().unwrap_or_default().to_owned();
    if let Some((_, path, ..)) = endpoint(kind) {
        return Some(format!("/{}/{}", version(path), plain(path)));
    }
    let (_, path, ..) = child(kind)?;
    let (_, collection, ..) = endpoint(kind.rsplit_once('/')?.0)?;
    Some(format!("/v1.0/{}/{{id}}/{path}", plain(collection)))
}

/// The call that reads a type, `None` when none is known.
pub fn graph_read(reads: &TypeReads) -> Option<GraphRead> {
    let (_, path, shape, _) = endpoint(&reads.name)?;
    let of = |names: &BTreeSet<&str>| match shape {
        Selected => format!("/v1.0/{path}{}", selection(names)),
        Whole | Single => format!("/{}/{path}", version(path)),
    };
    let names = properties(reads);
    let mut read = GraphRead::list(&reads.name, &of(&names));
    read.single = *shape == Single;
    read.key = find(KEYS, &reads.name).unwrap_or("id");
    read.only = find(ONLY, &reads.name);
    if *shape == Selected {
        let part_of = |name: &&str| part_read(&reads.name, &format!("properties.{name}"));
        read.part = names.iter().find_map(part_of).map(|part| Part {
            read: part,
            path_without: of(&names.iter().filter(|name| part_of(name).is_none()).copied().collect()),
        });
    }
    Some(read)
}

/// The calls that read the children of Microsoft Graph objects, and of which.
pub fn graph_children(reads: &TypeReads) -> Option<(GraphChildren, Parents)> {
    let (_, path, shape, whose, _) = child(&reads.name)?;
    let (parent, _) = reads.name.rsplit_once('/')?;
    let (name, ..) = endpoint(parent)?;
    let path = match shape {
        Selected => format!("{path}{}", selection(&properties(reads))),
        Whole | Single => (*path).to_owned(),
    };
    let list = GraphChildren {
        kind: reads.name.clone(),
        parent: format!("Microsoft.Graph/{name}"),
        collection: collection(parent)?,
        path,
    };
    Some((list, *whose))
}

/// Where objects of a type are addressed.
fn collection(kind: &str) -> Option<&'static str> {
    const COLLECTIONS: &[(&str, &str)] = &[
        ("domain", "/v1.0/domains"),
        ("application", "/v1.0/applications"),
        ("servicePrincipal", "/v1.0/servicePrincipals"),
        ("group", "/v1.0/groups"),
    ];
    find(COLLECTIONS, kind)
}

/// The properties, by their first names, that rules read.
fn properties(reads: &TypeReads) -> BTreeSet<&str> {
    reads
        .paths
        .iter()
        .filter(|path| covers("properties", path))
        .filter_map(|path| path.get("properties.".len()..))
        .filter_map(|path| path.split(['.', '[', '{']).next())
        .filter(|name| !name.is_empty() && *name != "id")
        .collect()
}

/// `?$select=…&$top=…`.
fn selection(names: &BTreeSet<&str>) -> String {
    // Sign-in activity comes with a shorter page.
    let top = if names.contains("signInActivity") { 500 } else { 999 };
    let select: Vec<&str> = std::iter::once("id").chain(names.iter().copied()).collect();
    format!("?$select={}&$top={top}", select.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(kind: &str, paths: &[&str]) -> TypeReads {
        let paths = paths.iter().map(|path| (*path).to_owned()).collect();
        TypeReads { name: format!("Microsoft.Graph/{kind}"), paths, ..TypeReads::default() }
    }

    #[test]
    fn graph_lists_name_the_properties_that_are_read() {
        let user = wanted("user", &["properties.userType", "properties.assignedLicenses[*].skuId", "id"]);
        let read = graph_read(&user).unwrap();
        assert_eq!(read.path, "/v1.0/users?$select=id,assignedLicenses,userType&$top=999");
        assert!(!read.single && read.part.is_none());
        assert!(graph_read(&wanted("AuthorizationPolicy", &[])).unwrap().single);
        assert!(graph_read(&wanted("unheardOf", &[])).is_none());
        let activity = graph_read(&wanted("servicePrincipalSignInActivity", &[])).unwrap();
        assert_eq!(activity.path, "/beta/reports/servicePrincipalSignInActivities");
    }

    #[test]
    fn sign_in_activity_can_be_left_out() {
        let user = wanted("user", &["properties.userType", "properties.signInActivity.lastSignInDateTime"]);
        let read = graph_read(&user).unwrap();
        assert_eq!(read.path, "/v1.0/users?$select=id,signInActivity,userType&$top=500");
        let part = read.part.unwrap();
        assert_eq!(part.path_without, "/v1.0/users?$select=id,userType&$top=999");
        assert_eq!(permission(part.read), Some("AuditLog.Read.All"));
        assert_eq!(licence(part.read), Some("Microsoft Entra ID P1"));
    }

    #[test]
    fn children_are_read_below_their_parents() {
        let members = wanted("group/members", &[]);
        let (list, whose) = graph_children(&members).unwrap();
        assert_eq!(list.collection, "/v1.0/groups");
        assert_eq!(list.path, "transitiveMembers?$select=id&$top=999");
        assert_eq!((list.parent.as_str(), whose), ("Microsoft.Graph/group", Parents::RoleHolders));
        assert_eq!(address(&members.name).as_deref(), Some("/v1.0/groups/{id}/transitiveMembers"));
        assert!(graph_children(&wanted("group/unheardOf", &[])).is_none());
    }

    #[test]
    fn every_type_is_one_that_rules_can_read() {
        let table = crate::rule::pack::full_table().unwrap();
        for (kind, ..) in ENDPOINTS {
            assert!(table.resource_type(&format!("Microsoft.Graph/{kind}")).is_some(), "{kind}");
        }
    }

    #[test]
    fn every_child_has_a_known_parent() {
        for (kind, ..) in CHILDREN {
            assert!(graph_children(&wanted(kind, &[])).is_some(), "{kind}");
            assert!(address(&format!("Microsoft.Graph/{kind}")).is_some(), "{kind}");
        }
    }
}
