//! What is to be read: the types and paths that the enabled rules and analyses need, and how Azure
//! supplies each type. Sources get this list, never the rules.

use std::collections::{BTreeMap, BTreeSet};

/// How Azure hands out the resources of a type. Facts about Azure's data, not about its endpoints:
/// which call that is, a source decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Supply {
    /// Nowhere: only infrastructure code has it.
    Code,
    /// A row of Resource Graph's table `resources`.
    Row,
    /// A row of another Resource Graph table.
    Table(&'static str),
    /// Inside its parent's body, at this path (an array).
    Nested(&'static str),
    /// Listed under each resource of the parent type.
    Child,
    /// Listed under each resource of this type, which is an ancestor but not the parent.
    Under(&'static str),
    /// Listed once for each subscription (`{subscription}/providers/{type}`).
    Subscription,
    /// Listed for each subscription and for each resource group; the one does not contain the other.
    Container,
    /// Listed once, above all subscriptions (`/providers/{type}`).
    Tenant,
    /// Listed once for each resource of the types that a rule asks for
    /// (`{resource}/providers/{type}`): diagnostic settings, locks.
    Extension,
    /// Key Vault's data plane, or its metadata in ARM.
    VaultItem,
    /// Microsoft Graph.
    Graph,
    /// Listed under Microsoft Graph objects of the parent type (`Microsoft.Graph/application/owners`).
    GraphChild,
}

/// The Resource Graph table that enumerates most top-level types.
pub const RESOURCES: &str = "resources";

/// Tables that are read whole, so that one entry of coverage speaks for all types in them. The others
/// hold types by the million that no rule asks for: of them only the rows of wanted types are read, and
/// each type has its own coverage.
const WHOLE_TABLES: &[&str] = &[RESOURCES, "resourcecontainers", "authorizationresources"];

/// Whether all rows of a Resource Graph table are read, and not only those of one type.
pub fn is_read_whole(table: &str) -> bool {
    WHOLE_TABLES.contains(&table)
}

/// The coverage read that stands for a whole Resource Graph table.
pub fn table_read(table: &str) -> String {
    format!("Microsoft.ResourceGraph/{table}")
}

/// Children that Azure nests in their parent's body: parent type, path of the array, child type.
/// Source: the response bodies of the Microsoft.Network API, version 2024-05-01.
pub const NESTED: &[(&str, &str, &str)] = &[
    ("Microsoft.Network/virtualNetworks", "properties.subnets", "Microsoft.Network/virtualNetworks/subnets"),
    (
        "Microsoft.Network/virtualNetworks",
        "properties.virtualNetworkPeerings",
        "Microsoft.Network/virtualNetworks/virtualNetworkPeerings",
    ),
    (
        "Microsoft.Network/networkSecurityGroups",
        "properties.securityRules",
        "Microsoft.Network/networkSecurityGroups/securityRules",
    ),
    (
        "Microsoft.Network/networkSecurityGroups",
        "properties.defaultSecurityRules",
        "Microsoft.Network/networkSecurityGroups/defaultSecurityRules",
    ),
    ("Microsoft.Network/routeTables", "properties.routes", "Microsoft.Network/routeTables/routes"),
    (
        "Microsoft.Network/loadBalancers",
        "properties.inboundNatRules",
        "Microsoft.Network/loadBalancers/inboundNatRules",
    ),
    (
        "Microsoft.Network/loadBalancers",
        "properties.backendAddressPools",
        "Microsoft.Network/loadBalancers/backendAddressPools",
    ),
];

/// Where protected items and replicated machines are listed.
const RECOVERY_VAULTS: &str = "Microsoft.RecoveryServices/vaults";

/// Types that neither stand in `resources` nor are plain children.
///
/// Tables: <https://learn.microsoft.com/azure/governance/resource-graph/reference/supported-tables-resources>.
const OTHER: &[(&str, Supply)] = &[
    ("Microsoft.Resources/templates/parameters", Supply::Code),
    ("Microsoft.Resources/subscriptions", Supply::Table("resourcecontainers")),
    ("Microsoft.Resources/resourceGroups", Supply::Table("resourcecontainers")),
    ("Microsoft.Management/managementGroups", Supply::Table("resourcecontainers")),
    ("Microsoft.Authorization/roleAssignments", Supply::Table("authorizationresources")),
    ("Microsoft.Authorization/roleDefinitions", Supply::Table("authorizationresources")),
    ("Microsoft.Authorization/classicAdministrators", Supply::Table("authorizationresources")),
    ("Microsoft.Security/assessments", Supply::Table("securityresources")),
    ("Microsoft.Security/assessments/subAssessments", Supply::Table("securityresources")),
    ("Microsoft.Security/locations/alerts", Supply::Table("securityresources")),
    ("Microsoft.Security/attackPaths", Supply::Table("securityresources")),
    ("Microsoft.PolicyInsights/policyStates", Supply::Table("policyresources")),
    ("Microsoft.ManagedServices/registrationAssignments", Supply::Table("managedservicesresources")),
    ("Microsoft.ManagedServices/registrationDefinitions", Supply::Table("managedservicesresources")),
    (
        "Microsoft.GuestConfiguration/guestConfigurationAssignments",
        Supply::Table("guestconfigurationresources"),
    ),
    ("Microsoft.KubernetesConfiguration/extensions", Supply::Table("kubernetesconfigurationresources")),
    ("Microsoft.Compute/virtualMachines/patchAssessmentResults", Supply::Table("patchassessmentresources")),
    ("Microsoft.Web/sites/config", Supply::Child),
    ("Microsoft.Security/pricings", Supply::Subscription),
    ("Microsoft.Security/securityContacts", Supply::Subscription),
    ("Microsoft.Security/settings", Supply::Subscription),
    ("Microsoft.Security/serverVulnerabilityAssessmentsSettings", Supply::Subscription),
    ("Microsoft.Security/autoProvisioningSettings", Supply::Subscription),
    ("Microsoft.Security/alertsSuppressionRules", Supply::Subscription),
    ("Microsoft.Security/locations/jitNetworkAccessPolicies", Supply::Subscription),
    ("Microsoft.Authorization/roleAssignmentScheduleInstances", Supply::Subscription),
    ("Microsoft.Authorization/roleEligibilityScheduleInstances", Supply::Subscription),
    ("Microsoft.Authorization/roleManagementPolicyAssignments", Supply::Subscription),
    ("Microsoft.Authorization/roleManagementPolicies", Supply::Subscription),
    // Resource Manager's list has those inherited from management groups, too, and refuses aloud.
    ("Microsoft.Authorization/policyAssignments", Supply::Subscription),
    ("Microsoft.Authorization/policyExemptions", Supply::Subscription),
    ("Microsoft.Authorization/denyAssignments", Supply::Subscription),
    ("Microsoft.Insights/logProfiles", Supply::Subscription),
    ("Microsoft.Resources/deployments", Supply::Container),
    ("microsoft.aadiam/diagnosticSettings", Supply::Tenant),
    ("microsoft.intune/diagnosticSettings", Supply::Tenant),
    ("Microsoft.Subscription/policies", Supply::Tenant),
    ("Microsoft.Insights/diagnosticSettings", Supply::Extension),
    ("Microsoft.Insights/dataCollectionRuleAssociations", Supply::Extension),
    ("Microsoft.Maintenance/configurationAssignments", Supply::Extension),
    ("Microsoft.Security/advancedThreatProtectionSettings", Supply::Extension),
    ("Microsoft.Security/sqlVulnerabilityAssessments", Supply::Extension),
    ("Microsoft.Security/defenderForStorageSettings", Supply::Extension),
    ("Microsoft.Authorization/locks", Supply::Extension),
    (
        "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems",
        Supply::Under(RECOVERY_VAULTS),
    ),
    (
        "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems",
        Supply::Under(RECOVERY_VAULTS),
    ),
    (
        "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationMigrationItems",
        Supply::Under(RECOVERY_VAULTS),
    ),
    (
        "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectionContainerMappings",
        Supply::Under(RECOVERY_VAULTS),
    ),
    ("Microsoft.KeyVault/vaults/secrets", Supply::VaultItem),
    ("Microsoft.KeyVault/vaults/keys", Supply::VaultItem),
    ("Microsoft.KeyVault/vaults/certificates", Supply::VaultItem),
];

/// Paths that a list row (Resource Graph, or an ARM list) is known not to carry, or to carry as a
/// stub of nulls: type, path. There, a missing value means "not read" until the resource's own GET
/// has answered. Source: Azure's list responses as described in the API documentation and in the
/// issues of scanners that fell for it.
const NOT_IN_ROWS: &[(&str, &str)] = &[
    // The list returns `siteConfig` with nulls; the truth is in `sites/config` (web).
    ("Microsoft.Web/sites", "properties.siteConfig"),
    ("Microsoft.Web/sites/slots", "properties.siteConfig"),
    // The list omits these, the account's own GET has them.
    ("Microsoft.Automation/automationAccounts", "properties.publicNetworkAccess"),
    ("Microsoft.Automation/automationAccounts", "properties.disableLocalAuth"),
    ("Microsoft.Automation/automationAccounts", "properties.encryption"),
    // Only with `$expand=instanceView`; rows have a part of it under another name.
    ("Microsoft.Compute/virtualMachines", "properties.instanceView"),
    // Only with `$expand=userData`.
    ("Microsoft.Compute/virtualMachines", "properties.userData"),
    // Resource Graph's rows have null there, whether there is a token or not.
    ("Microsoft.DesktopVirtualization/hostPools", "properties.registrationInfo"),
];

/// Parts of objects that need a permission or a licence of their own, so that they may be refused where
/// the rest is not: type, path, the read that coverage has for the part.
/// <https://learn.microsoft.com/graph/api/resources/signinactivity>
const PARTS: &[(&str, &str, &str)] =
    &[("Microsoft.Graph/user", "properties.signInActivity", "Microsoft.Graph/user/signInActivity")];

/// How a type is supplied; types that this build has no entry for follow from their shape.
pub fn supply(resource_type: &str) -> Supply {
    let same = |known: &str| known.eq_ignore_ascii_case(resource_type);
    if let Some((_, path, _)) = NESTED.iter().find(|(_, _, child)| same(child)) {
        return Supply::Nested(path);
    }
    if let Some((_, supply)) = OTHER.iter().find(|(known, _)| same(known)) {
        return *supply;
    }
    if resource_type.get(..16).is_some_and(|start| start.eq_ignore_ascii_case("Microsoft.Graph/")) {
        return if resource_type.matches('/').count() > 1 { Supply::GraphChild } else { Supply::Graph };
    }
    match resource_type.matches('/').count() {
        0 | 1 => Supply::Row,
        _ => Supply::Child,
    }
}

/// The types of which the rows are read by themselves, out of tables that are not read whole.
pub fn types_in_tables() -> impl Iterator<Item = &'static str> {
    OTHER
        .iter()
        .filter(|(_, supply)| matches!(supply, Supply::Table(table) if !is_read_whole(table)))
        .map(|(kind, _)| *kind)
}

/// The paths of `resource_type` that only the resource's own GET carries.
fn in_detail_only(resource_type: &str) -> impl Iterator<Item = &'static str> {
    NOT_IN_ROWS
        .iter()
        .filter(move |(known, _)| known.eq_ignore_ascii_case(resource_type))
        .map(|(_, path)| *path)
}

/// The paths of `resource_type` that a list may not carry: there, a missing value is not an absent one.
pub fn not_in_rows(resource_type: &str) -> impl Iterator<Item = &'static str> {
    let parts = PARTS.iter().filter(move |(known, ..)| known.eq_ignore_ascii_case(resource_type));
    in_detail_only(resource_type).chain(parts.map(|(_, path, _)| *path))
}

/// The read that coverage has for the part of `resource_type` in which `path` lies, where it has one.
pub fn part_read(resource_type: &str, path: &str) -> Option<&'static str> {
    PARTS
        .iter()
        .find(|(known, part, _)| known.eq_ignore_ascii_case(resource_type) && covers(part, path))
        .map(|(.., read)| *read)
}

/// What is needed of one type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TypeReads {
    /// The type as the rules spell it.
    pub name: String,
    /// Newest stable api-version of the type, where the property table knows it.
    pub api_version: Option<String>,
    /// Property paths that are read, `[*]` for the elements of an array, `{*}` for those of a map.
    pub paths: BTreeSet<String>,
    /// Those of the paths, or the beginnings of them, that Azure alone sets: code can't say what they will be.
    pub set_by_azure: BTreeSet<String>,
    /// For [`Supply::Extension`]: the types on whose resources it is read.
    pub on: BTreeSet<String>,
}

impl TypeReads {
    /// Whether a rule reads a path that list rows don't carry, so that each resource of the type
    /// needs its own GET.
    pub fn needs_detail(&self) -> bool {
        in_detail_only(&self.name).any(|gap| self.paths.iter().any(|path| covers(gap, path)))
    }
}

/// Whether `path` is `prefix` or lies below it.
pub fn covers(prefix: &str, path: &str) -> bool {
    path.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        && matches!(path.as_bytes().get(prefix.len()), None | Some(b'.' | b'[' | b'{'))
}

/// Everything that is to be read, by type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reads {
    types: BTreeMap<String, TypeReads>,
}

impl Reads {
    /// The needs of `resource_type`, created empty when it isn't there yet.
    pub fn entry(&mut self, resource_type: &str) -> &mut TypeReads {
        self.types
            .entry(resource_type.to_ascii_lowercase())
            .or_insert_with(|| TypeReads { name: resource_type.to_owned(), ..TypeReads::default() })
    }

    /// The needs of `resource_type`, without letter case.
    pub fn of(&self, resource_type: &str) -> Option<&TypeReads> {
        self.types.get(&resource_type.to_ascii_lowercase())
    }

    /// All types, in order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &TypeReads> {
        self.types.values()
    }

    /// Adds everything that `other` needs.
    pub fn merge(&mut self, other: &Self) {
        for reads in other.iter() {
            let mine = self.entry(&reads.name);
            mine.api_version = mine.api_version.take().or_else(|| reads.api_version.clone());
            mine.paths.extend(reads.paths.iter().cloned());
            mine.set_by_azure.extend(reads.set_by_azure.iter().cloned());
            mine.on.extend(reads.on.iter().cloned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_has_its_supply() {
        let cases = [
            ("microsoft.storage/storageaccounts", Supply::Row),
            ("Microsoft.Storage/storageAccounts/blobServices", Supply::Child),
            (
                "Microsoft.Network/networkSecurityGroups/securityRules",
                Supply::Nested("properties.securityRules"),
            ),
            ("microsoft.authorization/roleassignments", Supply::Table("authorizationresources")),
            ("Microsoft.KeyVault/vaults/Keys", Supply::VaultItem),
            ("microsoft.graph/user", Supply::Graph),
            ("Microsoft.Graph/application/Owners", Supply::GraphChild),
            ("microsoft.security/assessments/subassessments", Supply::Table("securityresources")),
            ("Microsoft.Security/locations/jitNetworkAccessPolicies", Supply::Subscription),
            ("Microsoft.Resources/deployments", Supply::Container),
            ("Microsoft.AadIam/diagnosticSettings", Supply::Tenant),
            (
                "microsoft.recoveryservices/vaults/backupFabrics/protectionContainers/protectedItems",
                Supply::Under("Microsoft.RecoveryServices/vaults"),
            ),
            ("Microsoft.Insights/diagnosticSettings", Supply::Extension),
        ];
        for (kind, expected) in cases {
            assert_eq!(supply(kind), expected, "{kind}");
        }
    }

    #[test]
    fn a_resource_needs_its_own_get_only_for_paths_rows_lack() {
        let mut reads = Reads::default();
        reads.entry("Microsoft.Web/sites").paths.insert("properties.httpsOnly".into());
        assert!(!reads.of("microsoft.web/SITES").unwrap().needs_detail());
        reads.entry("Microsoft.Web/sites").paths.insert("properties.siteConfig.ftpsState".into());
        assert!(reads.of("microsoft.web/sites").unwrap().needs_detail());
    }

    #[test]
    fn a_part_that_may_be_refused_alone_has_its_own_read() {
        let part = |path| part_read("microsoft.graph/USER", path);
        assert_eq!(
            part("properties.signInActivity.lastSignInDateTime"),
            Some("Microsoft.Graph/user/signInActivity")
        );
        assert_eq!(part("properties.userType"), None);
        assert_eq!(not_in_rows("Microsoft.Graph/user").collect::<Vec<_>>(), ["properties.signInActivity"]);
    }
}
