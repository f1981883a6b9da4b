//! What was read and what was not: one entry for each (scope, read).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::id::ResourceId;
use super::licence::missing_licence;

/// How a read ended.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum CoverageState {
    /// All of it was read.
    Complete,
    /// Some of it was read; what is missing can't be told apart from what doesn't exist.
    Partial,
    /// Refused: 401 or 403.
    Denied,
    /// Given up after the service asked to wait (429, or 503 with Retry-After).
    Throttled,
    /// Any other failure: network, 5xx, a body that is no JSON, a paging loop.
    Failed,
    /// The resource provider is not registered in the subscription (409), so it holds nothing.
    NotRegistered,
}

impl CoverageState {
    /// Whether nothing is missing. A provider that isn't registered can hold no resource.
    pub fn is_whole(self) -> bool {
        matches!(self, Self::Complete | Self::NotRegistered)
    }

    /// The word used in every output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Partial => "partial",
            Self::Denied => "denied",
            Self::Throttled => "throttled",
            Self::Failed => "failed",
            Self::NotRegistered => "not_registered",
        }
    }
}

/// The outcome of one read on one scope; a line of a snapshot's `coverage.ndjson`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoverageEntry {
    /// What it was read for: `/`, a subscription, a resource group or a resource.
    pub scope: String,
    /// What was read: a resource type, or `Microsoft.ResourceGraph/<table>` for an enumeration.
    pub read: String,
    /// How it ended.
    pub state: CoverageState,
    /// HTTP status of the answer that decided, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Azure's error code (`AuthorizationFailed`), or ours (`NotInFile`, `Interrupted`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The action that the identity lacks, where Azure named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing_action: Option<String>,
    /// One sentence for people: what was tried and what went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

impl CoverageEntry {
    /// An entry without status, code, action or message.
    pub fn new(scope: impl Into<String>, read: impl Into<String>, state: CoverageState) -> Self {
        Self {
            scope: scope.into(),
            read: read.into(),
            state,
            status: None,
            code: None,
            missing_action: None,
            message: None,
        }
    }

    /// The reason for an `unknown` verdict that this entry gives.
    pub fn reason(&self) -> String {
        let mut text = format!("{} was not read ({}", self.read, self.state.word());
        if let Some(status) = self.status {
            text.push_str(&format!(", HTTP {status}"));
        }
        if let Some(code) = &self.code {
            text.push_str(&format!(", {code}"));
        }
        text.push(')');
        if let Some(licence) = self.missing_licence() {
            text.push_str(&format!("; the tenant has no licence for it: {licence} is needed"));
        } else if let Some(action) = &self.missing_action {
            text.push_str(&format!("; missing permission: {action}"));
        }
        text
    }

    /// The licence that the tenant lacks, when that is why the read was refused: then no permission helps.
    pub fn missing_licence(&self) -> Option<&'static str> {
        let refused = matches!(self.state, CoverageState::Denied | CoverageState::Partial);
        refused.then(|| missing_licence(self.code.as_deref(), self.message.as_deref())).flatten()
    }
}

/// All coverage entries of a scan, by scope and read, without letter case.
///
/// The most specific entry speaks: an entry for a storage account overrules one for its
/// subscription.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// By folded read.
    reads: BTreeMap<String, Scopes>,
}

/// The entries of one read.
#[derive(Clone, Debug, Default)]
struct Scopes {
    /// By folded scope.
    entries: BTreeMap<String, CoverageEntry>,
    /// Length of the longest scope: longer ids need not be looked up. Most reads end in one entry for a
    /// whole subscription.
    longest: usize,
}

impl Coverage {
    /// Adds an entry; for one (scope, read) the worse state stays.
    pub fn add(&mut self, entry: CoverageEntry) {
        let scopes = self.reads.entry(entry.read.to_ascii_lowercase()).or_default();
        let scope = entry.scope.to_ascii_lowercase();
        scopes.longest = scopes.longest.max(scope.len());
        match scopes.entries.get(&scope) {
            Some(old) if !old.state.is_whole() && entry.state.is_whole() => {}
            _ => {
                scopes.entries.insert(scope, entry);
            }
        }
    }

    /// The entry that speaks for `read` at `scope`: its own, or the nearest scope's above it.
    pub fn at(&self, scope: &ResourceId, read: &str) -> Option<&CoverageEntry> {
        let scopes = self.reads.get(&read.to_ascii_lowercase())?;
        scope
            .ancestors()
            .filter(|above| above.as_str().len() <= scopes.longest)
            .find_map(|above| scopes.entries.get(&above.folded()))
    }

    /// All entries for `read`, ordered by scope.
    pub fn of_read(&self, read: &str) -> impl Iterator<Item = &CoverageEntry> {
        self.reads.get(&read.to_ascii_lowercase()).into_iter().flat_map(|scopes| scopes.entries.values())
    }

    /// All entries, ordered by scope and read.
    pub fn iter(&self) -> impl Iterator<Item = &CoverageEntry> {
        let mut all: Vec<_> = self
            .reads
            .iter()
            .flat_map(|(read, scopes)| {
                scopes.entries.iter().map(move |(scope, entry)| ((scope, read), entry))
            })
            .collect();
        all.sort_by_key(|(key, _)| *key);
        all.into_iter().map(|(_, entry)| entry)
    }

    /// Whether everything that was asked for was read.
    pub fn is_complete(&self) -> bool {
        self.iter().all(|entry| entry.state.is_whole())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_scope_speaks_and_the_worse_state_stays() {
        let mut coverage = Coverage::default();
        let read = "Microsoft.Storage/storageAccounts/blobServices";
        let account = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a";
        coverage.add(CoverageEntry::new("/subscriptions/S", read, CoverageState::Complete));
        coverage.add(CoverageEntry::new(account, read, CoverageState::Denied));
        coverage.add(CoverageEntry::new(account, read, CoverageState::Complete));
        let at = |text: &str| {
            let id = ResourceId::parse(text).unwrap();
            coverage.at(&id, &read.to_uppercase()).map(|entry| entry.state)
        };
        assert_eq!(at(account), Some(CoverageState::Denied));
        assert_eq!(at(&account.replace("/a", "/b")), Some(CoverageState::Complete));
        assert_eq!(at("/subscriptions/other"), None);
        assert!(!coverage.is_complete());
    }

    #[test]
    fn a_missing_licence_is_not_a_missing_permission() {
        let refused = CoverageEntry {
            status: Some(403),
            code: Some("Forbidden".into()),
            missing_action: Some("IdentityRiskyUser.Read.All".into()),
            ..CoverageEntry::new("/", "Microsoft.Graph/riskyUser", CoverageState::Denied)
        };
        assert_eq!(
            refused.reason(),
            "Microsoft.Graph/riskyUser was not read (denied, HTTP 403, Forbidden); missing permission: IdentityRiskyUser.Read.All"
        );
        let unlicensed = CoverageEntry {
            code: Some("AadPremiumLicenseRequired".into()),
            status: Some(400),
            missing_action: None,
            ..refused
        };
        assert_eq!(
            unlicensed.reason(),
            "Microsoft.Graph/riskyUser was not read (denied, HTTP 400, AadPremiumLicenseRequired); the tenant has no licence for it: Microsoft Entra ID P2 or Microsoft Entra ID Governance is needed"
        );
    }
}
