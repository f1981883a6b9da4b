//! What a rule said of a resource, with its evidence, location, fingerprint and fix.

pub mod compliance;
pub mod evidence;
pub mod exit;
pub mod exposure;
pub mod fingerprint;
pub mod hostile;
pub mod report;
pub mod result;
pub mod verdict;
