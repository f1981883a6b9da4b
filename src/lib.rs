//! skytjek scans Azure, live or recorded, against a best-practice rule pack for network, identity and
//! encryption.
//!
//! The way of the data is one direction: source → inventory → analysis → rule → finding → output.
//! `docs/architecture.md` has the picture.

pub mod analysis;
pub mod azure;
pub mod cli;
pub mod config;
pub mod finding;
pub mod inventory;
pub mod output;
pub mod rule;
pub mod scan;
pub mod source;
pub mod track;
