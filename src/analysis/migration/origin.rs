//! How each machine came to Azure.

use std::collections::BTreeMap;

use super::signal::{Kind, Signal, Unseen};
use super::source_types::{
    ARC_MACHINE, DISK, INTERFACE, MACHINE, MIGRATION_ITEM, PROTECTED_ITEM, PUBLIC_ADDRESS,
};
use super::strength::Strength;
use crate::analysis::answer::{Gap, Holds, unread};
use crate::analysis::place::{Found, Place};
use crate::inventory::id::ResourceId;
use crate::inventory::index::{Completeness, Inventory, ResourceIndex};

/// What Azure Migrate and Site Recovery write into the tag of the disks they fill.
const REPLICATED: &str = "Azure Site Recovery";
/// States of a migration item whose machine runs in Azure.
const MIGRATED: [&str; 3] =
    ["MigrationSucceeded", "MigrationCompletedWithInformation", "MigrationPartiallySucceeded"];
/// Licences that come with a server and not with an image.
const OWN_LICENCES: [&str; 4] = ["Windows_Server", "Windows_Client", "RHEL_BYOS", "SLES_BYOS"];

/// The way a machine took, as far as it can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// Azure Migrate.
    AzureMigrate,
    /// Site Recovery, from outside of Azure.
    SiteRecovery,
    /// Site Recovery between two regions of Azure.
    RegionMove,
    /// Azure Migrate or Site Recovery: both leave the same marks.
    Replication,
    /// A disk that was uploaded or imported.
    DiskImport,
    /// The classic deployment model.
    Classic,
    /// Put together from a finished disk, from wherever that came.
    FinishedDisk,
    /// Nothing but hints, or not even these.
    Unclear,
}

impl Way {
    /// The word in outputs.
    pub fn word(self) -> &'static str {
        match self {
            Self::AzureMigrate => "azure-migrate",
            Self::SiteRecovery => "site-recovery",
            Self::RegionMove => "region-move",
            Self::Replication => "replication",
            Self::DiskImport => "disk-import",
            Self::Classic => "classic",
            Self::FinishedDisk => "finished-disk",
            Self::Unclear => "unclear",
        }
    }
}

/// What is known of one machine's origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The machine.
    pub machine: ResourceIndex,
    /// The way it took.
    pub way: Way,
    /// The signals, strongest first.
    pub signals: Vec<Signal>,
    /// What could have been a signal.
    pub unseen: Vec<Unseen>,
}

impl Origin {
    /// How sure it is that the machine was migrated: one strong signal, or two medium ones, or any. `None` where there
    /// is no signal at all.
    pub fn strength(&self) -> Option<Strength> {
        strength(self.signals.iter().map(|signal| signal.kind.strength()))
    }

    /// Whether the machine was migrated, by signals of at least a strength.
    pub fn at_least(&self, least: Strength) -> Holds {
        if self.strength() >= Some(least) {
            return Holds::Yes;
        }
        let seen = self.signals.iter().map(|signal| signal.kind.strength());
        let possible = strength(seen.chain(self.unseen.iter().map(|unseen| unseen.strength)));
        if possible >= Some(least) { Holds::Unknown } else { Holds::No }
    }
}

/// What signals say together.
fn strength(signals: impl Iterator<Item = Strength>) -> Option<Strength> {
    let (mut most, mut medium) = (None, 0);
    for signal in signals {
        medium += u32::from(signal == Strength::Medium);
        most = most.max(Some(signal));
    }
    match most {
        Some(Strength::Medium) if medium < 2 => Some(Strength::Weak),
        most => most,
    }
}

/// The origins of all machines of an inventory.
#[derive(Debug, Default)]
pub struct Migration {
    /// In order of the machines' ids.
    pub machines: Vec<Origin>,
}

/// Items of a replication, by what became of them.
#[derive(Default)]
struct Items {
    /// By folded id of a disk or machine.
    by_id: BTreeMap<String, Vec<Became>>,
    /// By folded name of a machine.
    by_name: BTreeMap<String, Vec<Became>>,
    unseen: Vec<Unseen>,
}

#[derive(Clone)]
struct Became {
    item: ResourceIndex,
    kind: Kind,
    way: Way,
    path: String,
    /// The group that the machine lies in, where the item says so.
    group: Option<String>,
}

impl Migration {
    /// Reads the origins.
    pub fn read(inventory: &Inventory) -> Self {
        let items = Items::read(inventory);
        let arc = Arc::read(inventory);
        let machines = inventory.of_type(MACHINE).iter();
        Self { machines: machines.map(|at| origin(inventory, *at, &items, &arc)).collect() }
    }

    /// What is known of one machine.
    pub fn of(&self, machine: ResourceIndex) -> Option<&Origin> {
        self.machines
            .binary_search_by_key(&machine, |origin| origin.machine)
            .ok()
            .map(|index| &self.machines[index])
    }
}

fn origin(inventory: &Inventory, at: ResourceIndex, items: &Items, arc: &Arc) -> Origin {
    let mut found = Origin {
        machine: at,
        way: Way::Unclear,
        signals: Vec::new(),
        unseen: items.unseen.iter().chain(&arc.unseen).cloned().collect(),
    };
    let mut ways = Vec::new();
    let body = Place::of(inventory, at);
    let id = &inventory.get(at).id;
    let mut became: Vec<Became> = items.by_id.get(&id.folded()).cloned().unwrap_or_default();
    let group = id.resource_group().unwrap_or_default().to_ascii_lowercase();
    became.extend(
        items
            .by_name
            .get(&id.name().to_ascii_lowercase())
            .into_iter()
            .flatten()
            .filter(|became| became.group.as_ref().is_none_or(|known| *known == group))
            .cloned(),
    );
    let (disks, unseen) = disks(inventory, &body);
    found.unseen.extend(unseen);
    for disk in &disks {
        became.extend(items.by_id.get(&inventory.get(*disk).id.folded()).cloned().unwrap_or_default());
        of_disk(inventory, *disk, &mut found, &mut ways);
    }
    became.sort_by(|one, two| (one.item, &one.path).cmp(&(two.item, &two.path)));
    became.dedup_by_key(|became| became.item);
    for one in became {
        let says = match one.kind {
            Kind::MigrationItem => "Azure Migrate made this machine of the server it replicated",
            _ => "Site Recovery failed over to this machine",
        };
        ways.push(one.way);
        found.signals.push(Signal { kind: one.kind, at: one.item, path: one.path, says: says.into() });
    }
    of_body(&body, at, &mut found, &mut ways);
    of_addresses(inventory, &body, &mut found, &mut ways);
    if let Some(twin) = arc.by_name.get(&id.name().to_ascii_lowercase()) {
        let says = "Azure Arc knows a server of this name, as it knows those outside of Azure";
        found.signals.push(Signal { kind: Kind::ArcTwin, at: *twin, path: String::new(), says: says.into() });
    }
    found.signals.sort_by(|one, two| (one.kind, one.at, &one.path).cmp(&(two.kind, two.at, &two.path)));
    // Several disks say the same once.
    found.signals.dedup_by_key(|signal| signal.kind);
    found.unseen.sort();
    found.unseen.dedup();
    found.way = ways.into_iter().min().unwrap_or(Way::Unclear);
    found
}

/// The disks of a machine that were read.
fn disks(inventory: &Inventory, body: &Place<'_>) -> (Vec<ResourceIndex>, Vec<Unseen>) {
    let (mut disks, mut unseen) = (Vec::new(), Vec::new());
    let mut note = |gap: Gap| unseen.push(Unseen { strength: Strength::Strong, gap });
    for path in [
        "properties.storageProfile.osDisk.managedDisk.id",
        "properties.storageProfile.dataDisks[*].managedDisk.id",
    ] {
        let (places, gaps) = body.each(path);
        gaps.into_iter().for_each(&mut note);
        for id in places.iter().filter_map(|place| place.value().as_str()).filter_map(ResourceId::parse) {
            match (inventory.find(&id), inventory.completeness(&id, DISK)) {
                (Some(disk), _) => disks.push(disk),
                // A disk that is gone can't have been the machine's; Azure would not have let it go.
                (None, Completeness::Complete) => {}
                (None, incomplete) => Gap::of(incomplete).into_iter().for_each(&mut note),
            }
        }
    }
    disks.sort_unstable();
    disks.dedup();
    (disks, unseen)
}

fn of_disk(inventory: &Inventory, disk: ResourceIndex, found: &mut Origin, ways: &mut Vec<Way>) {
    let body = Place::of(inventory, disk);
    let name = inventory.get(disk).id.name();
    let open = |strength: Strength, gap: Gap| Unseen { strength, gap };
    let mut add = |kind: Kind, path: &str, says: String| {
        found.signals.push(Signal { kind, at: disk, path: path.to_owned(), says });
    };
    let tag = "tags.AzHydration-ManagedDisk-CreatedBy";
    match body.text(tag) {
        Ok(Some(text)) if text.trim().eq_ignore_ascii_case(REPLICATED) => {
            add(Kind::DiskTag, tag, format!("a replication filled the disk {name}"));
            ways.push(Way::Replication);
        }
        Ok(_) => {}
        Err(gap) => found.unseen.push(open(Strength::Strong, gap)),
    }
    let mut add = |kind: Kind, path: &str, says: String| {
        found.signals.push(Signal { kind, at: disk, path: path.to_owned(), says });
    };
    let option = match body.text("properties.creationData.createOption") {
        Ok(option) => option.unwrap_or_default(),
        Err(gap) => {
            // Its lineage, and with it a strong signal.
            found.unseen.push(open(Strength::Strong, gap));
            return;
        }
    };
    if option.eq_ignore_ascii_case("Restore") {
        let path = "properties.creationData.sourceResourceId";
        match body.text(path) {
            Ok(Some(source)) if is_seed(source) => {
                add(
                    Kind::DiskLineage,
                    path,
                    format!("the disk {name} was made of a replication's seed disk"),
                );
                ways.push(Way::Replication);
            }
            Ok(_) => {}
            Err(gap) => found.unseen.push(open(Strength::Strong, gap)),
        }
    } else if ["Import", "ImportSecure", "Upload", "UploadPreparedSecure"]
        .iter()
        .any(|import| option.eq_ignore_ascii_case(import))
    {
        let path = "properties.creationData.createOption";
        add(Kind::ImportedDisk, path, format!("the disk {name} was uploaded, or made of a blob"));
        ways.push(Way::DiskImport);
    }
}

/// Whether a disk's source is a bookmark of a seed disk: `…/disks/asrseeddisk-<name>-<guid>/bookmark/<guid>`.
fn is_seed(source: &str) -> bool {
    let source = source.to_ascii_lowercase();
    source.split_once("/disks/asrseeddisk-").is_some_and(|(_, rest)| rest.contains("/bookmark/"))
}

fn of_body(body: &Place<'_>, at: ResourceIndex, found: &mut Origin, ways: &mut Vec<Way>) {
    match shape(body) {
        Ok(true) => {
            let path = "properties.storageProfile.osDisk.createOption";
            let says = "it was put together from a finished disk, without image and without provisioning";
            found.signals.push(Signal { kind: Kind::Shape, at, path: path.into(), says: says.into() });
            ways.push(Way::FinishedDisk);
        }
        Ok(false) => {}
        Err(gap) => found.unseen.push(Unseen { strength: Strength::Medium, gap }),
    }
    let path = "properties.licenseType";
    match body.text(path) {
        Ok(Some(licence)) if OWN_LICENCES.iter().any(|own| own.eq_ignore_ascii_case(licence)) => {
            let says = format!("it brought its licence along ({licence})");
            found.signals.push(Signal { kind: Kind::Licence, at, path: path.into(), says });
        }
        Ok(_) => {}
        Err(gap) => found.unseen.push(Unseen { strength: Strength::Weak, gap }),
    }
    let without_profile = matches!(body.text("properties.securityProfile.securityType"), Ok(None));
    let disk = body.text("properties.storageProfile.osDisk.managedDisk.id").ok().flatten();
    if let (true, Some(disk)) = (without_profile, disk.and_then(ResourceId::parse))
        && let Some(disk) = body.inventory().find(&disk)
        && let Ok(Some(generation)) = Place::of(body.inventory(), disk).text("properties.hyperVGeneration")
        && generation.eq_ignore_ascii_case("V1")
    {
        let says = "a machine of the first generation, without a security type";
        let path = "properties.hyperVGeneration".to_owned();
        found.signals.push(Signal { kind: Kind::Generation, at: disk, path, says: says.into() });
    }
}

/// No image, no provisioning, an attached disk.
fn shape(body: &Place<'_>) -> Result<bool, Gap> {
    let absent = |path: &str| match body.get(path) {
        Found::Absent => Ok(true),
        Found::There(_) => Ok(false),
        Found::Open(gap) => Err(gap),
    };
    let option = body.text("properties.storageProfile.osDisk.createOption")?;
    Ok(option.is_some_and(|option| option.eq_ignore_ascii_case("Attach"))
        && absent("properties.storageProfile.imageReference")?
        && absent("properties.osProfile")?)
}

fn of_addresses(inventory: &Inventory, body: &Place<'_>, found: &mut Origin, ways: &mut Vec<Way>) {
    let follow = |from: &Place<'_>, path: &str, kind: &str, unseen: &mut Vec<Unseen>| -> Vec<ResourceIndex> {
        let (places, gaps) = from.each(path);
        let mut note = |gap: Gap| unseen.push(Unseen { strength: Strength::Medium, gap });
        gaps.into_iter().for_each(&mut note);
        let mut out = Vec::new();
        for id in places.iter().filter_map(|place| place.value().as_str()).filter_map(ResourceId::parse) {
            match (inventory.find(&id), inventory.completeness(&id, kind)) {
                (Some(at), _) => out.push(at),
                (None, incomplete) => Gap::of(incomplete).into_iter().for_each(&mut note),
            }
        }
        out
    };
    let mut unseen = Vec::new();
    for interface in follow(body, "properties.networkProfile.networkInterfaces[*].id", INTERFACE, &mut unseen)
    {
        let interface = Place::of(inventory, interface);
        let path = "properties.ipConfigurations[*].properties.publicIPAddress.id";
        for address in follow(&interface, path, PUBLIC_ADDRESS, &mut unseen) {
            let path = "properties.migrationPhase";
            match Place::of(inventory, address).text(path) {
                Ok(Some(phase)) if !phase.eq_ignore_ascii_case("None") => {
                    let says = "its public address comes from the classic deployment model".to_owned();
                    let kind = Kind::ClassicAddress;
                    found.signals.push(Signal { kind, at: address, path: path.into(), says });
                    ways.push(Way::Classic);
                }
                Ok(_) => {}
                Err(gap) => unseen.push(Unseen { strength: Strength::Medium, gap }),
            }
        }
    }
    found.unseen.extend(unseen);
}

impl Items {
    fn read(inventory: &Inventory) -> Self {
        let mut items = Self::default();
        for kind in [MIGRATION_ITEM, PROTECTED_ITEM] {
            let gap = unread(inventory, kind);
            items.unseen.extend(gap.map(|gap| Unseen { strength: Strength::Strong, gap }));
        }
        for &item in inventory.of_type(MIGRATION_ITEM) {
            if let Err(gap) = items.migration(inventory, item) {
                items.unseen.push(Unseen { strength: Strength::Strong, gap });
            }
        }
        for &item in inventory.of_type(PROTECTED_ITEM) {
            if let Err(gap) = items.recovery(inventory, item) {
                items.unseen.push(Unseen { strength: Strength::Strong, gap });
            }
        }
        items.unseen.sort();
        items.unseen.dedup();
        items
    }

    fn migration(&mut self, inventory: &Inventory, item: ResourceIndex) -> Result<(), Gap> {
        let body = Place::of(inventory, item);
        let state = body.text("properties.migrationState")?.unwrap_or_default();
        if !MIGRATED.iter().any(|done| done.eq_ignore_ascii_case(state)) {
            return Ok(());
        }
        let details = "properties.providerSpecificDetails";
        let became = |path: &str| Became {
            item,
            kind: Kind::MigrationItem,
            way: Way::AzureMigrate,
            path: path.to_owned(),
            group: None,
        };
        self.name(
            &body,
            &format!("{details}.targetVmName"),
            &format!("{details}.targetResourceGroupId"),
            &became,
        )?;
        let (disks, _) = body.each(&format!("{details}.protectedDisks[*].targetManagedDiskId"));
        for disk in disks {
            self.id(disk.value().as_str(), became(disk.path()));
        }
        Ok(())
    }

    fn recovery(&mut self, inventory: &Inventory, item: ResourceIndex) -> Result<(), Gap> {
        let body = Place::of(inventory, item);
        // Before a failover the machine in Azure doesn't exist, or is the source.
        let active = body.text("properties.activeLocation")?.unwrap_or_default();
        if !active.eq_ignore_ascii_case("Recovery") {
            return Ok(());
        }
        let details = "properties.providerSpecificDetails";
        let provider = body.text(&format!("{details}.instanceType"))?.unwrap_or_default();
        let way = match provider {
            text if text.eq_ignore_ascii_case("A2A") => Way::RegionMove,
            _ => Way::SiteRecovery,
        };
        let became =
            |path: &str| Became { item, kind: Kind::RecoveryItem, way, path: path.to_owned(), group: None };
        for (name, group) in [
            ("recoveryAzureVMName", "recoveryAzureResourceGroupId"),
            ("targetVmName", "targetResourceGroupId"),
        ] {
            self.name(&body, &format!("{details}.{name}"), &format!("{details}.{group}"), &became)?;
        }
        for name in ["targetVmId", "recoveryFabricObjectId"] {
            let path = format!("{details}.{name}");
            self.id(body.text(&path)?, became(&path));
        }
        Ok(())
    }

    /// A machine by its name; in a group, where the item says in which.
    fn name(
        &mut self,
        body: &Place<'_>,
        path: &str,
        group: &str,
        became: &dyn Fn(&str) -> Became,
    ) -> Result<(), Gap> {
        if let Some(name) = body.text(path)? {
            let group = body.text(group)?.and_then(ResourceId::parse);
            let group = group.and_then(|id| id.resource_group().map(str::to_ascii_lowercase));
            let one = Became { group, ..became(path) };
            self.by_name.entry(name.to_ascii_lowercase()).or_default().push(one);
        }
        Ok(())
    }

    fn id(&mut self, id: Option<&str>, became: Became) {
        if let Some(id) = id.and_then(ResourceId::parse) {
            self.by_id.entry(id.folded()).or_default().push(became);
        }
    }
}

/// Servers that Azure Arc knows, by their folded names.
struct Arc {
    by_name: BTreeMap<String, ResourceIndex>,
    unseen: Vec<Unseen>,
}

impl Arc {
    fn read(inventory: &Inventory) -> Self {
        let gap = unread(inventory, ARC_MACHINE);
        let mut by_name = BTreeMap::new();
        for &at in inventory.of_type(ARC_MACHINE) {
            by_name.entry(inventory.get(at).id.name().to_ascii_lowercase()).or_insert(at);
        }
        let unseen = gap.map(|gap| Unseen { strength: Strength::Medium, gap });
        Self { by_name, unseen: unseen.into_iter().collect() }
    }
}
