//! What a scan says of a framework's controls. A control is only as good as what proved it: it passes when a
//! rule that proves all of it was decided everywhere; what no rule assessed is said to be so.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::report::VerdictCounts;
use crate::rule::model::{ControlCoverage, Rule};

/// The controls of one framework.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FrameworkRow {
    /// The framework (`cis-azure-6.0.0`).
    pub framework: String,
    /// Its controls, as far as their ids are known, in their order.
    pub controls: Vec<ControlRow>,
}

/// One control.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ControlRow {
    /// Its id in the framework.
    pub id: String,
    /// What the scan says of it.
    pub status: ControlStatus,
    /// The verdicts of its rules, added up.
    pub verdicts: VerdictCounts,
    /// The rules that ran and serve it, by id.
    pub rules: Vec<RuleRow>,
}

/// What one rule says of a control.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RuleRow {
    /// Its id.
    pub id: String,
    /// What it says of the part that it proves.
    pub status: ControlStatus,
    /// How much of the control it proves: `full`, `partial` or `indirect`.
    pub coverage: String,
}

/// What a scan says of a control, from bad to good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ControlStatus {
    /// A rule that serves it failed.
    Fail,
    /// None failed, but something could not be decided or was not read.
    Unknown,
    /// No rule that ran serves it.
    NotAssessed,
    /// Nothing failed, but the rules that were decided prove only a part of it.
    Partial,
    /// There is nothing that it could apply to.
    NotApplicable,
    /// A rule that proves all of it passed, and no rule failed.
    Pass,
}

impl ControlStatus {
    /// All, from bad to good.
    pub const ALL: [Self; 6] =
        [Self::Fail, Self::Unknown, Self::NotAssessed, Self::Partial, Self::NotApplicable, Self::Pass];

    /// The words for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Unknown => "unknown",
            Self::NotAssessed => "not assessed",
            Self::Partial => "partly assessed",
            Self::NotApplicable => "not applicable",
            Self::Pass => "pass",
        }
    }
}

/// How one rule came out in a scan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Its verdicts.
    pub verdicts: VerdictCounts,
    /// Whether all resources that it looks at were read.
    pub saw_all: bool,
}

impl Standing {
    fn status(self) -> ControlStatus {
        let VerdictCounts { fail, pass, unknown, .. } = self.verdicts;
        match () {
            () if fail > 0 => ControlStatus::Fail,
            () if unknown > 0 || !self.saw_all => ControlStatus::Unknown,
            () if pass > 0 => ControlStatus::Pass,
            () => ControlStatus::NotApplicable,
        }
    }
}

/// The controls of `framework`: those in `known`, and those that rules name besides. `rules` are the rules that
/// ran, each with how it came out.
pub fn framework(framework: &str, known: &[&str], rules: &[(&Rule, Standing)]) -> FrameworkRow {
    let mut served: BTreeMap<&str, Vec<(&str, ControlCoverage, Standing)>> = BTreeMap::new();
    for (rule, standing) in rules {
        for control in rule.controls.iter().filter(|control| control.framework == framework) {
            served.entry(&control.id).or_default().push((&rule.id, control.coverage, *standing));
        }
    }
    let mut controls: Vec<ControlRow> =
        known.iter().map(|id| control(id, &served.remove(id).unwrap_or_default())).collect();
    controls.extend(served.iter().map(|(id, rules)| control(id, rules)));
    FrameworkRow { framework: framework.to_owned(), controls }
}

fn control(id: &str, rules: &[(&str, ControlCoverage, Standing)]) -> ControlRow {
    let mut verdicts = VerdictCounts::default();
    for (_, _, standing) in rules {
        verdicts.fail += standing.verdicts.fail;
        verdicts.pass += standing.verdicts.pass;
        verdicts.unknown += standing.verdicts.unknown;
        verdicts.not_applicable += standing.verdicts.not_applicable;
    }
    let statuses = || rules.iter().map(|(_, coverage, standing)| (*coverage, standing.status()));
    let any = |wanted| statuses().any(|(_, status)| status == wanted);
    let proven = |wanted| statuses().any(|of| of == (ControlCoverage::Full, wanted));
    let status = match () {
        () if rules.is_empty() => ControlStatus::NotAssessed,
        () if any(ControlStatus::Fail) => ControlStatus::Fail,
        () if any(ControlStatus::Unknown) => ControlStatus::Unknown,
        () if proven(ControlStatus::Pass) => ControlStatus::Pass,
        () if any(ControlStatus::Pass) => ControlStatus::Partial,
        () => ControlStatus::NotApplicable,
    };
    ControlRow {
        id: id.to_owned(),
        status,
        verdicts,
        rules: rules
            .iter()
            .map(|(id, coverage, standing)| RuleRow {
                id: (*id).to_owned(),
                status: standing.status(),
                coverage: coverage.word().to_owned(),
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ControlCoverage::{Full, Indirect, Partial};

    fn standing(fail: usize, unknown: usize, pass: usize, saw_all: bool) -> Standing {
        Standing { verdicts: VerdictCounts { fail, pass, unknown, not_applicable: 1 }, saw_all }
    }

    #[test]
    fn a_control_is_green_only_when_something_proved_all_of_it() {
        let passed = standing(0, 0, 2, true);
        let nothing = standing(0, 0, 0, true);
        let cases: &[(&[(ControlCoverage, Standing)], ControlStatus)] = &[
            (&[], ControlStatus::NotAssessed),
            (&[(Full, passed)], ControlStatus::Pass),
            (&[(Partial, passed), (Indirect, passed)], ControlStatus::Partial),
            (&[(Partial, passed), (Full, nothing)], ControlStatus::Partial),
            (&[(Full, passed), (Indirect, nothing)], ControlStatus::Pass),
            (&[(Full, nothing)], ControlStatus::NotApplicable),
            (&[(Full, passed), (Partial, standing(1, 5, 0, true))], ControlStatus::Fail),
            (&[(Full, passed), (Partial, standing(0, 1, 9, true))], ControlStatus::Unknown),
            // Everything that was seen passed, but not everything was seen.
            (&[(Full, standing(0, 0, 3, false))], ControlStatus::Unknown),
            (&[(Full, standing(0, 0, 0, false))], ControlStatus::Unknown),
        ];
        for (rules, expected) in cases {
            let rules: Vec<_> =
                rules.iter().map(|(coverage, standing)| ("r", *coverage, *standing)).collect();
            assert_eq!(control("1.1", &rules).status, *expected, "{rules:?}");
        }
    }

    #[test]
    fn verdicts_add_up_and_controls_that_nobody_serves_are_named() {
        let two = [("a", Full, standing(1, 0, 2, true)), ("b", Partial, standing(0, 3, 4, true))];
        let row = control("1.1", &two);
        assert_eq!(row.verdicts, VerdictCounts { fail: 1, pass: 6, unknown: 3, not_applicable: 2 });
        let said: Vec<_> = row.rules.iter().map(|rule| (rule.id.as_str(), rule.status)).collect();
        assert_eq!(said, [("a", ControlStatus::Fail), ("b", ControlStatus::Unknown)]);
        let row = framework("f", &["1", "2"], &[]);
        assert!(row.controls.iter().all(|control| control.status == ControlStatus::NotAssessed));
        assert_eq!(row.controls.len(), 2);
    }
}
