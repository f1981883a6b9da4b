//! All filters before an interface together: what they let in certainly, and what they may let in.
//!
//! Each packet is decided twice where something isn't known: in the world that is worst for whoever sends
//! it (no uncertain rule lets it in, each that may keep it out does) and in the best. What both let in is
//! open, what only the best lets in can't be told. Packets that the same rules concern are decided once.

use std::collections::HashMap;
use std::sync::Arc;

use super::address::AddressSet;
use super::answer::{Reason, Step};
use super::filter::{Address, AdminLine, Filter, Line, Match};
use super::interval::IntervalSet;
use super::network::Network;
use super::protocol::Protocol;

/// What gets through for certain.
#[derive(Debug)]
pub(super) struct Grant {
    pub(super) protocol: Protocol,
    pub(super) ports: IntervalSet<u16>,
    pub(super) from: AddressSet,
    /// The Internet's part of it, by family.
    pub(super) v4: Arc<AddressSet>,
    pub(super) v6: Arc<AddressSet>,
    /// The rules that let it in, each with its share.
    pub(super) by: Vec<(Arc<Step>, AddressSet)>,
}

/// What may get through.
#[derive(Debug)]
pub(super) struct Gap {
    pub(super) protocol: Protocol,
    pub(super) ports: IntervalSet<u16>,
    pub(super) from: AddressSet,
    pub(super) reasons: Arc<[Arc<Reason>]>,
}

/// The filters before an interface, evaluated.
#[derive(Debug)]
pub(super) struct Gate {
    pub(super) grants: Vec<Grant>,
    pub(super) gaps: Vec<Gap>,
    /// Whether there is a network security group at all.
    pub(super) guarded: bool,
}

/// What passes one filter.
struct Passed {
    set: AddressSet,
    by: Vec<(Arc<Step>, AddressSet)>,
}

/// The rules of all layers that concern a packet: (layer, line, match).
type Concerned = Vec<(usize, usize, Match)>;

impl Gate {
    /// What the filters let in from the Internet, or from `only` some addresses.
    pub(super) fn of(
        layers: &[Arc<Filter>],
        admin: &[AdminLine],
        address: &Address,
        network: &Network,
        only: Option<&AddressSet>,
    ) -> Self {
        let mut gate = Self { grants: Vec::new(), gaps: Vec::new(), guarded: !layers.is_empty() };
        for protocol in Protocol::ALL {
            let mut meets: Concerned = Vec::new();
            let admin_layer = layers.len();
            let groups = layers.iter().map(|filter| filter.lines.iter().collect::<Vec<_>>());
            let admins = admin.iter().map(|rule| &rule.line).collect::<Vec<_>>();
            for (layer, lines) in groups.chain([admins]).enumerate() {
                for (at, line) in lines.into_iter().enumerate() {
                    let matched = line.meets(address, protocol);
                    if matched > Match::No {
                        meets.push((layer, at, matched));
                    }
                }
            }
            let line = |layer: usize, at: usize| {
                if layer == admin_layer { &admin[at].line } else { &layers[layer].lines[at] }
            };
            for (key, ports) in cells(&meets, protocol, &line) {
                let ports = IntervalSet::from_intervals(ports);
                gate.decide(&Cell { layers, admin, key: &key, protocol, ports, only, network });
            }
        }
        for grant in &mut gate.grants {
            let seen = grant.from.intersection(&network.internet);
            grant.v4 = Arc::new(AddressSet { v4: seen.v4, v6: IntervalSet::empty() });
            grant.v6 = Arc::new(AddressSet { v4: IntervalSet::empty(), v6: seen.v6 });
        }
        gate
    }

    fn decide(&mut self, cell: &Cell<'_>) {
        let worst = cell.through(false);
        let best = cell.is_uncertain().then(|| cell.through(true));
        if let Some(best) = best {
            self.doubt(cell, best.set.difference(&worst.set));
        }
        let Passed { set, by } = worst;
        if set.is_empty() {
            return;
        }
        let same = self.grants.iter_mut().find(|grant| {
            grant.protocol == cell.protocol
                && grant.from == set
                && grant.by.len() == by.len()
                && grant.by.iter().zip(&by).all(|(one, two)| one.0 == two.0 && one.1 == two.1)
        });
        match same {
            Some(grant) => grant.ports = grant.ports.union(&cell.ports),
            None => self.grants.push(Grant {
                protocol: cell.protocol,
                ports: cell.ports.clone(),
                from: set,
                v4: Arc::default(),
                v6: Arc::default(),
                by,
            }),
        }
    }

    fn doubt(&mut self, cell: &Cell<'_>, from: AddressSet) {
        if from.is_empty() {
            return;
        }
        let reasons = cell.reasons(&from);
        let same =
            |gap: &&mut Gap| gap.protocol == cell.protocol && gap.from == from && gap.reasons == reasons;
        match self.gaps.iter_mut().find(same) {
            Some(gap) => gap.ports = gap.ports.union(&cell.ports),
            None => self.gaps.push(Gap { protocol: cell.protocol, ports: cell.ports.clone(), from, reasons }),
        }
    }
}

/// The port ranges of a protocol, by the rules that concern them.
fn cells<'l>(
    meets: &Concerned,
    protocol: Protocol,
    line: &dyn Fn(usize, usize) -> &'l Line,
) -> Vec<(Concerned, Vec<(u16, u16)>)> {
    if !protocol.has_ports() {
        return vec![(meets.clone(), vec![(0, u16::MAX)])];
    }
    let bounds = meets.iter().flat_map(|(layer, at, _)| line(*layer, *at).to_ports.intervals());
    let mut out: Vec<(Concerned, Vec<(u16, u16)>)> = Vec::new();
    let mut known: HashMap<Concerned, usize> = HashMap::new();
    for (low, high) in segments(bounds) {
        let key: Concerned =
            meets.iter().filter(|(layer, at, _)| line(*layer, *at).to_ports.contains(low)).copied().collect();
        if let Some(at) = known.get(&key) {
            out[*at].1.push((low, high));
        } else {
            known.insert(key.clone(), out.len());
            out.push((key, vec![(low, high)]));
        }
    }
    out
}

/// All ports, cut where one of the intervals begins or ends.
fn segments<'i>(intervals: impl Iterator<Item = &'i (u16, u16)>) -> Vec<(u16, u16)> {
    let mut starts = vec![0];
    for (low, high) in intervals {
        starts.push(*low);
        starts.extend(high.checked_add(1));
    }
    starts.sort_unstable();
    starts.dedup();
    let ends = starts.iter().skip(1).map(|next| next - 1).chain([u16::MAX]);
    starts.iter().copied().zip(ends).collect()
}

/// Packets that the same rules concern.
struct Cell<'c> {
    layers: &'c [Arc<Filter>],
    admin: &'c [AdminLine],
    key: &'c Concerned,
    protocol: Protocol,
    ports: IntervalSet<u16>,
    /// Sources that are asked for; without them, the Internet.
    only: Option<&'c AddressSet>,
    network: &'c Network,
}

impl Cell<'_> {
    /// Sources that may match a line, of those that are asked for.
    fn perhaps<'l>(&self, line: &'l Line) -> &'l AddressSet {
        if self.only.is_some() { &line.perhaps } else { &line.perhaps_outside }
    }

    fn everyone(&self) -> AddressSet {
        self.only.cloned().unwrap_or_else(AddressSet::everything)
    }

    fn of_layer(&self, layer: usize) -> impl Iterator<Item = (&Line, Match)> {
        let filter = &self.layers[layer];
        self.key
            .iter()
            .filter(move |(at, ..)| *at == layer)
            .map(|(_, at, matched)| (&filter.lines[*at], *matched))
    }

    fn of_admin(&self) -> impl Iterator<Item = &AdminLine> {
        self.key.iter().filter(|(at, ..)| *at == self.layers.len()).map(|(_, at, _)| &self.admin[*at])
    }

    fn is_uncertain(&self) -> bool {
        self.layers.iter().any(|filter| filter.unclear.is_some())
            || self.of_admin().next().is_some()
            || (0..self.layers.len()).any(|layer| {
                self.of_layer(layer)
                    .any(|(line, matched)| matched == Match::Perhaps || !self.perhaps(line).is_empty())
            })
    }

    /// What passes all filters, from any source port.
    fn through(&self, best: bool) -> Passed {
        let source_ports = self.key.iter().filter(|(layer, ..)| *layer < self.layers.len());
        let source_ports =
            source_ports.flat_map(|(layer, at, _)| self.layers[*layer].lines[*at].from_ports.intervals());
        let mut all = Passed { set: AddressSet::default(), by: Vec::new() };
        for (port, _) in segments(source_ports.filter(|range| **range != (0, u16::MAX))) {
            let passed = self.through_from(port, best);
            if all.set.is_empty() {
                all = passed;
            } else {
                all.set = all.set.union(&passed.set);
                for (step, share) in passed.by {
                    match all.by.iter_mut().find(|(known, _)| Arc::ptr_eq(known, &step)) {
                        Some((_, known)) => *known = known.union(&share),
                        None => all.by.push((step, share)),
                    }
                }
            }
        }
        if best {
            let always = self.of_admin().filter(|rule| !rule.deny).map(|rule| &rule.line.perhaps);
            all.set = always.fold(all.set, |sum, set| sum.union(set));
        } else {
            let denied = self.of_admin().filter(|rule| rule.deny).map(|rule| &rule.line.perhaps);
            all.set = denied.fold(all.set, |rest, set| rest.difference(set));
        }
        all.set = all.set.intersection(self.only.unwrap_or(&self.network.internet));
        let set = &all.set;
        all.by.retain(|(_, share)| share.meets(set));
        all
    }

    fn through_from(&self, source_port: u16, best: bool) -> Passed {
        let mut all = Passed { set: self.everyone(), by: Vec::new() };
        for layer in 0..self.layers.len() {
            let mut rest = self.everyone();
            let mut allowed = Vec::new();
            for (line, matched) in self.of_layer(layer) {
                if !line.from_ports.contains(source_port) {
                    continue;
                }
                let generous = line.allow == best;
                let hit = match (matched, generous) {
                    (Match::Yes, true) if !self.perhaps(line).is_empty() => {
                        line.from.union(self.perhaps(line)).intersection(&rest)
                    }
                    (Match::Perhaps, true) => line.from.union(self.perhaps(line)).intersection(&rest),
                    (Match::Yes, _) => line.from.intersection(&rest),
                    _ => continue,
                };
                if hit.is_empty() {
                    continue;
                }
                rest = rest.difference(&hit);
                if line.allow {
                    allowed.push((Arc::clone(&line.step), hit));
                }
                if rest.is_empty() {
                    break;
                }
            }
            let mut set = AddressSet::default();
            for (_, share) in &allowed {
                set = set.union(share);
            }
            if best && self.layers[layer].unclear.is_some() {
                set = set.union(&rest);
            }
            all.set = all.set.intersection(&set);
            all.by.extend(allowed);
        }
        all
    }

    /// Why it can't be told whether packets from somewhere get through.
    fn reasons(&self, from: &AddressSet) -> Arc<[Arc<Reason>]> {
        let mut out: Vec<Arc<Reason>> = Vec::new();
        for layer in 0..self.layers.len() {
            for (line, matched) in self.of_layer(layer) {
                if matched == Match::Perhaps && (line.from.meets(from) || line.perhaps.meets(from)) {
                    let text = format!("whether {} concerns the interface can't be told", line.step.id);
                    out.push(Arc::new(Reason::new(text)));
                } else if line.perhaps.meets(from) {
                    out.extend(line.why.clone());
                }
            }
            out.extend(self.layers[layer].unclear.clone());
        }
        for rule in self.of_admin().filter(|rule| rule.line.perhaps.meets(from)) {
            out.extend(rule.line.why.clone());
        }
        out.sort();
        out.dedup();
        out.into()
    }
}
