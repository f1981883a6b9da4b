//! Platform services for a terminal: whom each answers, with its proof as a sentence.

use crate::finding::exposure::{ExposureReport, ServiceRow};
use crate::output::table::Look;

use super::sources;

/// The services that answer somebody on the Internet, or of which that is not known; then all in numbers.
/// Empty where there is none.
pub(super) fn render(report: &ExposureReport, look: Look) -> String {
    let mut out = String::new();
    if report.services.is_empty() {
        return out;
    }
    for (state, style, word) in
        [("public", "1;31", "PUBLIC"), ("unknown", "1;33", "UNKNOWN"), ("restricted", "1", "RESTRICTED")]
    {
        // Asked for some sources, those that let in none of them are left out.
        let asked = |row: &&ServiceRow| {
            row.state == state
                && (report.question.is_empty() || !row.sources.is_empty() || row.reason.is_some())
        };
        let rows: Vec<&ServiceRow> = report.services.iter().filter(asked).collect();
        if rows.is_empty() {
            continue;
        }
        out.push('\n');
        out.push_str(&look.heading(style, &format!("{word}: {}", counted(rows.len()))));
        out.push_str("\n\n");
        for row in rows {
            service(row, look, &mut out);
        }
    }
    let counts = ["public", "restricted", "unknown", "private"].map(|state| {
        let number = report.services.iter().filter(|row| row.state == state).count();
        format!("{number} {state}")
    });
    out.push('\n');
    let text = format!("{}: {}.", counted(report.services.len()), counts.join(", "));
    out.push_str(&look.paragraph(0, &text));
    out
}

fn counted(number: usize) -> String {
    format!("{number} platform service{}", if number == 1 { "" } else { "s" })
}

fn service(row: &ServiceRow, look: Look, out: &mut String) {
    out.push_str(&look.paragraph(2, &title(&row.id)));
    let answers = if row.sources.is_empty() {
        "answers nobody on the Internet".to_owned()
    } else {
        format!("answers {}", sources(&row.sources))
    };
    let proof: Vec<String> =
        row.steps.iter().map(|step| format!("{} {}", place(&step.id, &row.id), step.says)).collect();
    let because = if proof.is_empty() { String::new() } else { format!(" because {}", proof.join(", ")) };
    if row.state != "unknown" || !row.sources.is_empty() {
        out.push_str(&look.paragraph(4, &format!("{answers}{because}")));
    }
    if let Some(reason) = &row.reason {
        let text = if row.state == "unknown" {
            format!("unknown: {reason}")
        } else {
            format!("Also not known: {reason}")
        };
        out.push_str(&look.paragraph(4, &text));
    }
}

/// The name with its type: `web (sites), deployment site`.
fn title(id: &str) -> String {
    let (own, endpoint) = id.split_once('#').map_or((id, None), |(own, endpoint)| (own, Some(endpoint)));
    let mut parts = own.rsplit('/');
    let (name, kind) = (parts.next().unwrap_or(own), parts.next().unwrap_or_default());
    match endpoint {
        Some("scm") => format!("{name} ({kind}), deployment site"),
        Some(endpoint) => format!("{name} ({kind}), {endpoint}"),
        None => format!("{name} ({kind})"),
    }
}

/// A step's place: a property by its path, another resource by its name.
fn place<'a>(id: &'a str, own: &str) -> &'a str {
    let own = own.split('#').next().unwrap_or(own);
    match id.split_once('#') {
        Some((resource, path)) if resource == own || path.starts_with("properties") => path,
        _ => id.rsplit('/').next().unwrap_or(id),
    }
}
