//! Acquisition from a live Azure, whole and with everything that can go wrong: what is read, which
//! calls that takes, and that nothing is lost without a mark.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::format_collect)]

#[path = "../azure/mod.rs"]
mod azure;

mod beyond_rows;
mod calls;
mod directory;
mod failures;
mod hostile;
mod nothing_lost;
mod scopes;
mod setting;
mod stopping;
mod vaults;
mod wide;
