//! What is said of one platform service.

use crate::analysis::exposure::address::AddressSet;
use crate::analysis::exposure::answer::{Reason, Step};
use crate::analysis::exposure::cidr;
use crate::inventory::index::ResourceIndex;

/// Whom a service answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ServiceState {
    /// The Internet at large: an eighth of it or more, in however many pieces.
    Public,
    /// What was not read decides.
    Unknown,
    /// Its public endpoint answers, but only whom it lists; that may be nobody on the Internet.
    Restricted,
    /// It has no public endpoint, or that is off.
    Private,
}

impl ServiceState {
    /// The word in outputs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Unknown => "unknown",
            Self::Restricted => "restricted",
            Self::Private => "private",
        }
    }
}

/// The answer for one endpoint of one service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// The resource's id; for an endpoint that is not the main one with `#` and its name (`#scm`).
    pub id: String,
    /// The resource.
    pub resource: ResourceIndex,
    /// Whom it answers.
    pub state: ServiceState,
    /// The Internet addresses that get through.
    pub sources: AddressSet,
    /// The Internet addresses of which that can't be told.
    pub possible: AddressSet,
    /// What decides, and what else lets somebody in.
    pub via: Vec<Step>,
    /// Why not everything can be told.
    pub reasons: Vec<Reason>,
}

impl Service {
    /// The shortest list of prefixes that holds the Internet addresses that get through.
    pub fn prefixes(&self) -> Vec<String> {
        cidr::cover(&self.sources)
    }

    /// Why it is unknown, or what else is not known.
    pub fn reason(&self) -> Option<String> {
        let mut texts: Vec<&str> = self.reasons.iter().map(|reason| reason.text.as_str()).collect();
        texts.sort_unstable();
        texts.dedup();
        (!texts.is_empty()).then(|| texts.join("; "))
    }

    /// This answer for some sources only. The state stays that of the service.
    #[must_use]
    pub fn narrowed(&self, from: &AddressSet) -> Self {
        Self {
            sources: self.sources.intersection(from),
            possible: self.possible.intersection(from),
            ..self.clone()
        }
    }
}
