//! Azure Cache for Redis, and Redis Enterprise (Azure Managed Redis).
//!
//! A cache without firewall rules lets everyone in; inside of a virtual network it has no public endpoint.
//! A cluster of Redis Enterprise has no firewall; where it carries no switch (API versions before
//! 2025-07-01) it is public until it has a private endpoint. Sources:
//! <https://learn.microsoft.com/azure/azure-cache-for-redis/cache-network-isolation>,
//! <https://learn.microsoft.com/azure/redis/private-link>.

use super::spec::{Filter, Ranges, SWITCH_UNTIL_ENDPOINT, Spec};

pub(super) const SPECS: &[Spec] = &[
    Spec {
        inside: &["properties.subnetId"],
        filter: Filter::OpenUntilListed,
        ranges: &[Ranges {
            kind: "Microsoft.Cache/redis/firewallRules",
            api_version: "2024-11-01",
            first: "properties.startIP",
            last: "properties.endIP",
            mark: false,
            needs: None,
        }],
        ..Spec::of("Microsoft.Cache/redis")
    },
    Spec { switch: Some(SWITCH_UNTIL_ENDPOINT), ..Spec::of("Microsoft.Cache/redisEnterprise") },
];
