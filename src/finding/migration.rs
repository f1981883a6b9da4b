//! What is said of migrated machines: where each came from, its wave, what it still lacks, and what the migration
//! left behind.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::report::ScanFacts;
use super::verdict::Verdict;
use crate::analysis::answer::Holds;
use crate::analysis::migration::origin::Origin;
use crate::analysis::migration::strength::Strength;
use crate::analysis::migration::wave::Wave;
use crate::inventory::index::{Inventory, ResourceIndex};
use crate::rule::evaluate::Outcome;
use crate::rule::pack::Pack;

/// The baseline of a machine: what is told of it, and the rules that decide. The worst of them counts.
pub const BASELINE: [(&str, &[&str]); 5] = [
    ("agent", &["vm-agent-missing-or-unhealthy"]),
    ("backup", &["vm-backup-missing"]),
    ("endpoint protection", &["vm-endpoint-protection-missing"]),
    ("updates", &["vm-auto-updates-off", "vm-periodic-assessment-off"]),
    ("trusted launch", &["vm-trusted-launch-off"]),
];

/// The rules that find what migrations leave behind.
pub const LEFTOVERS: [&str; 6] = [
    "migrate-test-migration-not-cleaned",
    "asr-test-failover-not-cleaned",
    "migrate-seed-disk-leftover",
    "migrate-cache-storage-leftover",
    "migrate-appliance-identity-leftover",
    "resource-mover-identity-leftover",
];

/// Read for what it reads: it asks where machines came from.
const READER: &str = "migrated-vm-hardening-gap";

/// Whether the command runs a rule.
pub fn runs(rule: &str) -> bool {
    rule == READER || LEFTOVERS.contains(&rule) || BASELINE.iter().any(|(_, rules)| rules.contains(&rule))
}

/// The answer of `skytjek migration -o json`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct MigrationReport {
    /// Version of this format.
    pub version: u32,
    /// Clock, source and scopes.
    pub scan: ScanFacts,
    /// Counts.
    pub summary: MigrationSummary,
    /// All machines, in order of wave and id.
    pub machines: Vec<MachineRow>,
    /// What migrations left behind, in order of rule and id.
    pub leftovers: Vec<LeftoverRow>,
}

/// Counts over the machines.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MigrationSummary {
    /// All machines.
    pub machines: usize,
    /// Those that were migrated: by a strong signal, or two medium ones.
    pub migrated: usize,
    /// Those of which that can't be told.
    pub unknown: usize,
    /// Migrated machines that lack something of the baseline.
    pub below_baseline: usize,
    /// Resources left behind.
    pub leftovers: usize,
}

/// Whether a machine was migrated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Migrated {
    /// It was.
    Yes,
    /// It was not, or nothing but hints say so.
    No,
    /// It can't be told.
    Unknown,
}

/// One machine.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct MachineRow {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its region.
    pub location: String,
    /// Its waves, in order of their names.
    pub waves: Vec<String>,
    /// Whether it was migrated.
    pub migrated: Migrated,
    /// The way it took: azure-migrate, site-recovery, region-move, replication, disk-import, classic, finished-disk or
    /// unclear.
    pub origin: &'static str,
    /// What the signals say together: strong, medium or weak; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strength: Option<&'static str>,
    /// The signals, strongest first.
    pub signals: Vec<SignalRow>,
    /// What could have been a signal, had it been read.
    pub unseen: Vec<String>,
    /// What of the baseline is there: agent, backup, endpoint protection, updates, trusted launch. A verdict for each.
    pub baseline: BTreeMap<&'static str, Verdict>,
}

/// One signal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SignalRow {
    /// What kind: migration-item, recovery-item, disk-tag, disk-lineage, attached-disk, …
    pub signal: &'static str,
    /// strong, medium or weak.
    pub strength: &'static str,
    /// The resource that shows it.
    pub resource: String,
    /// The property that shows it; empty where it is the resource itself.
    pub path: String,
    /// In words.
    pub says: String,
}

/// Something left behind, or of which that can't be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LeftoverRow {
    /// The rule that found it; `skytjek rules explain` says more.
    pub rule: String,
    /// fail or unknown.
    pub verdict: Verdict,
    /// The resource.
    pub resource: String,
    /// The rule's message, or why it can't be told.
    pub says: String,
    /// The command that takes it away.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub azure_cli: String,
}

/// Outcomes of the rules that the command runs.
#[derive(Debug, Default)]
pub struct Judged {
    baseline: BTreeMap<ResourceIndex, BTreeMap<&'static str, Verdict>>,
    leftovers: Vec<LeftoverRow>,
}

impl Judged {
    /// Takes in what a rule says.
    pub fn add(&mut self, outcome: Outcome, pack: &Pack, inventory: &Inventory) {
        let rule = pack.rules()[outcome.rule].id.as_str();
        if let Some((part, _)) = BASELINE.iter().find(|(_, rules)| rules.contains(&rule)) {
            let of_machine = self.baseline.entry(outcome.resource).or_default();
            let worst = of_machine.entry(part).or_insert(outcome.verdict);
            *worst = (*worst).min(outcome.verdict);
        } else if LEFTOVERS.contains(&rule) && matches!(outcome.verdict, Verdict::Fail | Verdict::Unknown) {
            self.leftovers.push(LeftoverRow {
                rule: rule.to_owned(),
                verdict: outcome.verdict,
                resource: inventory.get(outcome.resource).id.to_string(),
                says: outcome.why.text,
                azure_cli: outcome.why.azure_cli,
            });
        }
    }
}

/// Puts the report together.
pub fn report(
    inventory: &Inventory,
    origins: &[&Origin],
    waves: &[Wave],
    mut judged: Judged,
    scan: ScanFacts,
) -> MigrationReport {
    let mut machines: Vec<MachineRow> = origins
        .iter()
        .map(|origin| {
            let baseline = judged.baseline.remove(&origin.machine).unwrap_or_default();
            machine(inventory, origin, waves, baseline)
        })
        .collect();
    machines.sort_by_cached_key(|row| (row.waves.is_empty(), row.waves.clone(), row.id.to_ascii_lowercase()));
    let mut leftovers = judged.leftovers;
    leftovers
        .sort_by_cached_key(|row| (row.rule.clone(), row.resource.to_ascii_lowercase(), row.says.clone()));
    let count = |wanted: &dyn Fn(&MachineRow) -> bool| machines.iter().filter(|row| wanted(row)).count();
    let summary = MigrationSummary {
        machines: machines.len(),
        migrated: count(&|row| row.migrated == Migrated::Yes),
        unknown: count(&|row| row.migrated == Migrated::Unknown),
        below_baseline: count(&|row| row.migrated == Migrated::Yes && row.lacks().next().is_some()),
        leftovers: leftovers.iter().filter(|row| row.verdict == Verdict::Fail).count(),
    };
    MigrationReport { version: 1, scan, summary, machines, leftovers }
}

fn machine(
    inventory: &Inventory,
    origin: &Origin,
    waves: &[Wave],
    baseline: BTreeMap<&'static str, Verdict>,
) -> MachineRow {
    let resource = inventory.get(origin.machine);
    let mut of_waves: Vec<String> = waves
        .iter()
        .filter(|wave| wave.holds(inventory, origin.machine))
        .map(|wave| wave.name.clone())
        .collect();
    of_waves.sort();
    let signals = origin.signals.iter().map(|signal| SignalRow {
        signal: signal.kind.word(),
        strength: signal.kind.strength().word(),
        resource: inventory.get(signal.at).id.to_string(),
        path: signal.path.clone(),
        says: signal.says.clone(),
    });
    let mut unseen: Vec<String> = origin
        .unseen
        .iter()
        .filter(|unseen| unseen.strength > Strength::Weak)
        .map(|unseen| unseen.gap.reason.clone())
        .collect();
    unseen.dedup();
    MachineRow {
        id: resource.id.to_string(),
        name: resource.id.name().to_owned(),
        location: inventory.location_of(origin.machine).to_owned(),
        waves: of_waves,
        migrated: match origin.at_least(Strength::Medium) {
            Holds::Yes => Migrated::Yes,
            Holds::No => Migrated::No,
            Holds::Unknown => Migrated::Unknown,
        },
        origin: origin.way.word(),
        strength: origin.strength().map(Strength::word),
        signals: signals.collect(),
        unseen,
        baseline,
    }
}

impl MachineRow {
    /// What of the baseline is missing, in its order.
    pub fn lacks(&self) -> impl Iterator<Item = &'static str> {
        self.of_baseline(Verdict::Fail)
    }

    /// What of the baseline could not be told.
    pub fn open(&self) -> impl Iterator<Item = &'static str> {
        self.of_baseline(Verdict::Unknown)
    }

    fn of_baseline(&self, verdict: Verdict) -> impl Iterator<Item = &'static str> {
        BASELINE.iter().map(|(part, _)| *part).filter(move |part| self.baseline.get(part) == Some(&verdict))
    }
}

impl MigrationReport {
    /// Whether everything that the answer rests on was seen.
    pub fn is_complete(&self) -> bool {
        let sure = |row: &MachineRow| row.migrated != Migrated::Unknown && row.open().next().is_none();
        self.machines.iter().all(sure) && self.leftovers.iter().all(|row| row.verdict == Verdict::Fail)
    }
}
