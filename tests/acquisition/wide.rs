//! A tenant with all that lies beside plain resources: the directory, Defender for Cloud, role management,
//! backup, and what belongs to the tenant itself.

use serde_json::{Value, json};
use skytjek::inventory::reads::Reads;

use crate::azure::{SUBSCRIPTION, Tenant, arm_id};

pub const GUID: &str = "62e90394-69f5-4237-9190-012177145e10";
pub const PROTECTED: &str =
    "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems";
pub const MIGRATED: &str = "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationMigrationItems";
pub const JIT: &str = "Microsoft.Security/locations/jitNetworkAccessPolicies";
pub const ALERTS: &str = "Microsoft.Security/locations/alerts";
pub const DEPLOYMENTS: &str = "Microsoft.Resources/deployments";
pub const AADIAM: &str = "microsoft.aadiam/diagnosticSettings";
pub const STORAGE_DEFENDER: &str = "Microsoft.Security/defenderForStorageSettings";

pub fn subscription() -> String {
    format!("/subscriptions/{SUBSCRIPTION}")
}

pub fn machine() -> String {
    arm_id("rg-town", "Microsoft.Compute/virtualMachines", "vm-archive")
}

pub fn account() -> String {
    arm_id("rg-town", "Microsoft.Storage/storageAccounts", "sttown")
}

pub fn recovery(name: &str) -> String {
    arm_id("rg-backup", "Microsoft.RecoveryServices/vaults", name)
}

pub fn protected_item(vault: &str) -> String {
    format!("{}/backupFabrics/Azure/protectionContainers/c1/protectedItems/vm-archive", recovery(vault))
}

/// Types of Microsoft Graph of which one object each is enough.
const ONE_OF_EACH: &[&str] = &[
    "servicePrincipal",
    "device",
    "organization",
    "subscribedSku",
    "directoryRole",
    "directoryRoleTemplate",
    "groupSetting",
    "oAuth2PermissionGrant",
    "appRoleAssignment",
    "administrativeUnit",
    "onPremisesDirectorySynchronization",
    "unifiedRoleDefinition",
    "unifiedRoleAssignmentSchedule",
    "unifiedRoleAssignmentScheduleInstance",
    "unifiedRoleEligibilitySchedule",
    "unifiedRoleEligibilityScheduleInstance",
    "unifiedRoleManagementPolicy",
    "unifiedRoleManagementPolicyAssignment",
    "conditionalAccessPolicy",
    "riskyUser",
    "userRegistrationDetails",
    "accessReviewScheduleDefinition",
    "authorizationPolicy",
    "identitySecurityDefaultsEnforcementPolicy",
    "authenticationMethodsPolicy",
    "authenticationStrengthPolicy",
    "adminConsentRequestPolicy",
    "crossTenantAccessPolicy",
    "crossTenantAccessPolicyConfigurationDefault",
    "permissionGrantPolicy",
    "homeRealmDiscoveryPolicy",
    "tokenLifetimePolicy",
    "activityBasedTimeoutPolicy",
    "appManagementPolicy",
    "tenantAppManagementPolicy",
    "deviceRegistrationPolicy",
];

const OTHERS: &[&str] = &[
    "user",
    "group",
    "application",
    "domain",
    "namedLocation",
    "ipNamedLocation",
    "countryNamedLocation",
    "unifiedRoleAssignment",
    "crossTenantAccessPolicyConfigurationPartner",
    "domain/federationConfiguration",
    "application/owners",
    "application/federatedIdentityCredentials",
    "servicePrincipal/owners",
    "group/members",
];

/// The directory alone.
pub fn directory() -> Tenant {
    let mut tenant = Tenant::with_subscription();
    for kind in ONE_OF_EACH {
        tenant = tenant.graph(kind, json!({"id": format!("{kind}-1"), "displayName": kind}));
    }
    let seen = json!({"lastSignInDateTime": "2026-11-20T08:00:00Z"});
    for name in ["g-azure", "g-directory", "g-plain"] {
        tenant = tenant.graph("group", json!({"id": name, "displayName": name})).related(
            &format!("group/{name}"),
            "members",
            json!({"id": format!("u-{name}"), "@odata.type": "#microsoft.graph.user"}),
        );
    }
    tenant
        .graph("user", json!({"id": "u1", "userType": "Guest", "signInActivity": seen}))
        .graph("user", json!({"id": "u2", "userType": "Member"}))
        .graph("application", json!({"id": "a1", "displayName": "Case files"}))
        .related("application/a1", "owners", json!({"id": "u1"}))
        .related(
            "application/a1",
            "federatedIdentityCredentials",
            json!({"id": "f1", "issuer": "https://token.actions.githubusercontent.com"}),
        )
        .related("servicePrincipal/servicePrincipal-1", "owners", json!({"id": "u2"}))
        .graph("domain", json!({"id": "town.example", "authenticationType": "Managed"}))
        .graph("domain", json!({"id": "old.example", "authenticationType": "Federated"}))
        .related(
            "domain/old.example",
            "federationConfiguration",
            json!({"id": "adfs", "federatedIdpMfaBehavior": "acceptIfMfaDoneByFederatedIdp"}),
        )
        .graph(
            "namedLocation",
            json!({"id": "n1", "@odata.type": "#microsoft.graph.ipNamedLocation", "isTrusted": true}),
        )
        .graph("namedLocation", json!({"id": "n2", "@odata.type": "#microsoft.graph.countryNamedLocation"}))
        .graph(
            "unifiedRoleAssignment",
            json!({"id": "r1", "principalId": "g-directory", "roleDefinitionId": GUID}),
        )
        .graph(
            "crossTenantAccessPolicyConfigurationPartner",
            json!({"tenantId": "t-partner", "isServiceProvider": true}),
        )
        .resource(json!({
            "id": format!("{}/providers/Microsoft.Authorization/roleAssignments/1", subscription()),
            "properties": {"principalId": "G-Azure", "principalType": "Group"},
        }))
}

/// Everything.
pub fn town() -> Tenant {
    let at = |scope: &str, kind: &str, name: &str| format!("{scope}/providers/{kind}/{name}");
    let (sub, vm, account) = (subscription(), machine(), account());
    let group = format!("{sub}/resourceGroups/rg-town");
    let cluster = arm_id("rg-town", "Microsoft.ContainerService/managedClusters", "aks");
    let management_group = "/providers/Microsoft.Management/managementGroups/town";
    let replicated = |kind: &str, name: &str| {
        format!("{}/replicationFabrics/f/replicationProtectionContainers/c/{kind}/{name}", recovery("rsv"))
    };
    let ids = [
        vm.clone(),
        account.clone(),
        cluster.clone(),
        recovery("rsv"),
        at(&sub, "Microsoft.Security/pricings", "VirtualMachines"),
        at(&sub, "Microsoft.Security/settings", "WDATP"),
        at(&sub, "Microsoft.Security/securityContacts", "default"),
        at(&sub, "Microsoft.Security/serverVulnerabilityAssessmentsSettings", "AzureServersSetting"),
        at(&sub, "Microsoft.Security/autoProvisioningSettings", "default"),
        at(&sub, "Microsoft.Security/alertsSuppressionRules", "quiet"),
        at(&group, "Microsoft.Security/locations/westeurope/jitNetworkAccessPolicies", "default"),
        at(&sub, "Microsoft.Authorization/roleAssignmentScheduleInstances", "1"),
        at(&sub, "Microsoft.Authorization/roleEligibilityScheduleInstances", "1"),
        at(&sub, "Microsoft.Authorization/roleManagementPolicyAssignments", "1"),
        at(&sub, "Microsoft.Authorization/roleManagementPolicies", "1"),
        at(&sub, "Microsoft.Authorization/denyAssignments", "1"),
        at(&sub, "Microsoft.Authorization/policyAssignments", "baseline"),
        at(management_group, "Microsoft.Authorization/policyAssignments", "inherited"),
        at(&sub, "Microsoft.Authorization/policyExemptions", "1"),
        at(&sub, "Microsoft.Insights/logProfiles", "default"),
        at(&sub, DEPLOYMENTS, "at-subscription"),
        at(&group, DEPLOYMENTS, "in-group"),
        at(&account, "Microsoft.Security/assessments", GUID),
        at(&account, "Microsoft.Security/assessments", &format!("{GUID}/subAssessments/1")),
        at(&group, "Microsoft.Security/locations/westeurope/alerts", "1"),
        at(&sub, "Microsoft.Security/attackPaths", "1"),
        at(&sub, "Microsoft.PolicyInsights/policyStates", "1"),
        at(&sub, "Microsoft.ManagedServices/registrationAssignments", "1"),
        at(&sub, "Microsoft.ManagedServices/registrationDefinitions", "1"),
        at(&vm, "Microsoft.GuestConfiguration/guestConfigurationAssignments", "baseline"),
        at(&cluster, "Microsoft.KubernetesConfiguration/extensions", "flux"),
        format!("{vm}/patchAssessmentResults/latest"),
        at(&account, STORAGE_DEFENDER, "current"),
        at(&account, "Microsoft.Security/advancedThreatProtectionSettings", "current"),
        at(&vm, "Microsoft.Insights/dataCollectionRuleAssociations", "to-sentinel"),
        at("", AADIAM, "logs"),
        at("", "microsoft.intune/diagnosticSettings", "logs"),
        at("", "Microsoft.Subscription/policies", "default"),
        protected_item("rsv"),
        replicated("replicationProtectedItems", "p"),
        replicated("replicationMigrationItems", "m"),
        replicated("replicationProtectionContainerMappings", "x"),
        format!("{}/backupstorageconfig/vaultstorageconfig", recovery("rsv")),
    ];
    ids.into_iter().fold(directory(), |tenant, id| {
        let properties = if id == vm {
            json!({"instanceView": {"statuses": [{"code": "PowerState/running"}]}, "userData": "eA=="})
        } else {
            json!({"virtualMachineId": machine()})
        };
        tenant.resource(json!({"id": id, "properties": properties}))
    })
}

/// What is to be read: types, with the paths `properties` and those given.
pub fn wanted(kinds: &[&str]) -> Reads {
    let mut reads = Reads::default();
    for kind in kinds {
        let entry = reads.entry(kind);
        entry.paths.insert("properties.virtualMachineId".into());
        if kind.starts_with("Microsoft.RecoveryServices") || kind.starts_with("Microsoft.Compute") {
            entry.api_version = Some("2026-07-01".into());
        }
    }
    reads
}

/// Types of Microsoft Graph, and the properties that rules read of users.
pub fn directory_reads() -> Reads {
    let kinds: Vec<String> =
        ONE_OF_EACH.iter().chain(OTHERS).map(|kind| format!("Microsoft.Graph/{kind}")).collect();
    let mut reads = Reads::default();
    for kind in &kinds {
        reads.entry(kind);
    }
    reads.entry("Microsoft.Graph/user").paths =
        ["properties.userType", "properties.signInActivity.lastSignInDateTime"].map(str::to_owned).into();
    reads.entry("Microsoft.Authorization/roleAssignments").paths.insert("properties.principalId".into());
    reads
}

/// Everything there is in [`town`].
pub fn town_reads() -> Reads {
    let kinds = [
        "Microsoft.Security/pricings",
        "Microsoft.Security/settings",
        "Microsoft.Security/securityContacts",
        "Microsoft.Security/serverVulnerabilityAssessmentsSettings",
        "Microsoft.Security/autoProvisioningSettings",
        "Microsoft.Security/alertsSuppressionRules",
        JIT,
        "Microsoft.Authorization/roleAssignmentScheduleInstances",
        "Microsoft.Authorization/roleEligibilityScheduleInstances",
        "Microsoft.Authorization/roleManagementPolicyAssignments",
        "Microsoft.Authorization/roleManagementPolicies",
        "Microsoft.Authorization/denyAssignments",
        "Microsoft.Authorization/policyAssignments",
        "Microsoft.Authorization/policyExemptions",
        "Microsoft.Insights/logProfiles",
        DEPLOYMENTS,
        "Microsoft.Security/assessments",
        "Microsoft.Security/assessments/subAssessments",
        ALERTS,
        "Microsoft.Security/attackPaths",
        "Microsoft.PolicyInsights/policyStates",
        "Microsoft.ManagedServices/registrationAssignments",
        "Microsoft.ManagedServices/registrationDefinitions",
        "Microsoft.GuestConfiguration/guestConfigurationAssignments",
        "Microsoft.KubernetesConfiguration/extensions",
        "Microsoft.Compute/virtualMachines/patchAssessmentResults",
        AADIAM,
        "microsoft.intune/diagnosticSettings",
        "Microsoft.Subscription/policies",
        PROTECTED,
        "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems",
        MIGRATED,
        "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectionContainerMappings",
        "Microsoft.RecoveryServices/vaults/backupstorageconfig",
    ];
    let mut reads = wanted(&kinds);
    for (kind, on) in [
        (STORAGE_DEFENDER, "Microsoft.Storage/storageAccounts"),
        ("Microsoft.Security/advancedThreatProtectionSettings", "Microsoft.Storage/storageAccounts"),
        ("Microsoft.Insights/dataCollectionRuleAssociations", "Microsoft.Compute/virtualMachines"),
    ] {
        reads.entry(kind).on.insert(on.into());
    }
    let machines = reads.entry("Microsoft.Compute/virtualMachines");
    machines.api_version = Some("2024-07-01".into());
    machines.paths.insert("properties.instanceView.statuses[*].code".into());
    machines.paths.insert("properties.userData".into());
    reads.merge(&directory_reads());
    reads
}

/// A refusal of Microsoft Graph's that doesn't say what is missing.
pub fn insufficient() -> Value {
    json!({"error": {"code": "Authorization_RequestDenied", "message": "Insufficient privileges to complete the operation."}})
}
