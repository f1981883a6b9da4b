//! Marks that a migration leaves on a machine and around it.

use super::strength::Strength;
use crate::analysis::answer::Gap;
use crate::inventory::index::ResourceIndex;

/// The kinds of signal, strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Azure Migrate has an item that became this machine.
    MigrationItem,
    /// Site Recovery has an item that failed over to this machine.
    RecoveryItem,
    /// A disk carries the tag of the replication that filled it.
    DiskTag,
    /// A disk was made from a replication's seed disk.
    DiskLineage,
    /// The machine was put together from a finished disk: no image, no provisioning.
    Shape,
    /// A disk was made from a blob.
    ImportedDisk,
    /// Azure Arc knows a server of the same name.
    ArcTwin,
    /// A public address was migrated from the classic deployment model.
    ClassicAddress,
    /// First generation without any security profile.
    Generation,
    /// A licence was brought along.
    Licence,
}

impl Kind {
    /// How much it says alone.
    pub fn strength(self) -> Strength {
        match self {
            Self::MigrationItem | Self::RecoveryItem | Self::DiskTag | Self::DiskLineage => Strength::Strong,
            Self::Shape | Self::ImportedDisk | Self::ArcTwin | Self::ClassicAddress => Strength::Medium,
            Self::Generation | Self::Licence => Strength::Weak,
        }
    }

    /// The word in outputs.
    pub fn word(self) -> &'static str {
        match self {
            Self::MigrationItem => "migration-item",
            Self::RecoveryItem => "recovery-item",
            Self::DiskTag => "disk-tag",
            Self::DiskLineage => "disk-lineage",
            Self::Shape => "attached-disk",
            Self::ImportedDisk => "imported-disk",
            Self::ArcTwin => "arc-twin",
            Self::ClassicAddress => "classic-address",
            Self::Generation => "generation-1",
            Self::Licence => "own-licence",
        }
    }
}

/// A signal that was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signal {
    /// What it is.
    pub kind: Kind,
    /// The resource that shows it.
    pub at: ResourceIndex,
    /// The property that shows it; empty where it is the resource itself.
    pub path: String,
    /// What it says, as people read it.
    pub says: String,
}

/// Something that could have been a signal, had it been read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unseen {
    /// How much it would have said.
    pub strength: Strength,
    /// Why it can't be told.
    pub gap: Gap,
}
