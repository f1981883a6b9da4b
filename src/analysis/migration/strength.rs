//! How sure it is that a machine came from somewhere else.

use serde::{Deserialize, Serialize};

/// How much a signal, or all of them together, says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Strength {
    /// A hint: true of many machines that were born in Azure.
    Weak,
    /// Likely; two of them together are taken for an answer.
    Medium,
    /// Nothing else leaves it behind.
    Strong,
}

impl Strength {
    /// The word in rule files and outputs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Weak => "weak",
            Self::Medium => "medium",
            Self::Strong => "strong",
        }
    }
}
