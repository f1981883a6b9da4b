//! The argument behind a finding as a code flow, which readers can step through.

use serde_sarif::sarif::{CodeFlow, Location, Message, ThreadFlow, ThreadFlowLocation};

use crate::finding::report::ResultRow;

use super::places::Places;
use super::rules::sentence;
use crate::output::text::{sarif_plain, visible};

/// The steps of a result's proof in order, and last the finding itself; none for an argument of fewer than
/// two steps. Past `limit` locations the middle is left out, and the flow's message says so.
pub(super) fn of_proof(places: &Places<'_>, row: &ResultRow, limit: usize) -> Option<Vec<CodeFlow>> {
    if row.proof.len() < 2 {
        return None;
    }
    let kept = limit.saturating_sub(1).max(2).min(row.proof.len());
    let (head, tail) = (kept.div_ceil(2), kept / 2);
    let left_out = row.proof.len() - kept;
    let steps = row.proof.iter().take(head).chain(row.proof.iter().skip(head + left_out).take(tail));
    let mut locations: Vec<Location> = steps.map(|step| places.in_flow(row, step)).collect();
    locations.push(the_finding(places, row));
    let stops = locations.into_iter().map(|at| ThreadFlowLocation::builder().location(at).build());
    let mut thread = ThreadFlow::builder().locations(stops.collect::<Vec<_>>()).build();
    if left_out > 0 {
        let text = format!("{left_out} steps between the first {head} and the last {tail} are left out.");
        thread.message = Some(Message::builder().text(text).build());
    }
    Some(vec![CodeFlow::builder().thread_flows(vec![thread]).build()])
}

fn the_finding(places: &Places<'_>, row: &ResultRow) -> Location {
    let said = visible(&row.message);
    let said = if said.is_empty() { visible(&row.title) } else { said };
    let mut location = places.of_result(row);
    location.message = Some(Message::builder().text(sentence(&sarif_plain(&said))).build());
    location
}
