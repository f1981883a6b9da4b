//! What a command reads: a recording or code that is named, else live Azure.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use time::OffsetDateTime;

use super::acquire::acquire;
use super::args::LiveArgs;
use super::terminal::Failure;
use crate::inventory::reads::Reads;
use crate::rule::pack::Pack;
use crate::scan::fix::{self, Fixed};
use crate::scan::{Options, VERSION};
use crate::source::code::changed;
use crate::source::code::open::CodeOptions;
use crate::source::code::read::Overlay;
use crate::source::live::Selection;
use crate::source::opened::{Source, SourceError, SourceKind};

/// The recording or the code that is read, where one is.
#[derive(Debug, Args)]
pub(super) struct SourceArgs {
    /// Snapshot directory, JSON export, or code: templates, Bicep, Terraform, plans, folders of them (several
    /// of code); without one, live Azure is read
    source: Vec<PathBuf>,
    /// What SOURCE is, when it can't be told: snapshot, export or code
    #[arg(long, value_name = "KIND", requires = "source")]
    source_kind: Option<Kind>,
    /// Parameters of a template or Bicep file [default: those beside it]
    #[arg(long, value_name = "FILE", requires = "source", help_heading = CODE)]
    parameters: Option<PathBuf>,
    /// Values of Terraform's variables (repeatable; later ones win)
    #[arg(long, value_name = "FILE", requires = "source", help_heading = CODE)]
    var_file: Vec<PathBuf>,
    /// Where the code of a plan lies, so that findings point into it
    #[arg(long, value_name = "DIR", requires = "source", help_heading = CODE)]
    terraform_dir: Option<PathBuf>,
    /// Also the resources of a plan that it does not change
    #[arg(long, requires = "source", help_heading = CODE)]
    all_resources: bool,
}

const CODE: &str = "Infrastructure code";

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    Snapshot,
    Export,
    Code,
}

impl From<Kind> for SourceKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Snapshot => Self::Snapshot,
            Kind::Export => Self::Export,
            Kind::Code => Self::Code,
        }
    }
}

impl SourceArgs {
    /// Whether live Azure is read.
    pub(super) fn is_live(&self) -> bool {
        self.source.is_empty()
    }

    /// Opens what is named, or reads from live Azure what `reads` names.
    pub(super) fn open(
        &self,
        live: &LiveArgs,
        selection: &Selection,
        now: Option<OffsetDateTime>,
        quiet: bool,
        reads: impl FnOnce() -> Result<Reads, Failure>,
    ) -> Result<Source, Failure> {
        if !self.is_live() {
            return Ok(self.open_named(&self.code_options())?);
        }
        let now = now.unwrap_or_else(OffsetDateTime::now_utc);
        let (recording, address) = acquire(live, selection.clone(), &reads()?, now, quiet)?;
        Ok(Source::live(recording, &address, VERSION))
    }

    /// The files that changed since a revision, where one is named.
    pub(super) fn changed(&self, revision: Option<&str>) -> Result<Option<BTreeSet<PathBuf>>, Failure> {
        let since = |revision| changed::since(revision, &self.source);
        revision.map(since).transpose().map_err(|error| Failure::usage(error.to_string()))
    }

    /// Reads the code and fixes what can be fixed, in memory.
    pub(super) fn fix(&self, pack: &Pack, options: &Options) -> Result<Fixed, Failure> {
        let open = |overlay| self.open_named(&CodeOptions { overlay, ..self.code_options() });
        let source = open(Overlay::default())?;
        if source.code().is_none() {
            return Err(Failure::usage("--fix changes infrastructure code, and SOURCE is none"));
        }
        Ok(fix::fix(&source, &open, pack, options)?)
    }

    fn open_named(&self, options: &CodeOptions) -> Result<Source, SourceError> {
        Source::open(&self.source, self.source_kind.map(SourceKind::from), options)
    }

    fn code_options(&self) -> CodeOptions {
        CodeOptions {
            parameter_file: self.parameters.clone(),
            variable_files: self.var_file.clone(),
            terraform_folder: self.terraform_dir.clone(),
            all_resources: self.all_resources,
            ..CodeOptions::default()
        }
    }
}
