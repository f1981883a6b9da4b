use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::*;
use crate::finding::hostile::is_hostile;
use crate::finding::report::ProofStep;
use crate::finding::verdict::Verdict;
use crate::output::sample;

fn parsed(report: &Report, options: Options<'_>) -> Vec<Value> {
    documents(report, options)
        .unwrap()
        .iter()
        .map(|document| serde_json::from_str(&document.text).unwrap())
        .collect()
}

fn one(report: &Report, profile: Profile) -> Value {
    let mut all = parsed(report, Options::of(profile));
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn results(document: &Value) -> &Vec<Value> {
    document["runs"][0]["results"].as_array().unwrap()
}

#[test]
fn what_github_gets() {
    let text = &documents(&sample::small(), Options::of(Profile::Github)).unwrap()[0].text;
    insta::assert_snapshot!("small-github", text);
}

#[test]
fn what_an_auditor_gets() {
    let text = &documents(&sample::small(), Options::of(Profile::Audit)).unwrap()[0].text;
    insta::assert_snapshot!("small-audit", text);
}

#[test]
fn github_gets_failing_results_only_and_each_has_one_file() {
    let document = one(&sample::many(60), Profile::Github);
    let all = results(&document);
    // 54 findings and the summary of what was not seen.
    assert_eq!(all.len(), 55);
    for result in all {
        assert_eq!(result["kind"], "fail");
        assert_ne!(result["level"], "none");
        let locations = result["locations"].as_array().unwrap();
        assert_eq!(locations.len(), 1);
        let uri = locations[0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
        assert!(uri.starts_with("azure/"), "{uri}");
        let hash = result["partialFingerprints"]["primaryLocationLineHash"].as_str().unwrap();
        assert_eq!((hash.len(), &hash[32..]), (34, ":1"));
        assert!(result.get("fingerprints").is_none());
    }
}

#[test]
fn an_auditor_gets_every_verdict() {
    let report = sample::small();
    let document = one(&report, Profile::Audit);
    let all = results(&document);
    assert_eq!(all.len(), report.results.len() + 1);
    let kinds: BTreeSet<&str> = all.iter().map(|result| result["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, BTreeSet::from(["fail", "notApplicable", "open", "pass"]));
    for result in all {
        assert_eq!(result["level"] == "none", result["kind"] != "fail");
        assert_eq!(result["baselineState"], "new");
        assert!(result["fingerprints"]["skytjek/v1"].is_string());
    }
    let run = &document["runs"][0];
    assert_eq!(run["taxonomies"].as_array().unwrap().len(), 2);
    assert_eq!(run["artifacts"].as_array().unwrap().len(), report.evidence.len() + 1);
    for result in all {
        let place = &result["locations"][0]["physicalLocation"]["artifactLocation"];
        let at = usize::try_from(place["index"].as_u64().unwrap()).unwrap();
        assert_eq!(run["artifacts"][at]["location"]["uri"], place["uri"]);
    }
}

#[test]
fn the_baseline_tells_new_from_unchanged_and_updated() {
    let report = sample::small();
    let mut before = Baseline::new();
    before.insert(report.results[0].fingerprint.clone(), Verdict::Fail);
    before.insert(report.results[1].fingerprint.clone(), Verdict::Pass);
    let options = Options { baseline: Some(&before), ..Options::of(Profile::Audit) };
    let document = &parsed(&report, options)[0];
    // The first result is the one about coverage.
    let states: Vec<&str> =
        results(document)[1..4].iter().map(|result| result["baselineState"].as_str().unwrap()).collect();
    assert_eq!(states, ["unchanged", "updated", "new"]);
}

#[test]
fn an_argument_is_walked_step_by_step_and_ends_at_the_finding() {
    for profile in Profile::ALL {
        let mut report = sample::small();
        let proof: Vec<_> = report.results.iter().map(|row| row.proof.len()).collect();
        assert!(proof.contains(&2) && proof.contains(&0), "{proof:?}");
        // One step is no way to walk.
        let at = proof.iter().position(|steps| *steps == 2).unwrap();
        let mut single = report.results[at].clone();
        single.proof.truncate(1);
        single.fingerprint = "single".into();
        report.results.push(single);
        let document = one(&report, profile);
        for result in &results(&document)[1..] {
            let fingerprint = &result["partialFingerprints"]["skytjek/v1"];
            let row = report.results.iter().find(|row| *fingerprint == *row.fingerprint).unwrap();
            if row.proof.len() < 2 {
                assert!(result.get("codeFlows").is_none());
                continue;
            }
            let flows = result["codeFlows"].as_array().unwrap();
            assert_eq!((flows.len(), flows[0]["threadFlows"].as_array().unwrap().len()), (1, 1));
            let stops = flows[0]["threadFlows"][0]["locations"].as_array().unwrap();
            let said: Vec<&str> =
                stops.iter().map(|stop| stop["location"]["message"]["text"].as_str().unwrap()).collect();
            assert_eq!(said[0], "gives the interface a public address");
            assert_eq!(said[1], "allows Tcp 3389 from * by rule allow-rdp");
            assert_eq!(said.len(), 3);
            let message = result["message"]["text"].as_str().unwrap();
            assert!(message.starts_with(said[2]), "{message} begins with {}", said[2]);
            let last = &stops[2]["location"];
            assert_eq!(last["physicalLocation"], result["locations"][0]["physicalLocation"]);
            for stop in stops {
                let physical = &stop["location"]["physicalLocation"];
                assert!(physical["artifactLocation"]["uri"].is_string(), "{physical}");
            }
        }
    }
}

#[test]
fn a_flow_longer_than_github_takes_keeps_its_ends() {
    let mut report = sample::single();
    let row = &mut report.results[0];
    let step = |at: usize| ProofStep { resource: row.resource.id.clone(), says: format!("step {at}") };
    row.proof = (0..10_001).map(step).collect();
    let document = one(&report, Profile::Github);
    let flow = &results(&document)[0]["codeFlows"][0]["threadFlows"][0];
    let stops = flow["locations"].as_array().unwrap();
    let said = |at: usize| stops[at]["location"]["message"]["text"].as_str().unwrap();
    assert_eq!(stops.len(), 10_000);
    assert_eq!(
        (said(0), said(4_999), said(5_000), said(9_998)),
        ("step 0", "step 4999", "step 5002", "step 10000")
    );
    let told = flow["message"]["text"].as_str().unwrap();
    assert_eq!(told, "2 steps between the first 5000 and the last 4999 are left out.");
    let whole = one(&report, Profile::Audit);
    let whole = results(&whole)[0].pointer("/codeFlows/0/threadFlows/0/locations").unwrap();
    assert_eq!(whole.as_array().unwrap().len(), 10_002);
}

/// Opens the evidence as a reader does and looks at what the region selects.
#[test]
fn snippets_are_what_the_regions_select() {
    let report = sample::small();
    let document = one(&report, Profile::Audit);
    for result in &results(&document)[1..] {
        let place = &result["locations"][0]["physicalLocation"];
        let uri = place["artifactLocation"]["uri"].as_str().unwrap();
        let file = report
            .evidence
            .iter()
            .find(|(path, _)| path.replace('%', "%25") == uri)
            .unwrap_or_else(|| panic!("{uri}"))
            .1;
        let number = |region: &Value, key: &str| usize::try_from(region[key].as_u64().unwrap()).unwrap();
        let lines: Vec<&str> = file.text.lines().collect();
        let region = &place["region"];
        let line: Vec<u16> = lines[number(region, "startLine") - 1].encode_utf16().collect();
        let selected = &line[number(region, "startColumn") - 1..number(region, "endColumn") - 1];
        assert_eq!(region["snippet"]["text"], String::from_utf16_lossy(selected));
        let context = &place["contextRegion"];
        let (first, last) = (number(context, "startLine"), number(context, "endLine"));
        assert_eq!(context["snippet"]["text"], lines[first - 1..last].join("\n"));
        assert!(first <= number(region, "startLine") && number(region, "endLine") <= last);
    }
}

#[test]
fn what_was_not_seen_is_said() {
    for profile in Profile::ALL {
        let document = one(&sample::small(), profile);
        let invocation = &document["runs"][0]["invocations"][0];
        assert_eq!(invocation["executionSuccessful"], false);
        let notifications = invocation["toolExecutionNotifications"].as_array().unwrap();
        assert_eq!(notifications.len(), 2);
        assert_eq!(notifications[0]["properties"]["status"], 403);
        let text = notifications[0]["message"]["text"].as_str().unwrap();
        assert!(text.contains("HTTP 403, AuthorizationFailed; missing permission: Microsoft.Sql/"), "{text}");
        assert_eq!(results(&document)[0]["ruleId"], "coverage-incomplete");

        let document = one(&sample::empty(), profile);
        let invocation = &document["runs"][0]["invocations"][0];
        assert_eq!(invocation["executionSuccessful"], true);
        assert!(invocation.get("toolExecutionNotifications").is_none());
        assert_eq!(results(&document).len(), 0);
    }
}

#[test]
fn rules_are_described() {
    let document = one(&sample::small(), Profile::Github);
    let rules = document["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    for result in results(&document) {
        let at = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[at]["id"], result["ruleId"]);
    }
    for rule in rules {
        for key in ["name", "helpUri"] {
            assert!(rule[key].is_string(), "{key}");
        }
        for pointer in [
            "/shortDescription/text",
            "/fullDescription/text",
            "/help/text",
            "/help/markdown",
            "/properties/security-severity",
            "/properties/precision",
        ] {
            assert!(rule.pointer(pointer).is_some_and(Value::is_string), "{pointer}");
        }
        assert!(rule["properties"]["tags"].as_array().unwrap().len() <= 10);
    }
}

#[test]
fn hostile_names_steer_nobody() {
    for profile in Profile::ALL {
        let text = &documents(&sample::small(), Options::of(profile)).unwrap()[0].text;
        assert!(!text.replace('\n', "").contains(is_hostile));
        let document: Value = serde_json::from_str(text).unwrap();
        for result in results(&document) {
            let markdown = result["message"]["markdown"].as_str().unwrap();
            // Outside of code spans, where Markdown reads nothing.
            let prose: String = markdown.split('`').step_by(2).collect();
            assert!(!prose.contains("<img") && !prose.contains("](http"), "{markdown}");
            assert!(!result["message"]["text"].as_str().unwrap().contains("]("));
        }
    }
}

#[test]
fn files_are_split_and_nothing_is_lost() {
    let report = sample::many(300);
    let expected: BTreeSet<&str> = report
        .results
        .iter()
        .filter(|row| row.verdict == Verdict::Fail)
        .map(|row| row.fingerprint.as_str())
        .collect();
    for limits in
        [Limits { results: 100, gzip_bytes: usize::MAX }, Limits { results: 10_000, gzip_bytes: 20_000 }]
    {
        let options = Options { limits: Some(limits), ..Options::of(Profile::Github) };
        let all = documents(&report, options).unwrap();
        assert!(all.len() > 1);
        let categories: BTreeSet<&str> = all.iter().map(|document| document.category.as_str()).collect();
        assert_eq!(categories.len(), all.len());
        assert_eq!(all[0].category, category(&report));
        let mut found = BTreeSet::new();
        for document in &all {
            assert!(document.results <= limits.results);
            let value: Value = serde_json::from_str(&document.text).unwrap();
            assert_eq!(value["runs"][0]["automationDetails"]["id"], document.category);
            for result in results(&value) {
                if result["ruleId"] != "coverage-incomplete" {
                    found.insert(result["partialFingerprints"]["skytjek/v1"].as_str().unwrap().to_owned());
                }
            }
        }
        assert_eq!(found.iter().map(String::as_str).collect::<BTreeSet<_>>(), expected);
    }
}

#[test]
fn a_category_names_the_scope_and_nothing_that_changes() {
    let mut report = sample::small();
    assert_eq!(
        category(&report),
        "skytjek/3c1a9d52-77b0-4f0e-9d5c-2b6f1e0a4d33/subscriptions/5f0c2b7a-1d3e-4c9b-8a61-0e2f4d6b8c11/"
    );
    report.scan.scopes = vec!["/subscriptions/B".into(), "/subscriptions/a".into()];
    let several = category(&report);
    report.scan.scopes = vec!["/subscriptions/A".into(), "/subscriptions/b".into()];
    assert_eq!(category(&report), several);
    report.scan.scopes = vec!["/".into()];
    report.scan.tenant_id = None;
    assert_eq!(category(&report), "skytjek/no-tenant/all/");
}

#[test]
fn evidence_lies_where_the_prefix_says() {
    let options = Options { evidence_prefix: "out/my evidence/", ..Options::of(Profile::Github) };
    let document = &parsed(&sample::single(), options)[0];
    let uri = results(document)[0].pointer("/locations/0/physicalLocation/artifactLocation/uri").unwrap();
    assert!(uri.as_str().unwrap().starts_with("out/my%20evidence/azure/"), "{uri}");
}

/// Writes SARIF files for `.ci/validate-sarif` into the directory that `SARIF_SAMPLES` names.
#[test]
fn sarif_samples() {
    let Some(directory) = std::env::var_os("SARIF_SAMPLES") else {
        return;
    };
    let directory = Path::new(&directory);
    fs::create_dir_all(directory).unwrap();
    let mut no_location = sample::small();
    for row in &mut no_location.results {
        row.location = None;
    }
    let mut in_code = sample::small();
    in_code.scan.source.kind = "bicep".into();
    in_code.evidence.clear();
    for row in &mut in_code.results {
        if let Some(location) = &mut row.location {
            location.file = "infra/hub network.bicep".into();
        }
    }
    for (name, report) in [
        ("empty", sample::empty()),
        ("single", sample::single()),
        ("small", sample::small()),
        ("no-location", no_location),
        ("in-code", in_code),
        ("many", sample::many(60)),
    ] {
        for profile in Profile::ALL {
            for document in documents(&report, Options::of(profile)).unwrap() {
                let file = directory.join(format!("{name}-{}.sarif", profile.word()));
                fs::write(file, document.text).unwrap();
            }
        }
    }
}
