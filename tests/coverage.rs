//! `docs/coverage.md` accounts for every check that the pack set out to cover.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stderr)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use skytjek::rule::pack::Pack;

fn read(path: &str) -> Option<String> {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).ok()
}

/// The rows of the page: check, state and explanation.
fn told() -> BTreeMap<String, (String, String)> {
    let page = read("docs/coverage.md").unwrap();
    let mut out = BTreeMap::new();
    for line in page.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        if let ["", check, _severity, state, reason, ""] = cells.as_slice()
            && ["rule", "merged", "waiting", "impossible", "retired"].contains(state)
        {
            let old = out.insert((*check).to_owned(), ((*state).to_owned(), (*reason).to_owned()));
            assert!(old.is_none(), "{check} stands there twice");
        }
    }
    assert!(out.len() > 400, "hardly a row in docs/coverage.md");
    out
}

#[test]
fn no_row_of_the_core_is_missing() {
    let Some(table) = read("../shared/coverage/controls.csv") else {
        eprintln!(
            "SKIPPED: ../shared/coverage/controls.csv is not there; docs/coverage.md was NOT compared with it"
        );
        return;
    };
    let told = told();
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let rows: Vec<BTreeMap<String, String>> = reader.deserialize().map(Result::unwrap).collect();
    let core: BTreeSet<&str> =
        rows.iter().filter(|row| row["core"] == "yes").map(|row| row["slug"].as_str()).collect();
    assert_eq!(core.len(), 497);
    let missing: Vec<&&str> = core.iter().filter(|slug| !told.contains_key(**slug)).collect();
    assert!(missing.is_empty(), "not in docs/coverage.md: {missing:?}");
}

#[test]
fn what_is_told_is_true() {
    let pack = Pack::shipped().unwrap();
    let rules: BTreeSet<&str> = pack.rules().iter().map(|rule| rule.id.as_str()).collect();
    let page = read("docs/coverage.md").unwrap();
    for (check, (state, reason)) in told() {
        match state.as_str() {
            "rule" => assert!(rules.contains(check.as_str()), "there is no rule {check}"),
            "merged" => {
                let target = reason.trim_start_matches('[').split(']').next().unwrap();
                assert!(rules.contains(target), "{check} is merged into {target}, which is no rule");
            }
            _ => {
                assert!(!rules.contains(check.as_str()), "{check} is {state}, and a rule");
                assert!(reason.len() > 20, "{check} is {state} without a reason");
            }
        }
    }
    for rule in rules {
        assert!(page.contains(&format!("(rules/{rule}.md)")), "docs/coverage.md does not name {rule}");
    }
}
