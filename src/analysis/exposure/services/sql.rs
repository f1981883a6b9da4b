//! Azure SQL: logical servers and managed instances.
//!
//! A logical server lets in nobody but those its rules list; `0.0.0.0` stands for all of Azure. Rules for IPv6
//! are asked only where the server has IPv6 (`isIPv6Enabled`), which it has not unless told so. Rules of
//! single databases live inside of them and are not seen here. A managed instance stands in a subnet; its
//! public endpoint, if on, answers at port 3342 whom the subnet's network security group lets in.
//! Sources: <https://learn.microsoft.com/azure/azure-sql/database/firewall-configure>,
//! <https://learn.microsoft.com/azure/azure-sql/database/network-access-controls-overview>,
//! <https://learn.microsoft.com/azure/azure-sql/managed-instance/public-endpoint-overview>.

use super::spec::{Absent, Filter, Ranges, Spec, Switch};

const API_VERSION: &str = "2023-08-01";

pub(super) const SPECS: &[Spec] = &[
    Spec {
        filter: Filter::Listed,
        ranges: &[
            Ranges::of("Microsoft.Sql/servers/firewallRules", API_VERSION),
            Ranges {
                kind: "Microsoft.Sql/servers/ipv6FirewallRules",
                api_version: API_VERSION,
                first: "properties.startIPv6Address",
                last: "properties.endIPv6Address",
                mark: false,
                needs: Some("properties.isIPv6Enabled"),
            },
        ],
        subnet_children: &[(
            "Microsoft.Sql/servers/virtualNetworkRules",
            API_VERSION,
            "properties.virtualNetworkSubnetId",
        )],
        ..Spec::of("Microsoft.Sql/servers")
    },
    Spec {
        switch: Some(Switch { path: "properties.publicDataEndpointEnabled", absent: Absent::Off }),
        behind: Some(("properties.subnetId", 3342)),
        ..Spec::of("Microsoft.Sql/managedInstances")
    },
];
