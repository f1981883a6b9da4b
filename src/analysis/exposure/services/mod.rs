//! Platform services: whom on the Internet they answer, by their own switches, lists and rules.
//!
//! Each family has a file with a table ([`spec`]): where a type keeps its switch, its default action, its
//! lists and its rules, and what each means when it was never set. [`decide`] reads the table; what a table
//! can't say is code beside it. Above a service's own firewall stands its network security perimeter
//! ([`perimeter`]); private endpoints ([`private_endpoint`]) are named but let nobody in from the Internet.
//!
//! What is answered is the network only: whoever gets through still has to sign in.

mod ai;
pub mod answer;
mod api_management;
mod app_service;
mod ask;
mod automation;
mod container;
mod cosmos;
mod data;
mod decide;
mod front;
mod iot;
mod key_vault;
mod kubernetes;
mod logic_app;
mod messaging;
mod ordered;
mod other;
mod perimeter;
mod postgres_mysql;
mod private_endpoint;
mod reach;
pub mod reads;
mod redis;
mod registry;
mod signalr;
mod spec;
mod sql;
mod storage;
mod subnet;
#[cfg(test)]
mod tests;

use answer::Service;
use ask::Ask;
use spec::Spec;

use super::service_tag::ServiceTags;
use crate::inventory::id::ResourceId;
use crate::inventory::index::{Completeness, Inventory};
use crate::inventory::reads::{Supply, supply};

/// The tables of all families.
const FAMILIES: &[&[Spec]] = &[
    ai::SPECS,
    api_management::SPECS,
    app_service::SPECS,
    automation::SPECS,
    container::SPECS,
    cosmos::SPECS,
    data::SPECS,
    front::SPECS,
    iot::SPECS,
    key_vault::SPECS,
    kubernetes::SPECS,
    logic_app::SPECS,
    messaging::SPECS,
    other::SPECS,
    postgres_mysql::SPECS,
    redis::SPECS,
    registry::SPECS,
    signalr::SPECS,
    sql::SPECS,
    storage::SPECS,
];

/// The answer for every platform service of an inventory, by id.
pub fn services(inventory: &Inventory, tags: &ServiceTags) -> Vec<Service> {
    let ask = Ask::new(inventory, tags);
    let mut out = Vec::new();
    for spec in FAMILIES.iter().copied().flatten() {
        for &at in inventory.of_type(spec.kind) {
            out.extend(decide::services(&ask, spec, at));
        }
    }
    out.sort_by_cached_key(|service| service.id.to_ascii_lowercase());
    out
}

/// Whether all services of the known types were read.
pub fn complete(inventory: &Inventory) -> bool {
    let everywhere = ResourceId::tenant();
    let mut asked = FAMILIES.iter().copied().flatten().filter(|spec| !front::SPOKEN_FOR.contains(&spec.kind));
    asked.all(|spec| match (supply(spec.kind), spec.kind.rsplit_once('/')) {
        // Where there is no parent, nobody asked for its children.
        (Supply::Child, Some((parent, _))) => inventory
            .of_type(parent)
            .iter()
            .all(|at| inventory.children_complete(*at, spec.kind) == Completeness::Complete),
        _ => inventory.completeness_below(&everywhere, spec.kind) == Completeness::Complete,
    })
}
