//! The test Azure behaves like Azure where a scanner can tell the difference.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../azure/mod.rs"]
mod azure;

mod arm;
mod client;
mod faults;
mod resource_graph;
mod services;
mod snapshot;
mod violations;
