//! The whole program against a loopback Azure that behaves like the real one.

use std::collections::BTreeSet;

use std::time::Duration;

use serde_json::Value;

use super::azure::{Fault, Settings, TestAzure};
use super::{run, skytjek};

const TENANT: &str = "fixtures/municipality";

/// `scan` with more arguments against a server.
fn scan(azure: &TestAzure, more: &[&str]) -> assert_cmd::Command {
    let mut command = skytjek(&["scan"]);
    command.args(azure.args()).envs(azure.env()).args(["-q", "-o", "json"]).args(more);
    command
}

fn report(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn live_and_recorded_findings_are_the_same_bytes() {
    let azure = Settings::of(std::path::Path::new(TENANT)).start();
    // With all rules, so that both have read the same.
    let whole = ["--verdicts", "all", "--profile", "strict"];
    let (code, live, err) =
        run(&mut scan(&azure, &[&["--clock", "2026-11-24T03:00:00Z"][..], &whole].concat()));
    assert_eq!(code, 1, "{err}");
    let (_, recorded, _) = run(&mut skytjek(&[&["scan", TENANT, "-q", "-o", "json"][..], &whole].concat()));
    let (live, recorded) = (report(&live), report(&recorded));
    let rows = |report: &Value| -> BTreeSet<String> {
        report["results"].as_array().unwrap().iter().map(Value::to_string).collect()
    };
    let (live_rows, recorded_rows) = (rows(&live), rows(&recorded));
    let differing: Vec<&String> = live_rows.symmetric_difference(&recorded_rows).take(6).collect();
    assert!(differing.is_empty(), "findings differ: {differing:#?}");
    // A recording may hold resources that no rule asks for; an acquisition doesn't fetch them.
    for part in ["coverage", "exit_code"] {
        assert_eq!(live["summary"][part], recorded["summary"][part], "{part}");
    }
    assert_eq!(live["scan"]["tenant_id"], recorded["scan"]["tenant_id"]);
    assert!(azure.violations().is_empty());
}

#[test]
fn a_saved_snapshot_repeats_the_scan() {
    let folder = tempfile::tempdir().unwrap();
    let saved = folder.path().join("night");
    let azure = Settings::of(std::path::Path::new(TENANT)).start();
    let (_, live, _) = run(&mut scan(&azure, &["--save-snapshot", saved.to_str().unwrap()]));
    let (code, recorded, err) = run(&mut skytjek(&["scan", saved.to_str().unwrap(), "-q", "-o", "json"]));
    assert_eq!(code, 1, "{err}");
    let (live, recorded) = (report(&live), report(&recorded));
    for part in ["summary", "coverage", "results"] {
        assert_eq!(live[part], recorded[part], "{part}");
    }
    assert_eq!(live["scan"]["clock"], recorded["scan"]["clock"]);
}

#[test]
fn what_is_refused_is_named_and_never_passes() {
    let azure = Settings::of(std::path::Path::new(TENANT))
        .fault(Fault::on("/blobServices").denied("Microsoft.Storage/storageAccounts/blobServices/read"))
        .start();
    let rule = ["--rule", "storage-blob-soft-delete", "--verdicts", "all", "--fail-on", "none"];
    let (code, out, err) = run(&mut scan(&azure, &rule));
    assert_eq!(code, 3, "{err}");
    let report = report(&out);
    assert_eq!(report["summary"]["verdicts"]["pass"], 0, "{}", report["summary"]);
    assert_eq!(report["summary"]["coverage"], "incomplete");
    let denied: Vec<&Value> =
        report["coverage"].as_array().unwrap().iter().filter(|row| row["state"] == "denied").collect();
    assert!(!denied.is_empty());
    assert!(denied.iter().all(|row| row["status"] == 403
        && row["code"] == "AuthorizationFailed"
        && row["missing_action"] == "Microsoft.Storage/storageAccounts/blobServices/read"));
    let (code, _, _) = run(&mut scan(&azure, &[&rule[..], &["--allow-incomplete"]].concat()));
    assert_eq!(code, 0);
}

#[test]
fn without_a_credential_everything_that_was_tried_is_listed() {
    let azure = Settings::of(std::path::Path::new(TENANT)).start();
    let mut command = skytjek(&["scan", "-q", "--auth", "env"]);
    let cloud = azure.args();
    let at = cloud.iter().position(|argument| argument == "--cloud-file").unwrap();
    command.args(&cloud[at..at + 2]);
    for name in ["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"] {
        command.env_remove(name);
    }
    let (code, out, err) = run(&mut command);
    assert_eq!((code, out.as_str()), (4, ""));
    assert!(err.contains("nothing could be scanned") && err.contains("AZURE_TENANT_ID"), "{err}");
    assert!(azure.calls().is_empty(), "something was called without a credential");
}

#[test]
fn a_server_that_is_not_there_is_exit_4() {
    let folder = tempfile::tempdir().unwrap();
    let azure = Settings::of(std::path::Path::new(TENANT)).start();
    let environment = azure.env();
    for file in [azure.cloud_file(), azure.ca_file()] {
        std::fs::copy(&file, folder.path().join(file.file_name().unwrap())).unwrap();
    }
    let cloud = folder.path().join(azure.cloud_file().file_name().unwrap());
    drop(azure);
    let mut command = skytjek(&["scan", "-q", "--auth", "env", "--cloud-file", cloud.to_str().unwrap()]);
    let (code, out, err) = run(command.envs(environment).timeout(Duration::from_secs(60)));
    assert_eq!((code, out.as_str()), (4, ""), "{err}");
    assert!(err.contains("nothing could be scanned"), "{err}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_keeps_what_was_read_and_says_what_was_not() {
    let azure = Settings::of(std::path::Path::new(TENANT))
        .fault(Fault::on("/blobServices").slow(Duration::from_secs(30)))
        .start();
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("skytjek"));
    command.arg("scan").args(azure.args()).envs(azure.env()).args(["-q", "-o", "json", "--fail-on", "none"]);
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let child = command.spawn().unwrap();
    while azure.calls().of("GET", "/blobServices").is_empty() {
        std::thread::sleep(Duration::from_millis(20));
    }
    let signalled =
        std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(signalled.success());
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{err}");
    let report = report(&String::from_utf8(output.stdout).unwrap());
    let interrupted =
        report["coverage"].as_array().unwrap().iter().filter(|row| row["code"] == "Interrupted").count();
    assert!(interrupted > 0, "nothing is marked as interrupted");
    assert!(report["summary"]["resources"].as_u64().unwrap() > 100, "what was read is gone");
}
