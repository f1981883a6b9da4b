//! Entra, Microsoft Graph and Key Vault.

use serde_json::json;

use crate::azure::Tenant;
use crate::client::{ARM, Client, GRAPH, VAULT, body, ids, school};

#[tokio::test]
async fn a_token_is_good_for_its_audience_only() {
    let azure = school().serve().start();
    let client = Client::of(&azure);
    let lists = [
        (ARM, format!("{ARM}/subscriptions?api-version=2022-12-01")),
        (GRAPH, format!("{GRAPH}/v1.0/users")),
        (VAULT, "https://kv-school.vault.azure.net/secrets?api-version=2025-07-01".to_owned()),
    ];
    for (audience, _) in &lists {
        let token = client.token(audience).await;
        for (owner, url) in &lists {
            let answer = client.http.get(url).bearer_auth(&token).send().await.unwrap();
            assert_eq!(answer.status() == 200, owner == audience, "{audience} at {url}");
        }
    }
    let violations = azure.take_violations();
    assert_eq!(violations.len(), 6, "{violations:?}");
    assert!(violations.iter().all(|violation| violation.what.contains("issued for another service")));
}

#[tokio::test]
async fn entra_refuses_strangers() {
    let azure = Tenant::new().serve().start();
    let client = Client::of(&azure);
    let scope = format!("{ARM}/.default");
    let cases = [
        (client.tenant.as_str(), "guess", scope.as_str(), 401, "AADSTS7000215"),
        ("another.example", client.secret.as_str(), scope.as_str(), 400, "AADSTS90002"),
        (
            client.tenant.as_str(),
            client.secret.as_str(),
            "https://evil.example.net/.default",
            400,
            "AADSTS500011",
        ),
    ];
    for (tenant, secret, scope, status, code) in cases {
        let answer = client.ask_token(tenant, secret, scope).await;
        assert_eq!(answer.status(), status, "{code}");
        assert!(body(answer).await["error_description"].as_str().unwrap().contains(code));
    }
}

#[tokio::test]
async fn microsoft_graph_gives_what_is_selected() {
    let azure = school().serve().page(1).start();
    let client = Client::of(&azure);
    let plain = client.json(&format!("{GRAPH}/v1.0/users?$top=5")).await;
    assert_eq!(
        plain["value"],
        json!([{"id": "u1", "displayName": "Ane"}]),
        "userType is not a default property"
    );
    let selected = client.json(&format!("{GRAPH}/v1.0/users?$select=id,userType&$top=5")).await;
    assert_eq!(selected["value"], json!([{"id": "u1", "userType": "Guest"}]));
    let next = client.json(selected["@odata.nextLink"].as_str().unwrap()).await;
    assert_eq!(next["value"], json!([{"id": "u2", "userType": "Member"}]));
    let policy = client.json(&format!("{GRAPH}/v1.0/policies/authorizationPolicy")).await;
    assert_eq!(policy["allowInvitesFrom"], "everyone");
    for (path, status) in [("users/u9", 404), ("unheard/of", 400), ("users?$top=1000", 400)] {
        assert_eq!(client.get(&format!("{GRAPH}/v1.0/{path}")).await.status(), status, "{path}");
    }
}

#[tokio::test]
async fn key_vault_challenges_and_lists_without_values() {
    let azure = school().serve().start();
    let client = Client::of(&azure);
    let at = |path: &str| format!("https://kv-school.vault.azure.net/{path}?api-version=2025-07-01");
    let stranger = client.http.get(at("secrets")).send().await.unwrap();
    assert_eq!(stranger.status(), 401);
    let header = stranger.headers()["www-authenticate"].to_str().unwrap();
    assert!(
        header.contains(&format!("login.microsoftonline.com/{}", client.tenant)) && header.contains(VAULT),
        "{header}"
    );

    let secrets = client.json(&at("secrets")).await;
    assert_eq!(secrets["value"][0]["attributes"], json!({"enabled": true, "exp": 1_800_000_000}));
    assert_eq!(ids(&secrets), ["https://kv-school.vault.azure.net/secrets/db"]);
    assert_eq!(client.json(&at("keys")).await["value"][0].get("kty"), None, "lists don't say what a key is");
    assert_eq!(client.json(&at("keys/disk")).await["key"]["kty"], "RSA");
    let rotation = client.json(&at("keys/disk/rotationpolicy")).await;
    assert_eq!(rotation["lifetimeActions"][0]["action"]["type"], "Notify");
    assert_eq!(client.json(&at("certificates/web/policy")).await["issuer"]["name"], "Self");
    assert_eq!(client.refusal(&at("keys/none")).await, (404, "ItemNotFound".to_owned()));
    let old = "https://kv-school.vault.azure.net/secrets?api-version=7.4";
    assert_eq!(client.get(old).await.status(), 400);
}

#[tokio::test]
async fn microsoft_graph_takes_only_the_options_of_the_operation() {
    let azure = Tenant::with_subscription()
        .graph("oAuth2PermissionGrant", json!({"id": "1"}))
        .graph("unifiedRoleManagementPolicyAssignment", json!({"id": "1", "policy": {"rules": []}}))
        .graph("tenantAppManagementPolicy", json!({"id": "1"}))
        .serve()
        .start();
    let client = Client::of(&azure);
    let filter = "$filter=scopeId%20eq%20'/'%20and%20scopeType%20eq%20'DirectoryRole'";
    for (path, status) in [
        ("oauth2PermissionGrants", 200),
        ("oauth2PermissionGrants?$top=5", 400),
        ("policies/defaultAppManagementPolicy", 200),
        ("policies/defaultAppManagementPolicy?$select=id", 400),
        ("policies/roleManagementPolicyAssignments", 400),
        (&format!("policies/roleManagementPolicyAssignments?{filter}&$expand=policy($expand=rules)"), 200),
        ("roleManagement/directory/roleEligibilitySchedules", 200),
        ("policies/roleManagementPolicies?$filter=scopeId%20eq%20'/'", 400),
    ] {
        assert_eq!(client.get(&format!("{GRAPH}/v1.0/{path}")).await.status(), status, "{path}");
    }
}

#[tokio::test]
async fn microsoft_graph_lists_what_belongs_to_an_object() {
    let azure = Tenant::with_subscription()
        .graph("application", json!({"id": "a1"}))
        .related("application/a1", "owners", json!({"id": "u1"}))
        .graph("group", json!({"id": "g1"}))
        .related("group/g1", "members", json!({"id": "u2"}))
        .serve()
        .start();
    let client = Client::of(&azure);
    let at = |path: &str| format!("{GRAPH}/v1.0/{path}");
    assert_eq!(client.json(&at("applications/a1/owners")).await["value"], json!([{"id": "u1"}]));
    assert_eq!(client.json(&at("groups/g1/transitiveMembers")).await["value"], json!([{"id": "u2"}]));
    assert_eq!(client.json(&at("applications/a1")).await.get("owners"), None);
    for (path, status) in [("applications/none/owners", 404), ("applications/a1/unheardOf", 400)] {
        assert_eq!(client.get(&at(path)).await.status(), status, "{path}");
    }
}
