//! Azure Cosmos DB accounts and its vCore clusters for MongoDB.
//!
//! An account that lists no address and has no filter for virtual networks lets everyone in, until its first
//! private endpoint is approved; with the filter on and nothing listed nobody gets in. `0.0.0.0` stands for all
//! of Azure. Sources: <https://learn.microsoft.com/azure/cosmos-db/how-to-configure-firewall>,
//! <https://learn.microsoft.com/azure/cosmos-db/how-to-configure-vnet-service-endpoint>,
//! <https://learn.microsoft.com/azure/cosmos-db/how-to-configure-private-endpoints>.

use super::ask::Ask;
use super::decide::{listed, one, rules};
use super::reach::Reach;
use super::spec::{Code, Filter, List, Ranges, Spec};
use crate::analysis::exposure::address::AddressSet;
use crate::inventory::index::ResourceIndex;

const ACCOUNT: &str = "Microsoft.DocumentDB/databaseAccounts";
const RULES: List = List { path: "properties.ipRules", field: "ipAddressOrRange", mark: true };
/// What `ipRules` was called before API version 2020-04-01: addresses in one text.
const OLD: &str = "properties.ipRangeFilter";
const FLAG: &str = "properties.isVirtualNetworkFilterEnabled";

pub(super) const SPECS: &[Spec] = &[
    Spec {
        lists: &[RULES],
        subnets: SUBNETS,
        bypass: BYPASS,
        instances: Some(("properties.networkAclBypassResourceIds", "")),
        code: Code::Firewall(account),
        more: &[(ACCOUNT, None, &[OLD, FLAG])],
        ..Spec::of(ACCOUNT)
    },
    Spec {
        filter: Filter::Listed,
        ranges: &[Ranges::of("Microsoft.DocumentDB/mongoClusters/firewallRules", "2024-07-01")],
        ..Spec::of("Microsoft.DocumentDB/mongoClusters")
    },
];

const SUBNETS: &[(&str, &str)] = &[("properties.virtualNetworkRules", "id")];
const BYPASS: Option<(&str, &str)> = Some(("properties.networkAclBypass", "None"));

/// What is let in besides addresses.
const BESIDES: Spec = Spec {
    filter: Filter::Listed,
    subnets: SUBNETS,
    bypass: BYPASS,
    instances: Some(("properties.networkAclBypassResourceIds", "")),
    ..Spec::of(ACCOUNT)
};

fn account(ask: &Ask<'_>, at: ResourceIndex) -> Reach {
    let mut reach = Reach::default();
    let mut any = listed(ask, at, &RULES, &mut reach);
    match ask.text(at, OLD) {
        Ok(text) => {
            for part in
                text.iter().flat_map(|text| text.split(',')).map(str::trim).filter(|part| !part.is_empty())
            {
                any = true;
                one(ask, ask.step(at, OLD, ""), part, true, &mut reach);
            }
        }
        Err(reason) => reach.may_let_in(AddressSet::public(), reason),
    }
    let filtered = ask.flag(at, FLAG, false);
    match filtered {
        Ok(true) => {
            reach.says(ask.step(at, FLAG, "is true"));
            return reach.beside(rules(ask, &BESIDES, at));
        }
        Ok(false) => {}
        Err(reason) => reach.may_let_in(AddressSet::public(), reason),
    }
    if any || !reach.is_certain() {
        return reach;
    }
    let (endpoints, unread) = ask.private_endpoints(at);
    match (endpoints.is_empty(), unread) {
        (false, _) => {
            let step = ask.step(at, RULES.path, "is empty, which with a private endpoint lets nobody in");
            Reach::closed(step)
        }
        (true, Some(reason)) => {
            reach.may_let_in(AddressSet::public(), reason.about("private endpoints"));
            reach
        }
        (true, None) => {
            reach.says(ask.step(at, RULES.path, "is empty, which lets everyone in"));
            reach.lets_in(AddressSet::public());
            reach
        }
    }
}
