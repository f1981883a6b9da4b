//! `baselineState`: what a result is against an earlier scan.

use std::collections::BTreeMap;

use crate::finding::report::ResultRow;
use crate::finding::verdict::Verdict;

/// The verdicts of an earlier scan, by fingerprint.
pub type Baseline = BTreeMap<String, Verdict>;

/// `new`, `unchanged`, or `updated` when the verdict is another one. Without an earlier scan every
/// result is new.
pub(super) fn state(baseline: Option<&Baseline>, row: &ResultRow) -> &'static str {
    match baseline.and_then(|baseline| baseline.get(&row.fingerprint)) {
        None => "new",
        Some(before) if *before == row.verdict => "unchanged",
        Some(_) => "updated",
    }
}
