//! One rule as it works in one network: which packets it matches certainly, and which only perhaps.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use compact_str::CompactString;
use smallvec::SmallVec;

use super::address::AddressSet;
use super::answer::{PointsAt, Reason, Step};
use super::interval::IntervalSet;
use super::protocol::Protocol;
use super::security_rule::{Source, Sources};
use crate::inventory::index::ResourceIndex;

/// Whether a rule matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Match {
    No,
    Perhaps,
    Yes,
}

/// Where the packets of a rule go.
#[derive(Clone, Debug)]
pub(super) enum Destination {
    Everything,
    Addresses(Arc<AddressSet>),
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
    /// Whether any of these is an Internet address.
    pub(super) is_for_internet: bool,
    pub(super) to: SmallVec<[Destination; 1]>,
    pub(super) from_ports: IntervalSet<u16>,
    pub(super) to_ports: IntervalSet<u16>,
    pub(super) protocols: IntervalSet<u8>,
    pub(super) author: Author,
    /// Made when a proof needs it: few of a million rules let something in.
    pub(super) step: OnceLock<Arc<Step>>,
    /// Why sources only may match.
    pub(super) why: Option<Arc<Reason>>,
}

/// Who wrote a line.
#[derive(Debug)]
pub(super) enum Author {
    /// A rule of a group (id).
    Rule { group: Arc<str>, at: ResourceIndex, name: CompactString, priority: i64, sources: Sources },
    /// Azure: the default rule of this name in a group (id), and what it says.
    Default { group: Arc<str>, name: &'static str, says: &'static str },
    /// A network manager: the id of its rule.
    Manager(String),
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
    /// What it says, as a step of a proof.
    pub(super) fn step(&self) -> &Arc<Step> {
        self.step.get_or_init(|| Arc::new(self.author.step(self.allow)))
    }

    /// Why sources only may match.
    pub(super) fn why(&self) -> Option<Arc<Reason>> {
        let why = self.why.clone()?;
        Some(match &self.author {
            Author::Rule { group, name, .. } => {
                let group = group.rsplit('/').next().unwrap_or_default();
                Arc::new(Reason::new(format!("{group}, security rule {name}: {}", why.text)))
            }
            Author::Default { .. } | Author::Manager(_) => why,
        })
    }

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

impl Author {
    fn step(&self, allow: bool) -> Step {
        match self {
            Self::Rule { group, at, name, priority, sources } => {
                let verb = if allow { "lets in" } else { "keeps out" };
                let points_at = sources.first().map(|source| PointsAt {
                    rule: *at,
                    path: source.path(),
                    value: source.text.to_string(),
                });
                let says = format!("{verb} {} (priority {priority})", shown(sources));
                Step { id: format!("{group}#{name}"), resource: Some(*at), says, points_at }
            }
            Self::Default { group, name, says } => Step::new(format!("{group}#{name}"), None, *says),
            Self::Manager(id) => Step::new(id.clone(), None, "a security admin rule that may be deployed"),
        }
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

fn shown(sources: &[Source]) -> String {
    let mut texts: Vec<&str> = sources.iter().map(|source| source.text.as_str()).take(3).collect();
    let more = format!("{} more", sources.len().saturating_sub(3));
    if sources.len() > 3 {
        texts.push(&more);
    }
    texts.join(", ")
}
