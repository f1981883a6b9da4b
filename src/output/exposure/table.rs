//! The answer for a terminal: what is reachable, with its proof as a sentence; then what can't be told.

use crate::finding::exposure::{ExposureReport, InterfaceRow, ReachableRow, StepRow};
use crate::output::table::Look;

use super::{ports, services, short, sources};

/// The answer as text of at most `look.width` columns.
pub fn render(report: &ExposureReport, look: Look) -> String {
    let mut out = String::new();
    for (state, style) in [("exposed", "1;31"), ("unknown", "1;33")] {
        let rows: Vec<&InterfaceRow> = report.interfaces.iter().filter(|row| row.state == state).collect();
        if rows.is_empty() {
            continue;
        }
        out.push_str(&look.heading(style, &format!("{}: {}", state.to_uppercase(), counted(rows.len()))));
        out.push_str("\n\n");
        for row in rows {
            interface(row, look, &mut out);
            out.push('\n');
        }
    }
    let all = report.interfaces.len();
    let counts = ["exposed", "unknown", "closed"].map(|state| report.count(state));
    let summary = if all == 0 {
        "No network interface was found.".to_owned()
    } else {
        format!(
            "{} of {} exposed, {} unknown, {} closed{}.",
            counts[0],
            counted(all),
            counts[1],
            counts[2],
            report.question
        )
    };
    out.push_str(&look.paragraph(0, &summary));
    out.push_str(&services::render(report, look));
    if !report.complete {
        out.push_str(&look.paragraph(0, "Not all of it could be decided; the reasons stand above."));
    }
    out
}

fn counted(number: usize) -> String {
    format!("{number} network interface{}", if number == 1 { "" } else { "s" })
}

fn interface(row: &InterfaceRow, look: Look, out: &mut String) {
    let mut title = short(&row.id).to_owned();
    let mut about = Vec::new();
    about.extend(row.virtual_machine.as_deref().map(|id| format!("of {}", short(id))));
    about.extend(row.private_ip.clone());
    if !about.is_empty() {
        title.push_str(&format!(" ({})", about.join(", ")));
    }
    out.push_str(&look.paragraph(2, &title));
    for group in grouped(&row.reachable) {
        out.push_str(&look.paragraph(4, &sentence(&group)));
        out.push_str(&look.paragraph(6, &proof(&group[0].steps)));
    }
    if let Some(reason) = &row.reason {
        let text =
            if row.reachable.is_empty() { reason.clone() } else { format!("Also not known: {reason}") };
        out.push_str(&look.paragraph(4, &text));
    }
    for note in &row.notes {
        out.push_str(&look.paragraph(4, &format!("Note: {} {}", short(&note.id), note.says)));
    }
}

/// What differs in nothing but the protocol stands together.
fn grouped(rows: &[ReachableRow]) -> Vec<Vec<&ReachableRow>> {
    let mut out: Vec<Vec<&ReachableRow>> = Vec::new();
    let everything = |row: &ReachableRow| matches!(row.ports.as_slice(), [] | [(0, u16::MAX)]);
    for row in rows {
        let same = out.iter_mut().find(|group| {
            let known = group[0];
            known.sources == row.sources
                && known.via == row.via
                && (known.ports == row.ports || (everything(known) && everything(row)))
        });
        match same {
            Some(group) => group.push(row),
            None => out.push(vec![row]),
        }
    }
    out
}

fn sentence(group: &[&ReachableRow]) -> String {
    let row = group[0];
    let words: Vec<&str> = group.iter().map(|row| row.protocol).collect();
    let what = if words.len() == 5 {
        "Everything".to_owned()
    } else if row.ports.is_empty() {
        words.join(", ")
    } else {
        format!("{} {}", words.join("/"), ports(&row.ports))
    };
    let mut text = format!("{what} from {}", sources(&row.sources));
    let translated = row.public.port_ranges != row.ports;
    let address = match row.public.address.as_str() {
        "" => short(&row.public.id),
        address => address,
    };
    if !address.is_empty() {
        text.push_str(&format!(", at {address}"));
    }
    if translated && !row.public.port_ranges.is_empty() {
        text.push_str(&format!(" port {}", ports(&row.public.port_ranges)));
    }
    text
}

/// Each step with its name, in one sentence.
fn proof(steps: &[StepRow]) -> String {
    let parts: Vec<String> = steps.iter().map(|step| format!("{} {}", short(&step.id), step.says)).collect();
    match parts.as_slice() {
        [] => String::new(),
        [one] => format!("because {one}"),
        [first @ .., last] => format!("because {}, and {last}", first.join(", ")),
    }
}
