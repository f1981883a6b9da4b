//! What fails and does not count: findings that comments in the code suppress, and what became of the
//! baseline.

use crate::finding::baseline::WhyUnmatched;
use crate::finding::report::{Report, ResultRow};
use crate::output::text::plural;

use super::paint::Look;

/// Suppressed findings, comments that suppress nothing, and findings of the baseline that are gone.
pub(super) fn section(report: &Report, look: Look) -> String {
    [suppressed(report, look), comments(report, look), unmatched(report, look)].concat()
}

fn suppressed(report: &Report, look: Look) -> String {
    let rows: Vec<&ResultRow> = report.results.iter().filter(|row| row.suppression.is_some()).collect();
    if rows.is_empty() {
        return String::new();
    }
    let title = format!("SUPPRESSED: {} in the code", plural(rows.len(), "finding"));
    let mut text = format!("{}\n\n", look.heading("1;90", &title));
    for row in rows {
        text.push_str(&look.paragraph(2, &format!("- {} ({}): {}", row.rule, row.severity, row.message)));
        if let Some(suppression) = &row.suppression {
            let says = format!(
                "{}:{} until {}: {}",
                suppression.file, suppression.line, suppression.until, suppression.reason
            );
            text.push_str(&look.paragraph(4, &says));
        }
    }
    text.push('\n');
    text
}

fn comments(report: &Report, look: Look) -> String {
    if report.suppressions.is_empty() {
        return String::new();
    }
    let title = format!("SUPPRESSING NOTHING: {}", plural(report.suppressions.len(), "comment"));
    let mut text = format!("{}\n\n", look.heading("1;33", &title));
    for note in &report.suppressions {
        text.push_str(&look.paragraph(2, &format!("- {}:{}: {}", note.file, note.line, note.message)));
    }
    text.push('\n');
    text
}

fn unmatched(report: &Report, look: Look) -> String {
    let Some(baseline) = report.baseline.as_ref().filter(|baseline| !baseline.unmatched.is_empty()) else {
        return String::new();
    };
    let title = format!("IN THE BASELINE, NOT FOUND: {}", plural(baseline.unmatched.len(), "finding"));
    let mut text = format!("{}\n\n", look.heading("1;90", &title));
    for entry in &baseline.unmatched {
        let why = match entry.why {
            WhyUnmatched::NotFound => "",
            WhyUnmatched::RuleNotRun => " (the rule did not run)",
        };
        let what = entry.resource.as_deref().unwrap_or(&entry.fingerprint);
        text.push_str(&look.paragraph(2, &format!("- {}{why}: {what}", entry.rule)));
    }
    text.push('\n');
    text
}
