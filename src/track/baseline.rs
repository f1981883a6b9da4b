//! `--baseline FILE`: the results of an earlier report, from SARIF or JSON, told apart by what is in it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::finding::baseline::{Baseline, Known};
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
        let fingerprint = result
            .partial_fingerprints
            .remove(FINGERPRINT)
            .or_else(|| result.fingerprints.remove(FINGERPRINT));
        let known =
            Known {
                rule: result.rule_id.ok_or_else(|| self.at(raw, "this result has no `ruleId`"))?,
                resource: result
                    .locations
                    .into_iter()
                    .flat_map(|location| location.logical_locations)
                    .find_map(|logical| logical.fully_qualified_name),
                // SARIF 2.1.0, 3.27.9: without a kind it is `fail`.
                verdict: match result.kind.as_deref() {
                    None | Some("fail") => Verdict::Fail,
                    Some("pass") => Verdict::Pass,
                    Some("notApplicable") => Verdict::NotApplicable,
                    Some(_) => Verdict::Unknown,
                },
                // Without a status a suppression is accepted (3.35.3).
                suppressed: result.suppressions.iter().flatten().any(|suppression| {
                    suppression.status.as_deref().is_none_or(|status| status == "accepted")
                }),
            };
        Ok(Some((self.fingerprint(raw, fingerprint)?, known)))
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
mod tests {
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
        let open = Known {
            rule: "r".into(),
            resource: Some("/x".into()),
            verdict: Verdict::Fail,
            suppressed: false,
        };
        assert_eq!(one(&report("")), open);
        assert_eq!(one(&report(", \"suppression\": null")), open);
        assert!(one(&report(", \"suppression\": {\"kind\": \"inSource\"}")).suppressed);
    }

    #[test]
    fn mistakes_are_named_with_their_place() {
        let version = r#"{"version": 2, "tool": {"name": "skytjek"}, "results": []}"#;
        let cases = [
            ("".to_owned(), "old.json:1:1: EOF while parsing a value"),
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
}
