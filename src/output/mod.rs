//! The report in the forms that people and programs read. Each form is a pure function of the report;
//! `write` alone touches files.

pub mod access;
pub mod coverage_file;
pub mod csv;
pub mod difference;
pub mod exposure;
pub mod json;
pub mod junit;
pub mod markdown;
mod missing;
pub mod sarif;
pub mod table;
pub mod text;
pub mod write;

#[cfg(test)]
pub(crate) mod sample;

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why an output could not be made or written.
#[derive(Debug, Error)]
pub enum OutputError {
    /// A value that JSON can't hold.
    #[error("the report can't be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// A record that CSV can't hold.
    #[error("the report can't be written as CSV: {0}")]
    Csv(#[from] ::csv::Error),
    /// The reader of standard output has gone away.
    #[error("standard output was closed before everything was written")]
    ClosedPipe,
    /// Standard output failed otherwise.
    #[error("standard output: {0}")]
    Stdout(#[source] io::Error),
    /// A file that could not be written; what stood there before still stands there.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// A path below the evidence directory that leads out of it, or through a symbolic link.
    #[error("{0} is a symbolic link or leads out of the evidence directory; nothing was written there")]
    OutsideDirectory(PathBuf),
    /// Something in memory failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}
