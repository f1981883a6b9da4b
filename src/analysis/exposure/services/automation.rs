//! Automation accounts and Batch accounts.
//!
//! The switch of an Automation account is true or false, and lists don't carry it. Of a Batch account's two
//! endpoints the one that takes jobs is judged; the other serves its own nodes. Sources:
//! <https://learn.microsoft.com/azure/automation/how-to/private-link-security>,
//! <https://learn.microsoft.com/azure/batch/public-network-access>.

use super::spec::{Filter, List, Spec};

pub(super) const SPECS: &[Spec] = &[
    Spec::of("Microsoft.Automation/automationAccounts"),
    Spec {
        filter: Filter::Action("properties.networkProfile.accountAccess.defaultAction"),
        lists: &[List::of("properties.networkProfile.accountAccess.ipRules", "value")],
        ..Spec::of("Microsoft.Batch/batchAccounts")
    },
];
