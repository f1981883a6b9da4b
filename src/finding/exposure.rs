//! What `skytjek exposure` says: in the form that every output of it reads and that `-o json` writes.
//!
//! Field order is the order of the JSON. Within `version` 1 a field may be added, never renamed or removed.

use schemars::JsonSchema;
use serde::Serialize;

use crate::analysis::exposure::answer::{Interface, Opening, Step};
use crate::analysis::exposure::cidr;
use crate::analysis::exposure::interval::IntervalSet;
use crate::analysis::exposure::services::answer::Service;

/// What the Internet reaches.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ExposureReport {
    /// Version of this format: 1.
    pub version: u32,
    /// Network interfaces, and one for each interface of a scale set whose instances are not known; by id.
    pub interfaces: Vec<InterfaceRow>,
    /// Platform services.
    pub services: Vec<ServiceRow>,
    /// Whether everything that decides was read.
    #[serde(skip)]
    #[schemars(skip)]
    pub complete: bool,
    /// What was asked, in words; empty for the whole Internet and all ports.
    #[serde(skip)]
    #[schemars(skip)]
    pub question: String,
}

/// One network interface.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct InterfaceRow {
    /// Its id.
    pub id: String,
    /// The machine or scale set it belongs to; null where it belongs to none.
    pub virtual_machine: Option<String>,
    /// Its private address; null where it isn't known.
    pub private_ip: Option<String>,
    /// `exposed`, `closed` or `unknown`.
    pub state: &'static str,
    /// What gets through.
    pub reachable: Vec<ReachableRow>,
    /// Why it is unknown, what else is not known, or why it is closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What else to know: IP forwarding, user routes to an appliance.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<StepRow>,
}

/// One thing that gets through.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReachableRow {
    /// `Tcp`, `Udp`, `Icmp`, `Esp` or `Ah`.
    pub protocol: &'static str,
    /// Ranges of ports at the interface; empty where the protocol has no ports.
    pub ports: Vec<(u16, u16)>,
    /// The shortest list of prefixes that holds the Internet addresses that get through.
    pub sources: Vec<String>,
    /// The other end.
    pub public: PublicRow,
    /// Ids of the way in, from the public address to the interface; `group#rule` for security rules.
    pub via: Vec<String>,
    /// What each of them says.
    #[serde(skip)]
    #[schemars(skip)]
    pub steps: Vec<StepRow>,
}

/// The public end of a way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PublicRow {
    /// The address or prefix; empty where none is assigned now.
    pub address: String,
    /// Ranges of ports there; they differ from the interface's behind translation.
    pub port_ranges: Vec<(u16, u16)>,
    /// The id of the public address.
    pub id: String,
}

/// A step of a proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StepRow {
    /// Who speaks.
    pub id: String,
    /// What it says.
    pub says: String,
}

/// One endpoint of a platform service.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ServiceRow {
    /// Its id; for an endpoint that is not the main one with `#` and its name (`#scm`).
    pub id: String,
    /// `public`, `restricted`, `private` or `unknown`.
    pub state: &'static str,
    /// The shortest list of prefixes that holds the Internet addresses that get through.
    pub sources: Vec<String>,
    /// What decides: `id#property`, or the id of a rule, a private endpoint, an association with a perimeter.
    pub via: Vec<String>,
    /// Why it is unknown, or what else is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What each of them says.
    #[serde(skip)]
    #[schemars(skip)]
    pub steps: Vec<StepRow>,
}

impl ExposureReport {
    /// How many interfaces are in a state.
    pub fn count(&self, state: &str) -> usize {
        self.interfaces.iter().filter(|row| row.state == state).count()
    }
}

impl ServiceRow {
    /// The row of an answer.
    pub fn of(service: &Service) -> Self {
        Self {
            id: service.id.clone(),
            state: service.state.word(),
            sources: service.prefixes(),
            via: service.via.iter().map(|step| step.id.clone()).collect(),
            reason: service.reason(),
            steps: service.via.iter().map(StepRow::of).collect(),
        }
    }
}

impl InterfaceRow {
    /// The row of an answer.
    pub fn of(interface: &Interface) -> Self {
        Self {
            id: interface.id.clone(),
            virtual_machine: interface.machine.clone(),
            private_ip: interface.private_ip.clone(),
            state: interface.state().word(),
            reachable: interface.openings.iter().map(ReachableRow::of).collect(),
            reason: interface.reason(),
            notes: interface.notes.iter().map(|step| StepRow::of(step)).collect(),
        }
    }
}

impl ReachableRow {
    fn of(opening: &Opening) -> Self {
        let ranges = |ports: &IntervalSet<u16>| {
            if opening.protocol.has_ports() { ports.intervals().to_vec() } else { Vec::new() }
        };
        Self {
            protocol: opening.protocol.word(),
            ports: ranges(&opening.ports),
            sources: cidr::cover_within(&opening.sources, &opening.internet),
            public: PublicRow {
                address: opening.public.address.clone(),
                port_ranges: ranges(&opening.public_ports),
                id: opening.public.id.clone(),
            },
            via: opening.via.iter().map(|step| step.id.clone()).collect(),
            steps: opening.via.iter().map(|step| StepRow::of(step)).collect(),
        }
    }
}

impl StepRow {
    fn of(step: &Step) -> Self {
        Self { id: step.id.clone(), says: step.says.clone() }
    }
}
