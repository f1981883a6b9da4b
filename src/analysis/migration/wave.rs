//! Waves: machines that were migrated together, as a department or a project.

use std::collections::BTreeSet;

use super::source_types::MACHINE;
use crate::analysis::place::Place;
use crate::inventory::index::{Inventory, ResourceIndex};
use crate::inventory::path::push;
use crate::inventory::reads::Reads;

/// One wave; a machine belongs to it by any of these.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wave {
    /// What people call it.
    pub name: String,
    /// Tags of the machine: name and value.
    pub tags: Vec<(String, String)>,
    /// Names of resource groups; a `*` at the end stands for any text.
    pub resource_groups: Vec<String>,
    /// GUIDs of subscriptions.
    pub subscriptions: Vec<String>,
    /// Names of servers, in lower case and without their domain.
    pub servers: BTreeSet<String>,
}

/// A server's name as lists are compared by: without its domain, in lower case.
pub fn server_name(text: &str) -> String {
    text.trim().split('.').next().unwrap_or_default().to_ascii_lowercase()
}

fn tag_path(name: &str) -> String {
    let mut path = "tags".to_owned();
    push(&mut path, name);
    path
}

/// Adds what is read to tell the waves of machines.
pub fn reads(waves: &[Wave], reads: &mut Reads) {
    let machines = reads.entry(MACHINE);
    machines.paths.insert("properties.osProfile.computerName".to_owned());
    machines.paths.extend(waves.iter().flat_map(|wave| &wave.tags).map(|(name, _)| tag_path(name)));
}

impl Wave {
    /// Whether a machine belongs to it.
    pub fn holds(&self, inventory: &Inventory, machine: ResourceIndex) -> bool {
        let id = &inventory.get(machine).id;
        let body = Place::of(inventory, machine);
        let text = |path: &str| body.text(path).ok().flatten();
        let tagged = |(name, value): &(String, String)| {
            text(&tag_path(name)).is_some_and(|found| found.eq_ignore_ascii_case(value))
        };
        let in_group = |pattern: &String| {
            let group = id.resource_group().unwrap_or_default().to_ascii_lowercase();
            let pattern = pattern.to_ascii_lowercase();
            match pattern.strip_suffix('*') {
                Some(start) => group.starts_with(start),
                None => group == pattern,
            }
        };
        let in_subscription = |wanted: &String| {
            id.subscription().is_some_and(|subscription| {
                wanted.trim_start_matches("/subscriptions/").eq_ignore_ascii_case(subscription)
            })
        };
        let listed = || {
            self.servers.contains(&server_name(id.name()))
                || text("properties.osProfile.computerName")
                    .is_some_and(|name| self.servers.contains(&server_name(name)))
        };
        self.tags.iter().any(tagged)
            || self.resource_groups.iter().any(in_group)
            || self.subscriptions.iter().any(in_subscription)
            || listed()
    }
}
