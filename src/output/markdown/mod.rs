//! `-o markdown`: the report as a comment on a pull request, or as the summary of a job.
//!
//! GitHub refuses a comment of more than 65,536 characters, so this one is cut: by whole findings, the
//! least severe first, and it says how many are missing and where they are.

mod list;
mod quote;

use crate::finding::baseline::WhyUnmatched;
use crate::finding::report::{CoverageSummary, Report, ResultRow};
use crate::finding::verdict::{Severity, Verdict};
use crate::output::text::plural;

use self::list::List;
use self::quote::{cell, code, fenced, html, prose};
use super::missing::{ending, missing};

/// Characters of the whole text. What GitHub takes is 65,536; the rest is for what a workflow adds.
const LIMIT: usize = 60_000;
/// Characters for each of the lists below the findings.
const LIST: usize = 6_000;
/// A command longer than this is not shown: cut, it would be another command.
const COMMAND: usize = 1_500;

/// The report as GitHub-flavoured Markdown, ending in a newline.
pub fn render(report: &Report) -> String {
    let head = head(report);
    let lists =
        [unknown(report), unread(report), accepted(report), unmatched(report), comments(report)].concat();
    let foot = foot(report);
    let used: usize = [&head, &lists, &foot].iter().map(|part| part.chars().count()).sum();
    let findings = findings(report, LIMIT.saturating_sub(used));
    [head, findings, lists, foot].concat()
}

fn head(report: &Report) -> String {
    let summary = &report.summary;
    let open: Vec<&ResultRow> = report.results.iter().filter(|row| row.is_open_finding()).collect();
    // Whoever asked for other verdicts than failing ones still sees how many fail.
    let count = summary.verdicts.fail.saturating_sub(summary.suppressed + summary.unchanged);
    let kind = if report.baseline.is_some() { "new finding" } else { "finding" };
    let mut parts = Vec::new();
    for severity in Severity::ALL {
        let of_severity = open.iter().filter(|row| row.severity == severity).count();
        if of_severity > 0 {
            parts.push(format!("{of_severity} {severity}"));
        }
    }
    let by_severity = if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) };
    let title =
        if count == 0 { format!("no {kind}s") } else { format!("{}{by_severity}", plural(count, kind)) };
    let mut facts = Vec::new();
    if summary.unchanged > 0 {
        facts.push(format!("{} as in the baseline", summary.unchanged));
    }
    if summary.suppressed > 0 {
        facts.push(format!("{} suppressed", summary.suppressed));
    }
    let verdicts = summary.verdicts;
    facts.push(format!("{} unknown", verdicts.unknown));
    facts.push(format!("{} passed", verdicts.pass));
    facts.push(match summary.coverage {
        CoverageSummary::Complete => "all that was asked for was read".to_owned(),
        CoverageSummary::Incomplete => {
            format!("**incomplete: {} failed**", plural(missing(report).count(), "read"))
        }
    });
    format!("## skytjek: {title}\n\n{}; exit code {}.\n", facts.join(", "), summary.exit_code)
}

/// The open findings, worst first, as a table and a block with the fix of each, in `room` characters.
fn findings(report: &Report, room: usize) -> String {
    let open: Vec<&ResultRow> = report.results.iter().filter(|row| row.is_open_finding()).collect();
    if open.is_empty() {
        return String::new();
    }
    let in_code = report.scan.source.is_code();
    let mut table = String::from("\n| # | Severity | Finding | Where | Value |\n|--:|---|---|---|---|\n");
    let mut details = String::from("\n");
    // What the note on those left out takes.
    let room = room.saturating_sub(400);
    let mut used = table.chars().count() + details.chars().count();
    let mut shown = 0;
    for row in &open {
        let line = line(shown + 1, row, in_code);
        let detail = detail(shown + 1, row);
        let size = line.chars().count() + detail.chars().count();
        if used + size > room {
            break;
        }
        used += size;
        table.push_str(&line);
        details.push_str(&detail);
        shown += 1;
    }
    let mut text = table + &details;
    if shown < open.len() {
        text.push_str(&format!(
            "\n**{} left out here**, none worse than those above: a comment can't be longer. \
             All of them are in the run's other outputs (`-o table`, `-o json=FILE`, `-o sarif=FILE`).\n",
            plural(open.len() - shown, "more finding")
        ));
    }
    text
}

fn line(number: usize, row: &ResultRow, in_code: bool) -> String {
    let value = if row.path.is_empty() {
        String::new()
    } else {
        let value = if row.value.is_null() { "(not set)".to_owned() } else { row.value.to_string() };
        code(&format!("{} = {value}", row.property()), 160)
    };
    let finding = format!("{}<br>{}", code(&row.rule, 80), prose(&row.message, 300));
    let cells = [finding, place(row, in_code), value].map(|quoted| cell(&quoted)).join(" | ");
    format!("| {number} | **{}** | {cells} |\n", row.severity)
}

/// File and line in code, and the resource.
fn place(row: &ResultRow, in_code: bool) -> String {
    let name = code(&row.resource.name, 80);
    match (&row.location, row.resource.resource_group.as_str()) {
        (Some(at), _) if in_code => {
            format!("{}<br>{name}", code(&format!("{}:{}", at.file, at.start_line), 160))
        }
        (_, "") => name,
        (_, group) => format!("{name}<br>in {}", code(group, 80)),
    }
}

/// The whole id, and the fix ready to paste, folded away.
fn detail(number: usize, row: &ResultRow) -> String {
    let mut text = format!(
        "<details><summary>Fix {number}: {}</summary>\n\n- Rule: {}\n- Resource: {}\n",
        html(&row.rule, 80),
        prose(&row.title, 200),
        code(&row.resource.id, 400),
    );
    if let Some(fix) = &row.fix {
        text.push_str(&format!("- Fix: {}\n", prose(&fix.summary, 300)));
        if fix.azure_cli.chars().count() > COMMAND {
            text.push_str("- The command is too long for here; the run's other outputs have it\n");
        } else if !fix.azure_cli.trim().is_empty() {
            text.push_str(&format!("\n{}\n", fenced("sh", &fix.azure_cli)));
        }
    }
    text.push_str("\n</details>\n");
    text
}

/// What could not be decided, by rule and reason.
fn unknown(report: &Report) -> String {
    let rows: Vec<&ResultRow> = report.results.iter().filter(|row| row.verdict == Verdict::Unknown).collect();
    let mut groups: Vec<(&str, &str, Vec<&ResultRow>)> = Vec::new();
    for row in &rows {
        let reason = row.reason.as_deref().unwrap_or_default();
        match groups
            .iter_mut()
            .rev()
            .take_while(|(rule, ..)| *rule == row.rule)
            .find(|group| group.1 == reason)
        {
            Some((_, _, members)) => members.push(row),
            None => groups.push((&row.rule, reason, vec![row])),
        }
    }
    let mut list = List::new("Unknown, so not passed", rows.len(), LIST);
    for (rule, reason, members) in groups {
        let names: Vec<String> = members.iter().take(5).map(|row| code(&row.resource.name, 60)).collect();
        let more = members.len().saturating_sub(names.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let item = format!("{}: {}{more}: {}", code(rule, 80), names.join(", "), prose(reason, 300));
        list.push(&item, members.len());
    }
    list.finish()
}

fn unread(report: &Report) -> String {
    let mut list = List::new("Not read", missing(report).count(), LIST);
    for row in missing(report) {
        let action = row.missing_action.iter().map(|action| format!("; needs {}", code(action, 120)));
        let says = row.message.iter().map(|message| format!("; {}", prose(message, 200)));
        let more: String = action.chain(says).collect();
        let item = format!(
            "{} in {}: {}{more}; {} unknown because of it",
            code(&row.read, 120),
            code(&row.scope, 160),
            prose(&ending(row), 120),
            plural(row.affected, "result"),
        );
        list.push(&item, 1);
    }
    list.finish()
}

/// What fails and was accepted: in code, or by the baseline.
fn accepted(report: &Report) -> String {
    let in_code = report.scan.source.is_code();
    let suppressed = || report.results.iter().filter(|row| row.suppression.is_some());
    let mut list = List::new("Suppressed", suppressed().count(), LIST);
    for row in suppressed() {
        let Some(suppression) = &row.suppression else {
            continue;
        };
        let item = format!(
            "{} {}, {}: until {} by {}: {}",
            row.severity,
            code(&row.rule, 80),
            place(row, in_code).replace("<br>", ", "),
            prose(&suppression.until, 20),
            code(&format!("{}:{}", suppression.file, suppression.line), 160),
            prose(&suppression.reason, 300),
        );
        list.push(&item, 1);
    }
    let mut text = list.finish();
    let unchanged = || {
        report
            .results
            .iter()
            .filter(|row| row.verdict == Verdict::Fail && row.suppression.is_none() && !row.is_open_finding())
    };
    let mut list = List::new("As in the baseline", unchanged().count(), LIST);
    for row in unchanged() {
        let place = place(row, in_code).replace("<br>", ", ");
        list.push(
            &format!("{} {}, {place}: {}", row.severity, code(&row.rule, 80), prose(&row.message, 200)),
            1,
        );
    }
    text.push_str(&list.finish());
    text
}

fn unmatched(report: &Report) -> String {
    let gone = report.baseline.iter().flat_map(|baseline| &baseline.unmatched);
    let mut list = List::new("In the baseline and not found any more", gone.clone().count(), LIST / 2);
    for entry in gone {
        let why = match entry.why {
            WhyUnmatched::NotFound => "",
            WhyUnmatched::RuleNotRun => " (the rule did not run)",
        };
        let name = entry.resource.as_deref().unwrap_or(&entry.fingerprint);
        list.push(&format!("{}: {}{why}", code(&entry.rule, 80), code(name, 300)), 1);
    }
    list.finish()
}

fn comments(report: &Report) -> String {
    let mut list = List::new("Comments that suppress nothing", report.suppressions.len(), LIST / 2);
    for note in &report.suppressions {
        let place = code(&format!("{}:{}", note.file, note.line), 160);
        list.push(&format!("{place}: {}", prose(&note.message, 300)), 1);
    }
    list.finish()
}

fn foot(report: &Report) -> String {
    let scan = &report.scan;
    format!(
        "\n{} with {} from {} ({}) at {}, skytjek {}.\n",
        plural(report.summary.resources, "resource"),
        plural(report.tool.pack.rules, "rule"),
        code(&scan.source.location, 200),
        prose(&scan.source.kind, 20),
        code(&scan.clock, 40),
        code(&report.tool.version, 40),
    )
}

#[cfg(test)]
mod tests;
