//! What one network security group lets in, rule by rule, as Azure decides it: in order of priority,
//! the first rule that matches a packet speaks.
//!
//! Source: <https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview>. Whether
//! the group is attached to anything, and what the interface's or subnet's other group says, is not asked
//! here.

use super::address::AddressSet;
use super::interval::IntervalSet;
use super::region::{Packets, Peers, Symbols};
use super::security_group::SecurityGroup;
use super::security_rule::{FieldKeys, SecurityRule, Source};
use crate::inventory::index::{Completeness, Inventory, ResourceIndex};

/// Weight (see [`AddressSet::public_weight`]) from which on sources are "the Internet at large": one and a half
/// IPv4 /4s, so that any /3 counts, also one with private blocks in it. Nobody lists an eighth of the
/// Internet as a partner.
pub const AT_LARGE: u64 = 3 << 27;
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

/// A group, its inbound rules understood; ask it as often as there are questions.
#[derive(Debug)]
pub struct Group {
    /// By priority, up to the first that can't be understood; with what they match.
    rules: Vec<(SecurityRule, Packets)>,
    undecided: Option<Undecided>,
}

impl Group {
    /// Reads the rules of a group.
    pub fn read(inventory: &Inventory, group: ResourceIndex) -> Self {
        match SecurityGroup::read(inventory, &FieldKeys::of(&inventory.keys), group, Vec::new()) {
            Ok(SecurityGroup { rules, unclear }) => {
                let matching = |rule: SecurityRule| {
                    let packets = rule.packets();
                    (rule, packets)
                };
                let rules = rules.into_iter().map(matching).collect();
                Self { rules, undecided: unclear.map(Undecided::Reason) }
            }
            Err(incomplete) => Self { rules: Vec::new(), undecided: Some(Undecided::Unread(incomplete)) },
        }
    }

    /// Asks the group.
    pub fn inbound(&self, question: &Question) -> Answer {
        match openings(&self.rules, question) {
            Some(openings) => Answer { openings, unknown: self.undecided.clone() },
            None => Answer {
                openings: Vec::new(),
                unknown: Some(Undecided::Reason("its rules are too many to combine".into())),
            },
        }
    }
}

/// The parts of each allowing rule that no earlier rule denies; `None` when they are too many.
fn openings(rules: &[(SecurityRule, Packets)], question: &Question) -> Option<Vec<Opening>> {
    let asked = Packets {
        from: Peers::all(),
        to: Peers::all(),
        from_ports: IntervalSet::of(0, u16::MAX),
        to_ports: question.ports.clone(),
        protocols: question.protocols.clone(),
    };
    let mut reached: Vec<(&SecurityRule, Vec<Packets>)> = Vec::new();
    for (index, (rule, packets)) in rules.iter().enumerate().filter(|(_, (rule, _))| rule.allow) {
        if !packets.meets(&asked) {
            continue;
        }
        let mut parts = vec![packets.intersection(&asked)];
        for (_, denied) in rules[..index].iter().filter(|(earlier, _)| !earlier.allow) {
            parts = parts.iter().flat_map(|part| part.difference(denied)).collect();
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
    let count: u32 = ports.intervals().iter().map(|(low, high)| u32::from(high - low) + 1).sum();
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
                let all = reached
                    .iter()
                    .fold(AddressSet::default(), |sum, (_, parts)| sum.union(&together(parts, own)));
                all.public_weight() >= AT_LARGE
            });
            if shared && enough_ports(parts.iter().filter(broad), question.more_than) {
                alone.push(rule);
            }
        }
    }
    alone.into_iter().map(|rule| opening(rule, |source| source.peers().addresses.public_weight())).collect()
}

fn broad(reached: &[(&SecurityRule, Vec<Packets>)], question: &Question) -> Vec<Opening> {
    let literal = |rule: &SecurityRule| {
        rule.sources
            .iter()
            .filter(|source| is_literal(&source.text))
            .fold(AddressSet::default(), |sum, source| sum.union(&source.peers().addresses))
    };
    let mut out = Vec::new();
    for (rule, parts) in reached {
        let prefixes = literal(rule);
        let wide = |part: &&Packets| part.from.addresses.intersection(&prefixes).public_weight() >= BROAD;
        if enough_ports(parts.iter().filter(wide), question.more_than) {
            out.push(opening(rule, |source| {
                if is_literal(&source.text) { source.peers().addresses.public_weight() } else { 0 }
            }));
        }
    }
    out
}

fn tagged(reached: &[(&SecurityRule, Vec<Packets>)], tags: &[String], question: &Question) -> Vec<Opening> {
    let is_asked = |name: &str| {
        let name = name.to_ascii_lowercase();
        tags.iter().any(|tag| {
            name == *tag || name.strip_prefix(tag.as_str()).is_some_and(|rest| rest.starts_with('.'))
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
        path: heaviest.map_or_else(|| "properties".into(), |source| source.path().into_owned()),
        value: heaviest.map_or_else(String::new, |source| source.text.to_string()),
    }
}
