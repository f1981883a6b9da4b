//! Who reads the SARIF file: no single file serves all readers.

use std::str::FromStr;

use crate::finding::verdict::Verdict;

/// The reader that a SARIF file is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// GitHub code scanning: failing results only, because it shows any other kind as an alert.
    Github,
    /// An auditor, a year later: every verdict that the report carries, baseline, taxonomies and
    /// the digests of the evidence.
    Audit,
}

/// What a reader takes in one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Results in a file.
    pub results: usize,
    /// Bytes of a file after gzip.
    pub gzip_bytes: usize,
}

impl Profile {
    /// All profiles, the default first.
    pub const ALL: [Self; 2] = [Self::Github, Self::Audit];

    /// The word on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Github => "github",
            Self::Audit => "audit",
        }
    }

    /// What the reader takes; `None` for no limit.
    ///
    /// GitHub refuses a file of more than 25,000 results or 10 MB of gzip, and of 5,000 and more it
    /// drops the least severe without a word, so files end there:
    /// <https://docs.github.com/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning>.
    pub fn limits(self) -> Option<Limits> {
        match self {
            Self::Github => Some(Limits { results: 5_000, gzip_bytes: 10_000_000 }),
            Self::Audit => None,
        }
    }

    /// Locations that the reader takes in the code flows of one result; GitHub 10,000 (the page of
    /// [`Self::limits`]).
    pub(super) fn flow_limit(self) -> usize {
        match self {
            Self::Github => 10_000,
            Self::Audit => usize::MAX,
        }
    }

    /// Whether results of this verdict are in the file.
    pub(super) fn carries(self, verdict: Verdict) -> bool {
        match self {
            Self::Github => verdict == Verdict::Fail,
            Self::Audit => true,
        }
    }

    /// Whether the file is a record: whole fingerprints, baseline, context, taxonomies, digests and
    /// property bags.
    pub(super) fn is_record(self) -> bool {
        self == Self::Audit
    }
}

impl FromStr for Profile {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|profile| profile.word() == text).ok_or(())
    }
}
