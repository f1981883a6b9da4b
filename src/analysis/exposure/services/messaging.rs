//! Service Bus, Event Hubs, Event Grid and Relay.
//!
//! The rules of a namespace stand in its child `networkRuleSets`. Service Bus below Premium and Event Hubs
//! Basic have no firewall, and the default action Deny over empty lists still lets everyone in. An Event Grid
//! resource without rules lets everyone in. Sources:
//! <https://learn.microsoft.com/azure/service-bus-messaging/service-bus-ip-filtering>,
//! <https://learn.microsoft.com/azure/event-hubs/event-hubs-ip-filtering>,
//! <https://learn.microsoft.com/azure/event-grid/configure-firewall>.

use super::ask::Ask;
use super::decide::listed;
use super::reach::Reach;
use super::spec::{Code, Filter, List, Spec};
use crate::analysis::exposure::address::AddressSet;
use crate::inventory::index::ResourceIndex;

const BUS: &str = "Microsoft.ServiceBus/namespaces";
const HUB: &str = "Microsoft.EventHub/namespaces";
const BUS_RULES: &str = "Microsoft.ServiceBus/namespaces/networkRuleSets";
const HUB_RULES: &str = "Microsoft.EventHub/namespaces/networkRuleSets";
const ACTION: &str = "properties.defaultAction";
const ADDRESSES: List = List::of("properties.ipRules", "ipMask");
const SUBNETS: &str = "properties.virtualNetworkRules";
const READS: &[&str] = &[
    ACTION,
    "properties.ipRules[*].ipMask",
    "properties.virtualNetworkRules[*].subnet.id",
    "properties.trustedServiceAccessEnabled",
];

const EVENT_GRID: Spec = Spec {
    filter: Filter::OpenUntilListed,
    lists: &[List::of("properties.inboundIpRules", "ipMask")],
    ..Spec::of("Microsoft.EventGrid/topics")
};

pub(super) const SPECS: &[Spec] = &[
    Spec {
        code: Code::Firewall(bus),
        more: &[(BUS, None, &["sku.name"]), (BUS_RULES, Some("2024-01-01"), READS)],
        ..Spec::of(BUS)
    },
    Spec {
        code: Code::Firewall(hub),
        more: &[(HUB, None, &["sku.name"]), (HUB_RULES, Some("2024-01-01"), READS)],
        ..Spec::of(HUB)
    },
    EVENT_GRID,
    Spec { kind: "Microsoft.EventGrid/domains", ..EVENT_GRID },
    Spec { kind: "Microsoft.EventGrid/namespaces", ..EVENT_GRID },
    Spec { kind: "Microsoft.EventGrid/partnerNamespaces", ..EVENT_GRID },
    Spec::of("Microsoft.Relay/namespaces"),
];

fn bus(ask: &Ask<'_>, at: ResourceIndex) -> Reach {
    namespace(ask, at, BUS_RULES, |tier| tier.eq_ignore_ascii_case("Premium"))
}

fn hub(ask: &Ask<'_>, at: ResourceIndex) -> Reach {
    namespace(ask, at, HUB_RULES, |tier| !tier.eq_ignore_ascii_case("Basic"))
}

fn namespace(ask: &Ask<'_>, at: ResourceIndex, kind: &'static str, has_firewall: fn(&str) -> bool) -> Reach {
    let mut reach = Reach::default();
    // Standard is the tier of a namespace that says none.
    let tier = match ask.text(at, "sku.name") {
        Ok(tier) => tier.unwrap_or_else(|| "Standard".to_owned()),
        Err(reason) => return Reach::doubtful(reason),
    };
    if !has_firewall(&tier) {
        reach.says(ask.step(at, "sku.name", format!("is {tier}, which has no firewall")));
        reach.lets_in(AddressSet::public());
        return reach;
    }
    let (sets, incomplete) = ask.children(at, kind);
    let Some(&set) = sets.first() else {
        if let Some(reason) = incomplete {
            reach.may_let_in(AddressSet::public(), reason);
        } else {
            reach.says(ask.resource(at, "has no network rules, which lets everyone in"));
            reach.lets_in(AddressSet::public());
        }
        return reach;
    };
    match ask.text(set, ACTION) {
        Ok(Some(word)) if word.eq_ignore_ascii_case("Deny") => reach.says(ask.step(set, ACTION, "is Deny")),
        Ok(word) => {
            let known = word.as_deref().is_none_or(|word| word.eq_ignore_ascii_case("Allow"));
            if !known {
                return Reach::doubtful(ask.strange(set, ACTION));
            }
            let says = if word.is_some() { "is Allow" } else { "is not set, which means Allow" };
            reach.says(ask.step(set, ACTION, says));
            reach.lets_in(AddressSet::public());
            return reach;
        }
        Err(reason) => return Reach::doubtful(reason),
    }
    let mut any = listed(ask, set, &ADDRESSES, &mut reach);
    match ask.items(set, SUBNETS) {
        Ok(subnets) => {
            any |= !subnets.is_empty();
            for (index, subnet) in subnets.iter().enumerate() {
                if let Ok(Some(id)) = ask.text_in(set, subnet, "subnet.id") {
                    reach.says(ask.step(set, &format!("{SUBNETS}[{index}]"), format!("lets in subnet {id}")));
                }
            }
        }
        Err(reason) => reach.may_let_in(AddressSet::public(), reason),
    }
    if ask.flag(set, "properties.trustedServiceAccessEnabled", false) == Ok(true) {
        reach.says(ask.step(set, "properties.trustedServiceAccessEnabled", "lets in Azure's own services"));
    }
    if !any && reach.is_certain() {
        reach.says(ask.step(set, ADDRESSES.path, "is empty, and Deny without a rule lets everyone in"));
        reach.lets_in(AddressSet::public());
    }
    reach
}
