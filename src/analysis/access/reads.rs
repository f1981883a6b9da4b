//! What is to be read to know who may do what. Nothing else of the analysis is needed for it.

use crate::inventory::reads::Reads;

/// Type of role assignments.
pub const ROLE_ASSIGNMENT: &str = "Microsoft.Authorization/roleAssignments";
/// Type of active assignments as Privileged Identity Management lists them.
pub const ACTIVE: &str = "Microsoft.Authorization/roleAssignmentScheduleInstances";
/// Type of assignments that can be activated.
pub const ELIGIBLE: &str = "Microsoft.Authorization/roleEligibilityScheduleInstances";
/// Type of deny assignments.
pub const DENY: &str = "Microsoft.Authorization/denyAssignments";
/// Type of users.
pub const USER: &str = "Microsoft.Graph/user";
/// Type of groups.
pub const GROUP: &str = "Microsoft.Graph/group";
/// Type of service principals: applications and managed identities.
pub const SERVICE_PRINCIPAL: &str = "Microsoft.Graph/servicePrincipal";
/// Type of the members of groups, transitive.
pub const MEMBER: &str = "Microsoft.Graph/group/members";
/// Type of management groups.
pub const MANAGEMENT_GROUP: &str = "Microsoft.Management/managementGroups";
/// Type of subscriptions.
pub const SUBSCRIPTION: &str = "Microsoft.Resources/subscriptions";
/// Type of identities that are resources of their own.
pub const USER_ASSIGNED: &str = "Microsoft.ManagedIdentity/userAssignedIdentities";
/// Type of role definitions.
pub const ROLE_DEFINITION: &str = "Microsoft.Authorization/roleDefinitions";
/// Type of key vaults.
pub const VAULT: &str = "Microsoft.KeyVault/vaults";

/// Types that run code or workflows and carry identities. Others carry some, too, but nobody gets to speak for
/// them from inside.
pub const CARRIERS: [&str; 14] = [
    "Microsoft.Compute/virtualMachines",
    "Microsoft.Compute/virtualMachineScaleSets",
    "Microsoft.HybridCompute/machines",
    "Microsoft.Web/sites",
    "Microsoft.App/containerApps",
    "Microsoft.App/jobs",
    "Microsoft.ContainerInstance/containerGroups",
    "Microsoft.ContainerService/managedClusters",
    "Microsoft.Automation/automationAccounts",
    "Microsoft.Logic/workflows",
    "Microsoft.DataFactory/factories",
    "Microsoft.Batch/batchAccounts",
    "Microsoft.Synapse/workspaces",
    "Microsoft.MachineLearningServices/workspaces",
];

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

/// All types that the analysis reads.
pub fn types() -> impl Iterator<Item = &'static str> {
    PATHS.iter().map(|(kind, _)| *kind).chain(CARRIERS)
}
