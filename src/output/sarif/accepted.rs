//! What people have accepted: `baselineState` and `suppressions`.

use serde_json::json;
use serde_sarif::sarif::{
    ArtifactLocation, Location, Message, Notification, PhysicalLocation, PropertyBag, Region,
    Result as SarifResult, Suppression,
};

use super::Options;
use super::rules::sentence;
use crate::finding::baseline::BaselineState;
use crate::finding::report::{Report, ResultRow};
use crate::finding::suppression::{SuppressionFacts, SuppressionNote};
use crate::output::text::{sarif_plain, visible};

/// Whether results say what is accepted. Of each property SARIF wants all results to have it or none.
#[derive(Clone, Copy)]
pub(super) struct Accepted {
    baseline: bool,
    suppressions: bool,
}

impl Accepted {
    /// A record has a state on every result: without an earlier report everything is new.
    pub(super) fn of(report: &Report, options: Options<'_>) -> Self {
        Self {
            baseline: options.profile.is_record() || report.baseline.is_some(),
            suppressions: report.results.iter().any(|row| row.suppression.is_some()),
        }
    }

    /// Says it of a row's result.
    pub(super) fn mark(self, result: &mut SarifResult, row: &ResultRow) {
        self.mark_as(result, row.baseline_state, row.suppression.as_ref());
    }

    /// Says it of a result without a row.
    pub(super) fn mark_as(
        self,
        result: &mut SarifResult,
        state: Option<BaselineState>,
        suppression: Option<&SuppressionFacts>,
    ) {
        let state = state.unwrap_or(BaselineState::New).word();
        result.baseline_state = self.baseline.then(|| json!(state));
        result.suppressions = self.suppressions.then(|| suppression.map(of).into_iter().collect());
    }
}

fn of(facts: &SuppressionFacts) -> Suppression {
    let until = ("until".to_owned(), json!(facts.until));
    Suppression::builder()
        .kind(json!("inSource"))
        .status(json!("accepted"))
        .justification(visible(&facts.reason))
        .location(line(&facts.file, facts.line))
        .properties(PropertyBag::builder().additional_properties([until]).build())
        .build()
}

/// Suppression comments that suppress nothing: the author believes that they do.
pub(super) fn notifications(report: &Report) -> Vec<Notification> {
    report.suppressions.iter().map(notification).collect()
}

fn notification(note: &SuppressionNote) -> Notification {
    let said = format!("This suppression comment suppresses nothing: {}", note.message);
    Notification::builder()
        .level("warning")
        .message(Message::builder().text(sentence(&sarif_plain(&said))).build())
        .locations(vec![line(&note.file, note.line)])
        .properties(
            PropertyBag::builder()
                .additional_properties([
                    ("state".to_owned(), json!(note.state)),
                    ("rule".to_owned(), json!(note.rule)),
                ])
                .build(),
        )
        .build()
}

fn line(file: &str, line: usize) -> Location {
    let line = i64::try_from(line).unwrap_or(i64::MAX);
    let physical = PhysicalLocation::builder()
        .artifact_location(ArtifactLocation::builder().uri(super::places::uri(file)).build())
        .region(Region::builder().start_line(line).build())
        .build();
    Location::builder().physical_location(physical).build()
}
