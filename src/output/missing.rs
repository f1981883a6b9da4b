//! The reads that did not bring everything, in the words of every output.

use crate::finding::report::{CoverageRow, Report};

/// Reads that were denied, failed or ended early, in the report's order.
pub(super) fn missing(report: &Report) -> impl Iterator<Item = &CoverageRow> {
    report.coverage.iter().filter(|row| !row.state.is_whole())
}

/// How a read ended: `denied, HTTP 403, AuthorizationFailed`.
pub(super) fn ending(row: &CoverageRow) -> String {
    let state = row.state.word().replace('_', " ");
    let status = row.status.map(|status| format!("HTTP {status}"));
    let parts: Vec<String> = [Some(state), status, row.code.clone()].into_iter().flatten().collect();
    parts.join(", ")
}
