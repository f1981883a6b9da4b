//! What the encryption chain reads.

use super::consumer::{CONSUMERS, Identity, paths};
use super::key;
use super::key_uri::Store;
use crate::inventory::reads::Reads;

const OF_VAULTS: [&str; 8] = [
    "properties.vaultUri",
    "properties.enablePurgeProtection",
    "properties.enableSoftDelete",
    "properties.enableRbacAuthorization",
    "properties.accessPolicies[*].objectId",
    "properties.accessPolicies[*].applicationId",
    "properties.accessPolicies[*].permissions.keys[*]",
    "properties.enabledForDiskEncryption",
];
const OF_HSMS: [&str; 2] = ["properties.hsmUri", "properties.enablePurgeProtection"];
const OF_IDENTITIES: [&str; 3] = [
    "identity.principalId",
    "identity.userAssignedIdentities.{*}.principalId",
    "identity.userAssignedIdentities.{*}.clientId",
];

/// Adds everything that the analysis reads.
pub fn reads(reads: &mut Reads) {
    for consumer in CONSUMERS {
        let entry = reads.entry(consumer.kind);
        entry.paths.extend(paths(consumer));
        if let Identity::Own(_) = consumer.identity {
            entry.paths.extend(OF_IDENTITIES.iter().map(|path| (*path).to_owned()));
        }
        if let (Identity::Parent(path), Some((parent, _))) =
            (consumer.identity, consumer.kind.rsplit_once('/'))
        {
            let entry = reads.entry(parent);
            entry.paths.extend(OF_IDENTITIES.iter().map(|path| (*path).to_owned()));
            entry.paths.extend((!path.is_empty()).then(|| path.to_owned()));
        }
    }
    for (store, paths) in [(Store::Vault, &OF_VAULTS[..]), (Store::ManagedHsm, &OF_HSMS[..])] {
        reads.entry(store.kind()).paths.extend(paths.iter().map(|path| (*path).to_owned()));
        let keys = reads.entry(&format!("{}/keys", store.kind()));
        keys.paths.extend(key::READS.iter().chain(&key::TRIGGERS).map(|path| (*path).to_owned()));
    }
    let identities = reads.entry("Microsoft.ManagedIdentity/userAssignedIdentities");
    identities.paths.extend(["properties.principalId".to_owned(), "properties.clientId".to_owned()]);
    let assignments = reads.entry("Microsoft.Authorization/roleAssignments");
    let of_assignments = ["principalId", "roleDefinitionId", "scope", "condition"];
    assignments.paths.extend(of_assignments.iter().map(|name| format!("properties.{name}")));
}
