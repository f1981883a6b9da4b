use time::macros::{date, datetime};

use super::*;
use crate::finding::report::Location;

const FILE: &str = "infra/main.tf";

/// A finding in line 12 of the file, and an undecided one in line 20.
fn rows() -> Vec<ResultRow> {
    let mut rows = crate::finding::sample_rows();
    let place = |line| Location {
        file: FILE.into(),
        start_line: line,
        start_column: 3,
        end_line: line,
        end_column: 9,
    };
    let unknown = rows.iter().position(|row| row.verdict == Verdict::Unknown).unwrap();
    rows[0].location = Some(place(12));
    rows[unknown].location = Some(place(20));
    rows.swap(1, unknown);
    rows.truncate(2);
    rows
}

fn comment(rule: &str, lines: RangeInclusive<usize>) -> Comment {
    Comment {
        file: FILE.into(),
        line: *lines.start(),
        covers: Some(Block { lines, resources: Vec::new() }),
        says: Ok(Suppression {
            rule: rule.into(),
            until: date!(2027 - 01 - 31),
            reason: "moves in March".into(),
        }),
    }
}

fn applied(rows: &mut [ResultRow], comments: Vec<Comment>, clock: OffsetDateTime) -> Vec<String> {
    let notes = Suppressions::new(comments).apply(rows, clock);
    notes.iter().map(|note| format!("{} {:?}: {}", note.line, note.state, note.message)).collect()
}

#[test]
fn a_comment_covers_its_rule_in_its_block_and_nothing_else() {
    let rule = rows()[0].rule.clone();
    let id = rows()[0].resource.id.to_uppercase();
    let elsewhere = |file: &str| Comment { file: file.into(), ..comment(&rule, 10..=15) };
    let by_id = |id: &str| Comment {
        covers: Some(Block { lines: 80..=90, resources: vec![id.into()] }),
        ..elsewhere("x.tf")
    };
    let cases = [
        ("in the block", comment(&rule, 10..=15), true),
        ("on its only line", comment(&rule, 12..=12), true),
        ("the block before", comment(&rule, 1..=11), false),
        ("the block after", comment(&rule, 13..=15), false),
        ("another file", elsewhere("infra/other.tf"), false),
        ("another rule", comment("storage-https-only", 10..=15), false),
        ("the value stands elsewhere, the resource in the block", by_id(&id), true),
        ("another resource", by_id("/subscriptions/other"), false),
        ("above nothing", Comment { covers: None, ..comment(&rule, 12..=12) }, false),
    ];
    for (name, comment, covered) in cases {
        let mut rows = rows();
        let notes = applied(&mut rows, vec![comment], datetime!(2026-11-24 03:00 UTC));
        assert_eq!(rows[0].suppression.is_some(), covered, "{name}");
        assert_eq!(rows[0].is_open_finding(), !covered, "{name}");
        assert_eq!(notes.len(), usize::from(!covered), "{name}: {notes:?}");
    }
}

#[test]
fn it_holds_through_its_last_day_by_the_clock_of_the_scan() {
    let rule = rows()[0].rule.clone();
    let cases = [
        (datetime!(2027-01-31 23:59:59 UTC), true),
        (datetime!(2027-02-01 00:00 UTC), false),
        // Still the 31st in UTC.
        (datetime!(2027-02-01 00:30 +01:00), true),
    ];
    for (clock, holds) in cases {
        let mut rows = rows();
        let notes = applied(&mut rows, vec![comment(&rule, 10..=15)], clock);
        assert_eq!(rows[0].suppression.is_some(), holds, "{clock}");
        let said =
            "10 Expired: it ended on 2027-01-31; fix the finding, or decide again and write a new date";
        assert_eq!(notes, if holds { vec![] } else { vec![said.to_owned()] });
    }
}

#[test]
fn what_was_not_decided_stays_unknown() {
    let mut rows = rows();
    let rule = rows[1].rule.clone();
    let notes = applied(&mut rows, vec![comment(&rule, 18..=22)], datetime!(2026-11-24 03:00 UTC));
    assert_eq!((rows[1].verdict, &rows[1].suppression), (Verdict::Unknown, &None));
    assert!(notes.is_empty(), "the comment may be right: {notes:?}");
}

#[test]
fn a_comment_that_is_wrong_is_said_and_suppresses_nothing() {
    let mut rows = rows();
    let wrong = Comment { says: Err("reason is missing".into()), ..comment("x", 10..=15) };
    let notes = applied(&mut rows, vec![wrong], datetime!(2026-11-24 03:00 UTC));
    assert_eq!(notes, ["10 Invalid: reason is missing"]);
    assert!(rows[0].is_open_finding());
}

#[test]
fn of_two_comments_the_first_that_holds_is_named() {
    let mut rows = rows();
    let rule = rows[0].rule.clone();
    let mut expired = comment(&rule, 9..=15);
    if let Ok(suppression) = &mut expired.says {
        suppression.until = date!(2025 - 01 - 01);
    }
    let comments = vec![comment(&rule, 11..=15), comment(&rule, 10..=15), expired];
    applied(&mut rows, comments, datetime!(2026-11-24 03:00 UTC));
    let suppression = rows[0].suppression.as_ref().unwrap();
    assert_eq!((suppression.line, suppression.until.as_str()), (10, "2027-01-31"));
}
