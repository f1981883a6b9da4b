//! Security admin rules of Azure Virtual Network Manager, which are asked before any security group.
//!
//! Which networks a configuration is deployed to is told by a call that changes nothing but is no read
//! (`listActiveSecurityAdminRules` is a POST), so each rule only perhaps works: `Deny` may keep out what the
//! groups let in, `AlwaysAllow` may let in what they keep out. `Allow` leaves the decision to the groups. Source:
//! <https://learn.microsoft.com/azure/virtual-network-manager/concept-security-admins>.

use super::answer::Reason;
use super::filter::{AdminLine, AdminRule};
use super::interval::IntervalSet;
use super::security_rule::{TCP, UDP, port_range};
use super::service_tag::ServiceTags;
use super::view::View;
use crate::inventory::index::{Completeness, Inventory};

pub(super) const MANAGER: &str = "Microsoft.Network/networkManagers";
pub(super) const CONFIGURATION: &str = "Microsoft.Network/networkManagers/securityAdminConfigurations";
pub(super) const COLLECTION: &str =
    "Microsoft.Network/networkManagers/securityAdminConfigurations/ruleCollections";
pub(super) const RULE: &str =
    "Microsoft.Network/networkManagers/securityAdminConfigurations/ruleCollections/rules";

/// All rules that may be deployed. Managers of which nothing is known are none.
pub(super) fn all(inventory: &Inventory, tags: &ServiceTags) -> Vec<AdminLine> {
    let mut out = Vec::new();
    for &rule in inventory.of_type(RULE) {
        out.extend(read(inventory, rule).map(|rule| AdminLine::new(rule, tags)));
    }
    for (parent, child) in [(MANAGER, CONFIGURATION), (CONFIGURATION, COLLECTION), (COLLECTION, RULE)] {
        for &at in inventory.of_type(parent) {
            if let incomplete @ Completeness::Incomplete { .. } = inventory.children_complete(at, child) {
                let reason = Reason::of(&incomplete).about(inventory.get(at).id.name());
                out.extend(
                    anything(inventory.get(at).id.as_str(), &reason).map(|rule| AdminLine::new(rule, tags)),
                );
            }
        }
    }
    out
}

/// Rules that were not read may say anything.
fn anything(id: &str, reason: &Reason) -> [AdminRule; 2] {
    [true, false].map(|deny| AdminRule {
        id: id.to_owned(),
        deny,
        sources: Vec::new(),
        destinations: Vec::new(),
        ports: IntervalSet::of(0, u16::MAX),
        protocols: IntervalSet::of(0, u8::MAX),
        reason: reason.clone(),
    })
}

fn read(inventory: &Inventory, at: crate::inventory::index::ResourceIndex) -> Option<AdminRule> {
    let body = View::of(inventory, at).at("properties");
    let id = inventory.get(at).id.as_str();
    let is =
        |path: &str, word: &str| body.at(path).text().is_some_and(|text| text.eq_ignore_ascii_case(word));
    if is("direction", "Outbound") || is("access", "Allow") {
        return None;
    }
    let deny = is("access", "Deny");
    let prefixes = |list: &str| -> Vec<String> {
        let all = body.at(list).items().filter_map(|item| item.at("addressPrefix").text());
        all.flat_map(|text| text.split(',')).map(|text| text.trim().to_owned()).collect()
    };
    let ranges: Vec<(u16, u16)> = body
        .at("destinationPortRanges")
        .texts()
        .flat_map(|text| text.split(','))
        .filter_map(|text| port_range(text.trim()))
        .collect();
    let protocols = match body.at("protocol").text().map(str::to_ascii_lowercase).as_deref() {
        Some("tcp") => IntervalSet::of(TCP, TCP),
        Some("udp") => IntervalSet::of(UDP, UDP),
        Some("icmp") => IntervalSet::from_intervals([(1, 1), (58, 58)]),
        Some("esp") => IntervalSet::of(50, 50),
        Some("ah") => IntervalSet::of(51, 51),
        _ => IntervalSet::of(0, u8::MAX),
    };
    let verb = if deny { "deny" } else { "always allow" };
    let name = inventory.get(at).id.name();
    Some(AdminRule {
        id: id.to_owned(),
        deny,
        sources: prefixes("sources"),
        destinations: prefixes("destinations"),
        ports: if ranges.is_empty() {
            IntervalSet::of(0, u16::MAX)
        } else {
            IntervalSet::from_intervals(ranges)
        },
        protocols,
        reason: Reason::new(format!(
            "security admin rule {name} may {verb} it; where it is deployed can't be read"
        )),
    })
}
