//! What is found out about one endpoint, piece by piece, and the state that follows.

use super::answer::{Service, ServiceState};
use crate::analysis::exposure::address::AddressSet;
use crate::analysis::exposure::answer::{Reason, Step};
use crate::analysis::exposure::nsg::AT_LARGE;
use crate::inventory::index::ResourceIndex;

/// Whom an endpoint lets in, as far as it is known.
#[derive(Clone, Debug, Default)]
pub(super) struct Reach {
    /// Lets in, whatever else is sent.
    open: AddressSet,
    /// Lets in who also shows something (a header).
    asked: AddressSet,
    /// May let in.
    possible: AddressSet,
    /// There is no public endpoint.
    closed: bool,
    steps: Vec<Step>,
    reasons: Vec<Reason>,
}

impl Reach {
    /// No public endpoint, and why.
    pub(super) fn closed(step: Step) -> Self {
        Self { closed: true, steps: vec![step], ..Self::default() }
    }

    /// Nothing is known but that it may let in everyone.
    pub(super) fn doubtful(reason: Reason) -> Self {
        let mut reach = Self::default();
        reach.may_let_in(AddressSet::public(), reason);
        reach
    }

    /// Adds something to the proof.
    pub(super) fn says(&mut self, step: Step) {
        self.steps.push(step);
    }

    /// Adds something to the proof that may stand there already.
    pub(super) fn says_once(&mut self, step: &Step) {
        if !self.steps.contains(step) {
            self.steps.push(step.clone());
        }
    }

    /// Adds sources that get through.
    pub(super) fn lets_in(&mut self, set: &AddressSet) {
        self.open = self.open.union(set);
    }

    /// Adds sources that get through if they show something besides.
    pub(super) fn lets_in_if_asked(&mut self, set: &AddressSet) {
        self.asked = self.asked.union(set);
    }

    /// Adds sources that may get through.
    pub(super) fn may_let_in(&mut self, set: &AddressSet, reason: Reason) {
        self.possible = self.possible.union(set);
        self.doubt(reason);
    }

    /// Adds sources that may get through, for a reason that was given already.
    pub(super) fn may_let_in_unsaid(&mut self, set: &AddressSet) {
        self.possible = self.possible.union(set);
    }

    /// What was said is not all, or may be wrong, but lets in no one else.
    pub(super) fn doubt(&mut self, reason: Reason) {
        if !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
    }

    /// What both let in: two doors behind each other. What the first says comes first.
    pub(super) fn behind(self, second: Self) -> Self {
        let may = |reach: &Self| {
            AddressSet::union_of(&[reach.open.clone(), reach.asked.clone(), reach.possible.clone()])
        };
        let certain = |reach: &Self| reach.open.union(&reach.asked);
        let open = self.open.intersection(&second.open);
        let both = certain(&self).intersection(&certain(&second));
        Self {
            asked: both.difference(&open),
            possible: may(&self).intersection(&may(&second)).difference(&both),
            open,
            closed: self.closed || second.closed,
            steps: self.steps.into_iter().chain(second.steps).collect(),
            reasons: self.reasons.into_iter().chain(second.reasons).collect(),
        }
    }

    /// What either lets in: two doors beside each other.
    pub(super) fn beside(self, second: Self) -> Self {
        Self {
            open: self.open.union(&second.open),
            asked: self.asked.union(&second.asked),
            possible: self.possible.union(&second.possible),
            closed: self.closed && second.closed,
            steps: self.steps.into_iter().chain(second.steps).collect(),
            reasons: self.reasons.into_iter().chain(second.reasons).collect(),
        }
    }

    /// This, with something said before.
    pub(super) fn after(mut self, step: Step) -> Self {
        self.steps.insert(0, step);
        self
    }

    /// This, if it holds at all: everything certain becomes possible.
    pub(super) fn in_doubt(self, reason: Reason) -> Self {
        let possible = AddressSet::union_of(&[self.open, self.asked, self.possible]);
        let mut reach = Self { open: AddressSet::default(), asked: AddressSet::default(), possible, ..self };
        reach.doubt(reason);
        reach
    }

    /// Whether nothing is in doubt.
    pub(super) fn is_certain(&self) -> bool {
        self.reasons.is_empty()
    }

    /// Whether it may let in somebody of whom that can't be told.
    pub(super) fn may_let_in_more(&self) -> bool {
        !self.possible.is_empty()
    }

    /// Whether it lets in nobody, for certain.
    pub(super) fn lets_in_nobody(&self) -> bool {
        self.open.is_empty() && self.asked.is_empty() && self.possible.is_empty()
    }

    /// Whether there is no public endpoint.
    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }

    /// The answer.
    pub(super) fn finish(self, id: String, resource: ResourceIndex) -> Service {
        let public = AddressSet::public();
        let sources = self.open.union(&self.asked).intersection(public);
        let possible = self.possible.intersection(public).difference(&sources);
        let at_large = self.open.public_weight() >= AT_LARGE;
        let state = match (at_large, self.reasons.is_empty()) {
            (true, _) => ServiceState::Public,
            (false, false) => ServiceState::Unknown,
            (false, true) if self.closed && sources.is_empty() => ServiceState::Private,
            (false, true) => ServiceState::Restricted,
        };
        Service { id, resource, state, sources, possible, via: self.steps, reasons: self.reasons }
    }
}
