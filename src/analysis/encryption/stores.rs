//! Key vaults and managed HSMs by the host names in the addresses of their keys.

use std::collections::BTreeMap;

use super::key_uri::{KeyUri, Store, host_of};
use crate::analysis::answer::{Gap, unread};
use crate::analysis::place::Place;
use crate::inventory::id::ResourceId;
use crate::inventory::index::{Completeness, Inventory, ResourceIndex};

/// Vaults that were deleted and can still be recovered.
pub(super) const DELETED_VAULT: &str = "Microsoft.KeyVault/locations/deletedVaults";

/// A resource that something names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// It is there.
    There(ResourceIndex),
    /// It does not exist, or only as something deleted; how that is known.
    Gone(String),
    /// It can't be told.
    Open(Gap),
}

impl Link {
    /// The resource, where it is there.
    pub fn there(&self) -> Option<ResourceIndex> {
        match self {
            Self::There(at) => Some(*at),
            Self::Gone(_) | Self::Open(_) => None,
        }
    }
}

/// All that hold keys.
#[derive(Debug, Default)]
pub(super) struct Stores {
    by_host: BTreeMap<String, ResourceIndex>,
    /// Those whose address isn't known, by what they are and their folded names.
    by_name: BTreeMap<(Store, String), ResourceIndex>,
    /// Folded ids and names of deleted vaults.
    deleted: BTreeMap<String, ResourceIndex>,
}

impl Stores {
    pub(super) fn read(inventory: &Inventory) -> Self {
        let mut stores = Self::default();
        for (store, path) in [(Store::Vault, "properties.vaultUri"), (Store::ManagedHsm, "properties.hsmUri")]
        {
            for &at in inventory.of_type(store.kind()) {
                let host = Place::of(inventory, at).text(path).ok().flatten().map(host_of);
                let name = inventory.get(at).id.name().to_ascii_lowercase();
                match host {
                    Some(Ok(host)) => {
                        stores.by_host.entry(host).or_insert(at);
                    }
                    _ => {
                        stores.by_name.entry((store, name)).or_insert(at);
                    }
                }
            }
        }
        for &at in inventory.of_type(DELETED_VAULT) {
            let vault = Place::of(inventory, at).text("properties.vaultId").ok().flatten();
            if let Some(id) = vault.and_then(ResourceId::parse) {
                stores.deleted.insert(id.name().to_ascii_lowercase(), at);
                stores.deleted.insert(id.folded(), at);
            }
        }
        stores
    }

    /// What holds a key. `id` is the vault's id where the service keeps it: only that says for sure that a vault
    /// is gone, since a host name may belong to a vault of a subscription that nobody read.
    pub(super) fn find(&self, inventory: &Inventory, key: &KeyUri, id: Option<&str>) -> Link {
        if let Some(at) = self.by_host.get(&key.host) {
            return Link::There(*at);
        }
        let store = key.store();
        if let Some(at) = store.and_then(|(store, name)| self.by_name.get(&(store, name.to_owned()))) {
            return Link::There(*at);
        }
        let Some((store, name)) = store else {
            return Link::Open(Gap::note(format!("no vault that was read has the host name {}", key.host)));
        };
        let id = id.and_then(ResourceId::parse).filter(|id| is_of(id, store));
        let folded = id.as_ref().map(ResourceId::folded);
        if let Some(at) = folded.and_then(|id| self.deleted.get(&id)).or_else(|| self.deleted.get(name)) {
            let until = Place::of(inventory, *at).text("properties.scheduledPurgeDate").ok().flatten();
            let until = until.map_or_else(String::new, |date| format!(", and will be purged on {date}"));
            return Link::Gone(format!("the vault {name} is deleted{until}"));
        }
        match id {
            // The vault that the service named may be another one by now; its name is in the host.
            Some(id) if id.name().eq_ignore_ascii_case(name) => match inventory.completeness(&id, store.kind()) {
                Completeness::Complete => Link::Gone(format!("{id} does not exist")),
                incomplete @ Completeness::Incomplete { .. } => open(incomplete),
            },
            _ => Link::Open(unread(inventory, store.kind()).unwrap_or_else(|| {
                Gap::note(format!(
                    "{name} is none of the vaults that were read; it may lie in another subscription or tenant"
                ))
            })),
        }
    }
}

fn is_of(id: &ResourceId, store: Store) -> bool {
    id.resource_type().is_some_and(|kind| kind.eq_ignore_ascii_case(store.kind()))
}

fn open(incomplete: Completeness) -> Link {
    Link::Open(Gap::of(incomplete).unwrap_or_else(|| Gap::note("it was not read")))
}

/// A key in what holds it.
pub(super) fn key_in(inventory: &Inventory, store: ResourceIndex, name: &str) -> Link {
    let kind = format!("{}/keys", inventory.type_of(store));
    let id = inventory.get(store).id.child("keys", name);
    if let Some(at) = id.and_then(|id| inventory.find(&id)) {
        return Link::There(at);
    }
    match inventory.children_complete(store, &kind) {
        Completeness::Complete => {
            Link::Gone(format!("{} holds no key {name}", inventory.get(store).id.name()))
        }
        incomplete @ Completeness::Incomplete { .. } => open(incomplete),
    }
}
