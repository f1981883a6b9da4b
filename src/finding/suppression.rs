//! Findings that the author of the code has accepted, in a comment, with a reason and an end.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::Serialize;
use time::{Date, OffsetDateTime};

use super::report::ResultRow;
use super::verdict::Verdict;

/// What a suppression comment says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// Id of the one rule that it is about.
    pub rule: String,
    /// The last day on which it holds, in UTC.
    pub until: Date,
    /// Why the finding is accepted.
    pub reason: String,
}

/// What a comment covers: a block of code, and the resources that it declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// First and last line; a finding located in one of them is covered.
    pub lines: RangeInclusive<usize>,
    /// Ids of the resources that the block declares (several with `count` or `copy`). Their findings are
    /// covered wherever the deciding value stands, such as in a variable's default.
    pub resources: Vec<String>,
}

/// A suppression comment where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// The file, spelled as in `Location::file`.
    pub file: String,
    /// Its line, from 1.
    pub line: usize,
    /// The resource that it stands in, or directly above; `None` where there is none.
    pub covers: Option<Block>,
    /// What it says, or what is missing or wrong in it.
    pub says: Result<Suppression, String>,
}

/// The suppression of a result, as the report has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SuppressionFacts {
    /// Where it was said.
    pub kind: SuppressionKind,
    /// Why the finding is accepted.
    pub reason: String,
    /// The last day on which that holds, `YYYY-MM-DD`, in UTC.
    pub until: String,
    /// The file with the comment.
    pub file: String,
    /// The comment's line.
    pub line: usize,
}

/// Where a suppression was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum SuppressionKind {
    /// In a comment of the code.
    InSource,
}

/// A suppression comment that suppresses nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SuppressionNote {
    /// The file with the comment.
    pub file: String,
    /// The comment's line.
    pub line: usize,
    /// The rule that it is about, where it says that.
    pub rule: Option<String>,
    /// Why it suppresses nothing.
    pub state: SuppressionState,
    /// The same in a sentence.
    pub message: String,
}

/// Why a suppression comment suppresses nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SuppressionState {
    /// Something in it is missing or wrong.
    Invalid,
    /// Its last day is over.
    Expired,
    /// Its rule finds nothing in what it covers.
    Unused,
}

/// All suppression comments of a scan.
#[derive(Clone, Debug, Default)]
pub struct Suppressions {
    comments: Vec<Comment>,
}

impl Suppressions {
    /// Of comments in any order.
    pub fn new(mut comments: Vec<Comment>) -> Self {
        comments.sort_by(|one, two| (&one.file, one.line).cmp(&(&two.file, two.line)));
        Self { comments }
    }

    /// Marks the failing rows that a comment covers, and says which comments suppress nothing, and why.
    ///
    /// Only a failing row is suppressed: one that could not be decided stays unknown, so nothing is hidden
    /// that nobody has seen. An expired comment suppresses nothing from the day after its last on.
    pub fn apply(&self, rows: &mut [ResultRow], clock: OffsetDateTime) -> Vec<SuppressionNote> {
        let today = clock.to_offset(time::UtcOffset::UTC).date();
        let mut by_rule: BTreeMap<&str, Vec<(usize, &Comment, &Suppression)>> = BTreeMap::new();
        for (at, comment) in self.comments.iter().enumerate() {
            if let Ok(suppression) = &comment.says {
                by_rule.entry(&suppression.rule).or_default().push((at, comment, suppression));
            }
        }
        let mut used = vec![false; self.comments.len()];
        for row in rows.iter_mut().filter(|row| matches!(row.verdict, Verdict::Fail | Verdict::Unknown)) {
            for (at, comment, suppression) in by_rule.get(row.rule.as_str()).into_iter().flatten() {
                if !comment.covers(row) {
                    continue;
                }
                if let Some(used) = used.get_mut(*at) {
                    *used = true;
                }
                if row.verdict == Verdict::Fail && row.suppression.is_none() && suppression.until >= today {
                    row.suppression = Some(SuppressionFacts {
                        kind: SuppressionKind::InSource,
                        reason: suppression.reason.clone(),
                        until: suppression.until.to_string(),
                        file: comment.file.clone(),
                        line: comment.line,
                    });
                }
            }
        }
        self.comments.iter().zip(used).filter_map(|(comment, used)| comment.note(used, today)).collect()
    }
}

impl Comment {
    fn covers(&self, row: &ResultRow) -> bool {
        let Some(block) = &self.covers else {
            return false;
        };
        let here = row
            .location
            .as_ref()
            .is_some_and(|place| place.file == self.file && block.lines.contains(&place.start_line));
        here || block.resources.iter().any(|id| id.eq_ignore_ascii_case(&row.resource.id))
    }

    fn note(&self, used: bool, today: Date) -> Option<SuppressionNote> {
        let note = |rule: Option<&str>, state, message| {
            let (file, rule) = (self.file.clone(), rule.map(str::to_owned));
            Some(SuppressionNote { file, line: self.line, rule, state, message })
        };
        let suppression = match &self.says {
            Ok(suppression) => suppression,
            Err(problem) => return note(None, SuppressionState::Invalid, problem.clone()),
        };
        let rule = Some(suppression.rule.as_str());
        if suppression.until < today {
            let message = format!(
                "it ended on {}; fix the finding, or decide again and write a new date",
                suppression.until
            );
            return note(rule, SuppressionState::Expired, message);
        }
        if self.covers.is_none() {
            let message =
                "no resource stands around or directly below it; move it into the resource's block".into();
            return note(rule, SuppressionState::Unused, message);
        }
        if used {
            return None;
        }
        let message = format!("{} finds nothing in what it covers; take it out", suppression.rule);
        note(rule, SuppressionState::Unused, message)
    }
}

#[cfg(test)]
mod tests;
