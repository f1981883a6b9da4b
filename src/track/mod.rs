//! How findings live from scan to scan.

pub mod baseline;
