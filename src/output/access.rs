//! Answers of the access analysis, for a person at a terminal and for programs.

use crate::finding::access::{AccessReport, GapRow, GrantRow, PathRow, PrincipalRow};
use crate::finding::hostile::to_json;

use super::table::Look;
use super::text::visible;

/// The answer as pretty JSON, ending in a newline.
pub fn json(report: &AccessReport) -> serde_json::Result<String> {
    to_json(report)
}

/// The answer as text: one block for each principal, resource or group of gaps.
pub fn table(report: &AccessReport, look: Look) -> String {
    let mut text = String::new();
    if report.question.who.is_some() || report.question.what.is_some() {
        text.push_str(&grants(report, look));
    }
    if report.question.paths {
        text.push_str(&paths(report, look));
    }
    if !report.gaps.is_empty() {
        text.push_str(&gaps(&report.gaps, look));
    }
    text
}

fn block(text: &mut String, look: Look, indent: usize, content: &str) {
    text.push_str(&look.paragraph(indent, content));
}

fn describe(principal: &PrincipalRow) -> String {
    let login = principal.login.as_deref().filter(|login| *login != principal.name);
    let mut parts: Vec<&str> = vec![principal.kind];
    if principal.guest {
        parts.push("guest");
    }
    if !["enabled", "present"].contains(&principal.state) {
        parts.push(principal.state);
    }
    let known = login.map_or_else(String::new, |login| format!(" {login}"));
    let id = if principal.id == principal.name { String::new() } else { format!(" {}", principal.id) };
    format!("{}{known} ({}){id}", principal.name, parts.join(", "))
}

fn question(report: &AccessReport) -> String {
    let asked = &report.question;
    match (&asked.who, &asked.what, &asked.on) {
        (Some(who), Some(what), Some(on)) => format!("WHETHER {who} MAY {what} ON {on}"),
        (Some(who), Some(what), None) => format!("WHERE {who} MAY {what}"),
        (None, Some(what), on) => format!("WHO MAY {what} ON {}", on.as_deref().unwrap_or("/")),
        (who, ..) => format!("WHAT {} MAY DO", who.as_deref().unwrap_or_default()),
    }
}

fn grants(report: &AccessReport, look: Look) -> String {
    let mut text = format!("{}\n", look.heading("1", &question(report)));
    if report.grants.is_empty() {
        let nobody = if report.gaps.is_empty() { "nobody" } else { "nobody, as far as was read" };
        block(&mut text, look, 0, if report.question.who.is_some() { "nothing" } else { nobody });
    }
    let mut last: Option<&PrincipalRow> = None;
    for row in &report.grants {
        if last != Some(&row.principal) {
            text.push('\n');
            let name = visible(&describe(&row.principal)).into_owned();
            block(&mut text, look, 0, &name);
            for carrier in &row.principal.carried_by {
                block(&mut text, look, 4, &format!("carried by {carrier}"));
            }
            last = Some(&row.principal);
        }
        for (at, line) in grant(row).iter().enumerate() {
            block(&mut text, look, if at == 0 { 2 } else { 6 }, line);
        }
    }
    for row in &report.denied {
        text.push('\n');
        let line = format!("{}: denied by {}", describe(&row.principal), row.deny_assignment);
        block(&mut text, look, 0, &line);
    }
    text.push('\n');
    text
}

fn grant(row: &GrantRow) -> Vec<String> {
    let what = match (&row.role, row.access_policy.as_slice()) {
        (Some(role), _) if row.custom => format!("{role} (custom role)"),
        (Some(role), _) => role.clone(),
        (None, permissions) => format!("access policy: {}", permissions.join(", ")),
    };
    let mut line = format!("- {what} at {}", row.scope);
    let standing = match (row.standing, &row.until) {
        ("assigned", _) => String::new(),
        ("until", Some(until)) => format!(", until {until}"),
        (word, Some(until)) => format!(", {word} until {until}"),
        (word, None) => format!(", {word}"),
    };
    line.push_str(&standing);
    if !row.through.is_empty() {
        let names: Vec<&str> = row.through.iter().map(|group| group.name.as_str()).collect();
        line.push_str(&format!(", through {}", names.join(" > ")));
    }
    if row.certainty != "certain" {
        line.push_str(&format!(", {}", row.certainty));
    }
    let mut lines = vec![line];
    if let Some(condition) = &row.condition {
        let word = if row.certainty == "unknown" { "because" } else { "where" };
        lines.push(format!("{word} {condition}"));
    }
    lines.extend(row.assignment.clone());
    lines
}

fn paths(report: &AccessReport, look: Look) -> String {
    let count = report.paths.len();
    let title = format!("PATHS TO POWER ({count})");
    let mut text = format!("{}\n", look.heading("1", &title));
    if report.paths.is_empty() {
        block(&mut text, look, 0, "none");
    }
    for row in &report.paths {
        text.push('\n');
        block(&mut text, look, 0, &headline(row));
        for (at, hop) in row.hops.iter().enumerate() {
            block(&mut text, look, 2, &format!("{}. {}", at + 1, hop.says));
        }
        if let Some(condition) = &row.condition {
            let word = if row.certainty == "unknown" { "because" } else { "where" };
            block(&mut text, look, 2, &format!("{}: {word} {condition}", row.certainty));
        }
    }
    text.push('\n');
    text
}

fn headline(row: &PathRow) -> String {
    let exposed = match row.exposed {
        Some(true) => " (exposed)",
        Some(false) | None => "",
    };
    format!("{}{exposed} can {} at {}", row.from, row.power, row.at)
}

fn gaps(gaps: &[GapRow], look: Look) -> String {
    let mut text = format!("{}\n", look.heading("1;35", &format!("NOT SEEN ({})", gaps.len())));
    for gap in gaps {
        block(&mut text, look, 0, &format!("- {}: {}", gap.scope, gap.reason));
    }
    text
}
