//! `scan` on recordings: what it prints, where it writes, and how it ends.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{run, skytjek};

const TENANT: &str = "fixtures/municipality";

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

/// One storage account that refuses old TLS only when asked to.
fn account(name: &str, tls: &str) -> String {
    format!(
        r#"{{"id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/{name}",
            "properties": {{"minimumTlsVersion": "{tls}", "supportsHttpsTrafficOnly": true}}}}"#
    )
}

#[test]
fn the_gate_decides_the_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let bad = write(folder.path(), "bad.json", &format!("[{}]", account("a", "TLS1_0")));
    let good = write(folder.path(), "good.json", &format!("[{}]", account("a", "TLS1_2")));
    let nothing = write(folder.path(), "nothing.json", "[]");
    let only = ["--rule", "storage-min-tls-12"];
    let cases: [(&[&str], i32); 8] = [
        (&[&good], 0),
        (&[&bad], 1),
        (&[&bad, "--fail-on", "critical"], 0),
        (&[&bad, "--fail-on", "none"], 0),
        (&[&nothing], 4),
        (&["no-such-file.json"], 4),
        (&[&good, "--fail-on", "worst"], 2),
        (&[&good, "-o", "json", "-o", "csv"], 2),
    ];
    for (arguments, expected) in cases {
        let mut all = vec!["scan"];
        all.extend(arguments);
        all.extend(only);
        let (code, _, err) = run(&mut skytjek(&all));
        assert_eq!(code, expected, "{arguments:?}: {err}");
    }
}

#[test]
fn what_is_not_in_a_file_is_unknown_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "one.json", &format!("[{}]", account("a", "TLS1_2")));
    let (code, out, _) = run(&mut skytjek(&["scan", &file, "-o", "json", "--rule", "storage-min-tls-12"]));
    assert_eq!(code, 0, "no rule asks for anything that is missing: {out}");
    // An app's configuration is a child that nobody read.
    let app = write(
        folder.path(),
        "app.json",
        r#"[{"id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/app", "properties": {"state": "Running"}}]"#,
    );
    let (code, out, _) = run(&mut skytjek(&["scan", &app, "-o", "json", "--rule", "app-min-tls-12"]));
    let report = json(&out);
    assert_eq!(code, 3, "{out}");
    assert_eq!(report["results"][0]["verdict"], "unknown");
    assert_eq!(report["coverage"][0]["read"], "Microsoft.Web/sites/config");
    assert_eq!(report["coverage"][0]["code"], "NotInFile");
    assert_eq!(report["coverage"][0]["affected"], 1);
    let (code, _, _) =
        run(&mut skytjek(&["scan", &app, "-o", "json", "--rule", "app-min-tls-12", "--allow-incomplete"]));
    assert_eq!(code, 0);
}

#[test]
fn the_same_input_gives_the_same_bytes_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let scan = |run_name: &str| {
        let at = folder.path().join(run_name);
        fs::create_dir_all(&at).unwrap();
        let tenant = std::env::current_dir().unwrap().join(TENANT);
        let mut command = skytjek(&[
            "scan",
            tenant.to_str().unwrap(),
            "-q",
            "--sarif-profile",
            "audit",
            "--evidence",
            "ev",
            "-o",
            "sarif=a.sarif",
            "-o",
            "json=a.json",
            "-o",
            "csv=a.csv",
            "-o",
            "table=a.txt",
        ]);
        let (code, out, err) = run(command.current_dir(&at));
        assert_eq!((code, out.as_str()), (1, ""), "{err}");
        ["a.sarif", "a.json", "a.csv", "a.txt"].map(|name| fs::read(at.join(name)).unwrap())
    };
    assert!(scan("one") == scan("two"), "two scans differ");
}

#[test]
fn every_region_holds_the_property_it_names() {
    let folder = tempfile::tempdir().unwrap();
    let tenant = std::env::current_dir().unwrap().join(TENANT);
    let mut command = skytjek(&[
        "scan",
        tenant.to_str().unwrap(),
        "-q",
        "-o",
        "sarif=a.sarif",
        "-o",
        "json=a.json",
        "--evidence",
        "ev",
    ]);
    run(command.current_dir(folder.path()));
    let report = json(&fs::read_to_string(folder.path().join("a.json")).unwrap());
    let rows = report["results"].as_array().unwrap();
    let path_of = |print: &str| {
        let row = rows.iter().find(|row| row["fingerprint"] == print).unwrap();
        (row["path"].as_str().unwrap().to_owned(), row["value"].clone())
    };
    let sarif = json(&fs::read_to_string(folder.path().join("a.sarif")).unwrap());
    let mut looked_at = 0;
    for result in sarif["runs"][0]["results"].as_array().unwrap() {
        let Some(print) = result["partialFingerprints"]["skytjek/v1"].as_str() else {
            continue;
        };
        if result["ruleId"] == "coverage-incomplete" {
            continue;
        }
        assert_eq!(result["locations"].as_array().unwrap().len(), 1);
        let place = &result["locations"][0]["physicalLocation"];
        let uri = place["artifactLocation"]["uri"].as_str().unwrap().replace("%25", "%");
        let text = fs::read_to_string(folder.path().join(&uri)).unwrap();
        let number = |name: &str| usize::try_from(place["region"][name].as_u64().unwrap()).unwrap();
        let line = text.lines().nth(number("startLine") - 1).unwrap();
        let units: Vec<u16> = line.encode_utf16().collect();
        let shown = String::from_utf16(&units[number("startColumn") - 1..number("endColumn") - 1]).unwrap();
        let (path, value) = path_of(print);
        // A property that is there: its own line, with its name and value. One that is absent: the line of
        // what would hold it.
        let names: Vec<&str> = path
            .split(['.', '[', ']'])
            .filter(|part| part.parse::<usize>().is_err() && !part.is_empty())
            .collect();
        let last = names.last().copied().unwrap_or_default();
        if path.is_empty() {
            // Several resources decide together: the region is the resource.
            assert!(line.starts_with('{'), "{uri}: {line}");
        } else if value.is_string() && !path.ends_with(']') {
            assert!(
                shown.to_lowercase().contains(&format!("\"{}\":", last.to_lowercase())),
                "{uri}: {path}: {shown}"
            );
            assert!(
                shown.contains(value.as_str().unwrap())
                    || value == "[redacted]"
                    || shown.contains("[redacted]"),
                "{uri}: {path}: {shown}"
            );
        } else if !path.is_empty() {
            let held = names.iter().any(|name| shown.to_lowercase().contains(&name.to_lowercase()));
            assert!(held || shown.starts_with('{') || path.ends_with(']'), "{uri}: {path}: {shown}");
        }
        looked_at += 1;
    }
    assert!(looked_at > 50, "only {looked_at} results were looked at");
}

#[test]
fn outputs_that_cannot_be_written_fail_the_run() {
    let (code, out, err) = run(&mut skytjek(&["scan", TENANT, "-q", "-o", "json=/dev/full"]));
    assert_eq!((code, out.as_str()), (4, ""));
    assert!(err.contains("could not write the output") && err.contains("/dev/full"), "{err}");
    let (code, _, err) = run(&mut skytjek(&["scan", TENANT, "-q", "-o", "json=Cargo.toml/x.json"]));
    assert_eq!(code, 4);
    assert!(err.contains("Cargo.toml"), "{err}");
}

#[test]
fn a_reader_that_goes_away_is_no_panic() {
    let program = assert_cmd::cargo::cargo_bin("skytjek");
    let script = format!("set -o pipefail; {} scan {TENANT} -q | head -c 10 >/dev/null", program.display());
    let output = std::process::Command::new("bash").args(["-c", &script]).output().unwrap();
    assert_eq!(output.status.code(), Some(4));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[test]
fn the_table_is_plain_and_fits_when_there_is_no_terminal() {
    let (_, out, _) = run(skytjek(&["scan", TENANT, "-q"]).env("COLUMNS", "80"));
    assert!(!out.contains('\u{1b}'), "escape sequences without a terminal");
    assert!(out.contains("SUMMARY"));
}

#[test]
fn hostile_names_stay_text() {
    let folder = tempfile::tempdir().unwrap();
    let name = "x\\u001b[31m\\u202eevil`$(touch pwned)'";
    let body = format!(
        r#"[{{"id": "/subscriptions/s/resourceGroups/g\u202e/providers/Microsoft.Storage/storageAccounts/a;b",
            "tags": {{"=cmd": "{name}"}}, "properties": {{"minimumTlsVersion": "TLS1_0{name}"}}}}]"#
    );
    let file = write(folder.path(), "hostile.json", &body);
    for format in ["table", "csv", "json", "sarif"] {
        let (_, out, err) = run(&mut skytjek(&["scan", &file, "-o", format, "--rule", "storage-min-tls-12"]));
        let raw: Vec<char> = out.chars().filter(|symbol| matches!(symbol, '\u{1b}' | '\u{202e}')).collect();
        assert!(raw.is_empty(), "{format}: {raw:?} {err}");
    }
    let (_, out, _) = run(&mut skytjek(&["scan", &file, "-o", "json", "--rule", "storage-min-tls-12"]));
    let fix = json(&out)["results"][0]["fix"]["azure_cli"].as_str().unwrap().to_owned();
    assert!(fix.contains("'/subscriptions/s/resourceGroups/g"), "the id is not quoted: {fix}");
}

#[test]
fn verdicts_pick_what_is_carried_and_the_summary_counts_all() {
    let scan = |verdicts: &str| {
        let (_, out, _) = run(&mut skytjek(&["scan", TENANT, "-q", "-o", "json", "--verdicts", verdicts]));
        json(&out)
    };
    let (some, all) = (scan("fail"), scan("all"));
    assert_eq!(some["summary"], all["summary"]);
    let kinds = |report: &Value| -> BTreeSet<String> {
        report["results"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["verdict"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(kinds(&some), BTreeSet::from(["fail".to_owned()]));
    let counts = &all["summary"]["verdicts"];
    let total: u64 =
        ["fail", "pass", "unknown", "not_applicable"].iter().map(|name| counts[name].as_u64().unwrap()).sum();
    assert_eq!(total, all["results"].as_array().unwrap().len() as u64);
}

#[test]
fn the_report_is_what_its_schema_says() {
    let (_, out, _) = run(&mut skytjek(&["scan", TENANT, "-q", "-o", "json", "--verdicts", "all"]));
    let schema = json(&fs::read_to_string("docs/report.schema.json").unwrap());
    let validator = jsonschema::validator_for(&schema).unwrap();
    let report = json(&out);
    let errors: Vec<String> = validator.iter_errors(&report).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
}

#[test]
fn recorded_responses_go_through() {
    let file = "../shared/recorded/resources.json";
    let Ok(text) = fs::read_to_string(file) else {
        eprintln!("SKIPPED: {file} is not there");
        return;
    };
    let (code, out, err) = run(&mut skytjek(&["scan", file, "-o", "json", "--verdicts", "all"]));
    assert!(code == 1 || code == 3, "exit {code}: {err}");
    let report = json(&out);
    let unread: Vec<&Value> = report["coverage"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["code"] == "UnreadableRecord")
        .collect();
    assert!(unread.is_empty(), "{unread:?}");
    let ids: BTreeSet<String> = json(&text)["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|body| body["id"].as_str().unwrap().to_ascii_lowercase())
        .collect();
    let count = usize::try_from(report["summary"]["resources"].as_u64().unwrap()).unwrap();
    assert!(count >= ids.len(), "{count} resources of {} objects", ids.len());
}

#[test]
fn what_a_recording_never_asked_for_is_no_silent_pass() {
    let folder = tempfile::tempdir().unwrap();
    let snapshot = folder.path().join("old");
    fs::create_dir(&snapshot).unwrap();
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let body = account("a", "TLS1_2").replace('\n', "");
    let digest = {
        use sha2::Digest as _;
        format!("{:x}", sha2::Sha256::digest(format!("{body}\n")))
    };
    write(&snapshot, "resources.ndjson", &format!("{body}\n"));
    write(&snapshot, "graph.ndjson", "");
    write(
        &snapshot,
        "manifest.json",
        &format!(
            r#"{{"format": "skytjek-snapshot", "version": 1, "tenant_id": null, "cloud": "public",
                "taken_at": "2026-11-24T03:00:00Z", "tool_version": "0", "scopes": ["/subscriptions/s"],
                "files": {{"resources.ndjson": {{"sha256": "{digest}", "records": 1}},
                           "graph.ndjson": {{"sha256": "{empty}", "records": 0}}}}}}"#
        ),
    );
    let id = "entra-guest-invite-unrestricted";
    let (code, out, err) =
        run(&mut skytjek(&["scan", snapshot.to_str().unwrap(), "-o", "json", "--rule", id]));
    assert_eq!(code, 3, "{err}");
    let report = json(&out);
    assert_eq!(report["summary"]["coverage"], "incomplete");
    assert_eq!(report["coverage"][0]["read"], "Microsoft.Graph/authorizationPolicy");
    assert_eq!(report["coverage"][0]["code"], "NotRead");
}

/// A machine whose port 3389 a security rule opens to a service tag that no table has.
fn tagged(folder: &Path) -> String {
    let net = |rest: &str| format!("/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/{rest}");
    let machine = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/vm";
    let rule = serde_json::json!({"name": "partner", "properties": {"priority": 100, "direction": "Inbound",
        "access": "Allow", "protocol": "Tcp", "sourceAddressPrefix": "PartnerCloud", "sourcePortRange": "*",
        "destinationAddressPrefix": "*", "destinationPortRange": "3389"}});
    let bodies = serde_json::json!([
        {"id": machine, "properties": {"networkProfile": {"networkInterfaces": [{"id": net("networkInterfaces/nic")}]}}},
        {"id": net("networkInterfaces/nic"), "properties": {"virtualMachine": {"id": machine},
            "networkSecurityGroup": {"id": net("networkSecurityGroups/nsg")},
            "ipConfigurations": [{"name": "a", "properties": {"primary": true, "privateIPAddress": "10.0.0.4",
                "subnet": {"id": net("virtualNetworks/vnet/subnets/a")},
                "publicIPAddress": {"id": net("publicIPAddresses/ip")}}}]}},
        {"id": net("publicIPAddresses/ip"), "sku": {"name": "Standard"}, "properties": {"ipAddress": "20.1.2.3"}},
        {"id": net("networkSecurityGroups/nsg"), "properties": {"securityRules": [rule]}},
        {"id": net("virtualNetworks/vnet"), "properties": {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]},
            "virtualNetworkPeerings": [], "subnets": [{"name": "a", "properties": {"addressPrefix": "10.0.0.0/24"}}]}},
    ]);
    write(folder, "tagged.json", &bodies.to_string())
}

#[test]
fn rules_know_the_service_tags_that_they_are_given() {
    let folder = tempfile::tempdir().unwrap();
    let source = tagged(folder.path());
    let tags = |prefix: &str| {
        let text = format!(
            r#"{{"values":[{{"name":"PartnerCloud","properties":{{"addressPrefixes":["{prefix}"]}}}}]}}"#
        );
        write(folder.path(), "tags.json", &text)
    };
    let fails = |more: &[&str]| {
        let rule = "vm-management-port-reachable-from-internet";
        let mut all = vec!["scan", &source, "--rule", rule, "-o", "json"];
        all.extend(more);
        let (_, out, err) = run(&mut skytjek(&all));
        assert!(!out.is_empty(), "{err}");
        json(&out)["summary"]["verdicts"]["fail"].as_u64().unwrap()
    };
    assert_eq!(fails(&[]), 0, "no table has the tag");
    assert_eq!(fails(&["--service-tags", &tags("0.0.0.0/0")]), 1, "all of the Internet is in it");
    assert_eq!(fails(&["--service-tags", &tags("20.9.0.0/24")]), 0, "a partner is in it");
    let (code, _, err) = run(&mut skytjek(&["scan", &source, "--service-tags", &source]));
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("tagged.json: expected Microsoft's ServiceTags_Public.json"), "{err}");
}
