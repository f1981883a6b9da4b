//! Migrated machines for people: wave by wave, with what each still lacks, then what was left behind.

use super::paint::{Column, Look, frame};
use crate::finding::migration::{MachineRow, Migrated, MigrationReport};
use crate::finding::verdict::Verdict;
use crate::output::text::plural;

/// The report as text, ending in a newline.
pub fn render_migration(report: &MigrationReport, look: Look) -> String {
    let mut text = String::new();
    for of_wave in report.machines.chunk_by(|one, two| one.waves == two.waves) {
        let name = match of_wave[0].waves.as_slice() {
            [] => "NO WAVE".to_owned(),
            waves => format!("WAVE {}", waves.join(", ")),
        };
        let title = format!("{name}: {}", plural(of_wave.len(), "machine"));
        text.push_str(&look.heading("1", &title));
        text.push_str("\n\n");
        text.push_str(&machines(of_wave, look));
        text.push('\n');
    }
    text.push_str(&leftovers(report, look));
    text.push_str(&summary(report, look));
    text
}

fn machines(rows: &[MachineRow], look: Look) -> String {
    let width = look.width();
    if width < 80 {
        return rows
            .iter()
            .map(|row| {
                let mut lines = look.paragraph(2, &format!("- {}", row.name));
                for part in origin(row).into_iter().chain(state(row)) {
                    lines.push_str(&look.paragraph(4, &part));
                }
                lines
            })
            .collect();
    }
    let room = width - frame(3);
    let (first, last) = (room / 5, room * 3 / 10);
    let columns = [
        Column { title: "MACHINE", width: first },
        Column { title: "ORIGIN", width: room - first - last },
        Column { title: "BASELINE", width: last },
    ];
    let cells: Vec<_> =
        rows.iter().map(|row| vec![vec![row.name.clone()], origin(row), state(row)]).collect();
    look.grid(&columns, &cells)
}

/// Where it came from, and the signals.
fn origin(row: &MachineRow) -> Vec<String> {
    let word = match (row.migrated, row.strength) {
        (Migrated::Yes, Some(strength)) => format!("migrated: {} ({strength})", row.origin),
        (Migrated::Unknown, _) => "not known".to_owned(),
        (_, Some(_)) => "not told apart from a machine made in Azure".to_owned(),
        _ => "no sign of a migration".to_owned(),
    };
    let mut lines = vec![word];
    lines.extend(row.signals.iter().map(|signal| format!("- {}", signal.says)));
    if row.migrated == Migrated::Unknown {
        lines.extend(row.unseen.iter().map(|reason| format!("- {reason}")));
    }
    lines
}

/// What it lacks.
fn state(row: &MachineRow) -> Vec<String> {
    let missing: Vec<&str> = row.lacks().collect();
    let open: Vec<&str> = row.open().collect();
    let mut lines = Vec::new();
    if !missing.is_empty() {
        lines.push(format!("missing: {}", missing.join(", ")));
    }
    if !open.is_empty() {
        lines.push(format!("not known: {}", open.join(", ")));
    }
    if lines.is_empty() {
        lines.push("complete".to_owned());
    }
    lines
}

fn leftovers(report: &MigrationReport, look: Look) -> String {
    if report.leftovers.is_empty() {
        return String::new();
    }
    let mut text =
        look.heading("1;33", &format!("LEFT BEHIND: {}", plural(report.summary.leftovers, "resource")));
    text.push_str("\n\n");
    for of_rule in report.leftovers.chunk_by(|one, two| one.rule == two.rule) {
        text.push_str(&look.paragraph(2, &of_rule[0].rule));
        for row in of_rule {
            let says = match row.verdict {
                Verdict::Fail => format!("- {}", row.says),
                _ => format!("- {}: not known: {}", row.resource, row.says),
            };
            text.push_str(&look.paragraph(4, &says));
            if row.verdict == Verdict::Fail {
                text.push_str(&look.paragraph(6, &row.resource));
            }
            if !row.azure_cli.is_empty() {
                text.push_str(&look.paragraph(6, &row.azure_cli));
            }
        }
        text.push('\n');
    }
    text
}

fn summary(report: &MigrationReport, look: Look) -> String {
    let summary = &report.summary;
    let mut says = format!(
        "{}: {} migrated, {} of them below the baseline; {} left behind",
        plural(summary.machines, "machine"),
        summary.migrated,
        summary.below_baseline,
        plural(summary.leftovers, "resource"),
    );
    if summary.unknown > 0 {
        says =
            format!("{says}; of {} it is not known where they came from", plural(summary.unknown, "machine"));
    }
    look.paragraph(0, &says)
}
