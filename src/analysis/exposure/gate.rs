//! All filters before an interface together: what they let in certainly, and what they may let in.
//!
//! Each packet is decided twice where something isn't known: in the world that is worst for whoever sends
//! it (no uncertain rule lets it in, each that may keep it out does) and in the best. What both let in is
//! open, what only the best lets in can't be told. Packets that the same rules concern are decided once.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use hashbrown::HashTable;
use smallvec::{SmallVec, smallvec};

use super::address::AddressSet;
use super::answer::{Reason, Step};
use super::filter::{AdminLine, Filter};
use super::interval::IntervalSet;
use super::line::{Address, Line, Match};
use super::network::Network;
use super::protocol::Protocol;

/// What gets through for certain.
#[derive(Debug)]
pub(super) struct Grant {
    pub(super) protocol: Protocol,
    pub(super) ports: IntervalSet<u16>,
    pub(super) from: Arc<AddressSet>,
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

/// What passes one filter, and the rules that let it, each with its share.
struct Passed<'l> {
    set: AddressSet,
    by: Vec<(&'l Line, AddressSet)>,
}

/// A rule that may concern packets to the address, in its layer.
struct Placed<'l> {
    layer: usize,
    line: &'l Line,
}

/// The rules of all layers that concern a packet: places in a list of [`Placed`].
type Concerned = SmallVec<[(u32, Match); 4]>;

/// Port ranges that rules tell apart, in most pairs of groups.
const FEW: usize = 14;

/// Port ranges, both ends in them.
type Ranges = SmallVec<[(u16, u16); 4]>;

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
        let groups = layers.iter().enumerate();
        let groups = groups.flat_map(|(layer, filter)| filter.lines.iter().map(move |line| (layer, line)));
        let admin = admin.iter().map(|rule| (layers.len(), &rule.line));
        // Rules for the inside only decide nothing where the Internet is asked for.
        let lines = groups.chain(admin).filter(|(_, line)| only.is_some() || line.is_for_internet);
        let lines: SmallVec<[Placed<'_>; 32]> = lines.map(|(layer, line)| Placed { layer, line }).collect();
        let mut meets = Concerned::with_capacity(lines.len());
        for protocol in Protocol::ALL {
            meets.clear();
            let matches = (0_u32..).zip(lines.iter().map(|placed| placed.line.meets(address, protocol)));
            meets.extend(matches.filter(|(_, matched)| *matched > Match::No));
            let all = Cell { layers, lines: &lines, key: &meets, protocol, only, network };
            for (key, ports) in all.split() {
                gate.decide(&Cell { key: &key, ..all }, &IntervalSet::from_intervals(ports));
            }
        }
        for grant in &mut gate.grants {
            (grant.v4, grant.v6) = if grant.from == network.internet {
                (Arc::clone(&network.internet_v4), Arc::clone(&network.internet_v6))
            } else {
                let (v4, v6) = grant.from.intersection(&network.internet).by_family();
                (Arc::new(v4), Arc::new(v6))
            };
        }
        gate
    }

    fn decide(&mut self, cell: &Cell<'_>, ports: &IntervalSet<u16>) {
        let worst = cell.through(false);
        let best = cell.is_uncertain().then(|| cell.through(true));
        if let Some(best) = best {
            self.doubt(cell, ports, best.set.difference(&worst.set));
        }
        let Passed { set, by } = worst;
        if set.is_empty() {
            return;
        }
        let same = self.grants.iter_mut().find(|grant| {
            grant.protocol == cell.protocol
                && *grant.from == set
                && grant.by.len() == by.len()
                && grant
                    .by
                    .iter()
                    .zip(&by)
                    .all(|(one, two)| Arc::ptr_eq(&one.0, two.0.step()) && one.1 == two.1)
        });
        let internet = &cell.network.internet;
        match same {
            Some(grant) => grant.ports = grant.ports.union(ports),
            None => self.grants.push(Grant {
                protocol: cell.protocol,
                ports: ports.clone(),
                from: if set == **internet { Arc::clone(internet) } else { Arc::new(set) },
                v4: Arc::clone(internet),
                v6: Arc::clone(internet),
                by: by.into_iter().map(|(line, share)| (Arc::clone(line.step()), share)).collect(),
            }),
        }
    }

    fn doubt(&mut self, cell: &Cell<'_>, ports: &IntervalSet<u16>, from: AddressSet) {
        if from.is_empty() {
            return;
        }
        let reasons = cell.reasons(&from);
        let same =
            |gap: &&mut Gap| gap.protocol == cell.protocol && gap.from == from && gap.reasons == reasons;
        match self.gaps.iter_mut().find(same) {
            Some(gap) => gap.ports = gap.ports.union(ports),
            None => self.gaps.push(Gap { protocol: cell.protocol, ports: ports.clone(), from, reasons }),
        }
    }
}

fn hash(key: &Concerned) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

/// All ports, cut where one of the intervals begins or ends.
fn segments<'i>(intervals: impl Iterator<Item = &'i (u16, u16)>) -> SmallVec<[(u16, u16); 64]> {
    let mut starts: SmallVec<[u16; 64]> = smallvec![0];
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
#[derive(Clone, Copy)]
struct Cell<'c> {
    layers: &'c [Arc<Filter>],
    lines: &'c [Placed<'c>],
    key: &'c Concerned,
    protocol: Protocol,
    /// Sources that are asked for; without them, the Internet.
    only: Option<&'c AddressSet>,
    network: &'c Network,
}

impl<'c> Cell<'c> {
    /// The port ranges, by the rules that concern them; without those that nothing can pass.
    fn split(&self) -> Vec<(Concerned, Ranges)> {
        let mut out: Vec<(Concerned, Ranges)> = Vec::new();
        if !self.protocol.has_ports() {
            if self.is_passable() {
                out.push((self.key.clone(), smallvec![(0, u16::MAX)]));
            }
            return out;
        }
        if !self.is_passable() {
            return out;
        }
        let bounds = self.key.iter().flat_map(|(at, _)| self.place(*at).line.to_ports.intervals());
        let mut known: HashTable<usize> = HashTable::with_capacity(FEW);
        out.reserve(FEW);
        let mut key = Concerned::new();
        for (low, high) in segments(bounds) {
            key.clear();
            key.extend(
                self.key.iter().filter(|(at, _)| self.place(*at).line.to_ports.contains(low)).copied(),
            );
            if !(Cell { key: &key, ..*self }).is_passable() {
                continue;
            }
            let hashed = hash(&key);
            if let Some(at) = known.find(hashed, |at| out[*at].0 == key) {
                out[*at].1.push((low, high));
            } else {
                out.push((key.clone(), smallvec![(low, high)]));
                known.insert_unique(hashed, out.len() - 1, |at| hash(&out[*at].0));
            }
        }
        out
    }

    /// Whether anything may pass: every filter has a rule that lets something in, or can't be told.
    fn is_passable(&self) -> bool {
        let mut lets_in = [false; 4];
        for (at, _) in self.key {
            let Placed { layer, line } = self.place(*at);
            if *layer == self.layers.len() {
                return true;
            }
            if let Some(known) = lets_in.get_mut(*layer) {
                *known |= line.allow;
            }
        }
        let is_open = |layer: usize| self.layers[layer].unclear.is_some();
        (0..self.layers.len()).zip(lets_in).all(|(layer, lets_in)| lets_in || is_open(layer))
            && (self.layers.len() != 2 || is_open(0) || is_open(1) || self.share_a_source())
    }

    /// Whether a source may be let in by both filters; a quick no where their rules are for different ones.
    fn share_a_source(&self) -> bool {
        let allowing = |layer| self.of_layer(layer).map(|(line, _)| line).filter(|line| line.allow);
        let both = |one: &Line, two: &Line| {
            let (more, further) = (self.perhaps(one), self.perhaps(two));
            one.from.meets(&two.from)
                || more.meets(&two.from)
                || one.from.meets(further)
                || more.meets(further)
        };
        // Long lists are cheaper to add up.
        self.key.len() > 8 || allowing(0).any(|one| allowing(1).any(|two| both(one, two)))
    }

    fn place(&self, at: u32) -> &'c Placed<'c> {
        &self.lines[at as usize]
    }

    /// Sources that may match a line, of those that are asked for.
    fn perhaps<'l>(&self, line: &'l Line) -> &'l AddressSet {
        if self.only.is_some() { &line.perhaps } else { &line.perhaps_outside }
    }

    fn everyone(&self) -> AddressSet {
        self.only.cloned().unwrap_or_else(AddressSet::everything)
    }

    fn of_layer(&self, layer: usize) -> impl Iterator<Item = (&'c Line, Match)> {
        let lines = self.lines;
        let key = self.key.iter().filter(move |(at, _)| lines[*at as usize].layer == layer);
        key.map(move |(at, matched)| (lines[*at as usize].line, *matched))
    }

    fn of_admin(&self) -> impl Iterator<Item = &'c Line> {
        self.of_layer(self.layers.len()).map(|(line, _)| line)
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
    fn through(&self, best: bool) -> Passed<'c> {
        let of_groups = self.key.iter().map(|(at, _)| self.place(*at));
        let of_groups = of_groups.filter(|placed| placed.layer < self.layers.len());
        let source_ports = of_groups.flat_map(|placed| placed.line.from_ports.intervals());
        let mut all = self.through_from(0, best);
        let narrow = source_ports.filter(|range| **range != (0, u16::MAX));
        for (port, _) in segments(narrow).into_iter().skip(1) {
            let passed = self.through_from(port, best);
            if all.set.is_empty() {
                all = passed;
            } else {
                all.set = all.set.union(&passed.set);
                for (line, share) in passed.by {
                    match all.by.iter_mut().find(|(known, _)| std::ptr::eq(*known, line)) {
                        Some((_, known)) => *known = known.union(&share),
                        None => all.by.push((line, share)),
                    }
                }
            }
        }
        if best {
            let always = self.of_admin().filter(|line| line.allow).map(|line| &line.perhaps);
            all.set = always.fold(all.set, |sum, set| sum.union(set));
        } else {
            let denied = self.of_admin().filter(|line| !line.allow).map(|line| &line.perhaps);
            all.set = denied.fold(all.set, |rest, set| rest.difference(set));
        }
        all.set = all.set.intersection(self.only.unwrap_or(&self.network.internet));
        let set = &all.set;
        all.by.retain(|(_, share)| share.meets(set));
        all
    }

    fn through_from(&self, source_port: u16, best: bool) -> Passed<'c> {
        let mut all = Passed { set: self.everyone(), by: Vec::new() };
        for layer in 0..self.layers.len() {
            let mut rest = self.everyone();
            let first = all.by.len();
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
                    all.by.push((line, hit));
                }
                if rest.is_empty() {
                    break;
                }
            }
            let shares = all.by.iter().skip(first).map(|(_, share)| share);
            let mut set = shares.fold(AddressSet::default(), |sum, share| sum.union(share));
            if best && self.layers[layer].unclear.is_some() {
                set = set.union(&rest);
            }
            all.set = all.set.intersection(&set);
        }
        all
    }

    /// Why it can't be told whether packets from somewhere get through.
    fn reasons(&self, from: &AddressSet) -> Arc<[Arc<Reason>]> {
        let mut out: Vec<Arc<Reason>> = Vec::new();
        for layer in 0..self.layers.len() {
            for (line, matched) in self.of_layer(layer) {
                if matched == Match::Perhaps && (line.from.meets(from) || line.perhaps.meets(from)) {
                    let text = format!("whether {} concerns the interface can't be told", line.step().id);
                    out.push(Arc::new(Reason::new(text)));
                } else if line.perhaps.meets(from) {
                    out.extend(line.why());
                }
            }
            out.extend(self.layers[layer].unclear.clone());
        }
        for line in self.of_admin().filter(|line| line.perhaps.meets(from)) {
            out.extend(line.why());
        }
        out.sort();
        out.dedup();
        out.into()
    }
}
