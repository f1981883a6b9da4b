//! Fixing code: the edits that findings carry are made, and the code is read and judged again before anything
//! is written. An edit stays only when its finding is gone and nothing else has become worse.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Options, ScanError, scan};
use crate::finding::report::{Edit, Location, Report};
use crate::finding::verdict::Verdict;
use crate::rule::pack::Pack;
use crate::source::code::file::{Place, offset_of};
use crate::source::code::read::Overlay;
use crate::source::opened::{Source, SourceError};

/// Most findings that are tried one by one when not all can be fixed together.
const MAX_TRIES: usize = 200;

/// What fixing came to.
#[derive(Debug)]
pub struct Fixed {
    /// The files that change, by their real paths.
    pub files: BTreeMap<PathBuf, Change>,
    /// How many findings are gone.
    pub fixed: usize,
    /// How many findings had an edit that did not hold, and was not made.
    pub refused: usize,
    /// The report after the edits.
    pub report: Report,
}

/// A file before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The file as reports show it.
    pub shown: String,
    /// Its text now.
    pub before: Arc<str>,
    /// Its text with the edits.
    pub after: String,
}

/// Scans code, and makes the edits that fix findings, in memory. `reopen` opens the same code with other texts.
///
/// # Errors
/// When the code can't be read again.
pub fn fix(
    source: &Source,
    reopen: &dyn Fn(Overlay) -> Result<Source, SourceError>,
    pack: &Pack,
    options: &Options,
) -> Result<Fixed, ScanError> {
    let before = scan(source, pack, options)?;
    let standing = Standing::of(&before);
    let targets: Targets<'_> = before
        .results
        .iter()
        .filter(|row| row.is_open_finding())
        .filter_map(|row| Some((row.fingerprint.as_str(), before.edits.get(&row.fingerprint)?.as_slice())))
        .collect();
    let judge = |overlay| scan(&reopen(overlay)?, pack, options);
    let trial = Trial { before: &before, standing: &standing, judge: &judge };
    let (kept, after) = match trial.all(&targets)? {
        Some(after) => (targets.clone(), Some(after)),
        None => trial.one_by_one(&targets)?,
    };
    let files = edited(&before, &kept).unwrap_or_default();
    let refused = targets.len() - kept.len();
    let report = after.unwrap_or(before);
    let fixed = standing.failing.difference(&Standing::of(&report).failing).count();
    Ok(Fixed { files, fixed, refused, report })
}

/// What must not grow.
#[derive(Debug)]
struct Standing {
    failing: BTreeSet<String>,
    unknown: BTreeSet<String>,
    unread: usize,
}

impl Standing {
    fn of(report: &Report) -> Self {
        let of = |verdict| {
            let rows = report.results.iter().filter(|row| row.verdict == verdict);
            rows.map(|row| row.fingerprint.clone()).collect()
        };
        Self {
            failing: of(Verdict::Fail),
            unknown: of(Verdict::Unknown),
            unread: report.coverage.iter().filter(|row| !row.state.is_whole()).count(),
        }
    }

    /// Whether `after` has what was aimed at gone, and nothing that was not there before.
    fn allows(&self, after: &Self, aimed: &[(&str, &[Edit])]) -> bool {
        aimed.iter().all(|(fingerprint, _)| !after.failing.contains(*fingerprint))
            && after.failing.is_subset(&self.failing)
            && after.unknown.is_subset(&self.unknown)
            && after.unread <= self.unread
    }
}

/// Findings to fix, with their edits.
type Targets<'a> = Vec<(&'a str, &'a [Edit])>;

struct Trial<'a> {
    before: &'a Report,
    standing: &'a Standing,
    judge: &'a dyn Fn(Overlay) -> Result<Report, ScanError>,
}

impl<'a> Trial<'a> {
    /// The report after all of `targets`, if there are any and they hold together.
    fn all(&self, targets: &[(&'a str, &'a [Edit])]) -> Result<Option<Report>, ScanError> {
        let Some(files) = edited(self.before, targets).filter(|files| !files.is_empty()) else {
            return Ok(None);
        };
        let overlay = files.into_iter().map(|(path, change)| (path, Arc::from(change.after)));
        let report = (self.judge)(Arc::new(overlay.collect()))?;
        Ok(self.standing.allows(&Standing::of(&report), targets).then_some(report))
    }

    /// Takes one target after the other as long as what was taken holds; and the report after them.
    fn one_by_one(
        &self,
        targets: &[(&'a str, &'a [Edit])],
    ) -> Result<(Targets<'a>, Option<Report>), ScanError> {
        let mut kept: Targets<'a> = Vec::new();
        let mut last = None;
        for target in targets.iter().take(MAX_TRIES) {
            kept.push(*target);
            match self.all(&kept)? {
                Some(report) => last = Some(report),
                None => {
                    kept.pop();
                }
            }
        }
        Ok((kept, last))
    }
}

/// The files with the edits made; none when edits contradict each other, or don't fit their files.
fn edited(report: &Report, targets: &[(&str, &[Edit])]) -> Option<BTreeMap<PathBuf, Change>> {
    let mut by_file: BTreeMap<&str, Vec<(usize, usize, &str)>> = BTreeMap::new();
    for edit in targets.iter().flat_map(|(_, edits)| edits.iter()) {
        let text = &report.sources.get(&edit.at.file)?.text;
        let (start, end) = range(text, &edit.at)?;
        by_file.entry(&edit.at.file).or_default().push((start, end, &edit.text));
    }
    let mut files = BTreeMap::new();
    for (shown, mut edits) in by_file {
        // From the end, so that places stay where they are; one literal can decide several findings.
        edits.sort_unstable();
        edits.dedup();
        if edits.windows(2).any(|pair| matches!(pair, [one, two] if one.1 > two.0)) {
            return None;
        }
        let before = Arc::clone(&report.sources.get(shown)?.text);
        let mut after = before.to_string();
        for (start, end, text) in edits.into_iter().rev() {
            after.replace_range(start..end, text);
        }
        let real = Path::new(if shown.is_empty() { "." } else { shown }).canonicalize().ok()?;
        files.insert(real, Change { shown: shown.to_owned(), before, after });
    }
    Some(files)
}

fn range(text: &str, at: &Location) -> Option<(usize, usize)> {
    let start = offset_of(text, Place { line: at.start_line, column: at.start_column })?;
    let end = offset_of(text, Place { line: at.end_line, column: at.end_column })?;
    (start <= end).then_some((start, end))
}
