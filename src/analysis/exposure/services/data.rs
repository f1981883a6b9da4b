//! Analytics: Databricks, Synapse, Data Factory, Data Explorer, Purview, Grafana, health data.
//!
//! Lists of addresses inside of a Databricks workspace are not in Resource Manager and not seen here. Sources:
//! <https://learn.microsoft.com/azure/databricks/security/network/classic/private-link>,
//! <https://learn.microsoft.com/azure/synapse-analytics/security/synapse-workspace-ip-firewall>,
//! <https://learn.microsoft.com/azure/data-factory/data-factory-private-link>,
//! <https://learn.microsoft.com/azure/data-explorer/security-network-restrict-public-access>.

use super::spec::{Filter, List, Ranges, Spec};

pub(super) const SPECS: &[Spec] = &[
    Spec::of("Microsoft.Databricks/workspaces"),
    Spec {
        filter: Filter::Listed,
        ranges: &[Ranges::of("Microsoft.Synapse/workspaces/firewallRules", "2021-06-01")],
        bypass: Some(("properties.trustedServiceBypassEnabled", "false")),
        ..Spec::of("Microsoft.Synapse/workspaces")
    },
    Spec::of("Microsoft.DataFactory/factories"),
    Spec {
        filter: Filter::OpenUntilListed,
        lists: &[List::of("properties.allowedIpRangeList", "")],
        // Clusters that were injected into a virtual network answer there, behind its security group.
        behind: Some(("properties.virtualNetworkConfiguration.subnetId", 443)),
        ..Spec::of("Microsoft.Kusto/clusters")
    },
    Spec::of("Microsoft.Purview/accounts"),
    Spec::of("Microsoft.Dashboard/grafana"),
    Spec::of("Microsoft.HealthcareApis/services"),
    Spec::of("Microsoft.HealthDataAIServices/deidServices"),
];
