//! Services that stand in a subnet of the customer and take calls from the Internet there: the network
//! security groups decide, as they do for machines.

use std::sync::Arc;

use super::ask::Ask;
use super::reach::Reach;
use crate::analysis::exposure::address::AddressSet;
use crate::analysis::exposure::answer::{Reason, Step};
use crate::analysis::exposure::gate::Gate;
use crate::analysis::exposure::line::Address;
use crate::analysis::exposure::protocol::Protocol;
use crate::analysis::exposure::view::Reference;
use crate::inventory::id::ResourceId;
use crate::inventory::index::ResourceIndex;

/// What gets through the groups of the subnet whose id stands at `path`, to any of these TCP ports. Without a
/// subnet nothing is filtered.
pub(super) fn behind(ask: &Ask<'_>, at: ResourceIndex, path: &str, ports: &[u16]) -> Reach {
    match ask.text(at, path) {
        Ok(None) => everyone(),
        Ok(Some(text)) => match ResourceId::parse(&text) {
            Some(id) => through(ask, &id, ports),
            None => Reach::doubtful(ask.strange(at, path)),
        },
        Err(reason) => Reach::doubtful(reason),
    }
}

fn everyone() -> Reach {
    let mut reach = Reach::default();
    reach.lets_in(AddressSet::public());
    reach
}

/// What gets through the groups of a subnet to any of these TCP ports.
pub(super) fn through(ask: &Ask<'_>, id: &ResourceId, ports: &[u16]) -> Reach {
    let mut gates = ask.gates.borrow_mut();
    let subnet = gates.networks.subnet(id);
    let address = Address { seen_as: Vec::new(), within: subnet.prefixes.clone(), groups: Vec::new() };
    let gate: Arc<Gate> = gates.gate(&subnet, &Reference::None, &address, None);
    // Addresses that the network itself uses are nobody's on the Internet. Beside all the others they don't count.
    let own = AddressSet::public().difference(&subnet.network.internet);
    let with_own = |from: &AddressSet, all: &AddressSet| {
        if from.covers(&all.difference(&own)) { from.union(all) } else { from.clone() }
    };
    let public = AddressSet::public();
    let v4 = AddressSet { v4: public.v4.clone(), ..AddressSet::default() };
    let v6 = AddressSet { v6: public.v6.clone(), ..AddressSet::default() };
    let mut reach = Reach::default();
    for grant in gate.grants.iter().filter(|grant| grant.protocol == Protocol::Tcp) {
        let from = with_own(&grant.v4, &v4).union(&with_own(&grant.v6, &v6));
        if ports.iter().any(|port| grant.ports.contains(*port)) && !from.is_empty() {
            for (step, share) in &grant.by {
                if share.meets(&grant.v4) || share.meets(&grant.v6) {
                    reach.says_once(step);
                }
            }
            reach.lets_in(&from);
        }
    }
    for gap in gate.gaps.iter().filter(|gap| gap.protocol == Protocol::Tcp) {
        let from = gap.from.intersection(AddressSet::public());
        if ports.iter().any(|port| gap.ports.contains(*port)) && !from.is_empty() {
            for reason in gap.reasons.iter() {
                reach.may_let_in(&from, Reason::clone(reason));
            }
        }
    }
    if reach.lets_in_nobody() {
        let words: Vec<String> = ports.iter().map(u16::to_string).collect();
        let says = format!("lets in nobody at port {}, by its network security group", words.join(", "));
        reach.says(Step::new(id.as_str(), ask.inventory.find(id), says));
    }
    reach
}
