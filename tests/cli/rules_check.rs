//! `rules check`: each mistake is one complaint, with its place and what was probably meant.

use super::{run, skytjek};

const GOOD: &str = r#"id: my-rule
title: Storage accounts refuse TLS below 1.2
domain: encryption
severity: high
resource: Microsoft.Storage/storageAccounts
rationale: |
  Old TLS can be broken.
fail_when:
  path: properties.minimumTlsVersion
  absent: TLS1_0
  not_in: [TLS1_2, TLS1_3]
message: "{name} takes {value}"
fix:
  summary: Require TLS 1.2.
  azure_cli: az storage account update --ids {id} --min-tls-version TLS1_2
references: ["https://learn.microsoft.com/azure/storage/common/transport-layer-security-configure-minimum-version"]
examples:
  - name: old
    expect: fail
    resource: { properties: { minimumTlsVersion: TLS1_0 } }
  - name: new
    expect: pass
    resource: { properties: { minimumTlsVersion: TLS1_2 } }
  - name: never set
    expect: fail
    resource: { properties: { accessTier: Hot } }
"#;

fn check(files: &[(&str, String)]) -> (i32, String, String) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let (code, out, err) = run(&mut skytjek(&["rules", "check", folder.path().to_str().unwrap()]));
    let hide = |text: String| text.replace(&folder.path().join("").display().to_string(), "");
    (code, out, hide(err))
}

#[test]
fn a_good_rule_passes_with_its_examples() {
    let (code, out, err) = check(&[("my-rule.yaml", GOOD.to_owned())]);
    assert_eq!((code, out.as_str(), err.as_str()), (0, "1 rules checked, 3 examples as expected\n", ""));
}

#[test]
fn each_mistake_is_one_complaint_with_place_and_suggestion() {
    let cases = [
        (
            "a mistyped path",
            GOOD.replace("path: properties.minimumTlsVersion", "path: properties.minimumTslVersion"),
            "my-rule.yaml:9:9: Microsoft.Storage/storageAccounts has no property `properties.minimumTslVersion`\n  \
             help: did you mean `properties.minimumTlsVersion`?",
        ),
        (
            "an enum value that does not exist",
            GOOD.replace("not_in: [TLS1_2, TLS1_3]", "not_in: [TLS12, TLS1_3]"),
            "my-rule.yaml:11:12: `properties.minimumTlsVersion` is never `TLS12`\n  help: did you mean `TLS1_2`?",
        ),
        (
            "no word on absence",
            GOOD.replace("  absent: TLS1_0\n", ""),
            "my-rule.yaml:9:9: `absent` is missing: say what it means when Azure returns no value\n  \
             help: the platform's default, or `fail`, `pass`, `unknown`",
        ),
        (
            "no failing example",
            GOOD.replace("expect: fail", "expect: pass").replace("absent: TLS1_0", "absent: TLS1_2"),
            "my-rule.yaml:18:3: no example expects `fail`\n  \
             help: every rule shows at least one that passes and one that fails",
        ),
        (
            "an unknown key",
            GOOD.replace("severity: high", "severity: high\nseverty: high"),
            "my-rule.yaml:5:1: unknown key `severty`\n  help: did you mean `severity`?",
        ),
        (
            "an unknown type",
            GOOD.replace(
                "resource: Microsoft.Storage/storageAccounts",
                "resource: Microsoft.Storage/storageAcounts",
            ),
            "my-rule.yaml:5:11: resource type `Microsoft.Storage/storageAcounts` does not exist\n  \
             help: did you mean `Microsoft.Storage/storageAccounts`?",
        ),
        (
            "text where the property is a list",
            GOOD.replace(
                "path: properties.minimumTlsVersion",
                "path: properties.networkAcls.ipRules[*].value",
            ),
            "my-rule.yaml:9:9: `properties.networkAcls.ipRules[*].value` goes through a list\n  \
             help: range over the list with `any`, `all`, `none`, `count` or `each`, and bind its elements",
        ),
        ("no YAML", GOOD.replace("title: Storage", "title: [Storage"), "my-rule.yaml:3:"),
    ];
    for (what, text, expected) in cases {
        let (code, out, err) = check(&[("my-rule.yaml", text)]);
        assert_eq!(code, 2, "{what}: {err}");
        assert_eq!(out, "", "{what}");
        let complaint = err.strip_prefix("error: ").unwrap();
        assert!(complaint.starts_with(expected), "{what}:\n{complaint}\nexpected:\n{expected}");
        assert!(complaint.trim_end().ends_with("1 error in rule files"), "{what}: {complaint}");
    }
}

#[test]
fn an_id_that_two_files_have_is_one_complaint() {
    let files = [("one/my-rule.yaml", GOOD.to_owned()), ("two/my-rule.yaml", GOOD.to_owned())];
    let (code, _, err) = check(&files);
    assert_eq!(code, 2);
    insta::assert_snapshot!(err, @r"
    error: two/my-rule.yaml:1:5: the id `my-rule` is taken
      help: one/my-rule.yaml has it; rename one of the two
    1 error in rule files
    ");
}

#[test]
fn an_example_that_comes_out_otherwise_is_named() {
    let text = GOOD.replacen("expect: fail", "expect: pass", 1);
    let (code, _, err) = check(&[("my-rule.yaml", text)]);
    assert_eq!(code, 2);
    insta::assert_snapshot!(err, @r#"
    error: my-rule, example "old" (line 18): expected pass, got fail example takes TLS1_0
    1 of 3 examples came out otherwise
    "#);
}

#[test]
fn a_folder_without_rules_is_said_to_be_one() {
    let (code, _, err) = check(&[("notes.txt", "hello".to_owned())]);
    assert_eq!(code, 2);
    assert!(err.contains("no rule file (*.yaml) in this folder"), "{err}");
}
