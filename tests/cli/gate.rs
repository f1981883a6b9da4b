//! `scan` as a gate: what an earlier report holds doesn't fail a run again, and nothing else is let
//! through with it.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{run, skytjek};

/// A folder with recordings of storage accounts, in which names that end in `-old` accept old TLS.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    fn accounts(&self, file: &str, names: &[&str]) -> String {
        let body = |name: &&str| {
            let tls = if name.ends_with("-old") { "TLS1_0" } else { "TLS1_2" };
            format!(
                r#"{{"id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/{name}",
                    "properties": {{"minimumTlsVersion": "{tls}", "supportsHttpsTrafficOnly": true}}}}"#
            )
        };
        let bodies: Vec<String> = names.iter().map(body).collect();
        fs::write(self.path(file), format!("[{}]", bodies.join(","))).unwrap();
        self.path(file)
    }

    /// Scans and gives exit code, the JSON report and what was said on standard error.
    fn scan(&self, source: &str, more: &[&str]) -> (i32, Value, String) {
        let report = self.path("report.json");
        let _ = fs::remove_file(&report);
        let to = format!("json={report}");
        let mut arguments = vec!["scan", source, "--rule", "storage-min-tls-12", "-o", &to];
        arguments.extend(more);
        let (code, out, err) = run(&mut skytjek(&arguments));
        assert_eq!(out, "");
        let text = fs::read_to_string(Path::new(&report)).unwrap_or("null".into());
        (code, serde_json::from_str(&text).unwrap(), err)
    }
}

fn states(report: &Value) -> Vec<String> {
    report["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let name = row["resource"]["name"].as_str().unwrap();
            format!("{name} {}", row["baseline_state"].as_str().unwrap_or("-"))
        })
        .collect()
}

#[test]
fn only_what_is_new_fails() {
    let folder = Folder::new();
    let before = folder.accounts("before.json", &["a-old", "b-old"]);
    let (json, sarif, audit) =
        (folder.path("old.json"), folder.path("old.sarif"), folder.path("audit.sarif"));
    let (code, report, _) = folder.scan(&before, &["-o", &format!("sarif={sarif}")]);
    assert_eq!(code, 1);
    assert_eq!(states(&report), ["a-old -", "b-old -"]);
    assert!(report.get("baseline").is_none() && report["summary"].get("unchanged").is_none());
    fs::copy(folder.path("report.json"), &json).unwrap();
    let to_audit = format!("sarif={audit}");
    folder.scan(&before, &["--sarif-profile", "audit", "-o", &to_audit]);

    let more = folder.accounts("more.json", &["a-old", "b-old", "c-old", "d"]);
    for baseline in [&json, &sarif, &audit] {
        let (code, report, err) = folder.scan(&before, &["--baseline", baseline]);
        assert_eq!((code, err.as_str()), (0, ""), "{baseline}");
        assert_eq!(states(&report), ["a-old unchanged", "b-old unchanged"]);
        assert_eq!(report["summary"]["unchanged"], 2);
        assert_eq!(report["summary"]["verdicts"]["fail"], 2, "the summary counts all");

        let (code, report, _) = folder.scan(&more, &["--baseline", baseline]);
        assert_eq!(code, 1);
        assert_eq!(states(&report), ["a-old unchanged", "b-old unchanged", "c-old new"]);
        // The baseline is no weaker gate: `--fail-on` still decides for what is new.
        assert_eq!(folder.scan(&more, &["--baseline", baseline, "--fail-on", "critical"]).0, 0);
    }
}

#[test]
fn what_is_gone_is_said() {
    let folder = Folder::new();
    let before = folder.accounts("before.json", &["a-old", "b-old"]);
    folder.scan(&before, &[]);
    let old = folder.path("old.json");
    fs::copy(folder.path("report.json"), &old).unwrap();
    let after = folder.accounts("after.json", &["a-old", "b"]);
    let (code, report, err) = folder.scan(&after, &["--baseline", &old]);
    assert_eq!(code, 0);
    assert_eq!(report["baseline"]["findings"], 2);
    let unmatched = report["baseline"]["unmatched"].as_array().unwrap();
    assert_eq!(unmatched.len(), 1);
    assert!(unmatched[0]["resource"].as_str().unwrap().ends_with("storageAccounts/b-old"));
    assert_eq!(unmatched[0]["why"], "not_found");
    assert_eq!(
        err,
        "of 2 findings in the baseline 1 were not found any more; take a new one, or they will not count when they return\n"
    );
    let schema: Value =
        serde_json::from_str(&fs::read_to_string("docs/report.schema.json").unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(&report).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
}

#[test]
fn a_split_baseline_is_one() {
    let folder = Folder::new();
    let both = folder.accounts("both.json", &["a-old", "b-old"]);
    let mut files = Vec::new();
    for name in ["a-old", "b-old"] {
        let one = folder.accounts("one.json", &[name]);
        let sarif = folder.path(&format!("{name}.sarif"));
        folder.scan(&one, &["-o", &format!("sarif={sarif}")]);
        files.push(sarif);
    }
    assert_eq!(folder.scan(&both, &["--baseline", &files[0]]).0, 1);
    assert_eq!(folder.scan(&both, &["--baseline", &files[0], "--baseline", &files[1]]).0, 0);

    let runs = |file: &String| -> Value {
        let sarif: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        sarif["runs"][0].clone()
    };
    let merged = folder.path("merged.sarif");
    let text =
        serde_json::json!({"version": "2.1.0", "runs": [runs(&files[0]), runs(&files[1])]}).to_string();
    fs::write(&merged, text).unwrap();
    assert_eq!(folder.scan(&both, &["--baseline", &merged]).0, 0);
}

#[test]
fn a_baseline_makes_nothing_seen_that_was_not() {
    let folder = Folder::new();
    let app = folder.path("app.json");
    let body = r#"[{"id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/app", "properties": {"state": "Running"}}]"#;
    fs::write(&app, body).unwrap();
    let sarif = folder.path("old.sarif");
    let scan = |more: &[&str]| {
        let mut arguments = vec!["scan", &app, "--rule", "app-min-tls-12"];
        arguments.extend(more);
        run(&mut skytjek(&arguments))
    };
    assert_eq!(scan(&["-o", &format!("sarif={sarif}")]).0, 3);
    let (code, out, err) = scan(&["--baseline", &sarif, "-o", "json"]);
    assert_eq!(code, 3, "{out}");
    let report: Value = serde_json::from_str(&out).unwrap();
    // The result about coverage in the old file is no finding that could be gone.
    assert_eq!(report["baseline"]["findings"], 0);
    assert_eq!((&report["baseline"]["unmatched"], err.as_str()), (&serde_json::json!([]), ""));
}

#[test]
fn a_broken_baseline_stops_the_run_before_it_reads_anything() {
    let folder = Folder::new();
    let good = folder.accounts("good.json", &["a"]);
    let broken = folder.path("broken.sarif");
    fs::write(&broken, "{\"version\": \"2.1.0\",\n \"runs\": [{]}").unwrap();
    let (code, report, err) = folder.scan(&good, &["--baseline", &broken]);
    assert_eq!((code, report), (2, Value::Null));
    assert!(err.contains("broken.sarif:2:12: "), "{err}");
    let (code, _, err) = folder.scan(&good, &["--baseline", &folder.path("none.sarif")]);
    assert_eq!(code, 2);
    assert!(err.contains("none.sarif: "), "{err}");
    // What is scanned is no report.
    assert_eq!(folder.scan(&good, &["--baseline", &good]).0, 2);
}

#[test]
fn test_views_and_comments_say_what_the_report_says() {
    let folder = Folder::new();
    let source = folder.accounts("all.json", &["a-old", "b-old", "c"]);
    let (junit, markdown) = (folder.path("a.xml"), folder.path("a.md"));
    let (code, _, err) = folder.scan(
        &source,
        &["--verdicts", "all", "-o", &format!("junit={junit}"), "-o", &format!("markdown={markdown}")],
    );
    assert_eq!(code, 1, "{err}");
    let junit = fs::read_to_string(junit).unwrap();
    assert!(junit.contains("tests=\"3\" failures=\"2\" errors=\"0\" skipped=\"0\""), "{junit}");
    let markdown = fs::read_to_string(markdown).unwrap();
    assert!(markdown.starts_with("## skytjek: 2 findings ("), "{markdown}");
    assert!(
        markdown.contains("`az storage") || markdown.contains("\naz storage account update"),
        "{markdown}"
    );
}

#[test]
fn the_fix_is_data_too() {
    let folder = Folder::new();
    let source = folder.accounts("one.json", &["a-old"]);
    let (_, report, _) = folder.scan(&source, &[]);
    assert_eq!(
        report["results"][0]["fix"]["set"],
        serde_json::json!({"properties.minimumTlsVersion": "TLS1_2"})
    );
}

/// A template with one storage account of that minimum of TLS.
fn template(tls: &str) -> String {
    format!(
        r#"{{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  "contentVersion": "1.0.0.0", "resources": [
  {{"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "name": "a", "location": "x",
    "properties": {{"minimumTlsVersion": "{tls}"}}}}]}}
"#
    )
}

#[test]
fn only_what_changed_since_a_revision_is_judged() {
    let folder = Folder::new();
    let work = folder.path("work");
    fs::create_dir(&work).unwrap();
    let write = |name: &str, tls: &str| fs::write(Path::new(&work).join(name), template(tls)).unwrap();
    let git = |arguments: &[&str]| {
        let identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-C", &work];
        let status = std::process::Command::new("git").args(identity).args(arguments).status().unwrap();
        assert!(status.success(), "{arguments:?}");
    };
    write("old.json", "TLS1_0");
    write("edited.json", "TLS1_2");
    git(&["init", "-q"]);
    git(&["add", "."]);
    git(&["commit", "-qm", "one"]);
    write("edited.json", "TLS1_1");
    let files = |more: &[&str]| -> Vec<String> {
        let (_, report, _) = folder.scan(&work, more);
        let name = |row: &Value| {
            let file = row["location"]["file"].as_str().unwrap();
            file.rsplit('/').next().unwrap().to_owned()
        };
        report["results"].as_array().unwrap().iter().map(name).collect()
    };
    assert_eq!(files(&[]), ["edited.json", "old.json"]);
    assert_eq!(files(&["--diff", "HEAD"]), ["edited.json"]);
    let (code, _, said) = folder.scan(&work, &["--diff", "nowhere"]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("`nowhere`"), "{said}");
}

#[test]
fn a_fix_is_shown_and_then_made() {
    let folder = Folder::new();
    let path = folder.path("main.json");
    fs::write(&path, template("TLS1_0")).unwrap();
    let run_fix = |more: &[&str]| {
        let mut arguments = vec!["scan", &path, "--rule", "storage-min-tls-12", "--fix"];
        arguments.extend(more);
        run(&mut skytjek(&arguments))
    };
    let (code, shown, said) = run_fix(&["--dry-run"]);
    assert_eq!(code, 0);
    assert!(shown.contains("-    \"properties\": {\"minimumTlsVersion\": \"TLS1_0\"}"), "{shown}");
    assert!(shown.contains("+    \"properties\": {\"minimumTlsVersion\": \"TLS1_2\"}"), "{shown}");
    assert!(said.contains("1 finding would be fixed in 1 file"), "{said}");
    assert_eq!(fs::read_to_string(&path).unwrap(), template("TLS1_0"));
    let (code, _, said) = run_fix(&["-o", "json=/dev/null"]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(fs::read_to_string(&path).unwrap(), template("TLS1_2"));
    let (code, _, said) = run_fix(&["-o", "json=/dev/null"]);
    assert_eq!((code, said.contains("0 findings fixed in 0 files")), (0, true), "{said}");
    let export = folder.accounts("export.json", &["b-old"]);
    let (code, _, said) = run(&mut skytjek(&["scan", &export, "--fix"]));
    assert_eq!(code, 2, "{said}");
}
