//! IoT Hub and its Device Provisioning Service.
//!
//! A hub's built-in endpoint for messages stays open to everyone unless its rules are applied to it too. Older
//! filters are asked in order, and whom none speaks of is let in. Sources:
//! <https://learn.microsoft.com/azure/iot-hub/iot-hub-ip-filtering>,
//! <https://learn.microsoft.com/azure/iot-dps/iot-dps-ip-filtering>.

use super::ask::Ask;
use super::decide::rules;
use super::ordered::{Rule, evaluate};
use super::reach::Reach;
use super::spec::{Code, Filter, List, Spec};
use crate::analysis::exposure::address::AddressSet;
use crate::analysis::exposure::answer::Reason;
use crate::inventory::index::ResourceIndex;

const HUB: &str = "Microsoft.Devices/IotHubs";
const PROVISIONING: &str = "Microsoft.Devices/provisioningServices";
const BUILT_IN: &str = "properties.networkRuleSets.applyToBuiltInEventHubEndpoint";
const OLD: &str = "properties.ipFilterRules";
const OLD_READS: [&str; 3] = [
    "properties.ipFilterRules[*].action",
    "properties.ipFilterRules[*].ipMask",
    "properties.ipFilterRules[*].target",
];

const RULE_SET: Spec = Spec {
    filter: Filter::Action("properties.networkRuleSets.defaultAction"),
    lists: &[List::of("properties.networkRuleSets.ipRules", "ipMask")],
    ..Spec::of(HUB)
};

pub(super) const SPECS: &[Spec] = &[
    Spec {
        code: Code::Firewall(hub),
        more: &[(HUB, None, &[BUILT_IN, OLD_READS[0], OLD_READS[1]])],
        ..RULE_SET
    },
    Spec {
        code: Code::Firewall(filters),
        more: &[(PROVISIONING, None, &OLD_READS)],
        ..Spec::of(PROVISIONING)
    },
];

fn hub(ask: &Ask<'_>, at: ResourceIndex) -> Reach {
    match ask.find(at, "properties.networkRuleSets") {
        Ok(None) => return filters(ask, at),
        Ok(Some(_)) => {}
        Err(reason) => return Reach::doubtful(reason),
    }
    let mut reach = rules(ask, &RULE_SET, at);
    match ask.text(at, BUILT_IN).map(|text| text.map(|text| text.to_ascii_lowercase())) {
        Ok(Some(text)) if text == "true" => {}
        Ok(Some(text)) if text == "false" => {
            reach.says(ask.step(at, BUILT_IN, "is false: the endpoint for messages lets everyone in"));
            reach.lets_in(AddressSet::public());
        }
        Ok(_) => {
            let text = format!(
                "whether the rules of {} hold for its endpoint for messages is not known",
                ask.inventory.get(at).id.name()
            );
            reach.may_let_in(AddressSet::public(), Reason::new(text));
        }
        Err(reason) => reach.may_let_in(AddressSet::public(), reason),
    }
    reach
}

fn filters(ask: &Ask<'_>, at: ResourceIndex) -> Reach {
    let items = match ask.items(at, OLD) {
        Ok(items) => items,
        Err(reason) => return Reach::doubtful(reason),
    };
    let mut rules = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let path = format!("{OLD}[{index}]");
        let text = |name: &str| ask.text_in(at, item, name).map(Option::unwrap_or_default);
        let (action, mask, target) = match (text("action"), text("ipMask"), text("target")) {
            (Ok(action), Ok(mask), Ok(target)) => (action.to_ascii_lowercase(), mask, target),
            (Err(reason), ..) | (_, Err(reason), _) | (.., Err(reason)) => return Reach::doubtful(reason),
        };
        let allow = match action.as_str() {
            "accept" => true,
            "reject" => false,
            _ => return Reach::doubtful(Reason::new(format!("{path} has an action that is not known"))),
        };
        let from = if target.is_empty() || target.eq_ignore_ascii_case("all") {
            ask.sources(&mask).ok_or_else(|| Reason::new(format!("{path} names {mask:?}, which is unknown")))
        } else {
            Err(Reason::new(format!("{path} speaks of one endpoint only ({target})")))
        };
        let says = format!("{} {mask}", if allow { "lets in" } else { "keeps out" });
        rules.push(Rule { allow, from, asks: false, step: ask.step(at, &path, says) });
    }
    evaluate(rules, true, ask.step(at, OLD, "speaks of nobody else, which lets them in"))
}
