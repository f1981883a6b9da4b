//! Services that stand in a subnet of the customer and take calls from the Internet there: the network
//! security groups decide, as they do for machines.

use std::sync::Arc;

use super::ask::Ask;
use super::reach::Reach;
use crate::analysis::exposure::address::AddressSet;
use crate::analysis::exposure::answer::Reason;
use crate::analysis::exposure::filter::Address;
use crate::analysis::exposure::gate::Gate;
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
pub(super) fn through(ask: &Ask<'_>, subnet: &ResourceId, ports: &[u16]) -> Reach {
    let mut gates = ask.gates.borrow_mut();
    let subnet = gates.networks.subnet(subnet);
    let address = Address { seen_as: Vec::new(), within: subnet.prefixes.clone(), groups: Vec::new() };
    let gate: Arc<Gate> = gates.gate(&subnet, &Reference::None, &address);
    let mut reach = Reach::default();
    for grant in gate.grants.iter().filter(|grant| grant.protocol == Protocol::Tcp) {
        let from = grant.v4.union(&grant.v6);
        if ports.iter().any(|port| grant.ports.contains(*port)) && !from.is_empty() {
            for (step, share) in &grant.by {
                if share.meets(&from) {
                    reach.says_once(step);
                }
            }
            reach.lets_in(&from);
        }
    }
    for gap in gate.gaps.iter().filter(|gap| gap.protocol == Protocol::Tcp) {
        if ports.iter().any(|port| gap.ports.contains(*port)) {
            for reason in gap.reasons.iter() {
                reach.may_let_in(&gap.from.intersection(AddressSet::public()), Reason::clone(reason));
            }
        }
    }
    reach
}
