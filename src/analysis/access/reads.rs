//! What is to be read to know who may do what.

use super::assignment::{ACTIVE, ELIGIBLE, ROLE_ASSIGNMENT};
use super::deny::DENY;
use super::directory::{GROUP, MEMBER, SERVICE_PRINCIPAL, USER};
use super::hierarchy::{MANAGEMENT_GROUP, SUBSCRIPTION};
use super::identity::{CARRIERS, USER_ASSIGNED};
use super::role::ROLE_DEFINITION;
use super::vault::VAULT;
use crate::inventory::reads::Reads;

const PATHS: &[(&str, &[&str])] = &[
    (
        ROLE_ASSIGNMENT,
        &[
            "properties.principalId",
            "properties.principalType",
            "properties.roleDefinitionId",
            "properties.scope",
            "properties.condition",
        ],
    ),
    (
        ACTIVE,
        &[
            "properties.principalId",
            "properties.principalType",
            "properties.roleDefinitionId",
            "properties.scope",
            "properties.condition",
            "properties.assignmentType",
            "properties.endDateTime",
            "properties.originRoleAssignmentId",
        ],
    ),
    (
        ELIGIBLE,
        &[
            "properties.principalId",
            "properties.principalType",
            "properties.roleDefinitionId",
            "properties.scope",
            "properties.condition",
            "properties.endDateTime",
        ],
    ),
    (
        ROLE_DEFINITION,
        &[
            "properties.roleName",
            "properties.type",
            "properties.permissions[*].actions[*]",
            "properties.permissions[*].notActions[*]",
            "properties.permissions[*].dataActions[*]",
            "properties.permissions[*].notDataActions[*]",
            "properties.permissions[*].condition",
        ],
    ),
    (
        DENY,
        &[
            "properties.scope",
            "properties.condition",
            "properties.doNotApplyToChildScopes",
            "properties.denyAssignmentEffect",
            "properties.principals[*].id",
            "properties.excludePrincipals[*].id",
            "properties.permissions[*].actions[*]",
            "properties.permissions[*].notActions[*]",
            "properties.permissions[*].dataActions[*]",
            "properties.permissions[*].notDataActions[*]",
        ],
    ),
    (SUBSCRIPTION, &["properties.managementGroupAncestorsChain[*].name"]),
    (MANAGEMENT_GROUP, &["properties.details.parent.id"]),
    (
        USER,
        &[
            "properties.id",
            "properties.displayName",
            "properties.userPrincipalName",
            "properties.userType",
            "properties.accountEnabled",
        ],
    ),
    (GROUP, &["properties.id", "properties.displayName"]),
    (
        SERVICE_PRINCIPAL,
        &[
            "properties.id",
            "properties.displayName",
            "properties.appId",
            "properties.accountEnabled",
            "properties.servicePrincipalType",
        ],
    ),
    (
        MEMBER,
        &[
            "properties.id",
            "properties.displayName",
            "properties.userPrincipalName",
            "properties.appId",
            "properties.accountEnabled",
        ],
    ),
    (USER_ASSIGNED, &["properties.principalId", "properties.clientId"]),
    (
        VAULT,
        &[
            "properties.enableRbacAuthorization",
            "properties.accessPolicies[*].objectId",
            "properties.accessPolicies[*].applicationId",
            "properties.accessPolicies[*].permissions.keys[*]",
            "properties.accessPolicies[*].permissions.secrets[*]",
            "properties.accessPolicies[*].permissions.certificates[*]",
        ],
    ),
];

const IDENTITY: [&str; 3] =
    ["identity.type", "identity.principalId", "identity.userAssignedIdentities.{*}.principalId"];

/// Adds everything that the analysis reads.
pub fn reads(reads: &mut Reads) {
    for (kind, paths) in PATHS {
        reads.entry(kind).paths.extend(paths.iter().map(|path| (*path).to_owned()));
    }
    for kind in CARRIERS {
        reads_of_identity(kind, reads);
    }
}

/// Adds what says which identities resources of a type carry.
pub fn reads_of_identity(kind: &str, reads: &mut Reads) {
    let entry = reads.entry(kind);
    if kind.eq_ignore_ascii_case(USER_ASSIGNED) {
        entry.paths.insert("properties.principalId".to_owned());
        return;
    }
    entry.paths.extend(IDENTITY.map(str::to_owned));
    if kind.eq_ignore_ascii_case("Microsoft.ContainerService/managedClusters") {
        entry.paths.insert("properties.identityProfile.{*}.objectId".to_owned());
    }
}
