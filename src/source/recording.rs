//! What a source brings home, before anything is read out of it.

use crate::inventory::coverage::CoverageEntry;

/// Raw bodies and coverage of one acquisition. A snapshot directory is this, written down.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    /// Entra tenant id, where known.
    pub tenant_id: Option<String>,
    /// Name of the cloud: `public`, `us-government`, `china`, `custom`.
    pub cloud: String,
    /// Start of the acquisition, RFC 3339 in UTC with seconds.
    pub taken_at: String,
    /// Scopes that were asked for, in order (`/subscriptions/…`).
    pub scopes: Vec<String>,
    /// ARM resources: one JSON object each, on one line, exactly as Azure returned it.
    pub resources: Vec<Record>,
    /// Microsoft Graph objects, in the same form (with ids `/providers/Microsoft.Graph/<type>/<id>`).
    pub graph: Vec<Record>,
    /// Key Vault items, in ARM's shape (`{vault id}/secrets/{name}`).
    pub vault: Vec<Record>,
    /// What was read and what was not.
    pub coverage: Vec<CoverageEntry>,
}

/// One resource's raw body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The resource's id, as Azure spelled it; records are ordered and told apart by it.
    pub id: String,
    /// The body: one JSON object without line breaks.
    pub body: String,
}
