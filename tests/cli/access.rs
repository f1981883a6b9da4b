//! `access`: who may do what, from recordings.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::{run, skytjek};

const TENANT: &str = "fixtures/municipality";
const ASSIGN: &str = "Microsoft.Authorization/roleAssignments/write";
const SUBSCRIPTION: &str = "/subscriptions/11111111-0000-0000-0000-000000000000";

/// A person who owns a subscription through a group, and a machine whose identity may start other machines.
fn export(folder: &Path) -> String {
    let assignment = |name: &str, principal: &str, kind: &str, role: &str, scope: &str| {
        json!({
            "id": format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{name}"),
            "properties": {"principalId": principal, "principalType": kind, "scope": scope,
                "roleDefinitionId": format!("/providers/Microsoft.Authorization/roleDefinitions/{role}")},
        })
    };
    let machine = |name: &str, identity: Value| {
        json!({
            "id": format!("{SUBSCRIPTION}/resourceGroups/app/providers/Microsoft.Compute/virtualMachines/{name}"),
            "identity": identity, "properties": {},
        })
    };
    let bodies = json!([
        {"id": "/providers/Microsoft.Graph/user/u-anna", "properties": {"id": "u-anna", "displayName": "Anna Holm",
            "userPrincipalName": "anna@havlund.example", "accountEnabled": true}},
        {"id": "/providers/Microsoft.Graph/user/u-other", "properties": {"id": "u-other", "displayName": "Anna Holm"}},
        {"id": "/providers/Microsoft.Graph/group/g-own", "properties": {"id": "g-own", "displayName": "Owners\u{1b}[2J"}},
        {"id": "/providers/Microsoft.Graph/group/g-own/members/u-anna", "properties": {"id": "u-anna"}},
        assignment("a", "g-own", "Group", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", SUBSCRIPTION),
        assignment("b", "p-web", "ServicePrincipal", "9980e02c-c2be-4d73-94e8-173b1dc7cf3c", SUBSCRIPTION),
        machine("web", json!({"type": "SystemAssigned", "principalId": "P-WEB"})),
        machine("db", Value::Null),
    ]);
    let path = folder.join("tenant.json");
    fs::write(&path, bodies.to_string()).unwrap();
    path.display().to_string()
}

fn answer(arguments: &[&str]) -> Value {
    let (_, text, error) = run(skytjek(&["access"]).args(arguments).args(["-o", "json"]));
    serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}{error}"))
}

#[test]
fn who_may_do_something_and_by_what() {
    let folder = tempfile::tempdir().unwrap();
    let file = export(folder.path());
    let report = answer(&[&file, "--what", ASSIGN, "--on", SUBSCRIPTION]);
    assert_eq!(report["version"], 1);
    assert_eq!(report["question"]["plane"], "control");
    let grants = report["grants"].as_array().unwrap();
    assert_eq!(grants[0]["principal"]["login"], "anna@havlund.example");
    assert_eq!(grants[0]["through"][0]["id"], "g-own");
    assert_eq!(grants[0]["role"], "Owner");
    assert_eq!(grants[0]["level"], "subscription");
    assert_eq!(
        grants[0]["assignment"],
        format!("{SUBSCRIPTION}/providers/Microsoft.Authorization/roleAssignments/a")
    );
    // A file doesn't say that it is whole, so there may be others.
    assert!(!report["gaps"].as_array().unwrap().is_empty());
    let (code, table, _) = run(&mut skytjek(&["access", &file, "--what", ASSIGN, "--on", SUBSCRIPTION]));
    assert_eq!(code, 3);
    assert!(table.contains("- Owner at /subscriptions/") && table.contains("NOT SEEN"), "{table}");
    assert!(!table.contains('\u{1b}'), "{table}");
    let (code, ..) = run(&mut skytjek(&["access", &file, "--paths", "--allow-incomplete"]));
    assert_eq!(code, 0);
}

#[test]
fn a_principal_goes_by_many_names() {
    let folder = tempfile::tempdir().unwrap();
    let file = export(folder.path());
    let web = format!("{SUBSCRIPTION}/resourcegroups/APP/providers/Microsoft.Compute/virtualMachines/web");
    for (who, id, role) in [
        ("ANNA@havlund.example", "u-anna", "Owner"),
        ("U-Anna", "u-anna", "Owner"),
        ("p-web", "p-web", "Virtual Machine Contributor"),
        (web.as_str(), "p-web", "Virtual Machine Contributor"),
    ] {
        let report = answer(&[&file, "--who", who]);
        assert_eq!(report["principals"][0]["id"], id, "{who}");
        assert_eq!(report["grants"][0]["role"], role, "{who}");
    }
    let may = |action: &str| {
        let report = answer(&[&file, "--who", "p-web", "--what", action, "--on", SUBSCRIPTION]);
        report["grants"].as_array().unwrap().len()
    };
    assert_eq!(may("Microsoft.Compute/virtualMachines/runCommand/action"), 1);
    assert_eq!(may(ASSIGN), 0);
    let report = answer(&[&file, "--who", "p-web", "--what", "Microsoft.Compute/virtualMachines/*"]);
    assert_eq!(report["grants"][0]["scope"], SUBSCRIPTION);
}

#[test]
fn paths_are_told_hop_by_hop() {
    let folder = tempfile::tempdir().unwrap();
    let file = export(folder.path());
    let report = answer(&[&file, "--paths"]);
    let paths = report["paths"].as_array().unwrap();
    assert_eq!(paths.len(), 1);
    assert_eq!(paths[0]["power"], "run commands elsewhere");
    let kinds: Vec<_> = paths[0]["hops"].as_array().unwrap().iter().map(|hop| hop["kind"].clone()).collect();
    assert_eq!(kinds, ["carries", "has"]);
    assert!(paths[0]["exposed"].is_null());
    assert_eq!(answer(&[&file, "--paths"]), report, "the same again");
}

#[test]
fn what_cannot_be_asked_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let file = export(folder.path());
    let cases: [(&[&str], i32, &str); 9] = [
        (&["--what", ASSIGN], 2, "--on"),
        (&["--what", "nonsense", "--on", "/"], 2, "no action"),
        (&["--what", ASSIGN, "--on", "subscriptions/x"], 2, "no resource id"),
        (&["--who", "Anna Holm"], 2, "several principals"),
        (&["--who", "nobody"], 3, "Microsoft.Graph/user"),
        (&["--who", "p-web", "--subscription", "x"], 2, "recording"),
        (&["--who", "p-web", "-o", "csv"], 2, "no format"),
        (&["--who", "p-web", "-o", "json", "-o", "table"], 2, "one place"),
        (&[], 2, "--who"),
    ];
    for (arguments, expected, says) in cases {
        let (code, _, error) = run(skytjek(&["access", &file]).args(arguments));
        assert_eq!(code, expected, "{arguments:?}: {error}");
        assert!(error.contains(says), "{arguments:?}: {error}");
    }
    let (code, ..) = run(&mut skytjek(&["access", "no-such-file.json", "--paths"]));
    assert_eq!(code, 4);
}

#[test]
fn a_snapshot_answers_too_and_into_files() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("paths.json");
    let output = format!("json={}", file.display());
    let (code, text, _) = run(&mut skytjek(&["access", TENANT, "--paths", "-o", &output, "-o", "table"]));
    assert_eq!(code, 0, "standing roles were all read");
    let report: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let paths = report["paths"].as_array().unwrap();
    assert!(text.contains(&format!("PATHS TO POWER ({})", paths.len())), "{text}");
    for power in ["grant roles", "read secrets", "run commands elsewhere"] {
        assert!(paths.iter().any(|path| path["power"] == power), "{power}: {report}");
    }
}
