//! What an earlier report knew already: only what is new fails a run.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::report::ResultRow;
use super::verdict::Verdict;

/// What a result is against an earlier report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum BaselineState {
    /// The earlier report doesn't have it.
    New,
    /// The earlier report has it with the same verdict.
    Unchanged,
    /// The earlier report has it with another verdict, or it was suppressed then and is not any more.
    Updated,
}

impl BaselineState {
    /// The word of JSON, and of SARIF's `baselineState`.
    pub fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Unchanged => "unchanged",
            Self::Updated => "updated",
        }
    }
}

/// What the report says of the baseline as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BaselineFacts {
    /// The files, as they were named.
    pub files: Vec<String>,
    /// Failing results in them that no comment had suppressed.
    pub findings: usize,
    /// Those of them that this scan does not have any more, ordered by rule and fingerprint: take a new
    /// baseline, or they will pass unnoticed when they return.
    pub unmatched: Vec<Unmatched>,
}

/// A finding of the baseline that this scan does not have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Unmatched {
    /// Rule id.
    pub rule: String,
    /// Id of the resource, where the file says it.
    pub resource: Option<String>,
    /// The finding's identity.
    pub fingerprint: String,
    /// Why this scan does not have it.
    pub why: WhyUnmatched,
}

/// Why a finding of the baseline is not in this scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhyUnmatched {
    /// Its rule ran and found nothing there: it is fixed, or its resource is gone or was not scanned.
    NotFound,
    /// Its rule did not run.
    RuleNotRun,
}

/// One result of an earlier report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Rule id.
    pub rule: String,
    /// Id of the resource, where the file says it.
    pub resource: Option<String>,
    /// What the rule said.
    pub verdict: Verdict,
    /// Whether it was suppressed. It is that only until its suppression ends, so the baseline does not
    /// accept it a second time.
    pub suppressed: bool,
}

impl Known {
    fn is_open_finding(&self) -> bool {
        self.verdict == Verdict::Fail && !self.suppressed
    }
}

/// The results of earlier reports, by fingerprint.
#[derive(Clone, Debug, Default)]
pub struct Baseline {
    files: Vec<String>,
    known: BTreeMap<String, Known>,
}

impl Baseline {
    /// Adds the results of one file. Of two with one fingerprint an open finding wins: the baseline is
    /// what people have agreed to live with.
    pub fn add(&mut self, file: String, results: impl IntoIterator<Item = (String, Known)>) {
        self.files.push(file);
        for (fingerprint, known) in results {
            match self.known.get(&fingerprint) {
                Some(before) if before.is_open_finding() || !known.is_open_finding() => {}
                _ => drop(self.known.insert(fingerprint, known)),
            }
        }
    }

    /// Whether the earlier report has a result of this identity, with whatever verdict.
    pub fn holds(&self, fingerprint: &str) -> bool {
        self.known.contains_key(fingerprint)
    }

    /// What a result is against the earlier report.
    pub fn state(&self, row: &ResultRow) -> BaselineState {
        match self.known.get(&row.fingerprint) {
            None => BaselineState::New,
            Some(before) if before.verdict != row.verdict => BaselineState::Updated,
            Some(before) if before.suppressed && row.suppression.is_none() => BaselineState::Updated,
            Some(_) => BaselineState::Unchanged,
        }
    }

    /// Marks every row, and says which findings of the baseline are not among them. A finding that can't be
    /// decided any more is not gone. Suppressions have to be applied before.
    pub fn apply(&self, rows: &mut [ResultRow], ran: &BTreeSet<&str>) -> BaselineFacts {
        let mut here = BTreeSet::new();
        for row in rows {
            row.baseline_state = Some(self.state(row));
            if matches!(row.verdict, Verdict::Fail | Verdict::Unknown) {
                here.insert(row.fingerprint.as_str());
            }
        }
        let findings = || self.known.iter().filter(|(_, known)| known.is_open_finding());
        let mut unmatched: Vec<Unmatched> = findings()
            .filter(|(fingerprint, _)| !here.contains(fingerprint.as_str()))
            .map(|(fingerprint, known)| Unmatched {
                rule: known.rule.clone(),
                resource: known.resource.clone(),
                fingerprint: fingerprint.clone(),
                why: if ran.contains(known.rule.as_str()) {
                    WhyUnmatched::NotFound
                } else {
                    WhyUnmatched::RuleNotRun
                },
            })
            .collect();
        unmatched.sort_by(|one, two| (&one.rule, &one.fingerprint).cmp(&(&two.rule, &two.fingerprint)));
        BaselineFacts { files: self.files.clone(), findings: findings().count(), unmatched }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::suppression::{SuppressionFacts, SuppressionKind};

    /// Rows of the sample: four findings, one unknown, one pass, one not applicable.
    fn rows() -> Vec<ResultRow> {
        crate::finding::sample_rows()
    }

    fn known(row: &ResultRow, verdict: Verdict, suppressed: bool) -> (String, Known) {
        let known = Known { rule: row.rule.clone(), resource: None, verdict, suppressed };
        (row.fingerprint.clone(), known)
    }

    fn accepted() -> SuppressionFacts {
        SuppressionFacts {
            kind: SuppressionKind::InSource,
            reason: "a test".into(),
            until: "2027-01-31".into(),
            file: "main.tf".into(),
            line: 1,
        }
    }

    #[test]
    fn only_what_failed_before_and_was_not_suppressed_is_accepted() {
        use BaselineState::{New, Unchanged, Updated};
        use Verdict::{Fail, Pass, Unknown};
        // What the earlier report said, whether a comment suppressed it then and now, what it is, and
        // whether it still fails the run.
        let cases = [
            (None, false, false, New, true),
            (Some(Fail), false, false, Unchanged, false),
            (Some(Pass), false, false, Updated, true),
            (Some(Unknown), false, false, Updated, true),
            (Some(Fail), true, false, Updated, true),
            (Some(Fail), true, true, Unchanged, false),
            (None, false, true, New, false),
        ];
        for (before, was_suppressed, is_suppressed, state, open) in cases {
            let mut rows = rows();
            let row = &mut rows[0];
            assert_eq!(row.verdict, Fail);
            row.suppression = is_suppressed.then(accepted);
            let mut baseline = Baseline::default();
            baseline.add("b".into(), before.map(|verdict| known(row, verdict, was_suppressed)));
            baseline.apply(&mut rows, &BTreeSet::new());
            let case = (before, was_suppressed, is_suppressed);
            assert_eq!(rows[0].baseline_state, Some(state), "{case:?}");
            assert_eq!(rows[0].is_open_finding(), open, "{case:?}");
        }
    }

    #[test]
    fn what_is_gone_is_told_from_what_is_not_known_and_from_rules_that_did_not_run() {
        let mut rows = rows();
        let at = |verdict| rows.iter().position(|row| row.verdict == verdict).unwrap();
        let (unknown, pass) = (at(Verdict::Unknown), at(Verdict::Pass));
        let mut baseline = Baseline::default();
        baseline.add(
            "one.sarif".into(),
            [known(&rows[0], Verdict::Fail, false), known(&rows[unknown], Verdict::Fail, false)],
        );
        let mut other = known(&rows[0], Verdict::Fail, false);
        other.0 = "f".repeat(64);
        other.1.rule = "never-run".into();
        let mut was_suppressed = other.clone();
        was_suppressed.0 = "e".repeat(64);
        was_suppressed.1.suppressed = true;
        baseline.add(
            "two.sarif".into(),
            [known(&rows[pass], Verdict::Fail, false), other.clone(), was_suppressed],
        );
        let ran: BTreeSet<String> = rows.iter().map(|row| row.rule.clone()).collect();
        let facts = baseline.apply(&mut rows, &ran.iter().map(String::as_str).collect());
        assert_eq!((facts.files.len(), facts.findings), (2, 4));
        let said: Vec<_> = facts.unmatched.iter().map(|gone| (gone.fingerprint.clone(), gone.why)).collect();
        assert_eq!(
            said,
            [
                ("f".repeat(64), WhyUnmatched::RuleNotRun),
                (rows[pass].fingerprint.clone(), WhyUnmatched::NotFound)
            ]
        );
    }

    #[test]
    fn of_two_files_the_one_that_accepts_wins() {
        let rows = rows();
        let open = known(&rows[0], Verdict::Fail, false);
        let others = [known(&rows[0], Verdict::Pass, false), known(&rows[0], Verdict::Fail, true)];
        for other in others {
            for pair in [[open.clone(), other.clone()], [other.clone(), open.clone()]] {
                let mut baseline = Baseline::default();
                for one in pair {
                    baseline.add("b".into(), [one]);
                }
                assert_eq!(baseline.state(&rows[0]), BaselineState::Unchanged);
            }
        }
    }
}
