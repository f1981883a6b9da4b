//! What a command reads: a recording that is named, else live Azure.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use time::OffsetDateTime;

use super::acquire::acquire;
use super::args::LiveArgs;
use super::terminal::Failure;
use crate::inventory::reads::Reads;
use crate::scan::{Source, SourceKind};
use crate::source::live::Selection;

/// The recording that is read, where one is.
#[derive(Debug, Args)]
pub(super) struct SourceArgs {
    /// Snapshot directory or JSON export; without one, live Azure is read
    source: Option<PathBuf>,
    /// What SOURCE is, when it can't be told: snapshot or export
    #[arg(long, value_name = "KIND", requires = "source")]
    source_kind: Option<Kind>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    Snapshot,
    Export,
}

impl From<Kind> for SourceKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Snapshot => Self::Snapshot,
            Kind::Export => Self::Export,
        }
    }
}

impl SourceArgs {
    /// Whether live Azure is read.
    pub(super) fn is_live(&self) -> bool {
        self.source.is_none()
    }

    /// Opens the recording, or reads from live Azure what `reads` names.
    pub(super) fn open(
        &self,
        live: &LiveArgs,
        selection: &Selection,
        now: Option<OffsetDateTime>,
        quiet: bool,
        reads: impl FnOnce() -> Result<Reads, Failure>,
    ) -> Result<Source, Failure> {
        if let Some(path) = &self.source {
            return Ok(Source::open(path, self.source_kind.map(SourceKind::from))?);
        }
        let now = now.unwrap_or_else(OffsetDateTime::now_utc);
        let (recording, address) = acquire(live, selection.clone(), &reads()?, now, quiet)?;
        Ok(Source::live(recording, &address))
    }
}
