use proptest::prelude::*;

use super::*;
use crate::finding::hostile::is_hostile;
use crate::output::sample;

const PLAIN: Look = Look { width: 80, color: false };

fn place(start: (usize, usize), end: (usize, usize)) -> Location {
    Location {
        file: "main.tf".into(),
        start_line: start.0,
        start_column: start.1,
        end_line: end.0,
        end_column: end.1,
    }
}

fn files(text: &str) -> BTreeMap<String, SourceText> {
    BTreeMap::from([("main.tf".to_owned(), SourceText { text: text.into() })])
}

fn frame(text: &str, at: &Location, fix: Option<&str>) -> String {
    let files = files(text);
    let edit = fix.map(|fix| Edit { at: at.clone(), text: fix.to_owned() });
    source_frame(&Sources::of(&files), at, "It is open.", edit.as_ref(), PLAIN).unwrap()
}

const TF: &str = "resource \"a\" \"b\" {\n  name = \"bøge😀\"\n  open = true\n\tdeep = 1\n}\n";

#[test]
fn the_value_is_underlined_and_the_fix_is_a_difference() {
    insta::assert_snapshot!(frame(TF, &place((3, 10), (3, 14)), Some("false")), @r"
      main.tf:3:10
      3 |   open = true
        |          ^^^^
          It is open.
      Fix in the code:
      3 -   open = true
      3 +   open = false
    ");
    // UTF-16: the face takes two units, and two columns of the terminal.
    insta::assert_snapshot!(frame(TF, &place((2, 10), (2, 18)), None), @r#"
      main.tf:2:10
      2 |   name = "bøge😀"
        |          ^^^^^^^^
          It is open.
    "#);
    insta::assert_snapshot!(frame(TF, &place((4, 9), (4, 10)), None), @r"
      main.tf:4:9
      4 |     deep = 1
        |            ^
          It is open.
    ");
}

#[test]
fn a_block_that_lacks_something_and_a_line_that_adds_it() {
    let files = files(TF);
    let edit = Edit { at: place((4, 10), (4, 10)), text: "\n  closed = true\n  why = \"x\"".into() };
    let frame = source_frame(&Sources::of(&files), &place((1, 1), (5, 2)), "It is open.", Some(&edit), PLAIN);
    insta::assert_snapshot!(frame.unwrap(), @r#"
      main.tf:1:1
      1 | resource "a" "b" {
        | ^^^^^^^^^^^^^^^^^^
        | ... and 4 more lines, to line 5
          It is open.
      Fix in the code:
      5 +   closed = true
      6 +   why = "x"
    "#);
}

#[test]
fn a_long_line_is_cut_around_the_value() {
    let text = format!("{}secret{}", "a".repeat(500), "z".repeat(500));
    let shown = frame(&text, &place((1, 501), (1, 507)), Some("safe"));
    insta::assert_snapshot!(shown, @r"
      main.tf:1:501
      1 | ...aaaaaaaaaaaaaaaaaaaaaaaasecretzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz...
        |                            ^^^^^^
          It is open.
      Fix in the code:
      1 - ...aaaaaaaaaaaaaaaaaaaaaaasecretzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz...
      1 + ...aaaaaaaaaaaaaaaaaaaaaaasafezzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz...
    ");
}

#[test]
fn what_is_not_in_the_report_has_no_frame() {
    let files = files(TF);
    let sources = Sources::of(&files);
    let mut elsewhere = place((1, 1), (1, 2));
    elsewhere.file = "other.tf".into();
    for at in [elsewhere, place((0, 1), (0, 1)), place((99, 1), (99, 2))] {
        assert_eq!(source_frame(&sources, &at, "", None, PLAIN), None);
        assert_eq!(difference(&sources, &Edit { at, text: "x".into() }, "", PLAIN), None);
    }
    let same = Edit { at: place((3, 10), (3, 14)), text: "true".into() };
    assert_eq!(difference(&sources, &same, "main.tf", PLAIN), None);
}

#[test]
fn hidden_characters_of_the_code_are_shown() {
    let report = sample::in_code();
    let row = report.results.iter().find(|row| row.rule == "storage-minimum-tls").unwrap();
    let sources = Sources::of(&report.sources);
    let edit = report.edits.get(&row.fingerprint).and_then(|edits| edits.first());
    let at = row.location.as_ref().unwrap();
    insta::assert_snapshot!(source_frame(&sources, at, &row.message, edit, PLAIN).unwrap(), @r"
      infra/hub network.bicep:8:24
      8 |     minimumTlsVersion: 'TLS1_0' // \u{202e}old    clients
        |                        ^^^^^^^^
          stlogs accepts TLS 1.0
      Fix in the code:
      8 -     minimumTlsVersion: 'TLS1_0' // \u{202e}old    clients
      8 +     minimumTlsVersion: 'TLS1_2' // \u{202e}old    clients
    ");
}

proptest! {
    #[test]
    fn no_line_is_too_wide_and_nothing_steers_the_terminal(
        text in any::<String>(), message in any::<String>(), fix in any::<String>(), width in 30..120usize,
        start in (0..4usize, 0..60usize), end in (0..4usize, 0..60usize),
    ) {
        let text = text.replace('/', "\n");
        let files = files(&text);
        let at = place(start, end);
        let edit = Edit { at: at.clone(), text: fix };
        let look = Look { width, color: false };
        let Some(shown) = source_frame(&Sources::of(&files), &at, &message, Some(&edit), look) else {
            return Ok(());
        };
        for line in shown.lines() {
            prop_assert!(line.width() <= width, "{} > {}: {}", line.width(), width, line);
            prop_assert!(!line.contains(is_hostile));
        }
    }
}
