//! Rules as filters of packets that go to one interface: what matches certainly, and what only perhaps.

use std::net::IpAddr;
use std::sync::Arc;

use super::address::AddressSet;
use super::answer::{PointsAt, Reason, Step};
use super::interval::IntervalSet;
use super::network::{Network, host};
use super::protocol::Protocol;
use super::security_group::SecurityGroup;
use super::security_rule::{Field, SecurityRule, Source};
use super::service_tag::ServiceTags;

/// Whether a rule matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Match {
    No,
    Perhaps,
    Yes,
}

/// Where the packets of a rule go.
#[derive(Clone, Debug)]
enum Destination {
    Everything,
    Addresses(AddressSet),
    /// A member of this application security group, folded.
    Group(String),
    /// It can't be told.
    Unclear,
}

/// One rule.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) allow: bool,
    /// Sources that match.
    pub(super) from: Arc<AddressSet>,
    /// Further sources that may match.
    pub(super) perhaps: Arc<AddressSet>,
    /// Those of them that the Internet routes.
    pub(super) perhaps_outside: Arc<AddressSet>,
    to: Vec<Destination>,
    pub(super) from_ports: IntervalSet<u16>,
    pub(super) to_ports: IntervalSet<u16>,
    protocols: IntervalSet<u8>,
    pub(super) step: Arc<Step>,
    /// Why sources only may match.
    pub(super) why: Option<Arc<Reason>>,
}

/// The rules of a group in one network; what no rule matches is denied.
#[derive(Debug)]
pub(super) struct Filter {
    pub(super) lines: Vec<Line>,
    /// What comes to its end can't be told.
    pub(super) unclear: Option<Arc<Reason>>,
}

/// What rules ask of the interface that packets go to.
#[derive(Clone, Debug)]
pub(super) struct Address {
    /// Its addresses as the rules see them; more than one where it can't be told which they see.
    pub(super) seen_as: Vec<IpAddr>,
    /// Its subnet, for an address that isn't known.
    pub(super) within: AddressSet,
    /// Its application security groups, folded.
    pub(super) groups: Vec<String>,
}

impl Line {
    /// Whether packets of a protocol to an address match, whatever their source; ports are not asked.
    pub(super) fn meets(&self, address: &Address, protocol: Protocol) -> Match {
        if !protocol.is_in(&self.protocols) {
            return Match::No;
        }
        // A rule for any protocol that names ports: whether it means packets without ports is not documented.
        let ported = protocol.has_ports() || self.to_ports.contains_all();
        let ported = ported || !Protocol::Tcp.is_in(&self.protocols);
        let to = self.goes_to(address);
        if ported { to } else { to.min(Match::Perhaps) }
    }

    /// Whether the rule speaks of packets to an address.
    pub(super) fn goes_to(&self, address: &Address) -> Match {
        self.to.iter().map(|one| one.holds(address)).max().unwrap_or(Match::No)
    }

    /// Whether it speaks of packets to any address.
    pub(super) fn goes_anywhere(&self) -> bool {
        matches!(self.to.as_slice(), [Destination::Everything])
    }
}

impl Destination {
    fn holds(&self, address: &Address) -> Match {
        let yes = |yes: bool| if yes { Match::Yes } else { Match::No };
        match self {
            Self::Everything => Match::Yes,
            Self::Unclear => Match::Perhaps,
            Self::Group(id) => yes(address.groups.contains(id)),
            Self::Addresses(set) if address.seen_as.is_empty() => {
                match (set.covers(&address.within), set.meets(&address.within)) {
                    _ if address.within.is_empty() => Match::Perhaps,
                    (true, _) => Match::Yes,
                    (false, meets) => {
                        if meets {
                            Match::Perhaps
                        } else {
                            Match::No
                        }
                    }
                }
            }
            Self::Addresses(set) => {
                let mut held = address.seen_as.iter().map(|one| set.contains(*one));
                let first = held.next().unwrap_or(false);
                if held.all(|other| other == first) { yes(first) } else { Match::Perhaps }
            }
        }
    }
}

impl Filter {
    /// A group's rules and Azure's default rules as they work in a network. `name` says where the group
    /// stands, `id` is the group's.
    pub(super) fn of(group: &SecurityGroup, id: &str, network: &Network, tags: &ServiceTags) -> Self {
        let name = id.rsplit('/').next().unwrap_or_default();
        let mut lines: Vec<Line> =
            group.rules.iter().map(|rule| line(rule, id, name, network, tags)).collect();
        let unclear = group.unclear.as_ref().map(|text| Arc::new(Reason::new(format!("{name}: {text}"))));
        if unclear.is_none() {
            lines.extend(default_rules(id, network));
        }
        Self { lines, unclear }
    }

    /// A group that was not read: anything may be allowed.
    pub(super) fn unread(reason: Reason) -> Self {
        Self { lines: Vec::new(), unclear: Some(Arc::new(reason)) }
    }
}

/// Azure's inbound default rules; the third denies everything.
///
/// Source: <https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview#default-security-rules>.
fn default_rules(id: &str, network: &Network) -> [Line; 2] {
    let rule = |name: &str,
                says: &str,
                from: Arc<AddressSet>,
                (perhaps, perhaps_outside),
                why: Option<Arc<Reason>>| Line {
        allow: true,
        from,
        perhaps,
        perhaps_outside,
        to: vec![Destination::Everything],
        from_ports: IntervalSet::of(0, u16::MAX),
        to_ports: IntervalSet::of(0, u16::MAX),
        protocols: IntervalSet::of(0, u8::MAX),
        step: Arc::new(Step::new(format!("{id}#{name}"), None, says)),
        why,
    };
    let why = network_reason(network);
    [
        rule(
            "AllowVnetInBound",
            "lets in the virtual network (default rule 65000)",
            Arc::clone(&network.space),
            network.perhaps(),
            Some(why),
        ),
        rule(
            "AllowAzureLoadBalancerInBound",
            "lets in the load balancer's probes (default rule 65001)",
            Arc::new(host()),
            Default::default(),
            None,
        ),
    ]
}

fn network_reason(network: &Network) -> Arc<Reason> {
    let why = if network.why.is_empty() {
        "what lies behind the network's gateways is not known"
    } else {
        &network.why
    };
    Arc::new(Reason::new(why))
}

fn line(rule: &SecurityRule, id: &str, name: &str, network: &Network, tags: &ServiceTags) -> Line {
    let (mut from, mut perhaps, mut why) = (Vec::new(), Vec::new(), None);
    for source in &rule.sources {
        match sources(source, network, tags) {
            Sources::Known(set) => from.push(set),
            Sources::Partly(sure, more, reason) => {
                from.push(sure);
                perhaps.push(more);
                why = Some(reason);
            }
        }
    }
    let (perhaps, perhaps_outside) = match (perhaps.pop(), from.len()) {
        (None, _) => Default::default(),
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
    let (verb, named) = (if rule.allow { "lets in" } else { "keeps out" }, rule_name(rule, id));
    let says = format!("{verb} {} (priority {})", shown(&rule.sources), rule.priority);
    let points_at = rule.sources.first().map(|source| PointsAt {
        rule: rule.at,
        path: source.path(),
        value: source.text.clone(),
    });
    let step = Step { id: named, resource: Some(rule.at), says, points_at };
    Line {
        allow: rule.allow,
        from,
        perhaps,
        perhaps_outside,
        to: rule.targets.iter().map(|target| destination(target, tags)).collect(),
        from_ports: rule.packets.from_ports.clone(),
        to_ports: rule.packets.to_ports.clone(),
        protocols: rule.packets.protocols.clone(),
        step: Arc::new(step),
        why: why.map(|text| Arc::new(Reason::new(format!("{name}, security rule {}: {text}", rule.name)))),
    }
}

fn rule_name(rule: &SecurityRule, id: &str) -> String {
    format!("{id}#{}", rule.name)
}

fn shown(sources: &[Source]) -> String {
    let mut texts: Vec<&str> = sources.iter().map(|source| source.text.as_str()).take(3).collect();
    let more = format!("{} more", sources.len().saturating_sub(3));
    if sources.len() > 3 {
        texts.push(&more);
    }
    texts.join(", ")
}

fn one_or_union(mut sets: Vec<Arc<AddressSet>>) -> Arc<AddressSet> {
    if sets.len() == 1 {
        return sets.pop().unwrap_or_default();
    }
    Arc::new(sets.iter().fold(AddressSet::default(), |sum, set| sum.union(set)))
}

/// All of some addresses, and those of them that the Internet routes.
pub(super) type Perhaps = (Arc<AddressSet>, Arc<AddressSet>);

/// The addresses of a source.
enum Sources {
    Known(Arc<AddressSet>),
    /// Certain ones, possible ones, and why.
    Partly(Arc<AddressSet>, Perhaps, String),
}

fn sources(source: &Source, network: &Network, tags: &ServiceTags) -> Sources {
    if matches!(source.field, Field::Group(_)) {
        // Members are interfaces of virtual networks, never the Internet, a firewall or a gateway.
        return Sources::Known(Arc::default());
    }
    match source.text.to_ascii_lowercase().as_str() {
        "*" | "any" => Sources::Known(Arc::new(AddressSet::everything())),
        "internet" => Sources::Known(Arc::clone(&network.internet)),
        "virtualnetwork" => {
            let why = &network_reason(network).text;
            Sources::Partly(Arc::clone(&network.space), network.perhaps(), why.clone())
        }
        "azureloadbalancer" => Sources::Known(Arc::new(host())),
        _ if source.peers.symbols.is_empty() => Sources::Known(Arc::new(source.peers.addresses.clone())),
        tag => match tags.find(tag) {
            Some(set) => Sources::Known(Arc::new(set)),
            None => Sources::Partly(
                Arc::default(),
                (Arc::clone(&network.internet), Arc::clone(&network.internet)),
                format!("service tag {} is in no table", source.text),
            ),
        },
    }
}

/// Where the packets of an inbound rule go, after public addresses have been translated.
fn destination(target: &Source, tags: &ServiceTags) -> Destination {
    if matches!(target.field, Field::Group(_)) {
        return Destination::Group(target.text.to_ascii_lowercase());
    }
    match target.text.to_ascii_lowercase().as_str() {
        // The interface lies in the virtual network, whatever its address.
        "*" | "any" | "virtualnetwork" => Destination::Everything,
        "internet" | "azureloadbalancer" => Destination::Addresses(AddressSet::default()),
        _ if target.peers.symbols.is_empty() => Destination::Addresses(target.peers.addresses.clone()),
        tag => tags.find(tag).map_or(Destination::Unclear, Destination::Addresses),
    }
}

/// A security rule of a network manager: always only perhaps, since where it is deployed can't be read.
#[derive(Debug)]
pub(super) struct AdminLine {
    pub(super) deny: bool,
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
            vec![Destination::Everything]
        } else {
            let texts = rule.destinations.iter();
            texts
                .map(|text| AddressSet::parse(text).map_or(Destination::Everything, Destination::Addresses))
                .collect()
        };
        let perhaps = Arc::new(parse(&rule.sources, &every));
        let line = Line {
            allow: !rule.deny,
            from: Arc::default(),
            perhaps_outside: Arc::clone(&perhaps),
            perhaps,
            to,
            from_ports: IntervalSet::of(0, u16::MAX),
            to_ports: rule.ports,
            protocols: rule.protocols,
            step: Arc::new(Step::new(rule.id.clone(), None, "a security admin rule that may be deployed")),
            why: Some(Arc::new(rule.reason)),
        };
        Self { deny: rule.deny, line }
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
