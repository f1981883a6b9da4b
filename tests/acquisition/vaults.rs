//! Key vaults that answer, that refuse, and that lie.

use serde_json::json;
use skytjek::inventory::coverage::CoverageState::{Complete, Denied, Failed};

use crate::azure::{Fault, Tenant};
use crate::setting::*;

fn vault_reads() -> skytjek::inventory::reads::Reads {
    reads(&[
        (KEYS, "", &["properties.keySize", "properties.rotationPolicy.lifetimeActions[*].action.type"]),
        (SECRETS, "", &["properties.attributes.exp"]),
        (CERTIFICATES, "", &["properties.policy.issuer.name"]),
    ])
}

#[tokio::test]
async fn items_without_values() {
    let azure = school().serve().page(1).start();
    let recording = scan(&azure, &vault_reads()).await;
    assert_eq!(recording.vault.len(), 4);
    for read in [KEYS, SECRETS, CERTIFICATES] {
        assert_eq!(state(&recording, &vault(), read), Complete, "{read}");
    }
    let key = body(&recording, &format!("{}/keys/disk", vault()));
    assert_eq!(key["properties"]["keySize"], 2048);
    assert_eq!(key["properties"]["rotationPolicy"]["lifetimeActions"][0]["action"]["type"], "notify");
    let certificate = body(&recording, &format!("{}/certificates/web", vault()));
    assert_eq!(certificate["properties"]["policy"]["issuer"]["name"], "Self");
}

#[tokio::test]
async fn nothing_beyond_the_lists_is_asked_unless_a_rule_reads_it() {
    let azure = school().serve().start();
    let wanted = reads(&[
        (KEYS, "", &["properties.attributes.exp"]),
        (CERTIFICATES, "", &["properties.attributes.exp"]),
    ]);
    scan(&azure, &wanted).await;
    let calls = azure.calls();
    let mut asked: Vec<String> = calls
        .of("GET", "vault.azure.net")
        .iter()
        .filter(|call| call.authorized)
        .map(|call| call.pattern())
        .collect();
    asked.sort();
    let host = "GET kv-school.vault.azure.net";
    assert_eq!(asked, [format!("{host}/certificates"), format!("{host}/keys")]);
}

#[tokio::test]
async fn behind_a_firewall_the_metadata_of_resource_manager_serves() {
    let action = "Microsoft.KeyVault/vaults/secrets/readMetadata/action";
    let refusals = [
        (Fault::on("vault.azure.net").firewall(), "ForbiddenByFirewall"),
        (Fault::on("vault.azure.net").vault_denied(action), "ForbiddenByRbac"),
    ];
    for (fault, code) in refusals {
        let azure = school().serve().fault(fault).start();
        let recording = scan(&azure, &vault_reads()).await;
        assert_eq!(state(&recording, &vault(), SECRETS), Complete, "all that is read of secrets is there");
        let key = body(&recording, &format!("{}/keys/disk", vault()));
        assert_eq!(key["properties"]["keySize"], 2048, "the key's own GET");
        // Resource Manager shows no policy, which is not the same as no policy.
        assert!(!state(&recording, &vault(), KEYS).is_whole());
        let found = entry(&recording, &vault(), CERTIFICATES);
        assert_eq!((found.state, found.code.as_deref()), (Denied, Some(code)));
        assert!(azure.calls().of("GET", "kv-school/certificates").is_empty());
    }
}

#[tokio::test]
async fn a_vault_that_refuses_on_both_ways_is_denied() {
    let azure = school()
        .serve()
        .fault(Fault::on("vault.azure.net").firewall())
        .fault(Fault::on("vaults/kv-school/").denied("Microsoft.KeyVault/vaults/keys/read"))
        .start();
    let recording = scan(&azure, &vault_reads()).await;
    for read in [KEYS, SECRETS, CERTIFICATES] {
        assert_eq!(state(&recording, &vault(), read), Denied, "{read}");
    }
}

#[tokio::test]
async fn a_vault_that_asks_for_another_services_token_gets_none() {
    let azure =
        school().serve().fault(Fault::on("kv-school").challenge("https://management.azure.com")).start();
    let recording = scan(&azure, &reads(&[(CERTIFICATES, "", &["properties"])])).await;
    assert_eq!(state(&recording, &vault(), CERTIFICATES), Failed);
    assert!(azure.calls().of("GET", "vault.azure.net").iter().all(|call| !call.authorized));
}

#[tokio::test]
async fn an_address_that_is_no_vault_is_never_called() {
    for address in [
        "https://evil.example.net/",
        "https://evil.example.net#.vault.azure.net/",
        "https://kv.vault.azure.net.evil.example.net/",
    ] {
        let tenant =
            Tenant::with_subscription().resource(json!({"id": vault(), "properties": {"vaultUri": address}}));
        let azure = tenant.serve().start();
        let recording = scan(&azure, &vault_reads()).await;
        assert!(azure.foreign_requests().is_empty());
        assert!(!state(&recording, &vault(), CERTIFICATES).is_whole(), "{address}");
        assert!(azure.calls().of("GET", ".vault.azure.net").is_empty());
    }
}
