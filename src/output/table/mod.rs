//! `-o table`: the report for a person at a terminal. Findings worst first, then what could not be
//! decided, then what was not seen, and the totals last, where the eye is when the command returns.

mod accepted;
mod compliance;
mod findings;
mod migration;
mod paint;
mod source_frame;
mod undecided;

use crate::finding::report::{CoverageSummary, Report, ResultRow};
use crate::finding::verdict::{Severity, Verdict};

pub use self::paint::Look;
use self::paint::severity_style;
pub use self::source_frame::{Sources, difference, source_frame};
use super::missing::missing;
use super::text::{plural, visible};
pub use migration::render_migration;

/// The report as text. No line is wider than the look allows, except commands, which stay whole so
/// that they can be pasted.
pub fn render(report: &Report, look: Look) -> String {
    // Who asks for controls gets controls; which resources fail them is in the other view.
    let mut text = compliance::section(report, look);
    if report.compliance.is_empty() {
        text = findings::section(report, look);
        for verdict in [Verdict::Unknown, Verdict::NotApplicable, Verdict::Pass] {
            text.push_str(&undecided::section(report, verdict, look));
        }
    }
    text.push_str(&accepted::section(report, look));
    text.push_str(&undecided::gaps(report, look));
    text.push_str(&totals(report, look));
    text
}

fn totals(report: &Report, look: Look) -> String {
    let summary = &report.summary;
    let verdicts = summary.verdicts;
    let counts =
        [summary.findings.critical, summary.findings.high, summary.findings.medium, summary.findings.low];
    let mut text = format!("{}\n", look.heading("1", "SUMMARY"));
    let mut line = |name: &str, style: Option<&str>, content: &str| {
        let indent = 10;
        let body = look.paragraph(indent, content);
        let label = format!("{name:<indent$}");
        let label = style.map_or_else(|| label.clone(), |style| look.styled(style, &label));
        text.push_str(&label);
        text.push_str(body.get(indent..).unwrap_or("\n"));
    };
    let findings = if verdicts.fail == 0 {
        "none".to_owned()
    } else {
        let by_severity: Vec<String> = Severity::ALL
            .into_iter()
            .zip(counts)
            .filter(|(_, count)| *count > 0)
            .map(|(severity, count)| format!("{count} {severity}"))
            .collect();
        format!("{} ({})", verdicts.fail, by_severity.join(", "))
    };
    let worst = Severity::ALL.into_iter().zip(counts).find(|(_, count)| *count > 0);
    line("Findings", Some(worst.map_or("1;32", |(severity, _)| severity_style(severity))), &findings);
    if let Some(baseline) = &report.baseline {
        let new = verdicts.fail.saturating_sub(summary.unchanged + summary.suppressed);
        let gone = baseline.unmatched.len();
        line(
            "Baseline",
            None,
            &format!("{new} new, {} in it already, {gone} in it and not found", summary.unchanged),
        );
    }
    if summary.suppressed > 0 {
        line("Accepted", None, &format!("{} suppressed in the code", plural(summary.suppressed, "finding")));
    }
    line(
        "Verdicts",
        None,
        &format!(
            "{} fail, {} unknown, {} pass, {} not applicable",
            verdicts.fail, verdicts.unknown, verdicts.pass, verdicts.not_applicable
        ),
    );
    let coverage = match summary.coverage {
        CoverageSummary::Complete => "complete: all that was asked for was read".to_owned(),
        CoverageSummary::Incomplete => {
            let (reads, affected) =
                missing(report).fold((0, 0), |(reads, sum), row| (reads + 1, sum + row.affected));
            format!(
                "incomplete: {} failed, {} unknown because of it",
                plural(reads, "read"),
                plural(affected, "result")
            )
        }
    };
    let style = (summary.coverage == CoverageSummary::Incomplete).then_some("1;35");
    line("Coverage", style, &coverage);
    let scan = &report.scan;
    line(
        "Scanned",
        None,
        &format!(
            "{} with {} from {} ({}) at {}",
            plural(summary.resources, "resource"),
            plural(report.tool.pack.rules, "rule"),
            scan.source.location,
            scan.source.kind,
            scan.clock
        ),
    );
    line("Exit code", None, &summary.exit_code.to_string());
    text
}

/// A rule's id, how many rows follow, and its title.
fn rule_header(rows: &[&ResultRow], look: Look) -> String {
    let Some(first) = rows.first() else {
        return String::new();
    };
    let name = format!("{} ({})", visible(&first.rule), rows.len());
    format!("{}\n{}", look.styled("1", &name), look.paragraph(0, &first.title))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;
    use unicode_width::UnicodeWidthStr as _;

    use super::*;
    use crate::finding::hostile::is_hostile;
    use crate::output::sample;

    fn plain(report: &Report, width: usize) -> String {
        render(report, Look { width, color: false })
    }

    #[test]
    fn what_a_person_sees() {
        insta::assert_snapshot!("small-80", plain(&sample::small(), 80));
        insta::assert_snapshot!("small-120", plain(&sample::small(), 120));
        insta::assert_snapshot!("small-40", plain(&sample::small(), 40));
        insta::assert_snapshot!("empty-80", plain(&sample::empty(), 80));
        insta::assert_snapshot!("by-framework-80", plain(&sample::by_framework(), 80));
        insta::assert_snapshot!("accepted-80", plain(&sample::accepted(), 80));
        insta::assert_snapshot!("many-80", plain(&sample::many(60), 80));
    }

    #[test]
    fn colour_changes_no_word() {
        let report = sample::small();
        let colored = render(&report, Look { width: 100, color: true });
        let mut words = String::new();
        for (at, part) in colored.split("\u{1b}[").enumerate() {
            words.push_str(if at == 0 { part } else { part.split_once('m').unwrap().1 });
        }
        let words = words.replace('━', "=").replace(['─', '═'], "-");
        let kept = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
        assert_eq!(kept(&words), kept(&plain(&report, 100)));
    }

    #[test]
    fn plain_is_ascii_but_for_names() {
        let text = plain(&sample::many(60), 80);
        assert!(text.is_ascii());
        assert!(!text.contains('\u{1b}'));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_line_is_too_wide_and_no_name_steers_the_terminal(
            width in 30..220usize, name in any::<String>(), message in any::<String>(), color in any::<bool>(),
        ) {
            let mut report = sample::small();
            for row in &mut report.results {
                let resource = Arc::make_mut(&mut row.resource);
                resource.name.clone_from(&name);
                resource.resource_group.clone_from(&name);
                row.message.clone_from(&message);
                row.reason = Some(message.clone());
                row.title = message.as_str().into();
            }
            let text = render(&report, Look { width, color: false });
            for line in text.lines().filter(|line| !line.starts_with("    az ")) {
                prop_assert!(line.width() <= width, "{} > {}: {}", line.width(), width, line);
                prop_assert!(!line.contains(is_hostile));
            }
            let colored = render(&report, Look { width, color });
            let overridden = colored.contains('\u{202e}');
            prop_assert!(!overridden);
        }
    }
}
