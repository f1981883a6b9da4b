use proptest::prelude::*;

use super::*;

const PRINT: &str = "857a69e352483c1fc292724d33a982570eca4e41da407b91150ddca8b26f6cfc";

fn said(text: &str) -> String {
    results("old.json", text).unwrap_err().to_string()
}

fn one(text: &str) -> Known {
    let mut all = results("old.json", text).unwrap();
    assert_eq!(all.len(), 1);
    let (fingerprint, known) = all.remove(0);
    assert_eq!(fingerprint, PRINT);
    known
}

fn sarif(result: &str) -> String {
    format!(
        "{{\"version\": \"2.1.0\", \"runs\": [\n {{\"tool\": {{\"driver\": {{\"name\": \"skytjek\"}}}},\n  \"results\": [\n    {result}]}}]}}"
    )
}

#[test]
fn a_result_of_sarif() {
    let open = Known { rule: "r".into(), resource: None, verdict: Verdict::Fail, suppressed: false };
    let print = format!(r#""partialFingerprints": {{"skytjek/v1": "{PRINT}"}}"#);
    let in_full = format!(r#""fingerprints": {{"skytjek/v1": "{PRINT}"}}"#);
    let cases = [
        (format!(r#"{{"ruleId": "r", {print}}}"#), open.clone()),
        (format!(r#"{{"ruleId": "r", "kind": "fail", {in_full}}}"#), open.clone()),
        (
            format!(r#"{{"ruleId": "r", "kind": "open", {print}}}"#),
            Known { verdict: Verdict::Unknown, ..open.clone() },
        ),
        (
            format!(r#"{{"ruleId": "r", "kind": "pass", {print}}}"#),
            Known { verdict: Verdict::Pass, ..open.clone() },
        ),
        (format!(r#"{{"ruleId": "r", "suppressions": [], {print}}}"#), open.clone()),
        (
            format!(
                r#"{{"ruleId": "r", "suppressions": [{{"kind": "inSource", "status": "rejected"}}], {print}}}"#
            ),
            open.clone(),
        ),
        (
            format!(r#"{{"ruleId": "r", "suppressions": [{{"kind": "external"}}], {print}}}"#),
            Known { suppressed: true, ..open.clone() },
        ),
        (
            format!(
                r#"{{"ruleId": "r", {print}, "locations": [{{"logicalLocations": [{{"fullyQualifiedName": "/x"}}]}}]}}"#
            ),
            Known { resource: Some("/x".into()), ..open },
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(one(&sarif(&text)), expected, "{text}");
    }
    let coverage = format!(r#"{{"ruleId": "coverage-incomplete", "kind": "fail", {print}}}"#);
    assert_eq!(one(&sarif(&coverage)).verdict, Verdict::Unknown);
    let gone = format!(r#"{{"ruleId": "r", "baselineState": "absent", {print}}}"#);
    assert_eq!(results("old.json", &sarif(&gone)).unwrap(), []);
}

#[test]
fn runs_of_other_tools_are_passed_over() {
    let ours = format!(
        r#"{{"tool": {{"driver": {{"name": "skytjek"}}}}, "results": [{{"ruleId": "r", "partialFingerprints": {{"skytjek/v1": "{PRINT}"}}}}]}}"#
    );
    let other = r#"{"tool": {"driver": {"name": "other"}}, "results": [{"ruleId": "x"}]}"#;
    let nothing_found = r#"{"tool": {"driver": {"name": "skytjek"}}}"#;
    one(&format!(r#"{{"runs": [{other}, {ours}, {nothing_found}]}}"#));
    insta::assert_snapshot!(said(&format!(r#"{{"runs": [{other}]}}"#)), @"old.json:1:1: no run in this SARIF file is of skytjek; write one with -o sarif=FILE");
}

#[test]
fn a_row_of_a_report() {
    let report = |more: &str| {
        format!(
            "\u{feff}{{\"version\": 1, \"tool\": {{\"name\": \"skytjek\", \"version\": \"9\"}}, \"results\": [{{\"rule\": \"r\", \"verdict\": \"fail\", \"resource\": {{\"id\": \"/x\"}}, \"fingerprint\": \"{PRINT}\"{more}}}]}}"
        )
    };
    let open =
        Known { rule: "r".into(), resource: Some("/x".into()), verdict: Verdict::Fail, suppressed: false };
    assert_eq!(one(&report("")), open);
    assert_eq!(one(&report(", \"suppression\": null")), open);
    assert!(one(&report(", \"suppression\": {\"kind\": \"inSource\"}")).suppressed);
}

#[test]
fn mistakes_are_named_with_their_place() {
    let version = r#"{"version": 2, "tool": {"name": "skytjek"}, "results": []}"#;
    let cases = [
        (String::new(), "old.json:1:1: EOF while parsing a value"),
        ("{\"runs\": [\n  }".to_owned(), "old.json:2:3: expected value"),
        (
            "[1, 2, 3, 4]".to_owned(),
            "old.json:1:1: this is neither SARIF (it has no `runs`) nor a JSON report (no `results`); write one with -o sarif=FILE or -o json=FILE",
        ),
        (
            "{}".to_owned(),
            "old.json:1:1: this is neither SARIF (it has no `runs`) nor a JSON report (no `results`); write one with -o sarif=FILE or -o json=FILE",
        ),
        (
            r#"{"tool": {"name": "tfsec"}, "results": []}"#.to_owned(),
            "old.json:1:10: this is no report of skytjek; write one with -o json=FILE",
        ),
        (
            version.to_owned(),
            "old.json:1:13: version 2 of the report is not known here; this program reads 1",
        ),
        (
            sarif(r#"{"ruleId": "r"}"#),
            "old.json:4:5: this result has no fingerprint `skytjek/v1`; write the report anew",
        ),
        (
            sarif(r#"{"ruleId": "r", "partialFingerprints": {"skytjek/v1": "ABC"}}"#),
            "old.json:4:5: `ABC` is no fingerprint (64 hexadecimal digits)",
        ),
        (
            sarif("{\"ruleId\":\n 3}"),
            "old.json:5:2: this is not a result of SARIF: invalid type: integer `3`, expected a string",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(said(&text), expected, "{text}");
    }
}

proptest! {
    /// Whatever is in the file: an answer, never a panic.
    #[test]
    fn anything_gives_an_answer(text in ".{0,80}", at in 0..400usize, cut in 0..400usize) {
        let _ = results("old.json", &text);
        let mut whole = sarif(&format!(r#"{{"ruleId": "r", "partialFingerprints": {{"skytjek/v1": "{PRINT}"}}}}"#));
        if whole.is_char_boundary(at.min(whole.len())) {
            whole.insert_str(at.min(whole.len()), &text);
        }
        whole.truncate(whole.floor_char_boundary(cut.max(at)));
        let _ = results("old.json", &whole);
    }
}

#[test]
fn deep_nesting_is_no_stack_overflow() {
    let deep = format!("{{\"runs\": {}", "[".repeat(200_000));
    assert!(results("old.json", &deep).is_err());
    let deep = sarif(&format!("{{\"ruleId\": {}1{}}}", "[".repeat(200_000), "]".repeat(200_000)));
    assert!(results("old.json", &deep).is_err());
}
