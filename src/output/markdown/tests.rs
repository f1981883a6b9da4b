use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::finding::hostile::is_hostile;
use crate::output::sample;

/// What GitHub takes of a comment, in characters.
const GITHUB: usize = 65_536;

#[test]
fn what_a_reviewer_sees() {
    insta::assert_snapshot!("small", render(&sample::small()));
    insta::assert_snapshot!("accepted", render(&sample::accepted()));
    insta::assert_snapshot!("empty", render(&sample::empty()));
}

/// The severities of the rows of the findings' table.
fn severities(text: &str) -> Vec<Severity> {
    text.lines().filter_map(|line| line.split("| **").nth(1)?.split("**").next()?.parse().ok()).collect()
}

#[test]
fn it_fits_whatever_is_found_and_counts_what_it_leaves_out() {
    for count in [60, 600, 6_000] {
        let report = sample::many(count);
        let text = render(&report);
        assert!(text.chars().count() < GITHUB, "{count}");
        let shown = severities(&text);
        assert!(shown.is_sorted(), "{shown:?}");
        let details = text.matches("<details><summary>Fix ").count();
        assert_eq!(details, shown.len(), "each finding of the table has its fix");
        let open = report.results.iter().filter(|row| row.is_open_finding()).count();
        let note = format!("**{} more finding", open - shown.len());
        assert_eq!(text.contains(&note), open > shown.len(), "{count}");
        assert!(shown.len() >= open.min(50), "hardly anything is shown: {}", shown.len());
        // What is left out is never worse than what is shown.
        let next = report.results.iter().filter(|row| row.is_open_finding()).nth(shown.len());
        assert!(next.is_none_or(|next| shown.last().is_none_or(|last| *last <= next.severity)));
    }
}

#[test]
fn what_is_unknown_or_unread_is_there_however_much_is_found() {
    let text = render(&sample::many(6_000));
    assert!(text.contains("<details><summary>Unknown, so not passed: 600</summary>"));
    assert!(text.contains("<details><summary>Not read: 2</summary>"));
    assert!(text.contains("**incomplete: 2 reads failed**"));
}

#[test]
fn a_command_is_whole_or_not_there() {
    let mut report = sample::single();
    let long = format!("az x --ids {}", "a".repeat(3_000));
    if let Some(fix) = &mut report.results[0].fix {
        fix.azure_cli.clone_from(&long);
    }
    let text = render(&report);
    assert!(!text.contains("az x"));
    assert!(text.contains("too long for here"));
}

/// A row of the table as GitHub splits it: a bar ends a cell unless a backslash escapes it, and a
/// backslash may itself be escaped.
fn cells(line: &str) -> usize {
    let mut bars = 0;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => drop(characters.next()),
            '|' => bars += 1,
            _ => {}
        }
    }
    bars - 1
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn hostile_text_stays_text_and_the_comment_fits(
        text in prop_oneof![any::<String>(), "[\u{0}-\u{1f}a<>&`*_\\[\\]()=+@#|!:./\\\\\u{202e}\u{200b} -]{0,400}"],
    ) {
        let mut report = sample::accepted();
        for row in &mut report.results {
            let resource = Arc::make_mut(&mut row.resource);
            for field in [&mut resource.id, &mut resource.name, &mut resource.resource_group] {
                field.clone_from(&text);
            }
            for field in [&mut row.message, &mut row.rule, &mut row.path] {
                field.clone_from(&text);
            }
            row.title = text.as_str().into();
            row.reason = Some(text.clone());
            row.value = text.as_str().into();
            if let Some(fix) = &mut row.fix {
                fix.summary.clone_from(&text);
                fix.azure_cli.clone_from(&text);
            }
            if let Some(location) = &mut row.location {
                location.file.clone_from(&text);
            }
            if let Some(suppression) = &mut row.suppression {
                suppression.reason.clone_from(&text);
            }
        }
        for row in &mut report.coverage {
            row.scope.clone_from(&text);
            row.message = Some(text.clone());
        }
        report.scan.source.location.clone_from(&text);
        let out = render(&report);
        prop_assert!(out.chars().count() < GITHUB);
        prop_assert!(!out.replace('\n', "").contains(is_hostile));
        let open = report.results.iter().filter(|row| row.is_open_finding()).count();
        prop_assert_eq!(out.matches("<details>").count(), out.matches("</details>").count());
        for line in out.lines().filter(|line| line.starts_with("| ") && line.contains("**")) {
            prop_assert_eq!(cells(line), 5, "{}", line);
        }
        // Outside of code nothing is live. A span ends at a run of as many backticks as began it.
        let mut fence: Option<String> = None;
        for line in out.lines() {
            let run: String = line.chars().take_while(|character| *character == '`').collect();
            match &fence {
                Some(open) if line == open.as_str() => fence = None,
                Some(_) => {}
                None if run.len() >= 3 && line[run.len()..] == *"sh" => fence = Some(run),
                None => prop_assert!(!live(&outside_code(line)), "{}", line),
            }
        }
        prop_assert!(fence.is_none());
        prop_assert!(severities(&out).len() <= open);
    }
}

/// A line without its code spans and our own elements.
fn outside_code(line: &str) -> String {
    // A line of HTML, in which Markdown reads nothing.
    if let Some((before, rest)) =
        line.strip_prefix("<details><summary>").and_then(|rest| rest.split_once("<code>"))
    {
        let (inner, after) = rest.rsplit_once("</code>").unwrap();
        assert!(!inner.contains(['<', '>']), "{line}");
        return format!("{before}{}", after.replace("</summary>", ""));
    }
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find('`') {
        out.push_str(&rest[..at]);
        let fence = rest[at..].len() - rest[at..].trim_start_matches('`').len();
        let inner = &rest[at + fence..];
        let mut end = 0;
        let close = loop {
            let Some(found) = inner[end..].find('`') else {
                return format!("{out}<unclosed>");
            };
            let start = end + found;
            let run = inner[start..].len() - inner[start..].trim_start_matches('`').len();
            if run == fence {
                break start + run;
            }
            end = start + run;
        };
        rest = &inner[close..];
    }
    out.push_str(rest);
    for ours in ["<br>", "<details>", "</details>", "<summary>", "</summary>"] {
        out = out.replace(ours, "");
    }
    out
}

fn live(prose: &str) -> bool {
    prose.contains(['<', '@', '[', '&', '_', '$', '~', '!'])
        || prose.contains("://")
        || prose.contains("www.")
        || prose.trim_start_matches("## skytjek").contains('#') && !prose.contains("| # |")
}
