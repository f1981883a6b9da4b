//! Key vaults and managed HSMs.
//!
//! Sources: <https://learn.microsoft.com/azure/key-vault/general/network-security>,
//! <https://learn.microsoft.com/azure/key-vault/managed-hsm/configure-network-security>.

use super::spec::{Filter, List, Spec};

const VAULT: Spec = Spec {
    filter: Filter::Action("properties.networkAcls.defaultAction"),
    lists: &[List::of("properties.networkAcls.ipRules", "value")],
    subnets: &[("properties.networkAcls.virtualNetworkRules", "id")],
    bypass: Some(("properties.networkAcls.bypass", "AzureServices")),
    ..Spec::of("Microsoft.KeyVault/vaults")
};

pub(super) const SPECS: &[Spec] = &[
    VAULT,
    Spec {
        kind: "Microsoft.KeyVault/managedHSMs",
        lists: &[
            List::of("properties.networkAcls.ipRules", "value"),
            List::of("properties.networkAcls.serviceTags", "tag"),
        ],
        ..VAULT
    },
];
