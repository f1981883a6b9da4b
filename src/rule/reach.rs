//! Rules that ask what the Internet reaches: one finding for each protocol and port that was asked for.

use super::evaluate::{Evaluator, Fact, Why};
use super::fill::{Ends, Values, shell_word};
use super::frame::Frame;
use super::model::{Reachable, ReachableFrom};
use super::pack::Linked;
use super::tri::Tri;
use crate::analysis::exposure::address::AddressSet;
use crate::analysis::exposure::answer::{Doubt, Interface, Opening, join_reasons};
use crate::analysis::exposure::cidr;
use crate::analysis::exposure::interval::IntervalSet;
use crate::analysis::exposure::nsg::AT_LARGE;
use crate::analysis::exposure::protocol::Protocol;
use crate::analysis::exposure::solve::{Counted, Exposure};
use crate::finding::verdict::Verdict;
use crate::inventory::index::ResourceIndex;
use crate::inventory::value::Value;

/// How many prefixes a message names.
const SHOWN: usize = 3;
/// Length of the IPv4 prefix that a network of administrators, or of Bastion, is not larger than.
const NETWORK: u8 = 24;

/// One question out of those that a rule asks: a protocol and ports.
struct Part {
    protocol: Protocol,
    ports: IntervalSet<u16>,
    /// `tcp/3389`; stays the same whatever the answer.
    sub_key: String,
}

/// The answer to a part.
struct Reached<'e> {
    /// Ways in, the widest first, each with its interface.
    hits: Vec<(&'e Interface, &'e Opening)>,
    doubts: Vec<&'e Doubt>,
}

impl<'a> Evaluator<'a> {
    /// Exposure as a rule asks for it, worked out when the first one asks so.
    fn exposure(&self, asked: &Reachable) -> &Exposure {
        let (place, counted) = match (asked.from, asked.directly) {
            (ReachableFrom::Networks, _) => (2, Counted::GroupsAlone),
            (_, true) => (1, Counted::PastGateways),
            (_, false) => (0, Counted::AllWays),
        };
        self.exposure[place].get_or_init(|| Exposure::counting(counted, self.inventory, self.service_tags))
    }

    /// Gives the verdicts of a rule that asks for exposure.
    pub(super) fn reachable(
        &self,
        linked: &'a Linked,
        asked: &'a Reachable,
        resource: ResourceIndex,
        frame: &Frame<'a>,
        give: &mut dyn FnMut(Verdict, String, Why),
    ) {
        let mut clean = true;
        let mut doubts = Vec::new();
        for part in parts(asked) {
            let reached = self.reached(asked, &part, resource);
            if reached.hits.is_empty() {
                doubts.extend(reached.doubts.into_iter().cloned());
                continue;
            }
            clean = false;
            let why = self.why_reached(linked, &part, &reached, frame);
            give(Verdict::Fail, part.sub_key, why);
        }
        if !doubts.is_empty() {
            give(Verdict::Unknown, String::new(), why_doubted(&doubts));
        } else if clean {
            give(Verdict::Pass, String::new(), Why::default());
        }
    }

    /// Whether a resource can be reached so.
    pub(super) fn is_reachable(&self, asked: &Reachable, frame: &Frame<'a>) -> Tri {
        let Some(bound) = frame[usize::from(asked.slot)] else {
            return Tri::Unknown;
        };
        let mut unknown = false;
        for part in parts(asked) {
            let reached = self.reached(asked, &part, bound.resource);
            if !reached.hits.is_empty() {
                return Tri::True;
            }
            unknown |= !reached.doubts.is_empty();
        }
        if unknown { Tri::Unknown } else { Tri::False }
    }

    /// What proves that a resource can be reached so.
    pub(super) fn trace_reachable(
        &self,
        asked: &Reachable,
        frame: &Frame<'a>,
        facts: &mut Vec<Fact>,
        proof: &mut Vec<(ResourceIndex, String)>,
    ) {
        let Some(bound) = frame[usize::from(asked.slot)] else { return };
        for part in parts(asked) {
            let reached = self.reached(asked, &part, bound.resource);
            if let Some((interface, opening)) = reached.hits.first() {
                facts.push(self.fact_of(interface, opening));
                proof.extend(steps(opening));
                return;
            }
        }
    }

    /// Why it can't be told whether a resource can be reached so.
    pub(super) fn why_not_known(&self, asked: &Reachable, frame: &Frame<'a>) -> Why {
        let Some(bound) = frame[usize::from(asked.slot)] else { return Why::default() };
        let parts = parts(asked);
        let all = parts.iter().flat_map(|part| self.reached(asked, part, bound.resource).doubts);
        why_doubted(&all.cloned().collect::<Vec<_>>())
    }

    fn reached(&self, asked: &Reachable, part: &Part, resource: ResourceIndex) -> Reached<'_> {
        let mut out = Reached { hits: Vec::new(), doubts: Vec::new() };
        for interface in self.exposure(asked).of_resource(resource) {
            let meets = |protocol: Protocol, ports: &IntervalSet<u16>| {
                protocol == part.protocol && ports.meets(&part.ports)
            };
            let openings: Vec<&Opening> =
                interface.openings.iter().filter(|opening| meets(opening.protocol, &opening.ports)).collect();
            let doubts: Vec<&Doubt> =
                interface.doubts.iter().filter(|doubt| meets(doubt.protocol, &doubt.ports)).collect();
            let wide = |set: &AddressSet| match asked.from {
                ReachableFrom::Internet => set.public_weight() >= AT_LARGE,
                ReachableFrom::Anyone => !set.is_empty(),
                ReachableFrom::Networks => set.holds_more_than(NETWORK),
            };
            // Several ways may share the Internet out among them.
            let open =
                openings.iter().fold(AddressSet::default(), |sum, opening| sum.union(&opening.sources));
            if wide(&open) {
                let alone = openings.iter().any(|opening| wide(&opening.sources));
                let hits = openings.into_iter().filter(|opening| !alone || wide(&opening.sources));
                out.hits.extend(hits.map(|opening| (interface, opening)));
                out.hits.sort_by_key(|(_, opening)| std::cmp::Reverse(opening.sources.public_weight()));
                continue;
            }
            let all = doubts.iter().fold(open, |sum, doubt| sum.union(&doubt.sources));
            if !doubts.is_empty() && wide(&all) {
                out.doubts.extend(doubts);
            }
        }
        out
    }

    fn why_reached(&self, linked: &'a Linked, part: &Part, reached: &Reached<'_>, frame: &Frame<'a>) -> Why {
        let Some((interface, opening)) = reached.hits.first() else { return Why::default() };
        let fact = Some(self.fact_of(interface, opening));
        // All that is open at this public address, in one finding.
        let (mut ports, mut front) = (IntervalSet::empty(), IntervalSet::empty());
        for (_, one) in reached.hits.iter().filter(|(_, one)| one.public == opening.public) {
            let own = one.ports.intersection(&part.ports);
            front = front.union(if one.public_ports == one.ports { &own } else { &one.public_ports });
            ports = ports.union(&own);
        }
        let show = |ports: &IntervalSet<u16>| {
            if ports.contains_all() { "any".to_owned() } else { cidr::ports(ports) }
        };
        let mut sources = cidr::cover_within(&opening.sources, &opening.internet);
        let more = sources.len().saturating_sub(SHOWN);
        sources.truncate(SHOWN);
        let mut value = sources.join(", ");
        if more > 0 {
            value.push_str(&format!(" and {more} more prefixes"));
        }
        let address = match opening.public.address.as_str() {
            "" => opening.public.id.rsplit('/').next().unwrap_or_default(),
            address => address,
        };
        let ends = Ends {
            port: show(&ports),
            public_port: show(&front),
            public_address: address.to_owned(),
            opened_by: self.opened_by(opening),
        };
        let values = Values { value: Some(value), sub_key: &part.sub_key, ends: Some(ends) };
        let rule = &linked.rule;
        let mut proof = Vec::new();
        for (_, opening) in &reached.hits {
            proof.extend(steps(opening));
        }
        let mut seen = Vec::new();
        proof.retain(|step| {
            let new = !seen.contains(step);
            seen.push(step.clone());
            new
        });
        Why {
            fact,
            proof,
            text: self.fill(&rule.message, frame, Some(&values)),
            azure_cli: self.fill_with(&rule.fix.azure_cli, frame, Some(&values), shell_word),
            missing: Vec::new(),
        }
    }

    /// The id of the last security rule that lets it in; without one, of the public address.
    fn opened_by(&self, opening: &Opening) -> String {
        let rule = opening.via.iter().rev().find_map(|step| step.points_at.as_ref());
        rule.map_or_else(
            || opening.public.id.clone(),
            |rule| self.inventory.get(rule.rule).id.as_str().to_owned(),
        )
    }

    /// The property that lets it in: of the last security rule on the way, else that there is none.
    fn fact_of(&self, interface: &Interface, opening: &Opening) -> Fact {
        let Some(points_at) = opening.via.iter().rev().find_map(|step| step.points_at.as_ref()) else {
            return Fact {
                resource: interface.resource,
                path: "properties.networkSecurityGroup".into(),
                value: Value::Null,
            };
        };
        let rule = self.inventory.get(points_at.rule);
        let value = Value::String(points_at.value.as_str().into());
        let group = rule.id.parent().and_then(|group| self.inventory.find(&group));
        match group.filter(|_| rule.nested_at().is_some()) {
            Some(group) => {
                let path = self.path_in_parent(points_at.rule, &points_at.path);
                Fact { resource: group, path, value }
            }
            None => Fact { resource: points_at.rule, path: points_at.path.to_string(), value },
        }
    }
}

fn parts(asked: &Reachable) -> Vec<Part> {
    let mut out = Vec::new();
    for protocol in asked.protocols.iter().filter_map(|word| Protocol::of(word)) {
        let name = protocol.word().to_ascii_lowercase();
        if asked.ports.is_empty() {
            out.push(Part { protocol, ports: IntervalSet::of(0, u16::MAX), sub_key: name });
            continue;
        }
        for &(low, high) in &asked.ports {
            let ports = IntervalSet::of(low, high);
            out.push(Part { protocol, sub_key: format!("{name}/{}", cidr::ports(&ports)), ports });
        }
    }
    out
}

fn steps(opening: &Opening) -> impl Iterator<Item = (ResourceIndex, String)> {
    opening.via.iter().filter_map(|step| {
        let name = step.id.rsplit('/').next().unwrap_or_default();
        step.resource.map(|resource| (resource, format!("{name} {}", step.says)))
    })
}

fn why_doubted(doubts: &[Doubt]) -> Why {
    let mut missing: Vec<(String, String)> = doubts
        .iter()
        .flat_map(|doubt| doubt.reasons.iter())
        .filter_map(|reason| reason.missing.clone())
        .collect();
    missing.sort();
    missing.dedup();
    Why { text: join_reasons(doubts), missing, ..Why::default() }
}
