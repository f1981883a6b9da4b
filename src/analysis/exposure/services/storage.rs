//! Storage accounts and what belongs to them.
//!
//! The firewall is asked only while the switch is on. A default action that was never set lets everyone in.
//! Sources: <https://learn.microsoft.com/azure/storage/common/storage-network-security>,
//! <https://learn.microsoft.com/azure/storage/common/storage-network-security-resource-instances>,
//! <https://learn.microsoft.com/azure/storage/file-sync/file-sync-networking-endpoints>.

use super::ask::Ask;
use super::reach::Reach;
use super::spec::{Absent, Code, Filter, List, SWITCH, Spec, Switch};
use crate::analysis::exposure::address::AddressSet;
use crate::inventory::index::ResourceIndex;

const SYNC: &str = "Microsoft.StorageSync/storageSyncServices";
const POLICY: &str = "properties.incomingTrafficPolicy";

pub(super) const SPECS: &[Spec] = &[
    Spec {
        filter: Filter::Action("properties.networkAcls.defaultAction"),
        lists: &[
            List::of("properties.networkAcls.ipRules", "value"),
            List::of("properties.networkAcls.ipv6Rules", "value"),
        ],
        subnets: &[("properties.networkAcls.virtualNetworkRules", "id")],
        bypass: Some(("properties.networkAcls.bypass", "AzureServices")),
        instances: Some(("properties.networkAcls.resourceAccessRules", "resourceId")),
        ..Spec::of("Microsoft.Storage/storageAccounts")
    },
    // What an Elastic SAN does without a word on it is not documented.
    Spec {
        switch: Some(Switch { absent: Absent::Unknown, ..SWITCH }),
        ..Spec::of("Microsoft.ElasticSan/elasticSans")
    },
    Spec { switch: None, code: Code::Firewall(sync), more: &[(SYNC, None, &[POLICY])], ..Spec::of(SYNC) },
];

fn sync(ask: &Ask<'_>, at: ResourceIndex) -> Reach {
    let mut open = Reach::default();
    open.lets_in(AddressSet::public());
    match ask.text(at, POLICY) {
        Ok(None) => open.says(ask.step(at, POLICY, "is not set, which means AllowAllTraffic")),
        Ok(Some(text)) if text.eq_ignore_ascii_case("AllowAllTraffic") => {
            open.says(ask.step(at, POLICY, "is AllowAllTraffic"));
        }
        Ok(Some(text)) if text.eq_ignore_ascii_case("AllowVirtualNetworksOnly") => {
            return Reach::closed(ask.step(at, POLICY, "is AllowVirtualNetworksOnly"));
        }
        Ok(Some(_)) => return Reach::doubtful(ask.strange(at, POLICY)),
        Err(reason) => return Reach::doubtful(reason),
    }
    open
}
