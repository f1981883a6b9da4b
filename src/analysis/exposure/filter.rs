//! Rules as filters of packets that go to one interface.

use std::sync::{Arc, LazyLock, OnceLock};

use smallvec::{SmallVec, smallvec};

use super::address::AddressSet;
use super::answer::Reason;
use super::interval::IntervalSet;
use super::line::{Author, Destination, Line};
use super::network::{Network, host};
use super::security_group::SecurityGroup;
use super::security_rule::{Meaning, SecurityRule, Source, Word};
use super::service_tag::ServiceTags;

/// The rules of a group in one network; what no rule matches is denied.
#[derive(Debug)]
pub(super) struct Filter {
    pub(super) lines: Vec<Line>,
    /// What comes to its end can't be told.
    pub(super) unclear: Option<Arc<Reason>>,
}

impl Filter {
    /// A group's rules, which are taken out of it, and Azure's default rules as they work in a network; `id`
    /// is the group's, and `room` an emptied list that is used again.
    pub(super) fn of(
        group: &mut SecurityGroup,
        id: &str,
        network: &Network,
        tags: &ServiceTags,
        room: Vec<Line>,
    ) -> Self {
        let name = id.rsplit('/').next().unwrap_or_default();
        let unclear = group.unclear.as_ref().map(|text| Arc::new(Reason::new(format!("{name}: {text}"))));
        let id: Arc<str> = id.into();
        let mut lines = room;
        lines.clear();
        lines.reserve(group.rules.len() + 2);
        lines.extend(group.rules.drain(..).map(|rule| line(rule, &id, network, tags)));
        if unclear.is_none() {
            lines.extend(default_rules(&id, network));
        }
        Self { lines, unclear }
    }

    /// A group that was not read: anything may be allowed.
    pub(super) fn unread(reason: Reason) -> Self {
        Self { lines: Vec::new(), unclear: Some(Arc::new(reason)) }
    }
}

/// No address.
fn nobody() -> Arc<AddressSet> {
    static NOBODY: LazyLock<Arc<AddressSet>> = LazyLock::new(Arc::default);
    Arc::clone(&NOBODY)
}

/// Every address.
fn everyone() -> Arc<AddressSet> {
    static EVERYONE: LazyLock<Arc<AddressSet>> = LazyLock::new(|| Arc::new(AddressSet::everything()));
    Arc::clone(&EVERYONE)
}

/// The load balancer's probes.
fn probes() -> Arc<AddressSet> {
    static PROBES: LazyLock<Arc<AddressSet>> = LazyLock::new(|| Arc::new(host()));
    Arc::clone(&PROBES)
}

/// Azure's inbound default rules; the third denies everything.
///
/// Source: <https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview#default-security-rules>.
fn default_rules(id: &Arc<str>, network: &Network) -> [Line; 2] {
    let rule = |name, says, from: Arc<AddressSet>, (perhaps, perhaps_outside): Perhaps, why| Line {
        allow: true,
        is_for_internet: is_for_internet(&from, &perhaps_outside, network),
        from,
        perhaps,
        perhaps_outside,
        to: smallvec![Destination::Everything],
        from_ports: IntervalSet::of(0, u16::MAX),
        to_ports: IntervalSet::of(0, u16::MAX),
        protocols: IntervalSet::of(0, u8::MAX),
        author: Author::Default { group: Arc::clone(id), name, says },
        step: OnceLock::new(),
        why,
    };
    [
        rule(
            "AllowVnetInBound",
            "lets in the virtual network (default rule 65000)",
            Arc::clone(&network.space),
            network.perhaps(),
            Some(Arc::clone(&network.why)),
        ),
        rule(
            "AllowAzureLoadBalancerInBound",
            "lets in the load balancer's probes (default rule 65001)",
            probes(),
            (nobody(), nobody()),
            None,
        ),
    ]
}

fn is_for_internet(from: &AddressSet, perhaps_outside: &AddressSet, network: &Network) -> bool {
    from.meets(&network.internet) || !perhaps_outside.is_empty()
}

fn line(rule: SecurityRule, group: &Arc<str>, network: &Network, tags: &ServiceTags) -> Line {
    let mut from: SmallVec<[Arc<AddressSet>; 1]> = SmallVec::new();
    let (mut perhaps, mut why) = (Vec::new(), None);
    for source in &rule.sources {
        match addresses(source, network, tags) {
            Addresses::Known(set) => from.push(set),
            Addresses::Partly(sure, more, reason) => {
                from.push(sure);
                perhaps.push(more);
                why = Some(reason);
            }
        }
    }
    let (perhaps, perhaps_outside) = match (perhaps.pop(), from.len()) {
        (None, _) => (nobody(), nobody()),
        (Some(only), 1) if perhaps.is_empty() => only,
        (Some(last), _) => {
            let all = perhaps.iter().fold(last.0.as_ref().clone(), |sum, (set, _)| sum.union(set));
            let certain = from.iter().fold(AddressSet::default(), |sum, set| sum.union(set));
            let all = all.difference(&certain);
            let outside = all.intersection(&network.internet);
            (Arc::new(all), Arc::new(outside))
        }
    };
    let from = one_or_union(from);
    let SecurityRule { at, name, priority, allow, sources, targets, from_ports, to_ports, protocols } = rule;
    Line {
        allow,
        is_for_internet: is_for_internet(&from, &perhaps_outside, network),
        from,
        perhaps,
        perhaps_outside,
        to: targets.iter().map(|target| destination(target, tags)).collect(),
        from_ports,
        to_ports,
        protocols,
        author: Author::Rule { group: Arc::clone(group), at, name, priority, sources },
        step: OnceLock::new(),
        why,
    }
}

fn one_or_union(mut sets: SmallVec<[Arc<AddressSet>; 1]>) -> Arc<AddressSet> {
    if sets.len() == 1 {
        return sets.pop().unwrap_or_default();
    }
    Arc::new(sets.iter().fold(AddressSet::default(), |sum, set| sum.union(set)))
}

/// All of some addresses, and those of them that the Internet routes.
pub(super) type Perhaps = (Arc<AddressSet>, Arc<AddressSet>);

/// The addresses of a source.
enum Addresses {
    Known(Arc<AddressSet>),
    /// Certain ones, possible ones, and why.
    Partly(Arc<AddressSet>, Perhaps, Arc<Reason>),
}

fn addresses(source: &Source, network: &Network, tags: &ServiceTags) -> Addresses {
    match &source.meaning {
        // Members are interfaces of virtual networks, never the Internet, a firewall or a gateway.
        Meaning::Group => Addresses::Known(nobody()),
        Meaning::Word(Word::Any) => Addresses::Known(everyone()),
        Meaning::Word(Word::Internet) => Addresses::Known(Arc::clone(&network.internet)),
        Meaning::Word(Word::Network) => {
            Addresses::Partly(Arc::clone(&network.space), network.perhaps(), Arc::clone(&network.why))
        }
        Meaning::Word(Word::LoadBalancer) => Addresses::Known(probes()),
        Meaning::Addresses(addresses) => Addresses::Known(Arc::clone(addresses)),
        Meaning::Tag => match tags.find(&source.text) {
            Some(set) => Addresses::Known(Arc::new(set)),
            None => Addresses::Partly(
                nobody(),
                (Arc::clone(&network.internet), Arc::clone(&network.internet)),
                Arc::new(Reason::new(format!("service tag {} is in no table", source.text))),
            ),
        },
    }
}

/// Where the packets of an inbound rule go, after public addresses have been translated.
fn destination(target: &Source, tags: &ServiceTags) -> Destination {
    match &target.meaning {
        Meaning::Group => Destination::Group(target.text.to_ascii_lowercase().into()),
        // The interface lies in the virtual network, whatever its address.
        Meaning::Word(Word::Any | Word::Network) => Destination::Everything,
        Meaning::Word(Word::Internet | Word::LoadBalancer) => Destination::Addresses(nobody()),
        Meaning::Addresses(addresses) => Destination::Addresses(Arc::clone(addresses)),
        Meaning::Tag => {
            tags.find(&target.text).map_or(Destination::Unclear, |set| Destination::Addresses(Arc::new(set)))
        }
    }
}

/// A security rule of a network manager: always only perhaps, since where it is deployed can't be read.
#[derive(Debug)]
pub(super) struct AdminLine {
    pub(super) line: Line,
}

impl AdminLine {
    pub(super) fn new(rule: AdminRule, tags: &ServiceTags) -> Self {
        let parse = |texts: &[String], all: &AddressSet| {
            let sets: Vec<AddressSet> = texts
                .iter()
                .map(|text| match text.to_ascii_lowercase().as_str() {
                    "*" | "any" | "internet" | "0.0.0.0/0" => all.clone(),
                    _ => AddressSet::parse(text).or_else(|| tags.find(text)).unwrap_or_else(|| all.clone()),
                })
                .collect();
            if sets.is_empty() { all.clone() } else { AddressSet::union_of(&sets) }
        };
        let every = AddressSet::everything();
        let to = if rule.destinations.is_empty() {
            smallvec![Destination::Everything]
        } else {
            let texts = rule.destinations.iter();
            let known = |set| Destination::Addresses(Arc::new(set));
            texts.map(|text| AddressSet::parse(text).map_or(Destination::Everything, known)).collect()
        };
        let perhaps = Arc::new(parse(&rule.sources, &every));
        let line = Line {
            allow: !rule.deny,
            from: nobody(),
            perhaps_outside: Arc::clone(&perhaps),
            perhaps,
            is_for_internet: true,
            to,
            from_ports: IntervalSet::of(0, u16::MAX),
            to_ports: rule.ports,
            protocols: rule.protocols,
            author: Author::Manager(rule.id),
            step: OnceLock::new(),
            why: Some(Arc::new(rule.reason)),
        };
        Self { line }
    }
}

/// What an admin rule says.
pub(super) struct AdminRule {
    pub(super) id: String,
    pub(super) deny: bool,
    pub(super) sources: Vec<String>,
    pub(super) destinations: Vec<String>,
    pub(super) ports: IntervalSet<u16>,
    pub(super) protocols: IntervalSet<u8>,
    pub(super) reason: Reason,
}
