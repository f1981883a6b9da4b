//! Migration origin: how each virtual machine came to Azure, by the marks that migrations leave, and the waves in
//! which a house moved.
//!
//! The signals, their strength, what is exact and what only likely: `docs/migration.md`.

pub mod origin;
pub mod signal;
pub mod source_types;
pub mod strength;
#[cfg(test)]
mod tests;
pub mod wave;

pub use origin::Migration;

use crate::inventory::reads::Reads;

/// Adds everything that the analysis reads.
pub fn reads(reads: &mut Reads) {
    for (kind, paths) in source_types::READS {
        reads.entry(kind).paths.extend(paths.iter().map(|path| (*path).to_owned()));
    }
}
