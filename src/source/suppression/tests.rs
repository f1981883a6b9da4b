use proptest::prelude::*;
use time::macros::date;

use super::*;

fn good() -> Suppression {
    Suppression {
        rule: "storage-https-only".into(),
        until: date!(2027 - 01 - 31),
        reason: "old scanner, replaced in January".into(),
    }
}

#[test]
fn in_every_kind_of_comment_and_order() {
    let says =
        "skytjek:ignore storage-https-only until=2027-01-31 reason=\"old scanner, replaced in January\"";
    let turned =
        "skytjek:ignore reason=\"old scanner, replaced in January\"  until=2027-01-31\tstorage-https-only";
    let cases = [
        format!("# {says}"),
        format!("#{says}"),
        format!("// {says}\r"),
        format!("/* {says} */"),
        format!("/*{says}*/"),
        format!("## {turned}"),
        says.to_owned(),
    ];
    for comment in cases {
        assert_eq!(statements(&comment), [Statement { line: 0, says: Ok(good()) }], "{comment}");
    }
    let several = format!("/*\n * Agreed in the review.\n * {says}\n *\n * {turned}\n */");
    let lines: Vec<usize> = statements(&several)
        .into_iter()
        .map(|statement| {
            assert_eq!(statement.says, Ok(good()));
            statement.line
        })
        .collect();
    assert_eq!(lines, [2, 4]);
}

#[test]
fn other_comments_are_none() {
    for comment in
        ["# see docs on skytjek:ignore", "// tfsec:ignore:x", "", "/* */", "# Skytjek is a scanner"]
    {
        assert_eq!(statements(comment), [], "{comment}");
    }
}

#[test]
fn what_is_missing_or_wrong_is_named() {
    use SuppressionError as E;
    let cases = [
        ("skytjek:ignore", E::NoRule),
        ("skytjek:ignore until=2027-01-31 reason=\"x\"", E::NoRule),
        ("skytjek:ignore a-rule reason=\"x\"", E::NoUntil),
        ("skytjek:ignore a-rule until=2027-01-31", E::NoReason),
        ("skytjek:ignore a-rule until=2027-01-31 reason=\"  \"", E::NoReason),
        ("skytjek:ignore a-rule until=2027-01-31 reason=because", E::UnquotedReason),
        ("skytjek:ignore a-rule until=2027-01-31 reason=\"no end", E::UnquotedReason),
        ("skytjek:ignore a-rule until=2027-01-31 reason=\"a\"b", E::UnquotedReason),
        ("skytjek:ignore a-rule until=2027-02-30 reason=\"x\"", E::BadUntil("2027-02-30".into())),
        ("skytjek:ignore a-rule until=31.1.2027 reason=\"x\"", E::BadUntil("31.1.2027".into())),
        ("skytjek:ignore a-rule until= reason=\"x\"", E::BadUntil(String::new())),
        ("skytjek:ignore a-rule until=2027-01-31 until=2028-01-31 reason=\"x\"", E::Twice("until")),
        ("skytjek:ignore a-rule until=2027-01-31 reason=\"x\" reason=\"y\"", E::Twice("reason")),
        ("skytjek:ignore a-rule b-rule until=2027-01-31 reason=\"x\"", E::Unexpected("b-rule".into())),
        ("skytjek:ignore a-rule untill=2027-01-31 reason=\"x\"", E::Unexpected("untill=2027-01-31".into())),
        ("skytjek:ignore * until=2027-01-31 reason=\"x\"", E::BadRule("*".into())),
        ("skytjek:ignore a,b until=2027-01-31 reason=\"x\"", E::BadRule("a,b".into())),
        ("skytjek:ignore-all until=2027-01-31 reason=\"x\"", E::UnknownWord("skytjek:ignore-all".into())),
        ("skytjek: ignore a-rule", E::UnknownWord("skytjek:".into())),
    ];
    for (text, expected) in cases {
        assert_eq!(parse(text), Err(expected.clone()), "{text}");
        assert_eq!(statements(&format!("# {text}"))[0].says, Err(expected), "{text}");
    }
}

proptest! {
    #[test]
    fn any_reason_comes_back(reason in ".{0,40}[a-z].{0,40}") {
        let quoted = reason.replace('\\', "\\\\").replace('"', "\\\"");
        let parsed = parse(&format!("skytjek:ignore a until=2027-01-31 reason=\"{quoted}\"")).unwrap();
        prop_assert_eq!(parsed.reason, reason);
    }

    #[test]
    fn anything_gives_an_answer(text in any::<String>()) {
        for statement in statements(&text).into_iter().chain(statements(&format!("# skytjek:ignore {text}"))) {
            if let Ok(suppression) = statement.says {
                prop_assert!(!suppression.reason.trim().is_empty() && !suppression.rule.is_empty());
            }
        }
    }
}

#[test]
fn a_comment_covers_the_block_below_it_or_around_it() {
    // 1 comment, 2 comment, 3-9 a block with a comment in 4, another block in 6-8 with a comment line
    // above it in 5, 11 a comment above a blank line, 13-13 a block.
    let blocks = [3..=9, 6..=8, 13..=13];
    let comments = BTreeSet::from([1, 2, 4, 5, 11]);
    let cases = [
        (1, Some(0), "above, with another comment between"),
        (2, Some(0), "directly above"),
        (3, Some(0), "behind the first line"),
        (4, Some(1), "above the inner block"),
        (7, Some(1), "in the inner block"),
        (9, Some(0), "behind the last line"),
        (10, None, "between"),
        (11, None, "above a blank line"),
        (13, Some(2), "behind a block of one line"),
        (14, None, "below"),
    ];
    for (line, expected, name) in cases {
        assert_eq!(covered(line, &blocks, &comments), expected, "{name}");
    }
}
