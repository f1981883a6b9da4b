//! `skytjek rules`: lists, profiles, pages, permissions.

use std::collections::BTreeSet;
use std::path::Path;

use crate::{run, skytjek};

fn listed(arguments: &[&str]) -> Vec<serde_json::Value> {
    let (code, out, _) = run(&mut skytjek(&[&["rules", "list", "-o", "json"], arguments].concat()));
    assert_eq!(code, 0);
    serde_json::from_str(&out).unwrap()
}

#[test]
fn the_pack_is_listed_by_profile_and_framework() {
    let ids = |rules: &[serde_json::Value]| -> BTreeSet<String> {
        rules.iter().map(|rule| rule["id"].as_str().unwrap().to_owned()).collect()
    };
    let all = listed(&[]);
    assert!(all.len() >= 440, "{} rules", all.len());
    let (baseline, strict) = (listed(&["--profile", "baseline"]), listed(&["--profile", "strict"]));
    assert!(baseline.iter().all(|rule| rule["profile"] == "baseline"));
    assert_eq!(ids(&strict), ids(&all));
    assert!(strict.iter().any(|rule| rule["profile"] == "strict"));
    let cis = listed(&["--framework", "cis-azure-6.0.0"]);
    assert!(cis.len() > 100 && cis.iter().all(|rule| rule["controls"]["cis-azure-6.0.0"].is_array()));
    assert_eq!(ids(&cis), ids(&listed(&["--profile", "cis-azure-6.0.0"])));
}

#[test]
fn a_profile_that_is_none_is_answered_with_those_there_are() {
    for arguments in [&["rules", "list", "--framework", "cis"][..], &["scan", "x", "--profile", "cis"]] {
        let (code, out, err) = run(&mut skytjek(arguments));
        assert_eq!((code, out.as_str()), (2, ""));
        assert!(
            err.contains("`cis`") && err.contains("cis-azure-6.0.0") && err.contains("baseline"),
            "{err}"
        );
    }
    let (code, _, err) = run(&mut skytjek(&["rules", "list", "--framework", "strict"]));
    assert_eq!(code, 2);
    assert!(err.contains("--profile strict"), "{err}");
}

#[test]
fn pages_are_written_and_stale_ones_removed() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("pages");
    let arguments = ["rules", "docs", "--out", out.to_str().unwrap()];
    let (code, _, err) = run(&mut skytjek(&arguments));
    assert_eq!(code, 0);
    assert!(err.contains("pages written"), "{err}");
    let page = std::fs::read_to_string(out.join("storage-https-only.md")).unwrap();
    assert!(page.contains("supportsHttpsTrafficOnly: true"), "{page}");
    let mark = page.lines().next().unwrap();
    std::fs::write(out.join("gone.md"), format!("{mark}\n")).unwrap();
    run(&mut skytjek(&arguments));
    assert!(!out.join("gone.md").exists());
}

/// `skytjek rules permissions` writes the end of the page.
#[test]
fn the_committed_permissions_are_those_of_the_rules() {
    let (code, said, _) = run(&mut skytjek(&["rules", "permissions"]));
    assert_eq!(code, 0);
    let page =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/permissions.md")).unwrap();
    let (_, committed) = page.split_once("replaced by its output. -->\n\n").unwrap();
    assert!(committed == said, "docs/permissions.md is not what `rules permissions` says");
    assert!(!said.contains("No call is known"), "{said}");
    let (_, one, _) = run(&mut skytjek(&["rules", "permissions", "--rule", "entra-risky-user-unremediated"]));
    assert!(one.contains("IdentityRiskyUser.Read.All") && one.contains("Entra ID P2"), "{one}");
}
