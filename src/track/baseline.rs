//! `--baseline FILE`: the results of an earlier report, from SARIF or JSON, told apart by what is in it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::finding::baseline::{Baseline, Known};
use crate::finding::report::COVERAGE_RULE;
use crate::finding::verdict::Verdict;

/// The largest file that is read, in bytes; a report of a million findings is smaller.
const MAX_BYTES: u64 = 1 << 30;
/// Key of the whole fingerprint in SARIF.
const FINGERPRINT: &str = "skytjek/v1";

/// Why a baseline can't be used.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// The file can't be read.
    #[error("{path}: {source}", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// What is in it is no report of skytjek.
    #[error("{file}:{line}:{column}: {problem}")]
    Broken {
        /// The file as it was named.
        file: String,
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
        /// What is wrong, and what to do.
        problem: String,
    },
}

/// Reads the files of an earlier report: one JSON report, or a SARIF log with any number of runs, or all
/// files of a split one.
///
/// # Errors
/// When one of them can't be read or is no report of this program.
pub fn read(files: &[PathBuf]) -> Result<Baseline, BaselineError> {
    let mut baseline = Baseline::default();
    for path in files {
        let text = text(path).map_err(|source| BaselineError::Unreadable { path: path.clone(), source })?;
        let name = path.display().to_string();
        let results = results(&name, &text)?;
        baseline.add(name, results);
    }
    Ok(baseline)
}

fn text(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let read = File::open(path)?.take(MAX_BYTES + 1).read_to_string(&mut text)?;
    if read as u64 > MAX_BYTES {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than 1 GiB"));
    }
    Ok(text)
}

/// The results of one report by fingerprint; `file` names it in errors.
///
/// # Errors
/// When the text is no report of this program.
pub fn results(file: &str, text: &str) -> Result<Vec<(String, Known)>, BaselineError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let reader = Reader { file, text };
    let neither = || {
        reader.broken(
            1,
            1,
            "this is neither SARIF (it has no `runs`) nor a JSON report (no `results`); \
             write one with -o sarif=FILE or -o json=FILE",
        )
    };
    // serde would take a list for the fields of the object, in order.
    if text.trim_start().starts_with('[') {
        return Err(neither());
    }
    let whole: Whole<'_> = serde_json::from_str(text)
        .map_err(|error| reader.broken(error.line(), error.column(), &format!("{error}")))?;
    match (whole.runs, whole.results) {
        (Some(runs), _) => reader.sarif(&runs),
        (None, Some(results)) => reader.report(whole.version, whole.tool, &results),
        (None, None) => Err(neither()),
    }
}

/// The outermost object of either kind.
#[derive(Deserialize)]
struct Whole<'a> {
    #[serde(borrow)]
    runs: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    results: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    version: Option<&'a RawValue>,
    #[serde(borrow)]
    tool: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

#[derive(Deserialize)]
struct ReportRow {
    rule: String,
    verdict: Verdict,
    resource: ReportResource,
    fingerprint: String,
    #[serde(default)]
    suppression: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct ReportResource {
    id: String,
}

#[derive(Deserialize)]
struct Run<'a> {
    tool: Driven,
    #[serde(borrow, default)]
    results: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Driven {
    driver: Named,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult {
    rule_id: Option<String>,
    kind: Option<String>,
    baseline_state: Option<String>,
    #[serde(default)]
    fingerprints: BTreeMap<String, String>,
    #[serde(default)]
    partial_fingerprints: BTreeMap<String, String>,
    suppressions: Option<Vec<SarifSuppression>>,
    #[serde(default)]
    locations: Vec<SarifLocation>,
}

#[derive(Deserialize)]
struct SarifSuppression {
    status: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SarifLocation {
    #[serde(default)]
    logical_locations: Vec<LogicalLocation>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LogicalLocation {
    fully_qualified_name: Option<String>,
}

/// One file.
struct Reader<'a> {
    file: &'a str,
    text: &'a str,
}

impl Reader<'_> {
    fn report(
        &self,
        version: Option<&RawValue>,
        tool: Option<&RawValue>,
        results: &[&RawValue],
    ) -> Result<Vec<(String, Known)>, BaselineError> {
        let is_ours = tool
            .and_then(|tool| serde_json::from_str::<Named>(tool.get()).ok())
            .is_some_and(|tool| tool.name == "skytjek");
        if !is_ours {
            let problem = "this is no report of skytjek; write one with -o json=FILE";
            return Err(tool.map_or_else(|| self.broken(1, 1, problem), |tool| self.at(tool, problem)));
        }
        if let Some(version) = version.filter(|version| version.get() != "1") {
            let problem =
                format!("version {} of the report is not known here; this program reads 1", version.get());
            return Err(self.at(version, &problem));
        }
        results
            .iter()
            .map(|raw| {
                let row: ReportRow = self.typed(raw, "a result of a report")?;
                let fingerprint = self.fingerprint(raw, Some(row.fingerprint))?;
                let known = Known {
                    rule: row.rule,
                    resource: Some(row.resource.id),
                    verdict: row.verdict,
                    suppressed: row.suppression.is_some(),
                };
                Ok((fingerprint, known))
            })
            .collect()
    }

    fn sarif(&self, runs: &[&RawValue]) -> Result<Vec<(String, Known)>, BaselineError> {
        let mut found = Vec::new();
        let mut ours = 0;
        for raw in runs {
            let run: Run<'_> = self.typed(raw, "a run of SARIF")?;
            // A log that was merged from several tools is fine.
            if run.tool.driver.name != "skytjek" {
                continue;
            }
            ours += 1;
            for raw in run.results {
                found.extend(self.sarif_result(raw)?);
            }
        }
        if ours == 0 {
            return Err(self.broken(
                1,
                1,
                "no run in this SARIF file is of skytjek; write one with -o sarif=FILE",
            ));
        }
        Ok(found)
    }

    /// A result; `None` for one that the file itself calls gone.
    fn sarif_result(&self, raw: &RawValue) -> Result<Option<(String, Known)>, BaselineError> {
        let mut result: SarifResult = self.typed(raw, "a result of SARIF")?;
        if result.baseline_state.as_deref() == Some("absent") {
            return Ok(None);
        }
        let whole = result.partial_fingerprints.remove(FINGERPRINT);
        let fingerprint = self.fingerprint(raw, whole.or_else(|| result.fingerprints.remove(FINGERPRINT)))?;
        let rule = result.rule_id.ok_or_else(|| self.at(raw, "this result has no `ruleId`"))?;
        let verdict = match result.kind.as_deref() {
            // That something was not seen is no finding, though readers who know nothing else are told so.
            _ if rule == COVERAGE_RULE => Verdict::Unknown,
            // SARIF 2.1.0, 3.27.9: without a kind it is `fail`.
            None | Some("fail") => Verdict::Fail,
            Some("pass") => Verdict::Pass,
            Some("notApplicable") => Verdict::NotApplicable,
            Some(_) => Verdict::Unknown,
        };
        // Without a status a suppression is accepted (3.35.3).
        let is_accepted =
            |one: &SarifSuppression| one.status.as_deref().is_none_or(|word| word == "accepted");
        let suppressed = result.suppressions.iter().flatten().any(is_accepted);
        let mut names = result.locations.into_iter().flat_map(|location| location.logical_locations);
        let resource = names.find_map(|logical| logical.fully_qualified_name);
        Ok(Some((fingerprint, Known { rule, resource, verdict, suppressed })))
    }

    fn fingerprint(&self, raw: &RawValue, fingerprint: Option<String>) -> Result<String, BaselineError> {
        let problem = match fingerprint {
            Some(text) if is_fingerprint(&text) => return Ok(text),
            Some(text) => format!("`{}` is no fingerprint (64 hexadecimal digits)", text.escape_debug()),
            None => format!("this result has no fingerprint `{FINGERPRINT}`; write the report anew"),
        };
        Err(self.at(raw, &problem))
    }

    fn typed<'t, T: Deserialize<'t>>(&self, raw: &'t RawValue, what: &str) -> Result<T, BaselineError> {
        serde_json::from_str(raw.get()).map_err(|error| {
            let (line, column) = self.place(raw);
            let before = if error.line() <= 1 { column - 1 } else { 0 };
            let problem = format!("this is not {what}: {error}");
            self.broken(line + error.line().saturating_sub(1), before + error.column(), &problem)
        })
    }

    /// An error at the beginning of a value.
    fn at(&self, raw: &RawValue, problem: &str) -> BaselineError {
        let (line, column) = self.place(raw);
        self.broken(line, column, problem)
    }

    /// Line and column where a value of the text begins.
    fn place(&self, raw: &RawValue) -> (usize, usize) {
        // Both borrow from one text, so their distance is the offset.
        let offset = (raw.get().as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        let before = self.text.get(..offset).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        (before.matches('\n').count() + 1, line.chars().count() + 1)
    }

    fn broken(&self, line: usize, column: usize, problem: &str) -> BaselineError {
        // serde_json says the place itself, counted from where it began to read.
        let problem = problem.rsplit_once(" at line ").map_or(problem, |(said, _)| said).to_owned();
        BaselineError::Broken {
            file: self.file.to_owned(),
            line: line.max(1),
            column: column.max(1),
            problem,
        }
    }
}

fn is_fingerprint(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests;
