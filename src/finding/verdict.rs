//! Verdict and severity, the two words every output prints.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What one rule says of one resource.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The rule's failing condition holds.
    Fail,
    /// A value that decides is not known, or could not be read.
    Unknown,
    /// The rule's failing condition does not hold, and everything it read was read.
    Pass,
    /// The rule says nothing about this resource.
    NotApplicable,
}

impl Verdict {
    /// The word used in JSON, CSV and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Unknown => "unknown",
            Self::Pass => "pass",
            Self::NotApplicable => "not_applicable",
        }
    }
}

/// How bad a failing verdict is; the order is from worst to least.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Can be used from outside, now.
    Critical,
    /// One more mistake away from it.
    High,
    /// Weakens a layer of defence.
    Medium,
    /// Hygiene.
    Low,
}

impl Severity {
    /// All severities, worst first.
    pub const ALL: [Self; 4] = [Self::Critical, Self::High, Self::Medium, Self::Low];

    /// The word used in rule files and in every output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl FromStr for Severity {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|severity| severity.word() == text).ok_or(())
    }
}
