//! Ways from the Internet to an interface, and what gets through a way and the interface's filters.

use std::net::IpAddr;
use std::sync::Arc;

use super::address::AddressSet;
use super::answer::{Doubt, Opening, PublicEnd, Reason, Step};
use super::gate::Gate;
use super::interval::IntervalSet;
use super::network::Network;
use super::protocol::Protocol;
use super::ways::Inner;

/// Whether what is public is open where no network security group says anything.
///
/// Basic addresses and load balancers are, Standard ones are not. Source:
/// <https://learn.microsoft.com/azure/virtual-network/ip-services/public-ip-addresses#sku>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sku {
    Open,
    Closed,
    Unknown,
}

impl Sku {
    /// By the name of a public address or load balancer.
    pub(super) fn of(name: Option<&str>) -> Self {
        match name.map(str::to_ascii_lowercase).as_deref() {
            Some("basic") => Self::Open,
            Some("standard" | "standardv2" | "gateway") => Self::Closed,
            _ => Self::Unknown,
        }
    }
}

/// Which ports of the public address lead to which of the interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PortMap {
    /// Each to the same.
    Same,
    /// These to one.
    To {
        /// At the public address.
        front: IntervalSet<u16>,
        /// At the interface.
        back: u16,
    },
    /// These to the same.
    Only(IntervalSet<u16>),
}

/// Whose address the interface's filters see.
#[derive(Clone, Debug)]
pub(super) enum Seen {
    /// The client's.
    Client,
    /// That of something in between, which has one of these.
    Proxy(AddressSet),
    /// That of something in between whose addresses are not known.
    SomeProxy,
}

impl Seen {
    /// The addresses that the filters see; `None` for the Internet's.
    pub(super) fn addresses(&self) -> Option<AddressSet> {
        match self {
            Self::Client => None,
            Self::Proxy(addresses) => Some(addresses.clone()),
            // It lies in a virtual network.
            Self::SomeProxy => Some(AddressSet::private().clone()),
        }
    }
}

/// A public address that packets keep on their way, where it is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Floating(pub(super) Option<IpAddr>);

/// One way in.
#[derive(Clone, Debug)]
pub(super) struct Way {
    pub(super) public: Arc<PublicEnd>,
    /// Families of the public address: IPv4, IPv6.
    pub(super) families: (bool, bool),
    pub(super) protocols: Vec<Protocol>,
    pub(super) ports: PortMap,
    /// Clients that the way takes; all where there is none.
    pub(super) clients: Option<Arc<AddressSet>>,
    pub(super) seen: Seen,
    /// The public address as the destination that the filters may see (floating IP).
    pub(super) floating: Option<Floating>,
    pub(super) sku: Sku,
    pub(super) steps: Vec<Arc<Step>>,
    /// Why it isn't certain that the way exists.
    pub(super) doubt: Option<Arc<Reason>>,
}

/// What comes of a way.
#[derive(Default)]
pub(super) struct Through {
    pub(super) openings: Vec<Opening>,
    pub(super) doubts: Vec<Doubt>,
}

impl Way {
    /// A way that may exist: the resources that would say so were not read.
    pub(super) fn perhaps(seen: Seen, sku: Sku, reason: Reason) -> Self {
        Self {
            public: Arc::new(PublicEnd { address: String::new(), id: String::new() }),
            families: (true, true),
            protocols: vec![Protocol::Tcp, Protocol::Udp],
            ports: PortMap::Same,
            clients: None,
            seen,
            floating: None,
            sku,
            steps: Vec::new(),
            doubt: Some(Arc::new(reason)),
        }
    }

    /// This way, going on through a load balancer behind it; `None` where that doesn't take it.
    pub(super) fn behind(&self, rule: &Inner) -> Option<Self> {
        let protocols: Vec<Protocol> =
            self.protocols.iter().copied().filter(|protocol| rule.protocols.contains(protocol)).collect();
        let ports = match (&self.ports, rule.ports) {
            (ports, None) => ports.clone(),
            (PortMap::To { front, back }, Some((in_front, behind))) if *back == in_front => {
                PortMap::To { front: front.clone(), back: behind }
            }
            (PortMap::Same, Some((front, back))) => {
                PortMap::To { front: IntervalSet::of(front, front), back }
            }
            (PortMap::Only(only), Some((front, back))) if only.contains(front) => {
                PortMap::To { front: IntervalSet::of(front, front), back }
            }
            _ => return None,
        };
        let mut steps = self.steps.clone();
        steps.push(Arc::clone(&rule.step));
        (!protocols.is_empty()).then(|| Self { protocols, ports, steps, ..self.clone() })
    }

    /// The ports of the interface that the way leads to, out of some.
    fn back(&self, ports: &IntervalSet<u16>) -> IntervalSet<u16> {
        match &self.ports {
            PortMap::Same => ports.clone(),
            PortMap::To { back, .. } => ports.intersection(&IntervalSet::of(*back, *back)),
            PortMap::Only(only) => ports.intersection(only),
        }
    }

    fn front(&self, back: &IntervalSet<u16>) -> IntervalSet<u16> {
        match &self.ports {
            PortMap::Same | PortMap::Only(_) => back.clone(),
            PortMap::To { front, .. } => front.clone(),
        }
    }

    fn takes(&self, from: &AddressSet, network: &Network) -> AddressSet {
        let mut out = from.intersection(&network.internet);
        if !self.families.0 {
            out.v4 = IntervalSet::empty();
        }
        if !self.families.1 {
            out.v6 = IntervalSet::empty();
        }
        match &self.clients {
            Some(clients) => out.intersection(clients),
            None => out,
        }
    }

    /// What gets in by this way.
    pub(super) fn through(&self, gate: &Gate, network: &Network) -> Through {
        let mut out = Through::default();
        let by_client = matches!(self.seen, Seen::Client);
        let mut doubt = self.doubt.clone();
        if by_client && !gate.guarded {
            match self.sku {
                Sku::Open => {}
                Sku::Closed => return out,
                Sku::Unknown => {
                    let id = if self.public.id.is_empty() { "its public address" } else { &self.public.id };
                    let text = format!(
                        "no security group stands before it, and whether {id} is Basic (open) or Standard (closed) is not known"
                    );
                    doubt = doubt.or_else(|| Some(Arc::new(Reason::new(text))));
                }
            }
        }
        for grant in &gate.grants {
            let ports = self.back(&grant.ports);
            if ports.is_empty() || !self.protocols.contains(&grant.protocol) {
                continue;
            }
            let sources = match (&self.seen, &self.clients) {
                (Seen::Client, None) if self.families == (true, false) => Arc::clone(&grant.v4),
                (Seen::Client, None) if self.families == (false, true) => Arc::clone(&grant.v6),
                (Seen::Client, _) => Arc::new(self.takes(&grant.from, network)),
                (Seen::Proxy(addresses), _) if !grant.from.meets(addresses) => continue,
                (Seen::Proxy(_) | Seen::SomeProxy, _) => Arc::new(self.takes(AddressSet::public(), network)),
            };
            if sources.is_empty() {
                continue;
            }
            let partly = match &self.seen {
                Seen::Client => None,
                Seen::Proxy(addresses) if grant.from.covers(addresses) => None,
                Seen::Proxy(_) | Seen::SomeProxy => Some(Arc::new(Reason::new(
                    "which of its addresses the service in between uses is not known",
                ))),
            };
            if let Some(reason) = doubt.clone().or(partly) {
                let reasons = Arc::from([reason]);
                out.doubts.push(Doubt { protocol: grant.protocol, ports, sources, reasons });
                continue;
            }
            let shares = |share: &AddressSet| match &self.seen {
                Seen::Client => share.meets(&sources),
                Seen::Proxy(addresses) => share.meets(addresses),
                Seen::SomeProxy => true,
            };
            let mut via = Vec::with_capacity(self.steps.len() + grant.by.len());
            via.extend_from_slice(&self.steps);
            via.extend(grant.by.iter().filter(|(_, share)| shares(share)).map(|(step, _)| Arc::clone(step)));
            out.openings.push(Opening {
                protocol: grant.protocol,
                public: Arc::clone(&self.public),
                public_ports: self.front(&ports),
                ports,
                sources,
                internet: Arc::clone(&network.internet),
                via,
            });
        }
        for gap in &gate.gaps {
            let ports = self.back(&gap.ports);
            if ports.is_empty() || !self.protocols.contains(&gap.protocol) {
                continue;
            }
            let sources = match &self.seen {
                Seen::Client => self.takes(&gap.from, network),
                Seen::Proxy(addresses) if !gap.from.meets(addresses) => continue,
                Seen::Proxy(_) | Seen::SomeProxy => self.takes(AddressSet::public(), network),
            };
            if !sources.is_empty() {
                let reasons = match &doubt {
                    Some(doubt) => Arc::from([Arc::clone(doubt)]),
                    None => Arc::clone(&gap.reasons),
                };
                out.doubts.push(Doubt { protocol: gap.protocol, ports, sources: Arc::new(sources), reasons });
            }
        }
        out
    }
}
