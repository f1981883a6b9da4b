//! What an answer is made of: grants with their proof, and what could not be seen.

use crate::inventory::index::{Completeness, ResourceIndex};

/// Something that was not read, so that an answer may lack a part.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// The sentence for people.
    pub reason: String,
    /// Where it was not read.
    pub scope: String,
    /// The read that is missing; empty where it is no read.
    pub read: String,
}

impl Gap {
    /// What is missing from a set, where something is.
    pub fn of(completeness: &Completeness) -> Option<Self> {
        match completeness {
            Completeness::Complete => None,
            Completeness::Incomplete { reason, scope, read } => {
                Some(Self { reason: reason.clone(), scope: scope.clone(), read: read.clone() })
            }
        }
    }

    pub(super) fn note(reason: String, scope: &str, read: &str) -> Self {
        Self { reason, scope: scope.to_owned(), read: read.to_owned() }
    }
}

/// How sure a grant is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Certainty {
    /// It holds.
    Certain,
    /// It holds where a condition does that can't be evaluated from here.
    Conditional(String),
    /// It can't be told; why.
    Unknown(String),
}

impl Certainty {
    /// The word used in every output.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Certain => "certain",
            Self::Conditional(_) => "conditional",
            Self::Unknown(_) => "unknown",
        }
    }

    /// The condition, or the reason.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Certain => None,
            Self::Conditional(text) | Self::Unknown(text) => Some(text),
        }
    }

    /// The less sure of two.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.max(other)
    }
}

/// What a grant rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A role assignment, by its place in [`super::Access::assignments`].
    Assignment(usize),
    /// An access policy of a key vault, by its place in the vault's list.
    Policy(ResourceIndex, usize),
}

/// That a principal may do something.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// Object id of who may, in lower case.
    pub holder: String,
    /// What it rests on.
    pub source: Source,
    /// Groups by which it comes, from the one that is named to the one the holder is in.
    pub through: Vec<String>,
    /// How sure it is.
    pub certainty: Certainty,
}

/// Grants, and what could not be seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// In order of holder and source.
    pub grants: Vec<Grant>,
    /// In order, each once.
    pub gaps: Vec<Gap>,
}

impl Answer {
    pub(super) fn sorted(mut self) -> Self {
        self.grants.sort();
        self.grants.dedup();
        self.gaps.sort();
        self.gaps.dedup();
        self
    }
}
