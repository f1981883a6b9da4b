//! The failing results: by severity, then rule, then resource.

use unicode_width::UnicodeWidthStr as _;

use crate::finding::baseline::BaselineState;
use crate::finding::report::{Report, ResultRow};
use crate::finding::verdict::{Severity, Verdict};
use crate::output::text::{plural, visible};

use super::paint::{Column, Look, frame, severity_style};
use super::rule_header;
use super::source_frame::{Sources, source_frame};

/// Values longer than this are cut: the evidence has the rest.
const MAX_VALUE: usize = 120;

/// All failing results, worst first.
pub(super) fn section(report: &Report, look: Look) -> String {
    let mut text = String::new();
    let sources = Sources::of(&report.sources);
    for severity in Severity::ALL {
        let rows: Vec<&ResultRow> = report
            .results
            .iter()
            .filter(|row| {
                row.verdict == Verdict::Fail && row.severity == severity && row.suppression.is_none()
            })
            .collect();
        if rows.is_empty() {
            continue;
        }
        let title = format!("{}: {}", severity.word().to_uppercase(), plural(rows.len(), "finding"));
        text.push_str(&look.heading(severity_style(severity), &title));
        text.push_str("\n\n");
        for of_rule in rows.chunk_by(|one, two| one.rule == two.rule) {
            text.push_str(&rule_group(report, of_rule, &sources, look));
            text.push('\n');
        }
    }
    text
}

/// The rule once, its resources, and the commands that fix them.
fn rule_group(report: &Report, rows: &[&ResultRow], sources: &Sources<'_>, look: Look) -> String {
    let mut text = rule_header(rows, look);
    let in_code = report.scan.source.is_code();
    text.push_str(&resources(rows, in_code, look));
    text.push_str(&frames(report, rows, sources, look));
    text.push_str(&fixes(rows, look));
    text
}

/// The rows whose file is there, each with the line that says it and what would fix it. The message
/// stands above already.
fn frames(report: &Report, rows: &[&ResultRow], sources: &Sources<'_>, look: Look) -> String {
    let of = |row: &&ResultRow| {
        let edit = report.edits.get(&row.fingerprint).and_then(|edits| edits.first());
        source_frame(sources, row.location.as_ref()?, "", edit, look)
    };
    rows.iter().filter_map(of).flat_map(|frame| ["\n".to_owned(), frame]).collect()
}

fn resources(rows: &[&ResultRow], in_code: bool, look: Look) -> String {
    let width = look.width();
    let widest = |text: &dyn Fn(&ResultRow) -> String| {
        rows.iter().map(|row| visible(&text(row)).width()).max().unwrap_or(0)
    };
    let name = |row: &ResultRow| row.resource.name.clone();
    if width < 60 {
        return rows
            .iter()
            .map(|row| {
                let mut lines = look.paragraph(2, &format!("- {}", row.resource.name));
                for part in std::iter::once(place(row)).chain(finding(row, in_code)) {
                    lines.push_str(&look.paragraph(4, &part));
                }
                lines
            })
            .collect();
    }
    if width < 100 {
        let first = widest(&|row| place(row)).max(widest(&name)).clamp(8, (width - frame(2)) * 2 / 5);
        let columns = [
            Column { title: "RESOURCE", width: first },
            Column { title: "FINDING", width: width - frame(2) - first },
        ];
        let cells: Vec<_> = rows
            .iter()
            .map(|row| vec![vec![row.resource.name.clone(), place(row)], finding(row, in_code)])
            .collect();
        return look.grid(&columns, &cells);
    }
    let first = widest(&name).clamp(8, (width - frame(3)) / 4);
    let second = widest(&|row| place(row)).clamp(5, (width - frame(3)) / 4);
    let columns = [
        Column { title: "RESOURCE", width: first },
        Column { title: "WHERE", width: second },
        Column { title: "FINDING", width: width - frame(3) - first - second },
    ];
    let cells: Vec<_> = rows
        .iter()
        .map(|row| vec![vec![row.resource.name.clone()], vec![place(row)], finding(row, in_code)])
        .collect();
    look.grid(&columns, &cells)
}

/// Resource group and the beginning of the subscription's GUID; in code the name of the block.
pub(super) fn place(row: &ResultRow) -> String {
    let resource = &row.resource;
    if let Some((_, block)) = resource.id.split_once(':').filter(|_| !resource.id.starts_with('/')) {
        return block.split_once('#').map_or(block, |(_, name)| name).to_owned();
    }
    let subscription = resource.subscription.get(..8).unwrap_or(&resource.subscription);
    match (resource.resource_group.as_str(), subscription) {
        ("", "") => "tenant".to_owned(),
        ("", subscription) => subscription.to_owned(),
        (group, "") => group.to_owned(),
        (group, subscription) => format!("{group} / {subscription}"),
    }
}

/// Message, property and value, file and line in code, and the argument.
fn finding(row: &ResultRow, in_code: bool) -> Vec<String> {
    let mut parts = vec![row.message.clone()];
    if !row.path.is_empty() {
        parts.push(format!("{} = {}", row.property(), value(&row.value)));
    }
    if let (true, Some(location)) = (in_code, &row.location) {
        parts.push(format!("{}:{}:{}", location.file, location.start_line, location.start_column));
    }
    if row.baseline_state == Some(BaselineState::Unchanged) {
        parts.push("as in the baseline".to_owned());
    }
    for step in &row.proof {
        let name = step.resource.rsplit('/').next().unwrap_or_default();
        parts.push(format!("- {name}: {}", step.says));
    }
    parts
}

fn value(value: &serde_json::Value) -> String {
    if value.is_null() {
        return "(not set)".to_owned();
    }
    let text = value.to_string();
    match text.char_indices().nth(MAX_VALUE) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text,
    }
}

/// The commands, each whole on a line of its own whatever its length: the terminal folds it and gives
/// it back in one piece, in any shell.
fn fixes(rows: &[&ResultRow], look: Look) -> String {
    let mut text = String::new();
    let mut summaries: Vec<&str> = Vec::new();
    for fix in rows.iter().filter_map(|row| row.fix.as_ref()) {
        if !summaries.contains(&fix.summary.as_str()) {
            summaries.push(&fix.summary);
        }
    }
    for summary in summaries {
        text.push('\n');
        text.push_str(&look.paragraph(2, &format!("Fix: {summary}")));
        let mut before = "";
        for fix in rows.iter().filter_map(|row| row.fix.as_ref()) {
            let command = fix.azure_cli.as_str();
            // Several findings of one resource share a command.
            if fix.summary == summary && !command.is_empty() && command != before {
                for line in command.lines() {
                    text.extend(["    ", &look.styled("36", &visible(line)), "\n"]);
                }
                before = command;
            }
        }
    }
    text
}
