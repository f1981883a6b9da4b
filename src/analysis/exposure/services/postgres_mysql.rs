//! PostgreSQL, `MySQL` and MariaDB: flexible servers, and the single servers before them.
//!
//! A server in a subnet of its own has no public endpoint. Otherwise it lets in nobody but those its rules
//! list; `0.0.0.0` stands for all of Azure. Sources:
//! <https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-networking-public>,
//! <https://learn.microsoft.com/azure/mysql/flexible-server/concepts-networking-public>.

use super::spec::{Absent, Filter, Ranges, Spec, Switch};

const SINGLE: &str = "2017-12-01";

const fn flexible(kind: &'static str, rules: &'static [Ranges]) -> Spec {
    Spec {
        switch: Some(Switch { path: "properties.network.publicNetworkAccess", absent: Absent::On }),
        inside: &["properties.network.delegatedSubnetResourceId"],
        filter: Filter::Listed,
        ranges: rules,
        ..Spec::of(kind)
    }
}

type SubnetChildren = &'static [(&'static str, &'static str, &'static str)];

const fn single(kind: &'static str, rules: &'static [Ranges], subnets: SubnetChildren) -> Spec {
    Spec { filter: Filter::Listed, ranges: rules, subnet_children: subnets, ..Spec::of(kind) }
}

pub(super) const SPECS: &[Spec] = &[
    flexible(
        "Microsoft.DBforPostgreSQL/flexibleServers",
        &[Ranges::of("Microsoft.DBforPostgreSQL/flexibleServers/firewallRules", "2024-08-01")],
    ),
    flexible(
        "Microsoft.DBforMySQL/flexibleServers",
        &[Ranges::of("Microsoft.DBforMySQL/flexibleServers/firewallRules", "2023-12-30")],
    ),
    single(
        "Microsoft.DBforPostgreSQL/servers",
        &[Ranges::of("Microsoft.DBforPostgreSQL/servers/firewallRules", SINGLE)],
        &[(
            "Microsoft.DBforPostgreSQL/servers/virtualNetworkRules",
            SINGLE,
            "properties.virtualNetworkSubnetId",
        )],
    ),
    single(
        "Microsoft.DBforMySQL/servers",
        &[Ranges::of("Microsoft.DBforMySQL/servers/firewallRules", SINGLE)],
        &[("Microsoft.DBforMySQL/servers/virtualNetworkRules", SINGLE, "properties.virtualNetworkSubnetId")],
    ),
    single(
        "Microsoft.DBforMariaDB/servers",
        &[Ranges::of("Microsoft.DBforMariaDB/servers/firewallRules", "2018-06-01")],
        &[(
            "Microsoft.DBforMariaDB/servers/virtualNetworkRules",
            "2018-06-01",
            "properties.virtualNetworkSubnetId",
        )],
    ),
];
