//! A test Azure: Entra, ARM, Resource Graph, Microsoft Graph and Key Vault on a loopback address,
//! over TLS and under their real names, played from a snapshot directory.
//!
//! ```ignore
//! let azure = Tenant::new().subscription(SUB).resource(json!({…})).serve().start();
//! // the binary: Command::cargo_bin("skytjek")?.arg("scan").args(azure.args()).envs(azure.env())
//! assert_eq!(azure.calls().of("GET", "/virtualMachines/").len(), 1);
//! ```
//! The server keeps a journal. Whatever a read-only scanner must never do is a violation in it, and a
//! test that ends with violations fails: [`TestAzure`]'s drop says so.

#![allow(
    dead_code,
    unused_imports,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::format_collect,
    clippy::format_push_string,
    clippy::needless_pass_by_value,
    clippy::missing_panics_doc
)]

mod api_version;
mod arm;
mod body;
mod containers;
mod entra;
mod faults;
mod http;
mod journal;
mod key_vault;
mod microsoft_graph;
mod query;
mod resource_graph;
mod route;
mod rows;
mod server;
mod state;
mod tenant;
mod tls;
mod world;

pub use faults::Fault;
pub use http::{Reply, Request};
pub use journal::{Call, Calls, Violation};
pub use server::{Settings, TestAzure};
pub use tenant::{SUBSCRIPTION, Tenant, arm_id};
pub use world::World;
