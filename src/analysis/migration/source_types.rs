//! The types whose resources tell where a machine came from.

/// The machines themselves.
pub const MACHINE: &str = "Microsoft.Compute/virtualMachines";
/// Their disks.
pub const DISK: &str = "Microsoft.Compute/disks";
/// What Azure Migrate replicates, or has replicated.
pub const MIGRATION_ITEM: &str = "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationMigrationItems";
/// What Site Recovery replicates.
pub const PROTECTED_ITEM: &str = "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems";
/// Servers outside of Azure that Azure Arc knows.
pub const ARC_MACHINE: &str = "Microsoft.HybridCompute/machines";
/// Network interfaces, on the way to public addresses.
pub const INTERFACE: &str = "Microsoft.Network/networkInterfaces";
/// Public addresses, which keep a mark of the classic deployment model.
pub const PUBLIC_ADDRESS: &str = "Microsoft.Network/publicIPAddresses";

/// All of them, and the parents that the lists of children need.
pub const KINDS: &[&str] = &[
    MACHINE,
    DISK,
    MIGRATION_ITEM,
    PROTECTED_ITEM,
    ARC_MACHINE,
    INTERFACE,
    PUBLIC_ADDRESS,
    "Microsoft.RecoveryServices/vaults",
    "Microsoft.RecoveryServices/vaults/replicationFabrics",
    "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers",
];

/// What is read, by type.
pub const READS: &[(&str, &[&str])] = &[
    (
        MACHINE,
        &[
            "properties.storageProfile.imageReference",
            "properties.storageProfile.imageReference.id",
            "properties.storageProfile.imageReference.publisher",
            "properties.storageProfile.osDisk.createOption",
            "properties.storageProfile.osDisk.managedDisk.id",
            "properties.storageProfile.dataDisks[*].managedDisk.id",
            "properties.osProfile",
            "properties.osProfile.computerName",
            "properties.securityProfile",
            "properties.securityProfile.securityType",
            "properties.licenseType",
            "properties.networkProfile.networkInterfaces[*].id",
        ],
    ),
    (
        DISK,
        &[
            "tags.AzHydration-ManagedDisk-CreatedBy",
            "properties.creationData.createOption",
            "properties.creationData.sourceResourceId",
            "properties.creationData.sourceUri",
            "properties.hyperVGeneration",
        ],
    ),
    (
        MIGRATION_ITEM,
        &[
            "properties.migrationState",
            "properties.machineName",
            "properties.providerSpecificDetails.targetVmName",
            "properties.providerSpecificDetails.targetResourceGroupId",
            "properties.providerSpecificDetails.protectedDisks[*].targetManagedDiskId",
        ],
    ),
    (
        PROTECTED_ITEM,
        &[
            "properties.activeLocation",
            "properties.friendlyName",
            "properties.providerSpecificDetails.instanceType",
            "properties.providerSpecificDetails.recoveryAzureVMName",
            "properties.providerSpecificDetails.targetVmName",
            "properties.providerSpecificDetails.targetVmId",
            "properties.providerSpecificDetails.recoveryFabricObjectId",
            "properties.providerSpecificDetails.recoveryAzureResourceGroupId",
            "properties.providerSpecificDetails.targetResourceGroupId",
        ],
    ),
    (ARC_MACHINE, &["properties.vmUuid"]),
    (INTERFACE, &["properties.ipConfigurations[*].properties.publicIPAddress.id"]),
    (PUBLIC_ADDRESS, &["properties.migrationPhase"]),
];
