//! `--by framework`: what the scan says of each control.

use crate::finding::compliance::{ControlRow, ControlStatus, FrameworkRow, RuleRow};
use crate::finding::report::Report;
use crate::output::text::plural;

use super::paint::Look;

/// Every framework of the report, worst controls first.
pub(super) fn section(report: &Report, look: Look) -> String {
    report.compliance.iter().map(|framework| of(framework, look)).collect()
}

fn of(framework: &FrameworkRow, look: Look) -> String {
    let title = format!("{}: {}", framework.framework, plural(framework.controls.len(), "control"));
    let mut text = format!("{}\n\n", look.heading("1", &title));
    for status in ControlStatus::ALL {
        let controls: Vec<&ControlRow> =
            framework.controls.iter().filter(|control| control.status == status).collect();
        if controls.is_empty() {
            continue;
        }
        let header = format!("{} ({})", status.words().to_uppercase(), controls.len());
        text.push_str(&look.styled(style(status), &header));
        text.push('\n');
        if status == ControlStatus::NotAssessed {
            let ids: Vec<&str> = controls.iter().map(|control| control.id.as_str()).collect();
            text.push_str(&look.paragraph(2, &ids.join(", ")));
        } else {
            for control in controls {
                text.push_str(&look.paragraph(2, &line(control)));
                text.push_str(&look.paragraph(4, &rules(control)));
            }
        }
        text.push('\n');
    }
    text
}

fn line(control: &ControlRow) -> String {
    let counts = [
        (control.verdicts.fail, "fail"),
        (control.verdicts.unknown, "unknown"),
        (control.verdicts.pass, "pass"),
        (control.verdicts.not_applicable, "not applicable"),
    ];
    let counts: Vec<String> = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    if counts.is_empty() {
        return format!("{}  nothing to look at", control.id);
    }
    format!("{}  {}", control.id, counts.join(", "))
}

/// The rules that make the control's status, and how many others there are.
fn rules(control: &ControlRow) -> String {
    let (telling, others): (Vec<&RuleRow>, Vec<&RuleRow>) =
        control.rules.iter().partition(|rule| rule.status == control.status);
    let (telling, others) = if telling.is_empty() { (others, telling) } else { (telling, others) };
    let mut text = telling.iter().map(|rule| rule.id.as_str()).collect::<Vec<_>>().join(", ");
    if !others.is_empty() {
        text.push_str(&format!(" (and {})", plural(others.len(), "other rule")));
    }
    text
}

fn style(status: ControlStatus) -> &'static str {
    match status {
        ControlStatus::Fail => "1;31",
        ControlStatus::Unknown => "1;35",
        ControlStatus::Pass => "1;32",
        ControlStatus::NotAssessed | ControlStatus::Partial | ControlStatus::NotApplicable => "1;90",
    }
}
