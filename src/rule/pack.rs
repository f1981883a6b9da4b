//! The pack: the shipped rules, compiled into the program, and packs from folders.

use std::collections::BTreeMap;
use std::path::Path as FilePath;

use sha2::{Digest, Sha256};

use super::compile::Compiled;
use super::files::{
    PackError, Source, Stored, api_versions, compile_all, full_path, read_folder, set_by_azure, with_own,
};
use super::model::{Condition, Decision, Over, Rule, Test};
use super::properties::PropertyTable;
use crate::analysis::access::reads as access;
use crate::analysis::exposure;
use crate::analysis::exposure::nsg;
use crate::analysis::exposure::security_rule::{READS, SECURITY_RULE};
use crate::analysis::{encryption, migration};
use crate::finding::fingerprint::hex;
use crate::inventory::index::Join;
use crate::inventory::reads::{self, Reads, Supply, not_in_rows};
use crate::inventory::value::Keys;

/// A set of rules, ordered by id.
#[derive(Clone, Debug, Default)]
pub struct Pack {
    rules: Vec<Rule>,
    api_versions: BTreeMap<String, String>,
    set_by_azure: BTreeMap<String, Vec<String>>,
}

impl Pack {
    /// The rules that ship with the program.
    ///
    /// # Errors
    /// When the compiled-in bytes are damaged.
    pub fn shipped() -> Result<Self, PackError> {
        let bytes: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/pack.bin"));
        let stored: Stored =
            postcard::from_bytes(bytes).map_err(|error| PackError::Damaged(error.to_string()))?;
        let Stored { rules, api_versions, set_by_azure } = stored;
        Ok(Self { rules, api_versions, set_by_azure })
    }

    /// The files of the shipped rules.
    ///
    /// # Errors
    /// When the compiled-in bytes are damaged.
    pub fn shipped_sources() -> Result<Vec<Source>, PackError> {
        let bytes: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/sources.zst"));
        let damaged = |error: String| PackError::Damaged(error);
        let text = zstd::decode_all(bytes).map_err(|error| damaged(error.to_string()))?;
        postcard::from_bytes(&text).map_err(|error| damaged(error.to_string()))
    }

    /// A pack of compiled rules.
    pub fn of(compiled: &[Compiled], table: &PropertyTable) -> Self {
        let mut pack = Self::default();
        for compiled in compiled {
            pack.rules.push(compiled.rule.clone());
        }
        pack.rules.sort_by(|one, two| one.id.cmp(&two.id));
        pack.api_versions = api_versions(&pack.rules, table);
        pack.set_by_azure = set_by_azure(&pack.rules, table);
        pack
    }

    /// A pack of one rule that is run over what is there already: nothing is read with it, so that it needs no
    /// api-versions.
    pub fn of_one(rule: &Rule) -> Self {
        Self { rules: vec![rule.clone()], ..Self::default() }
    }

    /// This pack with the rules of `other` added; a rule with the same id is replaced.
    #[must_use]
    pub fn overridden_by(mut self, other: Self) -> Self {
        self.rules.retain(|rule| !other.rules.iter().any(|newer| newer.id == rule.id));
        self.rules.extend(other.rules);
        self.rules.sort_by(|one, two| one.id.cmp(&two.id));
        self.api_versions.extend(other.api_versions);
        for (kind, paths) in other.set_by_azure {
            self.set_by_azure.entry(kind).or_default().extend(paths);
        }
        self
    }

    /// Keeps the rules that `wanted` says yes to.
    pub fn retain(&mut self, wanted: impl Fn(&Rule) -> bool) {
        self.rules.retain(wanted);
    }

    /// The rules, by id.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// `sha256:` over ids and files of the rules, in order.
    pub fn digest(&self) -> String {
        let mut hasher = Sha256::new();
        for rule in &self.rules {
            hasher.update(format!("{}\n{}\n", rule.id, rule.digest));
        }
        format!("sha256:{}", hex(&hasher.finalize()))
    }

    /// Everything the rules read.
    pub fn reads(&self) -> Reads {
        let mut reads = Reads::default();
        for rule in &self.rules {
            read_itself(rule, &mut reads);
        }
        add_parents(&mut reads);
        let names: Vec<String> = reads.iter().map(|reads| reads.name.clone()).collect();
        for name in names {
            let version = self.api_versions.get(&name.to_ascii_lowercase()).cloned();
            let entry = reads.entry(&name);
            entry.api_version = version.or_else(|| entry.api_version.take());
            let own = self.set_by_azure.get(&name.to_ascii_lowercase()).into_iter().flatten();
            entry
                .set_by_azure
                .extend(own.filter(|path| entry.paths.iter().any(|read| reads::covers(path, read))).cloned());
        }
        reads
    }

    /// Everything the rules and the analysis of network exposure read.
    pub fn reads_with_exposure(&self) -> Reads {
        let mut reads = self.reads();
        exposure::reads::reads(&mut reads);
        exposure::services::reads::reads(&mut reads);
        reads
    }

    /// What rules look for resources by.
    pub fn joins(&self) -> Vec<Join> {
        let mut out = Vec::new();
        for over in self.rules.iter().flat_map(Rule::ranges) {
            if let Over::Referrers { resource_type, path, .. } | Over::Matches { resource_type, path, .. } =
                over
            {
                let by_text = matches!(over, Over::Matches { .. });
                out.push(Join { kind: resource_type.clone(), path: path.clone(), by_text });
            }
        }
        out.sort();
        out.dedup();
        out
    }

    /// The rules with their paths tied to an inventory's keys.
    pub fn link(&self, keys: &Keys) -> Vec<Linked> {
        self.rules.iter().map(|rule| Linked::new(rule.clone(), keys)).collect()
    }
}

/// A rule whose paths are tied to an inventory's keys.
#[derive(Clone, Debug)]
pub struct Linked {
    /// The rule.
    pub rule: Rule,
    /// The question for network security groups, where the rule asks one.
    pub(super) question: Option<nsg::Question>,
}

impl Linked {
    fn new(mut rule: Rule, keys: &Keys) -> Self {
        let question = match &rule.decision {
            Decision::NsgInbound(asked) => Some(super::evaluate::question(asked)),
            _ => None,
        };
        let slots = rule.slots.clone();
        rule.paths_mut(&mut |path| {
            path.keys = path.names.iter().map(|name| keys.find(name).unwrap_or_default()).collect();
            let full = full_path(&slots, path);
            let kinds = slots.get(usize::from(path.slot)).map_or(&[][..], |slot| slot.types.as_slice());
            path.gap = kinds.iter().any(|kind| not_in_rows(kind).any(|gap| reads::covers(gap, &full)));
        });
        Self { rule, question }
    }
}

/// Adds what one rule reads, and the parents of what it reads.
pub fn read_by(rule: &Rule, reads: &mut Reads) {
    read_itself(rule, reads);
    add_parents(reads);
}

fn read_itself(rule: &Rule, reads: &mut Reads) {
    let mut copy = rule.clone();
    copy.paths_mut(&mut |path| {
        let full = full_path(&rule.slots, path);
        let kinds = rule.slots.get(usize::from(path.slot)).map_or(&[][..], |slot| slot.types.as_slice());
        for kind in kinds {
            reads.entry(kind).paths.insert(full.clone());
        }
    });
    for slot in &rule.slots {
        for kind in &slot.types {
            let entry = reads.entry(kind);
            if !slot.prefix.is_empty() {
                entry.paths.insert(slot.prefix.clone());
            }
        }
    }
    for condition in rule.conditions() {
        condition.walk(&mut |inner| {
            if let Condition::Access(_) = inner {
                access::reads(reads);
                for kind in rule.slots.first().map_or(&[][..], |slot| slot.types.as_slice()) {
                    access::reads_of_identity(kind, reads);
                }
            }
            // The length of a map needs its entries.
            if let Condition::Compare { path, test: Test::Length(..), .. } = inner {
                let full = format!("{}.{{*}}", full_path(&rule.slots, path));
                let kinds =
                    rule.slots.get(usize::from(path.slot)).map_or(&[][..], |slot| slot.types.as_slice());
                for kind in kinds {
                    reads.entry(kind).paths.insert(full.clone());
                }
            }
        });
    }
    for over in rule.ranges() {
        match over {
            Over::Children { slot, resource_type } => {
                let on = rule.slots.get(usize::from(*slot)).map_or(&[][..], |slot| slot.types.as_slice());
                let entry = reads.entry(resource_type);
                if reads::supply(resource_type) == Supply::Extension {
                    entry.on.extend(on.iter().cloned());
                }
            }
            Over::Referrers { resource_type, path, .. } | Over::Matches { resource_type, path, .. } => {
                reads.entry(resource_type).paths.insert(path.clone());
            }
            Over::Resources { resource_type, .. } => {
                reads.entry(resource_type);
            }
            Over::Elements { .. } => {}
        }
    }
    if let Decision::NsgInbound(_) = rule.decision {
        reads.entry(SECURITY_RULE).paths.extend(READS.iter().map(|path| (*path).to_owned()));
    }
    if rule.asks_exposure() {
        exposure::reads::reads(reads);
    }
    if rule.asks_for_permission() {
        access::reads(reads);
    }
    if rule.asks_of_keys() {
        encryption::reads(reads);
    }
    if rule.asks_of_migration() {
        migration::reads(reads);
    }
}

/// The parents of children have to be known before the children can be listed.
fn add_parents(reads: &mut Reads) {
    let mut children: Vec<String> = reads.iter().map(|reads| reads.name.clone()).collect();
    while let Some(kind) = children.pop() {
        let is_below = matches!(reads::supply(&kind), Supply::Child | Supply::VaultItem | Supply::Nested(_));
        if let Some((parent, _)) = kind.rsplit_once('/').filter(|_| is_below) {
            reads.entry(parent);
            children.push(parent.to_owned());
        }
    }
}

/// The types of Azure, with those that the shipped rules add.
///
/// # Errors
/// When the compiled-in bytes are damaged.
pub fn full_table() -> Result<PropertyTable, PackError> {
    let table = PropertyTable::shipped().map_err(|error| PackError::Damaged(error.to_string()))?;
    Ok(with_own(table, &Pack::shipped_sources()?))
}

/// A pack from a folder.
///
/// # Errors
/// When something can't be read, or is wrong.
pub fn load_folder(folder: &FilePath) -> Result<(Pack, Vec<Compiled>), PackError> {
    let table = full_table()?;
    let sources = read_folder(folder)?;
    if sources.is_empty() {
        let error = std::io::Error::other("no rule file (*.yaml) in this folder");
        return Err(PackError::Unreadable { path: folder.to_owned(), error });
    }
    let compiled = compile_all(&sources, &table).map_err(PackError::Wrong)?;
    Ok((Pack::of(&compiled, &with_own(&table, &sources)), compiled))
}

/// The namespace and type names below it, for filters: `storage` finds `Microsoft.Storage/…`.
pub fn serves(rule: &Rule, service: &str) -> bool {
    let wanted = service.to_ascii_lowercase();
    rule.resource_types.iter().any(|kind| {
        let kind = kind.to_ascii_lowercase();
        let namespace = kind.split('/').next().unwrap_or_default();
        kind == wanted || namespace == wanted || namespace.strip_prefix("microsoft.") == Some(wanted.as_str())
    })
}
