//! What a rule said of a resource, with its evidence, location, fingerprint and fix.

pub mod access;
pub mod baseline;
pub mod compliance;
pub mod evidence;
pub mod exit;
pub mod exposure;
pub mod fingerprint;
pub mod hostile;
pub mod migration;
pub mod report;
pub mod result;
pub mod suppression;
pub mod verdict;

/// Rows for tests of this room.
#[cfg(test)]
fn sample_rows() -> Vec<report::ResultRow> {
    crate::output::sample::small().results
}
