//! Sets of packets, as boxes over source, destination, port and protocol.

use std::collections::BTreeSet;

use super::address::AddressSet;
use super::interval::IntervalSet;

/// Names that stand for addresses we don't know: service tags, application security groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Symbols {
    /// These, folded.
    Only(BTreeSet<String>),
    /// All but these, folded.
    AllBut(BTreeSet<String>),
}

impl Symbols {
    /// No name.
    pub fn none() -> Self {
        Self::Only(BTreeSet::new())
    }

    /// Every name.
    pub fn all() -> Self {
        Self::AllBut(BTreeSet::new())
    }

    /// One name.
    pub fn one(name: &str) -> Self {
        Self::Only(BTreeSet::from([name.to_ascii_lowercase()]))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Only(names) if names.is_empty())
    }

    fn union(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Only(one), Self::Only(two)) => Self::Only(one | two),
            (Self::AllBut(one), Self::AllBut(two)) => Self::AllBut(one & two),
            (Self::Only(some), Self::AllBut(rest)) | (Self::AllBut(rest), Self::Only(some)) => {
                Self::AllBut(rest - some)
            }
        }
    }

    fn intersection(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Only(one), Self::Only(two)) => Self::Only(one & two),
            (Self::AllBut(one), Self::AllBut(two)) => Self::AllBut(one | two),
            (Self::Only(some), Self::AllBut(rest)) | (Self::AllBut(rest), Self::Only(some)) => {
                Self::Only(some - rest)
            }
        }
    }

    fn difference(&self, other: &Self) -> Self {
        let complement = match other {
            Self::Only(names) => Self::AllBut(names.clone()),
            Self::AllBut(names) => Self::Only(names.clone()),
        };
        self.intersection(&complement)
    }
}

/// Where packets come from or go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peers {
    /// Known addresses.
    pub addresses: AddressSet,
    /// Names whose addresses we don't know.
    pub symbols: Symbols,
}

impl Peers {
    /// Nothing.
    pub fn none() -> Self {
        Self { addresses: AddressSet::default(), symbols: Symbols::none() }
    }

    /// Everything (`*`).
    pub fn all() -> Self {
        Self { addresses: AddressSet::everything(), symbols: Symbols::all() }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.addresses.is_empty() && self.symbols.is_empty()
    }

    /// Either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self {
            addresses: self.addresses.union(&other.addresses),
            symbols: self.symbols.union(&other.symbols),
        }
    }

    fn intersection(&self, other: &Self) -> Self {
        Self {
            addresses: self.addresses.intersection(&other.addresses),
            symbols: self.symbols.intersection(&other.symbols),
        }
    }

    fn difference(&self, other: &Self) -> Self {
        Self {
            addresses: self.addresses.difference(&other.addresses),
            symbols: self.symbols.difference(&other.symbols),
        }
    }
}

/// All packets with a source, source port, destination, destination port and protocol out of five sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packets {
    /// Sources.
    pub from: Peers,
    /// Destinations.
    pub to: Peers,
    /// Source ports.
    pub from_ports: IntervalSet<u16>,
    /// Destination ports.
    pub to_ports: IntervalSet<u16>,
    /// Protocols, as IANA numbers.
    pub protocols: IntervalSet<u8>,
}

impl Packets {
    /// Whether there is no packet.
    pub fn is_empty(&self) -> bool {
        self.from.is_empty()
            || self.to.is_empty()
            || self.from_ports.is_empty()
            || self.to_ports.is_empty()
            || self.protocols.is_empty()
    }

    /// Whether ports and protocols have anything in common; a quick no.
    pub fn meets(&self, other: &Self) -> bool {
        !self.to_ports.intersection(&other.to_ports).is_empty()
            && !self.protocols.intersection(&other.protocols).is_empty()
    }

    /// Packets in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        Self {
            from: self.from.intersection(&other.from),
            to: self.to.intersection(&other.to),
            from_ports: self.from_ports.intersection(&other.from_ports),
            to_ports: self.to_ports.intersection(&other.to_ports),
            protocols: self.protocols.intersection(&other.protocols),
        }
    }

    /// This box less `other`, as disjoint boxes.
    pub fn difference(&self, other: &Self) -> Vec<Self> {
        let shared = self.intersection(other);
        if shared.is_empty() {
            return vec![self.clone()];
        }
        let mut out = Vec::new();
        let mut rest = self.clone();
        // In each dimension: what lies outside of `other` there, and inside of it in those before.
        let outside = Self { protocols: rest.protocols.difference(&other.protocols), ..rest.clone() };
        out.push(outside);
        rest.protocols = shared.protocols;
        let outside = Self { to_ports: rest.to_ports.difference(&other.to_ports), ..rest.clone() };
        out.push(outside);
        rest.to_ports = shared.to_ports;
        let outside = Self { from_ports: rest.from_ports.difference(&other.from_ports), ..rest.clone() };
        out.push(outside);
        rest.from_ports = shared.from_ports;
        let outside = Self { to: rest.to.difference(&other.to), ..rest.clone() };
        out.push(outside);
        rest.to = shared.to;
        out.push(Self { from: rest.from.difference(&other.from), ..rest });
        out.retain(|packets| !packets.is_empty());
        out
    }
}
