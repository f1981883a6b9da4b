//! `exposure` on recordings: what a person sees, what a program reads, and how it ends.

use std::fs;

use serde_json::{Value, json};

use super::{run, skytjek};

fn net(rest: &str) -> String {
    format!("/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/{rest}")
}

/// A snapshot of one machine behind a load balancer that takes port 50001 to Remote Desktop.
fn snapshot(folder: &std::path::Path, coverage: &str) -> String {
    let front = json!({"id": net("loadBalancers/lb/frontendIPConfigurations/f")});
    let bodies = [
        json!({"id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/vm", "properties": {
            "networkProfile": {"networkInterfaces": [{"id": net("networkInterfaces/nic")}]}}}),
        json!({"id": net("loadBalancers/lb"), "sku": {"name": "Standard"}, "properties": {
            "frontendIPConfigurations": [{"name": "f", "id": front["id"], "properties": {"publicIPAddress": {"id": net("publicIPAddresses/ip")}}}],
            "backendAddressPools": [], "inboundNatRules": [{"name": "rdp", "id": net("loadBalancers/lb/inboundNatRules/rdp"), "properties": {
                "protocol": "Tcp", "frontendPort": 50001, "backendPort": 3389, "frontendIPConfiguration": front,
                "backendIPConfiguration": {"id": net("networkInterfaces/nic/ipConfigurations/a")}}}]}}),
        json!({"id": net("networkInterfaces/nic"), "properties": {
            "networkSecurityGroup": {"id": net("networkSecurityGroups/nsg")},
            "ipConfigurations": [{"name": "a", "properties": {"privateIPAddress": "10.0.0.4", "subnet": {"id": net("virtualNetworks/v/subnets/a")}}}]}}),
        json!({"id": net("networkSecurityGroups/nsg"), "properties": {"securityRules": [{"name": "rdp\u{202e}", "properties": {
            "priority": 100, "direction": "Inbound", "access": "Allow", "protocol": "*", "sourceAddressPrefix": "*", "sourcePortRange": "*",
            "destinationAddressPrefix": "*", "destinationPortRange": "3000-4000"}}]}}),
        json!({"id": net("publicIPAddresses/ip"), "sku": {"name": "Standard"}, "properties": {"ipAddress": "20.1.2.3"}}),
        json!({"id": net("virtualNetworks/v"), "properties": {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}, "virtualNetworkPeerings": [],
            "subnets": [{"name": "a", "properties": {"addressPrefix": "10.0.0.0/24"}}]}}),
    ];
    let at = folder.join("snapshot");
    fs::create_dir_all(&at).unwrap();
    let lines: Vec<String> = bodies.iter().map(|body| format!("{body}\n")).collect();
    let resources = lines.concat();
    let coverage = format!(
        "{}\n",
        json!({"scope": "/", "read": "Microsoft.ResourceGraph/resources", "state": coverage})
    );
    let digest = |text: &str| {
        use sha2::{Digest, Sha256};
        format!("{:x}", Sha256::digest(text.as_bytes()))
    };
    let manifest = json!({"format": "skytjek-snapshot", "version": 1, "tenant_id": null, "cloud": "public",
        "taken_at": "2026-11-24T03:00:00Z", "tool_version": "0", "scopes": ["/subscriptions/s"],
        "files": {"resources.ndjson": {"sha256": digest(&resources), "records": bodies.len()},
            "coverage.ndjson": {"sha256": digest(&coverage), "records": 1}}});
    fs::write(at.join("resources.ndjson"), resources).unwrap();
    fs::write(at.join("coverage.ndjson"), coverage).unwrap();
    fs::write(at.join("manifest.json"), manifest.to_string()).unwrap();
    at.display().to_string()
}

#[test]
fn port_shifted_remote_desktop_is_found_with_both_ports() {
    let folder = tempfile::tempdir().unwrap();
    let source = snapshot(folder.path(), "complete");
    let (code, out, err) = run(&mut skytjek(&["exposure", &source, "-o", "json"]));
    assert_eq!(code, 0, "{err}");
    let report: Value = serde_json::from_str(&out).unwrap();
    let row = &report["interfaces"][0];
    assert_eq!(row["state"], "exposed");
    assert_eq!(row["private_ip"], "10.0.0.4");
    assert!(row["virtual_machine"].as_str().unwrap().ends_with("/virtualMachines/vm"));
    let reachable = &row["reachable"][0];
    assert_eq!(reachable["protocol"], "Tcp");
    assert_eq!(reachable["ports"], json!([[3389, 3389]]));
    assert_eq!(reachable["sources"], json!(["0.0.0.0/0"]));
    assert_eq!(
        reachable["public"],
        json!({"address": "20.1.2.3", "port_ranges": [[50001, 50001]], "id": net("publicIPAddresses/ip")})
    );
    let via: Vec<&str> = reachable["via"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    let expected = [
        net("publicIPAddresses/ip"),
        net("loadBalancers/lb/inboundNatRules/rdp"),
        net("networkSecurityGroups/nsg") + "#rdp\u{202e}",
    ];
    assert_eq!(via, expected);
    assert_eq!(report["services"], json!([]));
}

#[test]
fn a_person_reads_a_sentence_in_80_columns() {
    let folder = tempfile::tempdir().unwrap();
    let source = snapshot(folder.path(), "complete");
    let (_, out, _) = run(&mut skytjek(&["exposure", &source]));
    let flat: String = out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        flat.contains("Tcp 3389 from the Internet, at 20.1.2.3 port 50001 because ip is the public address"),
        "{out}"
    );
    assert!(flat.contains("rdp takes Tcp port 50001 to port 3389 (inbound NAT rule)"), "{out}");
    assert!(flat.contains("1 of 1 network interface exposed"), "{out}");
    assert!(!out.contains('\u{202e}'));
    let (_, dot, _) = run(&mut skytjek(&["exposure", &source, "-o", "dot"]));
    assert!(
        dot.starts_with("digraph exposure {")
            && dot.contains("\"Internet\" -> ")
            && !dot.contains('\u{202e}')
    );
}

#[test]
fn questions_narrow_the_answer() {
    let folder = tempfile::tempdir().unwrap();
    let source = snapshot(folder.path(), "complete");
    let answer = |arguments: &[&str]| {
        let mut all = vec!["exposure", &source, "-o", "json"];
        all.extend(arguments);
        let (code, out, err) = run(&mut skytjek(&all));
        assert_eq!(code, 0, "{err}");
        let report: Value = serde_json::from_str(&out).unwrap();
        (report["interfaces"][0]["state"].clone(), report["interfaces"][0]["reachable"][0]["sources"].clone())
    };
    assert_eq!(answer(&["--port", "3389"]).0, "exposed");
    assert_eq!(answer(&["--port", "50001"]).0, "closed", "the port at the machine is asked for");
    assert_eq!(answer(&["--from", "20.50.0.0/24"]), (json!("exposed"), json!(["20.50.0.0/24"])));
    for wrong in [&["--from", "10.0.0.0/8"][..], &["--from", "partner"], &["--port", "rdp"], &["-o", "xml"]] {
        let mut all = vec!["exposure", &source];
        all.extend(wrong);
        assert_eq!(run(&mut skytjek(&all)).0, 2, "{wrong:?}");
    }
}

#[test]
fn what_was_not_seen_ends_with_3_and_nothing_with_4() {
    let folder = tempfile::tempdir().unwrap();
    let source = snapshot(folder.path(), "partial");
    let (code, out, _) = run(&mut skytjek(&["exposure", &source, "-o", "json"]));
    assert_eq!(code, 3);
    assert!(out.contains("was not read (partial)"), "{out}");
    assert_eq!(run(&mut skytjek(&["exposure", &source, "--allow-incomplete"])).0, 0);
    assert_eq!(run(&mut skytjek(&["exposure", "no-such-folder"])).0, 4);
}

#[test]
fn newer_service_tags_come_first() {
    let folder = tempfile::tempdir().unwrap();
    let source = snapshot(folder.path(), "complete");
    let tags = folder.path().join("tags.json");
    fs::write(&tags, r#"{"values":[{"name":"X","properties":{"addressPrefixes":["20.0.0.0/8"]}}]}"#).unwrap();
    let tags = tags.display().to_string();
    assert_eq!(run(&mut skytjek(&["exposure", &source, "--service-tags", &tags])).0, 0);
    assert_eq!(run(&mut skytjek(&["exposure", &source, "--service-tags", &source])).0, 2);
}

/// An export of a database server and an app, each with what decides.
fn export(folder: &std::path::Path) -> String {
    let id = |rest: &str| format!("/subscriptions/s/resourceGroups/g/providers/{rest}");
    let bodies = json!([
        {"id": id("Microsoft.Storage/storageAccounts/data"), "properties": {"provisioningState": "Succeeded", "publicNetworkAccess": "Enabled",
            "networkAcls": {"defaultAction": "Deny", "bypass": "None", "ipRules": [{"value": "20.1.2.0/24"}]}}},
        {"id": id("Microsoft.KeyVault/vaults/open"), "properties": {"provisioningState": "Succeeded"}},
        {"id": id("Microsoft.Sql/servers/sql"), "properties": {"publicNetworkAccess": "Disabled"}},
        {"id": id("Microsoft.Sql/servers/unread"), "properties": {"publicNetworkAccess": "Enabled"}},
    ]);
    let file = folder.join("export.json");
    fs::write(&file, bodies.to_string()).unwrap();
    file.display().to_string()
}

#[test]
fn platform_services_stand_beside_the_machines() {
    let folder = tempfile::tempdir().unwrap();
    let source = export(folder.path());
    let (code, out, err) = run(&mut skytjek(&["exposure", &source, "-o", "json"]));
    assert_eq!(code, 3, "firewall rules are not in the file: {err}");
    let report: Value = serde_json::from_str(&out).unwrap();
    let rows: Vec<_> = report["services"].as_array().unwrap().iter().collect();
    let said: Vec<(&str, &str)> = rows
        .iter()
        .map(|row| (row["id"].as_str().unwrap().rsplit('/').next().unwrap(), row["state"].as_str().unwrap()))
        .collect();
    assert_eq!(said, [("open", "public"), ("sql", "private"), ("unread", "unknown"), ("data", "restricted")]);
    assert_eq!(rows[0]["sources"], json!(["0.0.0.0/0", "::/0"]));
    assert_eq!(rows[3]["sources"], json!(["20.1.2.0/24"]));
    assert!(rows[3]["via"][2].as_str().unwrap().ends_with("/data#properties.networkAcls.ipRules[0].value"));
    assert!(rows[2]["reason"].as_str().unwrap().contains("firewallRules"));

    let (_, out, _) = run(&mut skytjek(&["exposure", &source, "--from", "20.1.2.128/25", "-o", "json"]));
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["services"][3]["sources"], json!(["20.1.2.128/25"]));
}

#[test]
fn a_person_reads_whom_a_service_answers() {
    let folder = tempfile::tempdir().unwrap();
    let (_, out, _) = run(&mut skytjek(&["exposure", &export(folder.path())]));
    insta::assert_snapshot!(out, @r"
    No network interface was found.

    == PUBLIC: 1 platform service ======================================================================

      open (vaults)
        answers the Internet because properties.publicNetworkAccess is not set, which means Enabled,
        properties.networkAcls.defaultAction is not set, which means Allow

    == UNKNOWN: 1 platform service =====================================================================

      unread (servers)
        unknown: Microsoft.Sql/servers/firewallRules was not read

    == RESTRICTED: 1 platform service ==================================================================

      data (storageAccounts)
        answers 20.1.2.0/24 because properties.publicNetworkAccess is Enabled,
        properties.networkAcls.defaultAction is Deny, properties.networkAcls.ipRules[0].value lets in
        20.1.2.0/24

    4 platform services: 1 public, 1 restricted, 1 unknown, 1 private.
    Not all of it could be decided; the reasons stand above.
    ");
}
