//! Which call of Resource Manager reads a type: the exceptions to "a child is listed under its parent by
//! the last segment of its type".
//!
//! Source of the addresses: <https://learn.microsoft.com/rest/api/azure/>.

use crate::inventory::reads::{TypeReads, covers};

/// Children that have no list, or whose list says less than one object: type, path below the parent,
/// and the paths for which it is read; without any, it is read whenever the type is wanted.
const SINGLE_CHILDREN: &[(&str, &str, &[&str])] = &[
    // The list of `config` needs more than Reader; `web` holds what the site's own body has as nulls.
    ("Microsoft.Web/sites/config", "config/web", &[]),
    ("Microsoft.Web/sites/config", "config/authsettingsV2", SIGN_IN),
    ("Microsoft.Web/sites/slots/config", "config/web", &[]),
    ("Microsoft.Web/sites/slots/config", "config/authsettingsV2", SIGN_IN),
    ("Microsoft.Web/hostingEnvironments/configurations", "configurations/networking", &[]),
    ("Microsoft.Storage/storageAccounts/managementPolicies", "managementPolicies/default", &[]),
    (
        "Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies",
        "immutabilityPolicies/default",
        &[],
    ),
    ("Microsoft.Sql/servers/databases/dataMaskingPolicies", "dataMaskingPolicies/Default", &[]),
    (
        "Microsoft.Synapse/workspaces/managedIdentitySqlControlSettings",
        "managedIdentitySqlControlSettings/default",
        &[],
    ),
    ("Microsoft.RecoveryServices/vaults/backupconfig", "backupconfig/vaultconfig", &[]),
    ("Microsoft.RecoveryServices/vaults/backupstorageconfig", "backupstorageconfig/vaultstorageconfig", &[]),
    (
        "Microsoft.RecoveryServices/vaults/backupEncryptionConfigs",
        "backupEncryptionConfigs/backupResourceEncryptionConfig",
        &[],
    ),
];

/// What only `authsettingsV2` among a site's configurations has.
const SIGN_IN: &[&str] = &[
    "properties.platform",
    "properties.globalValidation",
    "properties.identityProviders",
    "properties.login",
    "properties.httpSettings",
];

/// Types that are listed under an ancestor: type, path below it. Their filters are optional, and without
/// one everything is listed.
/// <https://learn.microsoft.com/rest/api/backup/backup-protected-items/list>,
/// <https://learn.microsoft.com/rest/api/site-recovery/replication-protected-items/list>
const UNDER: &[(&str, &str)] = &[
    (
        "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems",
        "backupProtectedItems",
    ),
    (
        "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems",
        "replicationProtectedItems",
    ),
    (
        "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationMigrationItems",
        "replicationMigrationItems",
    ),
    (
        "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectionContainerMappings",
        "replicationProtectionContainerMappings",
    ),
];

/// Types whose address below `providers` is not their name: type, address.
const ADDRESSES: &[(&str, &str)] = &[
    // One list for all locations.
    ("Microsoft.Security/locations/jitNetworkAccessPolicies", "Microsoft.Security/jitNetworkAccessPolicies"),
    (
        "Microsoft.Security/advancedThreatProtectionSettings",
        "Microsoft.Security/advancedThreatProtectionSettings/current",
    ),
    (
        "Microsoft.Security/sqlVulnerabilityAssessments",
        "Microsoft.Security/sqlVulnerabilityAssessments/default",
    ),
    (
        "Microsoft.Security/defenderForStorageSettings",
        "Microsoft.Security/defenderForStorageSettings/current",
    ),
    ("Microsoft.Subscription/policies", "Microsoft.Subscription/policies/default"),
];

/// What a resource's own GET must be asked for, or leaves out: type, path, word for `$expand`.
/// <https://learn.microsoft.com/rest/api/compute/virtual-machines/get>
const EXPANDED: &[(&str, &str, &str)] = &[
    ("Microsoft.Compute/virtualMachines", "properties.instanceView", "instanceView"),
    ("Microsoft.Compute/virtualMachines", "properties.userData", "userData"),
];

/// Versions that are always used: the newest stable one doesn't exist or lacks the operation.
const FIXED_VERSIONS: &[(&str, &str)] = &[
    // Diagnostic settings have been in preview for good.
    ("Microsoft.Insights/diagnosticSettings", "2021-05-01-preview"),
    ("Microsoft.Security/pricings", "2024-01-01"),
    // The property table has their previews.
    ("Microsoft.Authorization/roleAssignmentScheduleInstances", "2020-10-01"),
    ("Microsoft.Authorization/roleEligibilityScheduleInstances", "2020-10-01"),
    ("Microsoft.Authorization/roleManagementPolicyAssignments", "2020-10-01"),
    ("Microsoft.Authorization/roleManagementPolicies", "2020-10-01"),
    ("Microsoft.Authorization/denyAssignments", "2022-04-01"),
];

/// Versions for types that the property table may not know.
const KNOWN_VERSIONS: &[(&str, &str)] = &[
    ("Microsoft.Authorization/locks", "2020-05-01"),
    ("Microsoft.Security/securityContacts", "2023-12-01-preview"),
    ("Microsoft.Web/sites/config", "2024-04-01"),
    ("Microsoft.Web/sites/slots/config", "2024-04-01"),
    ("Microsoft.Security/settings", "2022-05-01"),
    ("Microsoft.Security/serverVulnerabilityAssessmentsSettings", "2023-05-01"),
    ("Microsoft.Security/autoProvisioningSettings", "2017-08-01-preview"),
    ("Microsoft.Security/alertsSuppressionRules", "2019-01-01-preview"),
    ("Microsoft.Security/locations/jitNetworkAccessPolicies", "2020-01-01"),
    ("Microsoft.Security/advancedThreatProtectionSettings", "2019-01-01"),
    ("Microsoft.Security/defenderForStorageSettings", "2022-12-01-preview"),
    ("Microsoft.Authorization/policyAssignments", "2022-06-01"),
    ("Microsoft.Authorization/policyExemptions", "2022-07-01-preview"),
    ("Microsoft.Insights/logProfiles", "2016-03-01"),
    ("Microsoft.Insights/dataCollectionRuleAssociations", "2022-06-01"),
    ("Microsoft.Maintenance/configurationAssignments", "2023-04-01"),
    ("Microsoft.Resources/deployments", "2022-09-01"),
    ("microsoft.aadiam/diagnosticSettings", "2017-04-01"),
    ("microsoft.intune/diagnosticSettings", "2017-04-01-preview"),
    ("Microsoft.Subscription/policies", "2021-10-01"),
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
    ("Microsoft.GuestConfiguration", &[]),
    ("Microsoft.KubernetesConfiguration", &["privateLinkScopes"]),
    ("Microsoft.Maintenance", &["maintenanceConfigurations"]),
    ("Microsoft.ManagedServices", &[]),
    ("Microsoft.PolicyInsights", &[]),
    ("Microsoft.ResourceHealth", &[]),
    ("Microsoft.Resources", &["deploymentScripts", "templateSpecs"]),
    ("Microsoft.Subscription", &[]),
    ("Microsoft.Security", &["automations", "iotSecuritySolutions"]),
];

/// Whether Resource Graph's `resources` enumerates a top-level type.
pub fn is_enumerated(kind: &str) -> bool {
    let Some((namespace, name)) = kind.split_once('/') else {
        return false;
    };
    // `Microsoft.X/locations` is a part of addresses and no resource.
    !name.eq_ignore_ascii_case("locations")
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

/// A path at which children are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChildPath {
    /// Below the parent, or the ancestor.
    pub path: String,
    /// One object and no list.
    pub single: bool,
}

/// Where the children `kind` are read; `wanted` is what rules read of them.
pub fn child_paths(kind: &str, wanted: Option<&TypeReads>) -> Vec<ChildPath> {
    if let Some(path) = find(UNDER, kind) {
        return vec![ChildPath { path: path.to_owned(), single: false }];
    }
    let reads = |parts: &[&str]| {
        wanted
            .is_some_and(|wanted| parts.iter().any(|part| wanted.paths.iter().any(|path| covers(part, path))))
    };
    let singles = SINGLE_CHILDREN.iter().filter(|(known, ..)| known.eq_ignore_ascii_case(kind));
    let singles: Vec<ChildPath> = singles
        .filter(|(.., parts)| parts.is_empty() || reads(parts))
        .map(|(_, path, _)| ChildPath { path: (*path).to_owned(), single: true })
        .collect();
    if singles.is_empty() {
        let path = kind.rsplit('/').next().unwrap_or(kind).to_owned();
        return vec![ChildPath { path, single: false }];
    }
    singles
}

/// Where `kind` is read below `…/providers/`, and whether there is one object and no list.
pub fn address(kind: &str) -> (&str, bool) {
    match find(ADDRESSES, kind) {
        Some(address) => (address, address.matches('/').count() > 1),
        None => (kind, false),
    }
}

/// What is added to the address of a resource of the type for its own GET, for what rules read of it.
pub fn detail_query(wanted: &TypeReads) -> String {
    let reads = |part: &str| wanted.paths.iter().any(|path| covers(part, path));
    let words: Vec<&str> = EXPANDED
        .iter()
        .filter(|(kind, part, _)| kind.eq_ignore_ascii_case(&wanted.name) && reads(part))
        .map(|(.., word)| *word)
        .collect();
    if words.is_empty() { String::new() } else { format!("&$expand={}", words.join(",")) }
}

/// Whether one list per subscription returns an extension type of all resources in it.
pub fn is_subscription_wide(kind: &str) -> bool {
    LISTED_FOR_WHOLE_SUBSCRIPTIONS.iter().any(|known| known.eq_ignore_ascii_case(kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_other_tables_are_not_taken_for_rows() {
        for (kind, expected) in [
            ("Microsoft.Storage/storageAccounts", true),
            ("microsoft.security/automations", true),
            ("Microsoft.Security/assessments", false),
            ("Microsoft.Security/locations", false),
            ("Microsoft.Network/locations", false),
            ("Microsoft.Authorization/policyAssignments", false),
            ("microsoft.resources/templatespecs", true),
            ("Microsoft.Resources/tags", false),
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

    #[test]
    fn what_has_no_list_is_one_object() {
        let paths = |kind: &str, read: &str| -> Vec<String> {
            let paths = [read.to_owned()].into();
            let wanted = TypeReads { name: kind.into(), paths, ..TypeReads::default() };
            child_paths(kind, Some(&wanted))
                .into_iter()
                .map(|child| format!("{} {}", child.path, child.single))
                .collect()
        };
        let config = "microsoft.web/sites/config";
        assert_eq!(paths(config, "properties.ftpsState"), ["config/web true"]);
        assert_eq!(
            paths(config, "properties.platform.enabled"),
            ["config/web true", "config/authsettingsV2 true"]
        );
        assert_eq!(paths("Microsoft.Sql/servers/auditingSettings", "id"), ["auditingSettings false"]);
        assert_eq!(paths(UNDER[0].0, "id"), ["backupProtectedItems false"]);
        assert!(address("microsoft.security/defenderforstoragesettings").1);
        assert_eq!(
            address("Microsoft.Security/locations/jitNetworkAccessPolicies"),
            ("Microsoft.Security/jitNetworkAccessPolicies", false)
        );
    }
}
