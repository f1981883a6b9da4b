//! What did not fail: results that could not be decided, with the reason, what was not seen, and on
//! request what passed.

use crate::finding::report::{CoverageRow, Report, ResultRow};
use crate::finding::verdict::Verdict;
use crate::output::text::plural;

use super::paint::{Column, Look, frame};
use super::rule_header;
use crate::output::missing::{ending, missing};

/// Resources that are named of one rule and reason; a count stands for the rest.
const NAMED: usize = 20;

/// Results of one verdict by rule and reason, each with its resources' names.
pub(super) fn section(report: &Report, verdict: Verdict, look: Look) -> String {
    let rows: Vec<&ResultRow> = report.results.iter().filter(|row| row.verdict == verdict).collect();
    if rows.is_empty() {
        return String::new();
    }
    let count = plural(rows.len(), "result");
    let (style, title) = match verdict {
        Verdict::Unknown => ("1;35", format!("UNKNOWN: {count} not decided, so not passed")),
        Verdict::Pass => ("1;32", format!("PASS: {count}")),
        Verdict::NotApplicable => ("1;90", format!("NOT APPLICABLE: {count}")),
        Verdict::Fail => ("1;31", format!("FAIL: {count}")),
    };
    let mut text = format!("{}\n\n", look.heading(style, &title));
    for of_rule in rows.chunk_by(|one, two| one.rule == two.rule) {
        text.push_str(&rule_header(of_rule, look));
        let mut reasons: Vec<&str> = Vec::new();
        for row in of_rule {
            let reason = reason(row);
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
        for wanted in reasons {
            text.push_str(&look.paragraph(2, wanted));
            let names: Vec<&str> = of_rule
                .iter()
                .filter(|row| reason(row) == wanted)
                .map(|row| row.resource.name.as_str())
                .collect();
            let mut list = names[..names.len().min(NAMED)].join(", ");
            if names.len() > NAMED {
                list = format!("{list} and {} more", names.len() - NAMED);
            }
            text.push_str(&look.paragraph(4, &list));
        }
        text.push('\n');
    }
    text
}

fn reason(row: &ResultRow) -> &str {
    row.reason.as_deref().unwrap_or_default()
}

/// The reads that failed, and what that costs.
pub(super) fn gaps(report: &Report, look: Look) -> String {
    let rows: Vec<&CoverageRow> = missing(report).collect();
    if rows.is_empty() {
        return String::new();
    }
    let title = format!("NOT SEEN: {}", plural(rows.len(), "read"));
    let mut text = format!("{}\n\n", look.heading("1;35", &title));
    let width = look.width();
    if width < 60 {
        for row in rows {
            text.push_str(&look.paragraph(2, &format!("- {}", row.read)));
            for part in std::iter::once(format!("in {}", row.scope)).chain(why(row)) {
                text.push_str(&look.paragraph(4, &part));
            }
            text.push_str(&look.paragraph(4, &format!("{} unknown", plural(row.affected, "result"))));
        }
        text.push('\n');
        return text;
    }
    let room = width - frame(3) - 7;
    let columns = [
        Column { title: "READ", width: room / 2 },
        Column { title: "WHY NOT", width: room - room / 2 },
        Column { title: "UNKNOWN", width: 7 },
    ];
    let cells: Vec<_> = rows
        .iter()
        .map(|row| {
            vec![
                vec![row.read.clone(), format!("in {}", row.scope)],
                why(row),
                vec![row.affected.to_string()],
            ]
        })
        .collect();
    text.push_str(&look.grid(&columns, &cells));
    text.push('\n');
    text
}

/// State, status and code; the missing action; Azure's sentence.
fn why(row: &CoverageRow) -> Vec<String> {
    let action = row.missing_action.iter().map(|action| format!("needs {action}"));
    std::iter::once(ending(row)).chain(action).chain(row.message.clone()).collect()
}
