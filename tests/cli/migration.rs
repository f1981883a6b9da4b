//! `migration` on a small tenant: what a person and a program see.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::{run, skytjek};

const GROUP: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-social";
const CLOCK: [&str; 2] = ["--clock", "2026-11-24T03:00:00Z"];

/// A machine that was lifted, one that was made in Azure, and a seed disk that nobody took away.
fn tenant() -> Value {
    let disk = |name: &str| format!("{GROUP}/providers/Microsoft.Compute/disks/{name}");
    json!([
        {"id": format!("{GROUP}/providers/Microsoft.Compute/virtualMachines/OMSORG01"), "location": "westeurope",
         "tags": {"department": "social"}, "properties": {"vmId": "1", "storageProfile": {"osDisk": {
             "createOption": "Attach", "managedDisk": {"id": disk("OMSORG01-os")}}}}},
        {"id": disk("OMSORG01-os"), "tags": {"AzHydration-ManagedDisk-CreatedBy": "Azure Site Recovery"},
         "properties": {"creationData": {"createOption": "Restore"}}},
        {"id": format!("{GROUP}/providers/Microsoft.Compute/virtualMachines/web\u{202e}01"), "location": "westeurope",
         "properties": {"vmId": "2", "osProfile": {"computerName": "web"}, "securityProfile": {"securityType": "TrustedLaunch"},
             "storageProfile": {"imageReference": {"publisher": "Canonical"}, "osDisk": {"createOption": "FromImage"}}}},
        {"id": disk("asrseeddisk-OMSORG01-0a"), "properties": {"diskState": "ActiveSAS", "networkAccessPolicy": "AllowAll"}},
    ])
}

fn setting(folder: &Path) -> (String, String) {
    let source = folder.join("tenant.json");
    fs::write(&source, tenant().to_string()).unwrap();
    let config = folder.join("skytjek.toml");
    fs::write(&config, "[waves.social]\ntags = { department = \"social\" }\n").unwrap();
    (source.display().to_string(), config.display().to_string())
}

#[test]
fn what_a_person_sees() {
    let folder = tempfile::tempdir().unwrap();
    let (source, config) = setting(folder.path());
    let mut command = skytjek(&["migration", &source, "--config", &config]);
    let (code, text, errors) = run(command.args(CLOCK));
    assert_eq!((code, errors.as_str()), (3, ""));
    assert!(!text.contains('\u{202e}'));
    insta::assert_snapshot!(text);
}

#[test]
fn what_a_program_sees() {
    let folder = tempfile::tempdir().unwrap();
    let (source, config) = setting(folder.path());
    let file = folder.path().join("out.json");
    let output = format!("json={}", file.display());
    let arguments = ["migration", &source, "--config", &config, "-o", &output, "--allow-incomplete"];
    let (code, text, _) = run(skytjek(&arguments).args(CLOCK));
    assert_eq!((code, text.as_str()), (0, ""));
    let first = fs::read_to_string(&file).unwrap();
    run(skytjek(&arguments).args(CLOCK));
    assert_eq!(fs::read_to_string(&file).unwrap(), first);
    let report: Value = serde_json::from_str(&first).unwrap();
    let machine = &report["machines"][0];
    assert_eq!(machine["waves"], json!(["social"]));
    assert_eq!(
        (&machine["migrated"], &machine["origin"], &machine["strength"]),
        (&json!("yes"), &json!("replication"), &json!("strong"))
    );
    assert_eq!(machine["signals"][0]["path"], "tags.AzHydration-ManagedDisk-CreatedBy");
    assert_eq!(machine["baseline"]["trusted launch"], "fail");
    // Backups are not in the file: not known, never complete.
    assert_eq!(machine["baseline"]["backup"], "unknown");
    assert_eq!(report["machines"][1]["migrated"], "unknown");
}

#[test]
fn a_wrong_wave_is_said_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let (source, config) = setting(folder.path());
    fs::write(&config, "[waves.social]\ntag = { department = \"social\" }\n").unwrap();
    let (code, _, errors) = run(&mut skytjek(&["migration", &source, "--config", &config]));
    assert_eq!(code, 2);
    assert!(errors.contains("skytjek.toml:2:1: unknown key `tag`; did you mean `tags`?"), "{errors}");
}
