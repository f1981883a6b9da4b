//! What a rule said of a resource, with its evidence, location, fingerprint and fix.

pub mod exit;
pub mod fingerprint;
pub mod report;
pub mod verdict;
