//! What was not seen: a notification per failed read, and one result that GitHub's readers see.

use serde_json::json;
use serde_sarif::sarif::{
    Location, Message, MultiformatMessageString, Notification, PropertyBag, ReportingDescriptor,
    ReportingDescriptorReference, Result as SarifResult, ResultKind, ResultLevel,
};

use crate::finding::baseline::BaselineState;
use crate::finding::fingerprint::fingerprint;
use crate::finding::report::{COVERAGE_RULE, CoverageRow, Report};
use crate::inventory::coverage::CoverageState;

use super::accepted::Accepted;
use super::places::{Places, resource};
use super::results::{fingerprints, partial_fingerprints};
use super::rules::{Rules, pascal_case, sentence};
use super::{INFORMATION_URI, Options, Profile};
use crate::output::coverage_file::CoverageFile;
use crate::output::missing::{ending, missing};
use crate::output::text::{markdown, sarif_plain};

/// Ways in which a read can end without everything, in the order of `driver.notifications`.
const STATES: [(CoverageState, &str); 4] = [
    (CoverageState::Partial, "Only part of it was read."),
    (CoverageState::Denied, "The identity may not read it."),
    (CoverageState::Throttled, "The service asked to wait until the scan gave up."),
    (CoverageState::Failed, "The read failed."),
];

/// What the notifications' ids mean.
pub(super) fn descriptors() -> Vec<ReportingDescriptor> {
    STATES
        .iter()
        .map(|(state, meaning)| {
            let said = |text: &str| MultiformatMessageString::builder().text(text).build();
            ReportingDescriptor::builder()
                .id(notification_id(*state))
                .name(pascal_case(&notification_id(*state)))
                .short_description(said(meaning))
                .full_description(said(&format!("{meaning} Results that rest on it are unknown.")))
                .help(said("The notification names the read, the answer and the missing permission."))
                .help_uri(INFORMATION_URI)
                .build()
        })
        .collect()
}

fn notification_id(state: CoverageState) -> String {
    format!("read-{}", state.word())
}

/// One notification per failed read.
pub(super) fn notifications(report: &Report) -> Vec<Notification> {
    missing(report).map(notification).collect()
}

fn notification(row: &CoverageRow) -> Notification {
    let mut descriptor = ReportingDescriptorReference::builder().id(notification_id(row.state)).build();
    descriptor.index = STATES.iter().zip(0..).find(|((state, _), _)| *state == row.state).map(|(_, at)| at);
    let name = row.scope.rsplit('/').next().unwrap_or_default();
    let location = Location::builder().logical_locations(vec![resource(&row.scope, name)]).build();
    Notification::builder()
        .descriptor(descriptor)
        .level(if row.state == CoverageState::Partial { "warning" } else { "error" })
        .message(Message::builder().text(said(row)).build())
        .locations(vec![location])
        .properties(
            PropertyBag::builder()
                .additional_properties([
                    ("scope".to_owned(), json!(row.scope)),
                    ("read".to_owned(), json!(row.read)),
                    ("state".to_owned(), json!(row.state)),
                    ("status".to_owned(), json!(row.status)),
                    ("code".to_owned(), json!(row.code)),
                    ("missingAction".to_owned(), json!(row.missing_action)),
                    ("affected".to_owned(), json!(row.affected)),
                ])
                .build(),
        )
        .build()
}

/// The read, how it ended, what is missing and what that costs, in one line.
fn said(row: &CoverageRow) -> String {
    let action = row.missing_action.as_ref();
    let parts = [
        Some(format!("{} in {} was not read in full: {}", row.read, row.scope, ending(row))),
        action.map(|action| format!("missing permission: {action}")),
        Some(format!("results that are unknown because of it: {}", row.affected)),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    sentence(&sarif_plain(&parts.join("; ")))
}

/// The one result that says that not everything was seen.
///
/// `github` shows nothing but failing results, so it fails there; for an auditor it is open.
pub(super) fn summary(
    report: &Report,
    category: &str,
    file: &CoverageFile,
    places: &Places<'_>,
    rules: &Rules,
    options: Options<'_>,
    accepted: Accepted,
) -> SarifResult {
    let reads = missing(report).count();
    let affected: usize = missing(report).map(|row| row.affected).sum();
    let head = format!(
        "Coverage is incomplete: reads that failed: {reads}; results unknown because of it: {affected}."
    );
    let lines: Vec<String> = missing(report).map(said).collect();
    let listed: Vec<String> = lines.iter().map(|line| format!("- {}", markdown(line))).collect();
    let identity = fingerprint(COVERAGE_RULE, "/", category);
    let (kind, level) = match options.profile {
        Profile::Github => (ResultKind::Fail, ResultLevel::Warning),
        Profile::Audit => (ResultKind::Open, ResultLevel::None),
    };
    let mut result = SarifResult::builder()
        .message(
            Message::builder()
                .text(format!("{head}\n{}", lines.join("\n")))
                .markdown(format!("{}\n\n{}", markdown(&head), listed.join("\n")))
                .build(),
        )
        .rule_id(COVERAGE_RULE)
        .kind(kind)
        .level(level)
        .locations(vec![places.of_coverage(file)])
        .partial_fingerprints(partial_fingerprints(&identity))
        .build();
    result.rule_index = rules.position(COVERAGE_RULE);
    if options.profile.is_record() {
        result.fingerprints = Some(fingerprints(&identity));
    }
    let known = options.baseline.is_some_and(|baseline| baseline.holds(&identity));
    accepted.mark_as(&mut result, known.then_some(BaselineState::Unchanged), None);
    result
}
