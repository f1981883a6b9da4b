//! Rule files in a folder, and the form in which the shipped ones are stored in the program. The build
//! script uses this module, too.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path as FilePath, PathBuf};

use serde::{Deserialize, Serialize};

use super::compile::{Compiled, compile};
use super::model::{Path, Rule, Slot};
use super::properties::{Lookup, PropertyTable};
use super::yaml::Diagnostic;
use crate::analysis::access::reads as access;
use crate::analysis::encryption::consumer;
use crate::analysis::migration::source_types;
use crate::inventory::path::{below, join, segments};
use crate::inventory::value::is_envelope;

/// Longest rule file that is read.
const MAX_FILE: u64 = 1 << 20;

/// What stands in the program: the compiled rules.
#[derive(Serialize, Deserialize)]
pub struct Stored {
    /// The rules, by id.
    pub rules: Vec<Rule>,
    /// Newest stable api-version by folded type.
    pub api_versions: BTreeMap<String, String>,
    /// Paths that Azure alone sets, by folded type.
    pub set_by_azure: BTreeMap<String, Vec<String>>,
}

/// Why a pack can't be had.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// The program's own pack is damaged.
    #[error("the rule pack in this program is damaged: {0}; install it again")]
    Damaged(String),
    /// A folder or file can't be read.
    #[error("{path}: {error}", path = path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// Rule files are wrong.
    #[error("{}", list(.0))]
    Wrong(Vec<Diagnostic>),
}

fn list(diagnostics: &[Diagnostic]) -> String {
    let lines: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
    let count = diagnostics.len();
    format!("{}\n{count} {} in rule files", lines.join("\n"), if count == 1 { "error" } else { "errors" })
}

/// A rule file: its path as the user sees it, and its text.
pub type Source = (String, String);

/// The newest stable api-version of every type that the rules name, by folded type.
pub fn api_versions(rules: &[Rule], table: &PropertyTable) -> BTreeMap<String, String> {
    let slots = rules.iter().flat_map(|rule| &rule.slots);
    let mut kinds: Vec<String> = slots.flat_map(|slot| slot.types.iter().cloned()).collect();
    // Analyses read types that no rule names.
    if rules.iter().any(Rule::asks_of_keys) {
        kinds.extend(consumer::all_kinds().map(str::to_owned));
    }
    if rules.iter().any(Rule::asks_access) {
        kinds.extend(access::types().map(str::to_owned));
    }
    if rules.iter().any(Rule::asks_of_migration) {
        kinds.extend(source_types::KINDS.iter().map(|kind| (*kind).to_owned()));
    }
    // Children are listed below their parents, which may be children themselves.
    for mut kind in kinds.clone() {
        while let Some((parent, _)) = kind.rsplit_once('/').filter(|(parent, _)| parent.contains('/')) {
            kinds.push(parent.to_owned());
            kind = parent.to_owned();
        }
    }
    kinds.sort();
    kinds.dedup();
    kinds
        .iter()
        .filter_map(|kind| table.resource_type(kind))
        .filter(|table| !table.api_version.is_empty())
        .map(|table| (table.name.to_ascii_lowercase(), table.api_version))
        .collect()
}

/// What a rule asks for to tell what lives from what is only written down ("not deployed yet"): of that code is
/// known to have none.
const MARKS_OF_LIFE: [&str; 3] = ["kind", "properties.provisioningState", "properties.vmId"];

/// The paths that rules read and that Azure alone sets, by folded type; of each the shortest beginning that is
/// so.
pub fn set_by_azure(rules: &[Rule], table: &PropertyTable) -> BTreeMap<String, Vec<String>> {
    let mut read: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for rule in rules {
        rule.clone().paths_mut(&mut |path| {
            let slot = rule.slots.get(usize::from(path.slot));
            for kind in slot.map_or(&[][..], |slot| slot.types.as_slice()) {
                read.entry(kind.to_ascii_lowercase()).or_default().insert(full_path(&rule.slots, path));
            }
        });
    }
    let set = |kind: &String, paths: BTreeSet<String>| {
        let properties = table.resource_type(kind)?;
        let is_set = |start: &String| {
            !is_envelope(start)
                && !MARKS_OF_LIFE.iter().any(|mark| start.eq_ignore_ascii_case(mark))
                && matches!(properties.find(start), Lookup::Known(property) if property.read_only)
        };
        let start_of = |path: &String| {
            let names = segments(path);
            // What lies in lists and maps goes with its element.
            let plain = names.iter().take_while(|name| !name.starts_with(['[', '{'])).count();
            (1..=plain).map(|end| join(names.iter().take(end).copied())).find(is_set)
        };
        let found: BTreeSet<String> = paths.iter().filter_map(start_of).collect();
        Some(found.into_iter().collect::<Vec<_>>()).filter(|found| !found.is_empty())
    };
    read.into_iter().filter_map(|(kind, paths)| Some((kind.clone(), set(&kind, paths)?))).collect()
}

/// A path from its resource's root, whatever slot it starts at.
pub(super) fn full_path(slots: &[Slot], path: &Path) -> String {
    let prefix = slots.get(usize::from(path.slot)).map_or("", |slot| slot.prefix.as_str());
    below(prefix, &join(path.names.iter().map(String::as_str)))
}

/// Reads all rule files below a folder, in order of their paths, and the property table of its own that
/// may stand beside them (`types.tsv`).
///
/// # Errors
/// When something can't be read.
pub fn read_folder(folder: &FilePath) -> Result<Vec<Source>, PackError> {
    let mut files = Vec::new();
    collect(folder, 0, &mut files)?;
    files.sort();
    let mut out = Vec::new();
    for path in files {
        let unreadable = |error| PackError::Unreadable { path: path.clone(), error };
        if std::fs::metadata(&path).map_err(unreadable)?.len() > MAX_FILE {
            return Err(unreadable(std::io::Error::other("larger than 1 MiB, which no rule file is")));
        }
        let text = std::fs::read_to_string(&path).map_err(unreadable)?;
        out.push((path.display().to_string(), text));
    }
    Ok(out)
}

fn collect(folder: &FilePath, depth: usize, out: &mut Vec<PathBuf>) -> Result<(), PackError> {
    let unreadable = |error| PackError::Unreadable { path: folder.to_owned(), error };
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let extension = path.extension().and_then(std::ffi::OsStr::to_str).unwrap_or_default();
        if path.is_dir() {
            if depth < 8 {
                collect(&path, depth + 1, out)?;
            }
        } else if ["yaml", "yml"].contains(&extension) || path.ends_with("types.tsv") {
            out.push(path);
        }
    }
    Ok(())
}

/// A property table with the tables that stand beside rule files.
pub fn with_own(table: &PropertyTable, sources: &[Source]) -> PropertyTable {
    let own = sources.iter().filter(|(path, _)| path.ends_with("types.tsv"));
    own.fold(table.clone(), |table, (_, text)| table.extended(&PropertyTable::from_tsv(&[text])))
}

/// Compiles rule files against the shipped property table and the table beside them.
///
/// # Errors
/// Every complaint about every file; an id that two files use is one, too.
pub fn compile_all(sources: &[Source], table: &PropertyTable) -> Result<Vec<Compiled>, Vec<Diagnostic>> {
    let table = with_own(table, sources);
    let mut compiled: Vec<(String, Compiled)> = Vec::new();
    let mut diagnostics = Vec::new();
    for (path, text) in sources.iter().filter(|(path, _)| !path.ends_with("types.tsv")) {
        match compile(path, text, &table) {
            Ok(one) => {
                if let Some((first, _)) = compiled.iter().find(|(_, known)| known.rule.id == one.rule.id) {
                    diagnostics.push(Diagnostic {
                        file: path.clone(),
                        line: one.id_at.line,
                        column: one.id_at.column,
                        message: format!("the id `{}` is taken", one.rule.id),
                        help: Some(format!("{first} has it; rename one of the two")),
                    });
                }
                compiled.push((path.clone(), one));
            }
            Err(complaints) => diagnostics.extend(complaints),
        }
    }
    if diagnostics.is_empty() {
        Ok(compiled.into_iter().map(|(_, compiled)| compiled).collect())
    } else {
        Err(diagnostics)
    }
}

/// The bytes that the build script puts into the program: the pack, and the packed sources.
///
/// # Errors
/// When they can't be written, which would be a mistake of ours.
pub fn store(
    compiled: &[Compiled],
    sources: &[Source],
    table: &PropertyTable,
) -> Result<(Vec<u8>, Vec<u8>), String> {
    let mut rules: Vec<Rule> = compiled.iter().map(|compiled| compiled.rule.clone()).collect();
    rules.sort_by(|one, two| one.id.cmp(&two.id));
    let table = with_own(table, sources);
    let api_versions = api_versions(&rules, &table);
    let set_by_azure = set_by_azure(&rules, &table);
    let stored = Stored { rules, api_versions, set_by_azure };
    let bytes = postcard::to_stdvec(&stored).map_err(|error| error.to_string())?;
    let text = postcard::to_stdvec(sources).map_err(|error| error.to_string())?;
    let packed = zstd::encode_all(text.as_slice(), 19).map_err(|error| error.to_string())?;
    Ok((bytes, packed))
}
