//! A source, opened: what there is to scan, whatever it is.

use std::io;
use std::path::{Path, PathBuf};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::code::comments::comments;
use super::code::discover;
use super::code::open::{Code, CodeError, CodeOptions};
use super::code::resource::Language;
use super::export::{Export, ExportError};
use super::recording::Recording;
use super::snapshot::{MANIFEST, Snapshot, SnapshotError};
use crate::finding::report::SourceFacts;
use crate::finding::suppression::Suppressions;
use crate::inventory::coverage::Coverage;
use crate::inventory::index::{BodyRef, Builder, Inventory, Join};
use crate::inventory::reads::Reads;

/// Why nothing could be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The snapshot can't be read.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// The export can't be read.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// The code can't be read.
    #[error(transparent)]
    Code(#[from] CodeError),
    /// The path leads nowhere.
    #[error("{path}: {error}", path = path.display())]
    NoSource {
        /// The path.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// Several paths, of which one is no code.
    #[error("{0} is a snapshot or an export, and only code can be scanned from several places in one run")]
    NotCode(String),
    /// There is nothing in it, or nothing that can be read.
    #[error("{location} holds no resource that can be read{reason}")]
    Empty {
        /// The source.
        location: String,
        /// The first thing that could not be read, and why; empty when there was nothing at all.
        reason: String,
    },
}

/// Where the inventory comes from, opened.
#[derive(Debug)]
pub enum Source {
    /// A live acquisition, in memory, with the Resource Manager's address.
    Live(Snapshot, String),
    /// A snapshot directory.
    Snapshot(Snapshot, String),
    /// A file.
    Export(Export, String),
    /// Infrastructure code.
    Code(Code),
}

/// The kinds of source that are not live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// A directory with a manifest.
    Snapshot,
    /// A JSON file.
    Export,
    /// Templates, Bicep, Terraform code and plans.
    Code,
}

impl Source {
    /// Opens what lies at `paths`; without `kind`, what it is decides. Only of code there can be several.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn open(
        paths: &[PathBuf],
        kind: Option<SourceKind>,
        options: &CodeOptions,
    ) -> Result<Self, SourceError> {
        let mut kinds = Vec::with_capacity(paths.len());
        for path in paths {
            kinds.push(match kind {
                Some(kind) => kind,
                None => kind_of(path).map_err(|error| SourceError::NoSource { path: path.clone(), error })?,
            });
        }
        let shown = |path: &Path| path.display().to_string();
        match (paths, kinds.as_slice()) {
            ([path], [SourceKind::Snapshot]) => Ok(Self::Snapshot(Snapshot::open(path)?, shown(path))),
            ([path], [SourceKind::Export]) => Ok(Self::Export(Export::open(path)?, shown(path))),
            _ => {
                let other = paths.iter().zip(&kinds).find(|(_, kind)| **kind != SourceKind::Code);
                if let Some((path, _)) = other {
                    return Err(SourceError::NotCode(shown(path)));
                }
                let strict = kind == Some(SourceKind::Code);
                Ok(Self::Code(Code::open(paths, &CodeOptions { strict, ..options.clone() })?))
            }
        }
    }

    /// A live acquisition, made by this version of the program.
    pub fn live(recording: Recording, resource_manager: &str, version: &str) -> Self {
        Self::Live(Snapshot::of(recording, version), resource_manager.to_owned())
    }

    /// The recording of Azure, where it is one with a manifest.
    pub fn snapshot(&self) -> Option<&Snapshot> {
        match self {
            Self::Live(snapshot, _) | Self::Snapshot(snapshot, _) => Some(snapshot),
            Self::Export(..) | Self::Code(_) => None,
        }
    }

    /// The code, where it is code.
    pub fn code(&self) -> Option<&Code> {
        match self {
            Self::Code(code) => Some(code),
            _ => None,
        }
    }

    /// Whether somebody promised to read all that was asked for. Files hold what they hold.
    pub fn is_recording(&self) -> bool {
        self.snapshot().is_some()
    }

    /// Everything in it that `reads` names.
    ///
    /// # Errors
    /// When nothing can be seen.
    pub fn inventory(&self, reads: &Reads, joins: &[Join]) -> Result<Inventory, SourceError> {
        let mut builder = Builder::new(reads);
        let coverage = self.fill(&mut builder, reads)?;
        let inventory = builder.finish(coverage, joins);
        // Code that deploys nothing is code that was seen; what could not be read of it is in the coverage.
        if !inventory.is_empty() || self.code().is_some() {
            return Ok(inventory);
        }
        let unread = inventory.coverage.iter().find(|entry| !entry.state.is_whole());
        let reason = unread.map_or_else(String::new, |entry| {
            format!(": {}: {}", entry.scope, entry.message.clone().unwrap_or_else(|| entry.reason()))
        });
        Err(SourceError::Empty { location: self.facts().location, reason })
    }

    /// What reports say of it.
    pub fn facts(&self) -> SourceFacts {
        let (kind, location) = match self {
            Self::Live(_, location) => ("live", location.as_str()),
            Self::Snapshot(_, location) => ("snapshot", location.as_str()),
            Self::Export(_, location) => ("export", location.as_str()),
            Self::Code(code) => (language(code), code.location()),
        };
        SourceFacts { kind: kind.to_owned(), location: location.to_owned() }
    }

    fn fill(&self, builder: &mut Builder, reads: &Reads) -> Result<Coverage, SourceError> {
        Ok(match self {
            Self::Live(snapshot, _) | Self::Snapshot(snapshot, _) => snapshot.fill(builder)?,
            Self::Export(export, _) => export.fill(builder),
            Self::Code(code) => code.fill(builder, reads),
        })
    }

    /// The raw body that a reference points at.
    ///
    /// # Errors
    /// When the recording can't be read any more.
    pub fn body(&self, at: BodyRef) -> io::Result<Vec<u8>> {
        match self {
            Self::Live(snapshot, _) | Self::Snapshot(snapshot, _) => snapshot.body(at),
            Self::Export(export, _) => Ok(export.body(at)),
            Self::Code(code) => Ok(code.body(at)),
        }
    }

    /// Suppression comments. What Azure returned has none; code has.
    pub fn suppressions(&self) -> Suppressions {
        let roots = self.code().map(Code::roots).unwrap_or_default();
        Suppressions::new(roots.iter().flat_map(comments).collect())
    }

    /// The scan's clock: what was asked for, else when the snapshot was taken, else now.
    pub fn clock(&self, asked: Option<OffsetDateTime>) -> OffsetDateTime {
        let taken = self
            .snapshot()
            .and_then(|snapshot| OffsetDateTime::parse(&snapshot.manifest.taken_at, &Rfc3339).ok());
        asked.or(taken).unwrap_or_else(OffsetDateTime::now_utc).to_offset(time::UtcOffset::UTC)
    }
}

/// What lies at a path: a folder with a manifest is a snapshot, every other one holds code; a file is code
/// where its name or its content says so.
fn kind_of(path: &Path) -> io::Result<SourceKind> {
    if std::fs::metadata(path)?.is_dir() {
        let is_snapshot = path.join(MANIFEST).is_file();
        return Ok(if is_snapshot { SourceKind::Snapshot } else { SourceKind::Code });
    }
    Ok(if discover::is_code(path) { SourceKind::Code } else { SourceKind::Export })
}

fn language(code: &Code) -> &'static str {
    match code.language() {
        Some(Language::Arm) => "arm",
        Some(Language::Bicep) => "bicep",
        Some(Language::Terraform) => "terraform",
        Some(Language::Plan) => "plan",
        None => "code",
    }
}
