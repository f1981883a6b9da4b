//! Container registries. Only the Premium tier has rules; the others are open.
//!
//! Source: <https://learn.microsoft.com/azure/container-registry/container-registry-access-selected-networks>.

use super::spec::{Filter, List, Spec};

pub(super) const SPECS: &[Spec] = &[Spec {
    filter: Filter::Action("properties.networkRuleSet.defaultAction"),
    lists: &[List::of("properties.networkRuleSet.ipRules", "value")],
    bypass: Some(("properties.networkRuleBypassOptions", "AzureServices")),
    ..Spec::of("Microsoft.ContainerRegistry/registries")
}];
