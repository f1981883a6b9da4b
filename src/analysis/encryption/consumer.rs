//! Which resources are encrypted with a key of their owner's, and where in their bodies the key is named.
//!
//! The paths come from the table of ARM properties (`rules check` proves that they exist); what a service
//! does with a key without a version is in `docs/encryption-chain.md`, with a page for each.

/// How a key is named, relative to [`Consumer::base`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// A key identifier: `https://vault…/keys/name[/version]`.
    Uri(&'static str),
    /// Vault address, key name and version in three properties; no version where that is empty.
    Parts(&'static str, &'static str, &'static str),
    /// The id of a disk encryption set, which names the key.
    Set(&'static str),
}

/// With which identity the service goes to the vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// The resource's own: the user-assigned one whose id or client id stands at the path (from
    /// [`Consumer::base`] where it begins with a dot), else the system-assigned one.
    Own(&'static str),
    /// The same, of the resource it is a child of.
    Parent(&'static str),
    /// An application of Microsoft's, or one that the body doesn't name.
    Unnamed,
}

/// One place in the bodies of one type where a key is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Consumer {
    /// Type of the resource.
    pub kind: &'static str,
    /// The object that names the key; `[*]` for each of a list.
    pub base: &'static str,
    /// How it names the key.
    pub names: Names,
    /// Where, relative to the base, the vault's id stands; empty where the service keeps none.
    pub vault_id: &'static str,
    /// Path and value of what must hold for the key to be in use; empty where naming it is enough.
    pub only: (&'static str, &'static str),
    /// A switch (full path) that makes the service follow new versions although a version is named.
    pub follows: &'static str,
    /// Who goes to the vault.
    pub identity: Identity,
}

/// The type that stands between disks and keys.
pub const ENCRYPTION_SET: &str = "Microsoft.Compute/diskEncryptionSets";

const fn uri(kind: &'static str, base: &'static str, path: &'static str, identity: Identity) -> Consumer {
    Consumer { kind, base, names: Names::Uri(path), vault_id: "", only: ("", ""), follows: "", identity }
}

const fn parts(
    kind: &'static str,
    base: &'static str,
    names: (&'static str, &'static str, &'static str),
    identity: Identity,
) -> Consumer {
    let names = Names::Parts(names.0, names.1, names.2);
    Consumer { kind, base, names, vault_id: "", only: ("", ""), follows: "", identity }
}

const fn set(kind: &'static str, base: &'static str, path: &'static str) -> Consumer {
    let (names, identity) = (Names::Set(path), Identity::Unnamed);
    Consumer { kind, base, names, vault_id: "", only: ("", ""), follows: "", identity }
}

const fn only(path: &'static str, value: &'static str, consumer: Consumer) -> Consumer {
    Consumer { only: (path, value), ..consumer }
}

const fn follows(path: &'static str, consumer: Consumer) -> Consumer {
    Consumer { follows: path, ..consumer }
}

const fn vault_id(path: &'static str, consumer: Consumer) -> Consumer {
    Consumer { vault_id: path, ..consumer }
}

const ENCRYPTION: &str = "properties.encryption";
const KEY_VAULT: &str = "properties.encryption.keyVaultProperties";
const CUSTOMER: &str = "properties.encryption.customerManagedKeyEncryption";
const CUSTOMER_IDENTITY: Identity = Identity::Own(".keyEncryptionKeyIdentity.userAssignedIdentityResourceId");
const SOURCE: &str = "properties.encryption.keySource";
const URI_NAME_VERSION: (&str, &str, &str) = ("keyVaultUri", "keyName", "keyVersion");
const USER_IDENTITY: Identity = Identity::Own("properties.encryption.identity.userAssignedIdentity");

/// All places, in order of their types.
pub const CONSUMERS: &[Consumer] = &[
    uri(
        "Microsoft.AppConfiguration/configurationStores",
        KEY_VAULT,
        "keyIdentifier",
        Identity::Own(".identityClientId"),
    ),
    only(
        SOURCE,
        "Microsoft.Keyvault",
        parts(
            "Microsoft.Automation/automationAccounts",
            KEY_VAULT,
            ("keyvaultUri", "keyName", "keyVersion"),
            USER_IDENTITY,
        ),
    ),
    only(
        SOURCE,
        "Microsoft.KeyVault",
        uri("Microsoft.Batch/batchAccounts", KEY_VAULT, "keyIdentifier", Identity::Own("")),
    ),
    only(
        "properties.isCmekEnabled",
        "true",
        uri("Microsoft.BotService/botServices", "properties", "cmekKeyVaultUrl", Identity::Unnamed),
    ),
    uri("Microsoft.Cache/redisEnterprise", CUSTOMER, "keyEncryptionKeyUrl", CUSTOMER_IDENTITY),
    only(
        SOURCE,
        "Microsoft.KeyVault",
        parts(
            "Microsoft.CognitiveServices/accounts",
            KEY_VAULT,
            URI_NAME_VERSION,
            Identity::Own(".identityClientId"),
        ),
    ),
    only(
        "properties.keySource",
        "Microsoft.KeyVault",
        parts(
            "Microsoft.CognitiveServices/accounts/encryptionScopes",
            "properties.keyVaultProperties",
            URI_NAME_VERSION,
            Identity::Parent(""),
        ),
    ),
    follows(
        "properties.rotationToLatestKeyVersionEnabled",
        vault_id("sourceVault.id", uri(ENCRYPTION_SET, "properties.activeKey", "keyUrl", Identity::Own(""))),
    ),
    set("Microsoft.Compute/disks", ENCRYPTION, "diskEncryptionSetId"),
    set("Microsoft.Compute/disks", "properties.securityProfile", "secureVMDiskEncryptionSetId"),
    vault_id(
        "sourceVault.id",
        uri(
            "Microsoft.Compute/disks",
            "properties.encryptionSettingsCollection.encryptionSettings[*].keyEncryptionKey",
            "keyUrl",
            Identity::Unnamed,
        ),
    ),
    set("Microsoft.Compute/images", "properties.storageProfile.osDisk.diskEncryptionSet", "id"),
    set("Microsoft.Compute/images", "properties.storageProfile.dataDisks[*].diskEncryptionSet", "id"),
    set("Microsoft.Compute/snapshots", ENCRYPTION, "diskEncryptionSetId"),
    set("Microsoft.Compute/snapshots", "properties.securityProfile", "secureVMDiskEncryptionSetId"),
    set(
        "Microsoft.Compute/virtualMachineScaleSets",
        "properties.virtualMachineProfile.storageProfile.osDisk.managedDisk.diskEncryptionSet",
        "id",
    ),
    set(
        "Microsoft.Compute/virtualMachineScaleSets",
        "properties.virtualMachineProfile.storageProfile.dataDisks[*].managedDisk.diskEncryptionSet",
        "id",
    ),
    parts(
        "Microsoft.ContainerInstance/containerGroups",
        "properties.encryptionProperties",
        ("vaultBaseUrl", "keyName", "keyVersion"),
        Identity::Unnamed,
    ),
    follows(
        "properties.encryption.keyVaultProperties.keyRotationEnabled",
        uri("Microsoft.ContainerRegistry/registries", KEY_VAULT, "keyIdentifier", Identity::Own(".identity")),
    ),
    set("Microsoft.ContainerService/managedClusters", "properties", "diskEncryptionSetID"),
    only(
        "properties.securityProfile.azureKeyVaultKms.enabled",
        "true",
        vault_id(
            "keyVaultResourceId",
            uri(
                "Microsoft.ContainerService/managedClusters",
                "properties.securityProfile.azureKeyVaultKms",
                "keyId",
                Identity::Own(""),
            ),
        ),
    ),
    only(
        "properties.dataEncryption.type",
        "AzureKeyVault",
        uri(
            "Microsoft.DBforMySQL/flexibleServers",
            "properties.dataEncryption",
            "primaryKeyURI",
            Identity::Own(".primaryUserAssignedIdentityId"),
        ),
    ),
    only(
        "properties.dataEncryption.type",
        "AzureKeyVault",
        uri(
            "Microsoft.DBforMySQL/flexibleServers",
            "properties.dataEncryption",
            "geoBackupKeyURI",
            Identity::Own(".geoBackupUserAssignedIdentityId"),
        ),
    ),
    only(
        "properties.dataEncryption.type",
        "AzureKeyVault",
        uri(
            "Microsoft.DBforPostgreSQL/flexibleServers",
            "properties.dataEncryption",
            "primaryKeyURI",
            Identity::Own(".primaryUserAssignedIdentityId"),
        ),
    ),
    only(
        "properties.dataEncryption.type",
        "AzureKeyVault",
        uri(
            "Microsoft.DBforPostgreSQL/flexibleServers",
            "properties.dataEncryption",
            "geoBackupKeyURI",
            Identity::Own(".geoBackupUserAssignedIdentityId"),
        ),
    ),
    parts(
        "Microsoft.DataFactory/factories",
        ENCRYPTION,
        ("vaultBaseUrl", "keyName", "keyVersion"),
        USER_IDENTITY,
    ),
    uri(
        "Microsoft.DataProtection/backupVaults",
        "properties.securitySettings.encryptionSettings.keyVaultProperties",
        "keyUri",
        Identity::Own("properties.securitySettings.encryptionSettings.kekIdentity.identityId"),
    ),
    set("Microsoft.Databricks/workspaces", "properties", "diskEncryptionSetId"),
    follows(
        "properties.encryption.entities.managedDisk.rotationToLatestKeyVersionEnabled",
        parts(
            "Microsoft.Databricks/workspaces",
            "properties.encryption.entities.managedDisk.keyVaultProperties",
            URI_NAME_VERSION,
            Identity::Unnamed,
        ),
    ),
    parts(
        "Microsoft.Databricks/workspaces",
        "properties.encryption.entities.managedServices.keyVaultProperties",
        URI_NAME_VERSION,
        Identity::Unnamed,
    ),
    only(
        "properties.parameters.encryption.value.keySource",
        "Microsoft.Keyvault",
        parts(
            "Microsoft.Databricks/workspaces",
            "properties.parameters.encryption.value",
            ("keyvaulturi", "KeyName", "keyversion"),
            Identity::Unnamed,
        ),
    ),
    uri("Microsoft.DevCenter/devcenters", CUSTOMER, "keyEncryptionKeyUrl", CUSTOMER_IDENTITY),
    uri("Microsoft.DocumentDB/databaseAccounts", "properties", "keyVaultKeyUri", Identity::Unnamed),
    uri("Microsoft.DocumentDB/mongoClusters", CUSTOMER, "keyEncryptionKeyUrl", CUSTOMER_IDENTITY),
    parts(
        "Microsoft.ElasticSan/elasticSans/volumegroups",
        "properties.encryptionProperties.keyVaultProperties",
        URI_NAME_VERSION,
        Identity::Own("properties.encryptionProperties.identity.userAssignedIdentity"),
    ),
    parts(
        "Microsoft.EventHub/namespaces",
        "properties.encryption.keyVaultProperties[*]",
        URI_NAME_VERSION,
        Identity::Own(".identity.userAssignedIdentity"),
    ),
    uri("Microsoft.FluidRelay/fluidRelayServers", CUSTOMER, "keyEncryptionKeyUrl", CUSTOMER_IDENTITY),
    uri(
        "Microsoft.HealthcareApis/services",
        "properties.cosmosDbConfiguration",
        "keyVaultKeyUri",
        Identity::Unnamed,
    ),
    uri(
        "Microsoft.HealthcareApis/workspaces/dicomservices",
        CUSTOMER,
        "keyEncryptionKeyUrl",
        Identity::Own(""),
    ),
    uri(
        "Microsoft.HealthcareApis/workspaces/fhirservices",
        CUSTOMER,
        "keyEncryptionKeyUrl",
        Identity::Own(""),
    ),
    parts(
        "Microsoft.Kusto/clusters",
        "properties.keyVaultProperties",
        URI_NAME_VERSION,
        Identity::Own(".userIdentity"),
    ),
    uri("Microsoft.LoadTestService/loadTests", ENCRYPTION, "keyUrl", Identity::Own(".identity.resourceId")),
    vault_id(
        "keyVaultArmId",
        uri("Microsoft.MachineLearningServices/workspaces", KEY_VAULT, "keyIdentifier", USER_IDENTITY),
    ),
    only(
        SOURCE,
        "Microsoft.KeyVault",
        vault_id(
            "keyVaultResourceId",
            parts(
                "Microsoft.NetApp/netAppAccounts",
                KEY_VAULT,
                ("keyVaultUri", "keyName", ""),
                USER_IDENTITY,
            ),
        ),
    ),
    parts(
        "Microsoft.OperationalInsights/clusters",
        "properties.keyVaultProperties",
        URI_NAME_VERSION,
        Identity::Own(""),
    ),
    uri(
        "Microsoft.RecoveryServices/vaults",
        KEY_VAULT,
        "keyUri",
        Identity::Own("properties.encryption.kekIdentity.userAssignedIdentity"),
    ),
    parts(
        "Microsoft.ServiceBus/namespaces",
        "properties.encryption.keyVaultProperties[*]",
        URI_NAME_VERSION,
        Identity::Own(".identity.userAssignedIdentity"),
    ),
    follows(
        "properties.autoRotationEnabled",
        only(
            "properties.serverKeyType",
            "AzureKeyVault",
            uri(
                "Microsoft.Sql/managedInstances/encryptionProtector",
                "properties",
                "uri",
                Identity::Parent("properties.primaryUserAssignedIdentityId"),
            ),
        ),
    ),
    follows(
        "properties.autoRotationEnabled",
        only(
            "properties.serverKeyType",
            "AzureKeyVault",
            uri(
                "Microsoft.Sql/servers/encryptionProtector",
                "properties",
                "uri",
                Identity::Parent("properties.primaryUserAssignedIdentityId"),
            ),
        ),
    ),
    only(
        SOURCE,
        "Microsoft.Keyvault",
        parts(
            "Microsoft.Storage/storageAccounts",
            "properties.encryption.keyvaultproperties",
            ("keyvaulturi", "keyname", "keyversion"),
            USER_IDENTITY,
        ),
    ),
    only(
        "properties.source",
        "Microsoft.KeyVault",
        uri(
            "Microsoft.Storage/storageAccounts/encryptionScopes",
            "properties.keyVaultProperties",
            "keyUri",
            Identity::Parent("properties.encryption.identity.userAssignedIdentity"),
        ),
    ),
    uri(
        "Microsoft.Synapse/workspaces",
        "properties.encryption.cmk.key",
        "keyVaultUrl",
        Identity::Own("properties.encryption.cmk.kekIdentity.userAssignedIdentity"),
    ),
];

/// The types in [`CONSUMERS`], each once, in order.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    let first = |at: usize| CONSUMERS[..at].iter().all(|earlier| earlier.kind != CONSUMERS[at].kind);
    (0..CONSUMERS.len()).filter(move |at| first(*at)).map(|at| CONSUMERS[at].kind)
}

/// The places in the bodies of `kind`, without letter case.
pub fn of_kind(kind: &str) -> impl Iterator<Item = &'static Consumer> {
    CONSUMERS.iter().filter(move |consumer| consumer.kind.eq_ignore_ascii_case(kind))
}

/// Every type that the encryption chain reads.
pub fn all_kinds() -> impl Iterator<Item = &'static str> {
    let parents = CONSUMERS.iter().filter(|consumer| matches!(consumer.identity, Identity::Parent(_)));
    let parents = parents.filter_map(|consumer| Some(consumer.kind.rsplit_once('/')?.0));
    kinds().chain(parents).chain([
        "Microsoft.KeyVault/vaults",
        "Microsoft.KeyVault/vaults/keys",
        "Microsoft.KeyVault/managedHSMs",
        "Microsoft.KeyVault/managedHSMs/keys",
        "Microsoft.ManagedIdentity/userAssignedIdentities",
        "Microsoft.Authorization/roleAssignments",
    ])
}

/// The types whose own identity goes to a vault.
pub fn with_identity() -> impl Iterator<Item = &'static str> {
    kinds().filter(|kind| of_kind(kind).any(|consumer| matches!(consumer.identity, Identity::Own(_))))
}

/// All paths that are read of a consumer's own body.
pub fn paths(consumer: &Consumer) -> Vec<String> {
    let below = |name: &str| format!("{}.{name}", consumer.base);
    let mut out = match consumer.names {
        Names::Uri(path) | Names::Set(path) => vec![below(path)],
        Names::Parts(vault, name, version) => {
            [vault, name, version].into_iter().filter(|name| !name.is_empty()).map(below).collect()
        }
    };
    if !consumer.vault_id.is_empty() {
        out.push(below(consumer.vault_id));
    }
    out.extend([consumer.only.0, consumer.follows].iter().filter(|p| !p.is_empty()).map(|p| (*p).to_owned()));
    if let Identity::Own(path) = consumer.identity {
        match path.strip_prefix('.') {
            Some(relative) => out.push(below(relative)),
            None if path.is_empty() => {}
            None => out.push(path.to_owned()),
        }
    }
    out
}
