//! What is said of one interface: who reaches what, by which way, and what can't be told.

use std::borrow::Cow;
use std::sync::Arc;

use super::address::AddressSet;
use super::interval::IntervalSet;
use super::protocol::Protocol;
use crate::inventory::index::{Completeness, ResourceIndex};

/// Whether an interface can be reached from the Internet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It can.
    Exposed,
    /// What was not read decides.
    Unknown,
    /// It can't.
    Closed,
}

impl State {
    /// The word in outputs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Exposed => "exposed",
            Self::Unknown => "unknown",
            Self::Closed => "closed",
        }
    }
}

/// Why something can't be told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reason {
    /// One sentence, without full stop.
    pub text: String,
    /// The read that is missing, as (scope, read).
    pub missing: Option<(String, String)>,
}

impl Reason {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), missing: None }
    }

    /// The reason that a set gives that may not be whole.
    pub(super) fn of(completeness: &Completeness) -> Self {
        match completeness {
            Completeness::Complete => Self::new(""),
            Completeness::Incomplete { reason, scope, read } => {
                Self { text: reason.clone(), missing: Some((scope.clone(), read.clone())) }
            }
        }
    }

    /// The reason, said of something.
    #[must_use]
    pub(super) fn about(self, what: &str) -> Self {
        Self { text: format!("{what}: {}", self.text), ..self }
    }
}

/// A property that lets traffic in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PointsAt {
    /// The security rule.
    pub rule: ResourceIndex,
    /// Path of the property in the rule's body.
    pub path: Cow<'static, str>,
    /// Its value.
    pub value: String,
}

/// One step of a proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The id of what speaks; `group#rule` for the rule of a security group.
    pub id: String,
    /// The resource that holds it.
    pub resource: Option<ResourceIndex>,
    /// What it says, as a part of a sentence that begins with its name.
    pub says: String,
    /// The property that decides, where it is a security rule.
    pub points_at: Option<PointsAt>,
}

impl Step {
    /// A step that points at no property.
    pub(super) fn new(
        id: impl Into<String>,
        resource: Option<ResourceIndex>,
        says: impl Into<String>,
    ) -> Self {
        Self { id: id.into(), resource, says: says.into(), points_at: None }
    }
}

/// The public end of a way in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PublicEnd {
    /// The address or prefix; empty where none is assigned, as for a machine that is off.
    pub address: String,
    /// The id of the public address.
    pub id: String,
}

/// Something that gets through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Over which protocol.
    pub protocol: Protocol,
    /// To which ports of the interface; all of them where the protocol has no ports.
    pub ports: IntervalSet<u16>,
    /// From which Internet addresses.
    pub sources: Arc<AddressSet>,
    /// All Internet addresses, as the network sees them.
    pub internet: Arc<AddressSet>,
    /// Through which public address.
    pub public: Arc<PublicEnd>,
    /// At which ports of it.
    pub public_ports: IntervalSet<u16>,
    /// The proof, from the public address to the interface.
    pub via: Vec<Arc<Step>>,
}

/// Something that may get through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// Over which protocol.
    pub protocol: Protocol,
    /// To which ports of the interface.
    pub ports: IntervalSet<u16>,
    /// From which Internet addresses.
    pub sources: Arc<AddressSet>,
    /// Why that can't be told.
    pub reasons: Arc<[Arc<Reason>]>,
}

impl Doubt {
    /// What groups may let in, from wherever.
    pub(super) fn of(gap: &super::gate::Gap) -> Self {
        Self {
            protocol: gap.protocol,
            ports: gap.ports.clone(),
            sources: Arc::new(gap.from.clone()),
            reasons: Arc::clone(&gap.reasons),
        }
    }
}

/// The answer for one network interface, or for one interface of a scale set's model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Its id; for a scale set `…/networkInterfaceConfigurations/<name>` below the set's id.
    pub id: String,
    /// The interface, or the scale set.
    pub resource: ResourceIndex,
    /// The machine (or scale set) that it belongs to.
    pub machine: Option<String>,
    /// The machine, where it was read.
    pub machine_at: Option<ResourceIndex>,
    /// The private address of its primary configuration.
    pub private_ip: Option<String>,
    /// What gets through.
    pub openings: Vec<Opening>,
    /// What may get through.
    pub doubts: Vec<Doubt>,
    /// How many ways from the Internet lead to it, open or not.
    pub ways: usize,
    /// What else to know: IP forwarding, user routes to an appliance.
    pub notes: Vec<Arc<Step>>,
}

impl Interface {
    /// Whether it can be reached.
    pub fn state(&self) -> State {
        match (self.openings.is_empty(), self.doubts.is_empty()) {
            (false, _) => State::Exposed,
            (true, false) => State::Unknown,
            (true, true) => State::Closed,
        }
    }

    /// Why it is not known, or why it is closed.
    pub fn reason(&self) -> Option<String> {
        match self.state() {
            State::Exposed if self.doubts.is_empty() => None,
            State::Exposed | State::Unknown => Some(join_reasons(&self.doubts)),
            State::Closed if self.ways == 0 => Some("no way leads to it from the Internet".into()),
            State::Closed => Some("a way leads to it, but nothing gets through from the Internet".into()),
        }
    }

    /// This answer for some sources and ports only.
    #[must_use]
    pub fn narrowed(&self, from: Option<&AddressSet>, ports: Option<&IntervalSet<u16>>) -> Self {
        let sources = |known: &Arc<AddressSet>| match from {
            Some(from) => Arc::new(known.intersection(from)),
            None => Arc::clone(known),
        };
        // Asking for a port asks for protocols that have ports.
        let narrow = |protocol: Protocol, known: &IntervalSet<u16>| match ports {
            Some(ports) if protocol.has_ports() => known.intersection(ports),
            Some(_) => IntervalSet::empty(),
            None => known.clone(),
        };
        let mut out = self.clone();
        for opening in &mut out.openings {
            let known = std::mem::take(&mut opening.ports);
            opening.ports = narrow(opening.protocol, &known);
            if opening.public_ports == known {
                opening.public_ports = opening.ports.clone();
            }
            opening.sources = sources(&opening.sources);
        }
        for doubt in &mut out.doubts {
            doubt.ports = narrow(doubt.protocol, &doubt.ports);
            doubt.sources = sources(&doubt.sources);
        }
        out.openings.retain(|opening| !opening.ports.is_empty() && !opening.sources.is_empty());
        out.doubts.retain(|doubt| !doubt.ports.is_empty() && !doubt.sources.is_empty());
        out
    }
}

/// The reasons of doubts, each once, in order.
pub fn join_reasons(doubts: &[Doubt]) -> String {
    let mut texts: Vec<&str> = Vec::new();
    for reason in doubts.iter().flat_map(|doubt| doubt.reasons.iter()) {
        if !texts.contains(&reason.text.as_str()) {
            texts.push(&reason.text);
        }
    }
    texts.sort_unstable();
    texts.join("; ")
}
