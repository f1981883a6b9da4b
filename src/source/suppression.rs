//! Suppression comments in infrastructure code:
//! `# skytjek:ignore RULE until=2027-01-31 reason="who decided what, and why"`, in `#`, `//` and `/* */`
//! comments. Reason and end are mandatory: without them nothing is suppressed.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use time::Date;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use crate::finding::suppression::Suppression;

/// What every statement to this program begins with.
const PREFIX: &str = "skytjek:";
const IGNORE: &str = "skytjek:ignore";
const DAY: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");

/// Why a comment that begins like a suppression is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SuppressionError {
    /// Another word behind `skytjek:`.
    #[error("`{0}` is not known; a suppression begins with `skytjek:ignore`")]
    UnknownWord(String),
    /// No rule id.
    #[error("the rule's id is missing: skytjek:ignore RULE until=YYYY-MM-DD reason=\"…\"")]
    NoRule,
    /// Something that can't be the id of one rule.
    #[error("`{0}` is no rule id; one comment suppresses one rule")]
    BadRule(String),
    /// No `until=`.
    #[error("the last day is missing: until=YYYY-MM-DD")]
    NoUntil,
    /// A day that is not in the calendar, or in another form.
    #[error("`{0}` is no day; write until=YYYY-MM-DD")]
    BadUntil(String),
    /// No `reason=`, or nothing in it.
    #[error("the reason is missing: reason=\"why the finding is accepted\"")]
    NoReason,
    /// A reason without quotation marks around it.
    #[error("the reason has to stand in quotation marks: reason=\"…\"")]
    UnquotedReason,
    /// The same word twice.
    #[error("`{0}` stands there twice")]
    Twice(&'static str),
    /// Something else.
    #[error("`{0}` is not known; a suppression has a rule's id, until= and reason=")]
    Unexpected(String),
}

/// One suppression in a comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Its line in the comment, from 0.
    pub line: usize,
    /// What it says, or what is wrong with it.
    pub says: Result<Suppression, SuppressionError>,
}

/// The suppressions in the text of one comment, with or without its marks (`#`, `//`, `/* */`). Each
/// stands on a line of its own; comments that don't begin with `skytjek:` hold none.
pub fn statements(comment: &str) -> Vec<Statement> {
    let comment = comment.trim();
    let comment = comment.strip_suffix("*/").unwrap_or(comment);
    comment
        .lines()
        .enumerate()
        .filter_map(|(line, text)| {
            let text = text.trim_start().trim_start_matches(['#', '/', '*', '!']).trim();
            text.starts_with(PREFIX).then(|| Statement { line, says: parse(text) })
        })
        .collect()
}

/// One suppression, without comment marks around it.
///
/// # Errors
/// When a part is missing, wrong or unknown; the error says which.
pub fn parse(text: &str) -> Result<Suppression, SuppressionError> {
    let text = text.trim();
    let (word, mut rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    if word != IGNORE {
        return Err(SuppressionError::UnknownWord(shortened(word)));
    }
    let (mut rule, mut until, mut reason) = (None, None, None);
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            break;
        }
        if let Some(value) = rest.strip_prefix("reason=") {
            let (said, behind) = quoted(value)?;
            set(&mut reason, "reason", said)?;
            rest = behind;
            continue;
        }
        let (word, behind) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        rest = behind;
        if let Some(day) = word.strip_prefix("until=") {
            let day = Date::parse(day, DAY).map_err(|_| SuppressionError::BadUntil(shortened(day)))?;
            set(&mut until, "until", day)?;
        } else if rule.is_some() || word.contains('=') {
            return Err(SuppressionError::Unexpected(shortened(word)));
        } else if word.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-')) {
            rule = Some(word.to_owned());
        } else {
            return Err(SuppressionError::BadRule(shortened(word)));
        }
    }
    Ok(Suppression {
        rule: rule.ok_or(SuppressionError::NoRule)?,
        until: until.ok_or(SuppressionError::NoUntil)?,
        reason: reason
            .filter(|reason: &String| !reason.trim().is_empty())
            .ok_or(SuppressionError::NoReason)?,
    })
}

fn set<T>(place: &mut Option<T>, name: &'static str, value: T) -> Result<(), SuppressionError> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(SuppressionError::Twice(name)),
    }
}

/// A text in quotation marks, in which `\"` and `\\` stand for themselves, and what follows it.
fn quoted(text: &str) -> Result<(String, &str), SuppressionError> {
    let inner = text.strip_prefix('"').ok_or(SuppressionError::UnquotedReason)?;
    let mut said = String::new();
    let mut escaped = false;
    for (at, character) in inner.char_indices() {
        match character {
            '"' if !escaped => {
                let behind = inner.get(at + 1..).unwrap_or_default();
                let ends = behind.chars().next().is_none_or(char::is_whitespace);
                return if ends { Ok((said, behind)) } else { Err(SuppressionError::UnquotedReason) };
            }
            '\\' if !escaped => {
                escaped = true;
                continue;
            }
            '"' | '\\' => {}
            _ if escaped => said.push('\\'),
            _ => {}
        }
        said.push(character);
        escaped = false;
    }
    Err(SuppressionError::UnquotedReason)
}

/// What was written, for an error.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Which of the blocks of a file a comment covers: the one that begins directly below it, with nothing
/// but other comments between, else the innermost that it stands in. `blocks` are first and last lines;
/// `comments` are all lines of the file that hold only a comment.
pub fn covered(line: usize, blocks: &[RangeInclusive<usize>], comments: &BTreeSet<usize>) -> Option<usize> {
    if comments.contains(&line) {
        let mut below = line + 1;
        while comments.contains(&below) {
            below += 1;
        }
        if let Some(at) = blocks.iter().position(|block| *block.start() == below) {
            return Some(at);
        }
    }
    let around = blocks.iter().enumerate().filter(|(_, block)| block.contains(&line));
    around.min_by_key(|(_, block)| block.end() - block.start()).map(|(at, _)| at)
}

#[cfg(test)]
mod tests;
