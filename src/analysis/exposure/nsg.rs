//! What one network security group lets in, rule by rule, as Azure decides it: in order of priority,
//! the first rule that matches a packet speaks.
//!
//! Source: <https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview>. Whether
//! the group is attached to anything, and what the interface's or subnet's other group says, is not asked
//! here.

use super::address::AddressSet;
use super::interval::IntervalSet;
use super::region::{Packets, Peers, Symbols};
use crate::inventory::index::{Completeness, Inventory, ResourceIndex};
use crate::inventory::path::segments;
use crate::inventory::value::Value;

/// Type of the groups.
pub const NSG: &str = "Microsoft.Network/networkSecurityGroups";
/// Type of their rules.
pub const SECURITY_RULE: &str = "Microsoft.Network/networkSecurityGroups/securityRules";

/// Everything this analysis reads of a security rule.
pub const READS: [&str; 14] = [
    "properties.priority",
    "properties.direction",
    "properties.access",
    "properties.protocol",
    "properties.sourceAddressPrefix",
    "properties.sourceAddressPrefixes[*]",
    "properties.sourceApplicationSecurityGroups[*].id",
    "properties.sourcePortRange",
    "properties.sourcePortRanges[*]",
    "properties.destinationAddressPrefix",
    "properties.destinationAddressPrefixes[*]",
    "properties.destinationApplicationSecurityGroups[*].id",
    "properties.destinationPortRange",
    "properties.destinationPortRanges[*]",
];

/// Weight (see [`AddressSet::public_weight`]) from which on sources are "the Internet at large": an eighth
/// of the public space. Nobody lists an eighth of the Internet as a partner.
const AT_LARGE: u64 = 1 << 29;
/// Weight of a /8.
const BROAD: u64 = 1 << 24;
/// Boxes beyond which a group is too tangled to decide.
const MAX_BOXES: usize = 20_000;

/// Where traffic comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum From {
    /// The Internet at large.
    Internet,
    /// Literal prefixes, other than "any", that cover a /8 or more of public space.
    BroadPrefixes,
    /// These service tags, folded, with their regional forms.
    ServiceTags(Vec<String>),
}

/// What a group is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// From where.
    pub from: From,
    /// Over which protocols.
    pub protocols: IntervalSet<u8>,
    /// To which ports.
    pub ports: IntervalSet<u16>,
    /// Only when more than this many of them are open at once.
    pub more_than: u32,
}

/// A security rule that lets in what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// The security rule.
    pub rule: ResourceIndex,
    /// The property of the security rule that names the sources.
    pub path: String,
    /// Its value.
    pub value: String,
}

/// The answer of one group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The rules that let it in, by priority.
    pub openings: Vec<Opening>,
    /// Why the rest can't be told.
    pub unknown: Option<Undecided>,
}

/// Why a group can't be decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undecided {
    /// A rule, or all of them, can't be understood.
    Reason(String),
    /// Its rules were not read.
    Unread(Completeness),
}

struct SecurityRule {
    at: ResourceIndex,
    allow: bool,
    packets: Packets,
    sources: Vec<Source>,
}

struct Source {
    path: String,
    text: String,
    peers: Peers,
}

/// Asks a group.
pub fn inbound(inventory: &Inventory, group: ResourceIndex, question: &Question) -> Answer {
    let mut answer = Answer::default();
    if let incomplete @ Completeness::Incomplete { .. } = inventory.children_complete(group, SECURITY_RULE) {
        answer.unknown = Some(Undecided::Unread(incomplete));
        return answer;
    }
    let mut rules = Vec::new();
    let mut unclear: Option<(i64, String)> = None;
    for at in inventory.children(group, SECURITY_RULE) {
        match read(inventory, at) {
            Ok(Some((priority, rule))) => rules.push((priority, rule)),
            Ok(None) => {}
            Err((priority, reason)) => {
                let reason = format!("security rule {}: {reason}", inventory.get(at).id.name());
                if unclear.as_ref().is_none_or(|(known, _)| priority < *known) {
                    unclear = Some((priority, reason));
                }
            }
        }
    }
    rules.sort_by_key(|(priority, rule)| (*priority, rule.at));
    // What an unclear rule decides, and all behind it, can't be told.
    if let Some((priority, reason)) = unclear {
        rules.retain(|(known, _)| *known < priority);
        answer.unknown = Some(Undecided::Reason(reason));
    }
    match openings(&rules, question) {
        Some(openings) => answer.openings = openings,
        None => answer.unknown = Some(Undecided::Reason("its rules are too many to combine".into())),
    }
    answer
}

/// The parts of each allowing rule that no earlier rule denies; `None` when they are too many.
fn openings(rules: &[(i64, SecurityRule)], question: &Question) -> Option<Vec<Opening>> {
    let asked = Packets {
        from: Peers::all(),
        to: Peers::all(),
        from_ports: IntervalSet::of(0, u16::MAX),
        to_ports: question.ports.clone(),
        protocols: question.protocols.clone(),
    };
    let mut reached: Vec<(&SecurityRule, Vec<Packets>)> = Vec::new();
    for (index, (_, rule)) in rules.iter().enumerate().filter(|(_, (_, rule))| rule.allow) {
        let mut parts = vec![rule.packets.intersection(&asked)];
        parts.retain(|part| !part.is_empty());
        for (_, earlier) in rules[..index].iter().filter(|(_, earlier)| !earlier.allow) {
            parts = parts
                .iter()
                .flat_map(|part| part.difference(&earlier.packets))
                .collect();
            if parts.len() > MAX_BOXES {
                return None;
            }
        }
        reached.push((rule, parts));
    }
    Some(match &question.from {
        From::Internet => at_large(&reached, question),
        From::BroadPrefixes => broad(&reached, question),
        From::ServiceTags(tags) => tagged(&reached, tags, question),
    })
}

fn enough_ports<'a>(parts: impl Iterator<Item = &'a Packets>, more_than: u32) -> bool {
    let ports = parts.fold(IntervalSet::empty(), |ports, part| ports.union(&part.to_ports));
    let count: u32 = ports
        .intervals()
        .iter()
        .map(|(low, high)| u32::from(high - low) + 1)
        .sum();
    count > more_than
}

fn at_large(reached: &[(&SecurityRule, Vec<Packets>)], question: &Question) -> Vec<Opening> {
    let wide = |part: &&Packets| part.from.addresses.public_weight() >= AT_LARGE;
    let mut alone: Vec<&SecurityRule> = Vec::new();
    for (rule, parts) in reached {
        if enough_ports(parts.iter().filter(wide), question.more_than) {
            alone.push(rule);
        }
    }
    if alone.is_empty() {
        // Several rules may share the Internet out among them: 0.0.0.0/1 in one, 128.0.0.0/1 in another.
        let broad = |part: &&Packets| part.from.addresses.public_weight() >= BROAD;
        let together = |parts: &[Packets], ports: &Packets| {
            parts
                .iter()
                .filter(broad)
                .filter(|part| !part.to_ports.intersection(&ports.to_ports).is_empty())
                .fold(AddressSet::default(), |sum, part| sum.union(&part.from.addresses))
        };
        for (rule, parts) in reached {
            let shared = parts.iter().filter(broad).any(|own| {
                let all = reached.iter().fold(AddressSet::default(), |sum, (_, parts)| {
                    sum.union(&together(parts, own))
                });
                all.public_weight() >= AT_LARGE
            });
            if shared && enough_ports(parts.iter().filter(broad), question.more_than) {
                alone.push(rule);
            }
        }
    }
    alone
        .into_iter()
        .map(|rule| opening(rule, |source| source.peers.addresses.public_weight()))
        .collect()
}

fn broad(reached: &[(&SecurityRule, Vec<Packets>)], question: &Question) -> Vec<Opening> {
    let literal = |rule: &SecurityRule| {
        rule.sources
            .iter()
            .filter(|source| is_literal(&source.text))
            .fold(AddressSet::default(), |sum, source| {
                sum.union(&source.peers.addresses)
            })
    };
    let mut out = Vec::new();
    for (rule, parts) in reached {
        let prefixes = literal(rule);
        let wide = |part: &&Packets| part.from.addresses.intersection(&prefixes).public_weight() >= BROAD;
        if enough_ports(parts.iter().filter(wide), question.more_than) {
            out.push(opening(rule, |source| {
                if is_literal(&source.text) {
                    source.peers.addresses.public_weight()
                } else {
                    0
                }
            }));
        }
    }
    out
}

fn tagged(reached: &[(&SecurityRule, Vec<Packets>)], tags: &[String], question: &Question) -> Vec<Opening> {
    let is_asked = |name: &str| {
        let name = name.to_ascii_lowercase();
        tags.iter().any(|tag| {
            name == *tag
                || name
                    .strip_prefix(tag.as_str())
                    .is_some_and(|rest| rest.starts_with('.'))
        })
    };
    let mut out = Vec::new();
    for (rule, parts) in reached {
        let names = |part: &&Packets| match &part.from.symbols {
            Symbols::Only(names) => names.iter().any(|name| is_asked(name)),
            Symbols::AllBut(_) => false,
        };
        if enough_ports(parts.iter().filter(names), question.more_than) {
            out.push(opening(rule, |source| u64::from(is_asked(&source.text))));
        }
    }
    out
}

/// Whether a source is a prefix that doesn't simply mean "any".
fn is_literal(text: &str) -> bool {
    AddressSet::parse(text).is_some() && !matches!(text.trim(), "0.0.0.0/0" | "::/0")
}

fn opening(rule: &SecurityRule, weight: impl Fn(&Source) -> u64) -> Opening {
    let heaviest = rule.sources.iter().rev().max_by_key(|source| weight(source));
    Opening {
        rule: rule.at,
        path: heaviest.map_or_else(|| "properties".into(), |source| source.path.clone()),
        value: heaviest.map_or_else(String::new, |source| source.text.clone()),
    }
}

/// Reads a rule; `None` for an outbound one. An error carries the priority from which on nothing is clear.
fn read(inventory: &Inventory, at: ResourceIndex) -> Result<Option<(i64, SecurityRule)>, (i64, String)> {
    let fields = Fields {
        inventory,
        root: &inventory.get(at).value,
    };
    let priority = fields
        .one("properties.priority")
        .and_then(Value::as_number)
        .map(|number| number as i64);
    let from = priority.unwrap_or(0);
    let fail = |reason: String| (from, reason);
    let direction = fields
        .text("properties.direction")
        .ok_or_else(|| fail("no direction".into()))?;
    if direction.eq_ignore_ascii_case("outbound") {
        return Ok(None);
    }
    if !direction.eq_ignore_ascii_case("inbound") {
        return Err(fail(format!("direction {direction:?} is unknown")));
    }
    let priority = priority.ok_or_else(|| fail("no priority".into()))?;
    let allow = match fields
        .text("properties.access")
        .map(str::to_ascii_lowercase)
        .as_deref()
    {
        Some("allow") => true,
        Some("deny") => false,
        other => return Err(fail(format!("access {:?} is unknown", other.unwrap_or_default()))),
    };
    let protocol = fields
        .text("properties.protocol")
        .unwrap_or("*")
        .to_ascii_lowercase();
    let protocols = match protocol.as_str() {
        "*" | "any" => IntervalSet::of(0, u8::MAX),
        "tcp" => IntervalSet::of(TCP, TCP),
        "udp" => IntervalSet::of(UDP, UDP),
        "icmp" => IntervalSet::from_intervals([(1, 1), (58, 58)]),
        "esp" => IntervalSet::of(50, 50),
        "ah" => IntervalSet::of(51, 51),
        other => return Err(fail(format!("protocol {other:?} is unknown"))),
    };
    let sources = fields.peers("source").map_err(fail)?;
    let targets = fields.peers("destination").map_err(fail)?;
    let join = |all: &[Source]| {
        all.iter()
            .fold(Peers::none(), |sum, source| sum.union(&source.peers))
    };
    let packets = Packets {
        from: join(&sources),
        to: join(&targets),
        from_ports: fields.ports("source").map_err(fail)?,
        to_ports: fields.ports("destination").map_err(fail)?,
        protocols,
    };
    Ok(Some((
        priority,
        SecurityRule {
            at,
            allow,
            packets,
            sources,
        },
    )))
}

/// IANA number of TCP.
pub const TCP: u8 = 6;
/// IANA number of UDP.
pub const UDP: u8 = 17;

struct Fields<'a> {
    inventory: &'a Inventory,
    root: &'a Value,
}

impl<'a> Fields<'a> {
    fn one(&self, path: &str) -> Option<&'a Value> {
        segments(path)
            .into_iter()
            .try_fold(self.root, |here, name| {
                here.member(self.inventory.keys.find(name)?)
            })
            .filter(|value| !matches!(value, Value::Null))
    }

    fn text(&self, path: &str) -> Option<&'a str> {
        self.one(path).and_then(Value::as_str)
    }

    /// The texts of a singular property and its plural, each with its path.
    fn texts(&self, singular: &str, plural: &str) -> Result<Vec<(String, String)>, String> {
        let mut out = Vec::new();
        let as_text = |value: &Value, path: String| match value {
            Value::String(text) => Ok((path, text.to_string())),
            // Ports are sometimes sent as numbers.
            Value::Number(number) => Ok((path, number.to_string())),
            _ => Err(format!("{path} is no text")),
        };
        if let Some(value) = self.one(singular).filter(|value| value.as_str() != Some("")) {
            out.push(as_text(value, singular.to_owned())?);
        }
        match self.one(plural) {
            Some(Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    out.push(as_text(item, format!("{plural}[{index}]"))?);
                }
            }
            Some(_) => return Err(format!("{plural} is no list")),
            None => {}
        }
        Ok(out)
    }

    fn peers(&self, side: &str) -> Result<Vec<Source>, String> {
        let singular = format!("properties.{side}AddressPrefix");
        let mut out = Vec::new();
        for (path, text) in self.texts(&singular, &format!("{singular}es"))? {
            // Some tools write lists into the singular field.
            for part in text.split(',').map(str::trim) {
                let peers = peers_of(part, side == "destination")
                    .ok_or_else(|| format!("{path} {part:?} is unknown"))?;
                out.push(Source {
                    path: path.clone(),
                    text: part.to_owned(),
                    peers,
                });
            }
        }
        let groups = format!("properties.{side}ApplicationSecurityGroups");
        if let Some(Value::Array(items)) = self.one(&groups) {
            let id = self.inventory.keys.find("id");
            for (index, item) in items.iter().enumerate() {
                let text = id.and_then(|id| item.member(id)).and_then(Value::as_str);
                let text = text.ok_or_else(|| format!("{groups}[{index}] has no id"))?;
                let peers = Peers {
                    addresses: AddressSet::default(),
                    symbols: Symbols::one(text),
                };
                out.push(Source {
                    path: format!("{groups}[{index}].id"),
                    text: text.to_owned(),
                    peers,
                });
            }
        }
        if out.is_empty() {
            return Err(format!("no {side} address"));
        }
        Ok(out)
    }

    fn ports(&self, side: &str) -> Result<IntervalSet<u16>, String> {
        let singular = format!("properties.{side}PortRange");
        let mut intervals = Vec::new();
        let texts = self.texts(&singular, &format!("{singular}s"))?;
        for (path, text) in &texts {
            for part in text.split(',').map(str::trim) {
                intervals.push(port_range(part).ok_or_else(|| format!("{path} {part:?} is no port range"))?);
            }
        }
        if texts.is_empty() {
            // ICMP, ESP and AH rules may leave ports out; Azure then means any.
            intervals.push((0, u16::MAX));
        }
        Ok(IntervalSet::from_intervals(intervals))
    }
}

fn port_range(text: &str) -> Option<(u16, u16)> {
    if text == "*" {
        return Some((0, u16::MAX));
    }
    let (low, high) = text.split_once('-').unwrap_or((text, text));
    let (low, high) = (low.trim().parse().ok()?, high.trim().parse().ok()?);
    (low <= high).then_some((low, high))
}

/// `*`, a service tag, or a literal prefix. A destination of an inbound rule always lies in the virtual
/// network, so the tag `VirtualNetwork` means all of it there.
fn peers_of(text: &str, is_destination: bool) -> Option<Peers> {
    let known = |addresses| {
        Some(Peers {
            addresses,
            symbols: Symbols::none(),
        })
    };
    match text.to_ascii_lowercase().as_str() {
        "*" | "any" => Some(Peers::all()),
        "internet" => Some(Peers {
            addresses: AddressSet::public(),
            symbols: Symbols::AllBut(local_tags()),
        }),
        "virtualnetwork" if is_destination => Some(Peers::all()),
        "virtualnetwork" => Some(Peers {
            addresses: AddressSet::everything().difference(&AddressSet::public()),
            symbols: Symbols::one("virtualnetwork"),
        }),
        // The load balancer's probes come from this one address.
        "azureloadbalancer" => known(AddressSet::parse("168.63.129.16")?),
        "" => None,
        _ if text.starts_with(|symbol: char| symbol.is_ascii_digit()) || text.contains(':') => {
            known(AddressSet::parse(text)?)
        }
        // Any other service tag: addresses we don't know here, none of them the Internet at large.
        tag if tag
            .chars()
            .all(|symbol| symbol.is_ascii_alphanumeric() || ".-_".contains(symbol)) =>
        {
            Some(Peers {
                addresses: AddressSet::default(),
                symbols: Symbols::one(tag),
            })
        }
        _ => None,
    }
}

fn local_tags() -> std::collections::BTreeSet<String> {
    ["virtualnetwork".to_owned()].into()
}
