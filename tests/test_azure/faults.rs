//! Each fault does what it says.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::azure::{Fault, SUBSCRIPTION, Tenant, arm_id};
use crate::client::{ARM, Client, GRAPH, STORAGE, body, ids, school};

#[tokio::test]
async fn faults_answer_what_they_say() {
    let account = arm_id("rg-school", STORAGE, "stschool");
    let url = format!("{ARM}{account}?api-version=2024-01-01");
    let cases = [
        (Fault::on("stschool").status(401), 401, "InvalidAuthenticationToken", ""),
        (
            Fault::on("stschool").denied("Microsoft.Storage/storageAccounts/read"),
            403,
            "AuthorizationFailed",
            "to perform action 'Microsoft.Storage/storageAccounts/read' over scope '/subscriptions/",
        ),
        (Fault::on("stschool").status(404), 404, "ResourceNotFound", ""),
        (
            Fault::on("stschool").not_registered("Microsoft.Storage"),
            409,
            "MissingSubscriptionRegistration",
            "namespace 'Microsoft.Storage'",
        ),
        (Fault::on("stschool").status(429).retry_after(7), 429, "TooManyRequests", ""),
        (Fault::on("stschool").status(502), 502, "InternalServerError", ""),
    ];
    for (fault, status, code, text) in cases {
        let azure = school().serve().fault(fault.times(1)).start();
        let client = Client::of(&azure);
        let answer = client.get(&url).await;
        assert_eq!(answer.status(), status);
        let wait = answer.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(wait.as_deref(), (status == 429).then_some("7"));
        let error = body(answer).await["error"].clone();
        assert_eq!(error["code"], code);
        assert!(error["message"].as_str().unwrap().contains(text), "{error}");
        assert_eq!(client.get(&url).await.status(), 200, "once, and no more");
    }
}

#[tokio::test]
async fn faults_break_the_connection_and_the_body() {
    let url = format!("{ARM}/subscriptions?api-version=2022-12-01");
    let start = |fault: Fault| school().serve().fault(fault.times(1)).start();

    let azure = start(Fault::on("GET management").reset());
    assert!(Client::of(&azure).try_get(&url).await.is_err());
    assert_eq!(azure.calls().of("GET", "/subscriptions")[0].status, 0);

    let azure = start(Fault::on("GET management").cut_body());
    let answer = Client::of(&azure).get(&url).await;
    assert!(answer.status() == 200 && answer.bytes().await.is_err());

    let azure = start(Fault::on("GET management").malformed());
    let bytes = Client::of(&azure).get(&url).await.bytes().await.unwrap();
    assert!(serde_json::from_slice::<Value>(&bytes).is_err());

    let azure = start(Fault::on("GET management").html());
    let answer = Client::of(&azure).get(&url).await;
    assert_eq!(
        (answer.status().as_u16(), answer.headers()["content-type"].to_str().unwrap()),
        (200, "text/html")
    );

    let azure = start(Fault::on("GET management").slow(Duration::from_millis(120)));
    let begun = Instant::now();
    assert_eq!(ids(&Client::of(&azure).json(&url).await).len(), 1);
    assert!(begun.elapsed() >= Duration::from_millis(120));
}

#[tokio::test]
async fn faults_bend_the_way_to_the_next_page() {
    let list = format!("{ARM}/subscriptions/{SUBSCRIPTION}/providers/{STORAGE}?api-version=2024-01-01");
    let tenant = Tenant::new().many(3, "rg", STORAGE, "st").graph("user", json!({"id": "u"}));

    let azure = tenant.serve().page(2).rows(2).fault(Fault::on("").looping()).start();
    let client = Client::of(&azure);
    let first = client.json(&list).await;
    let second = client.json(first["nextLink"].as_str().unwrap()).await;
    let third = client.json(second["nextLink"].as_str().unwrap()).await;
    assert_eq!(ids(&third), ids(&first));
    let users = client.json(&format!("{GRAPH}/v1.0/users")).await;
    assert!(users["@odata.nextLink"].as_str().unwrap().starts_with(GRAPH));
    let query = "resources | project id | order by id asc";
    let mut token = Value::Null;
    let mut pages = Vec::new();
    for _ in 0..3 {
        let page = body(client.query(json!({"query": query, "options": {"$skipToken": token}})).await).await;
        token = page["$skipToken"].clone();
        pages.push(ids(&page));
    }
    assert!(pages[0] == pages[2] && pages[0] != pages[1], "{pages:?}");
    drop(azure);

    let azure = tenant.serve().fault(Fault::on(STORAGE).endless()).start();
    let client = Client::of(&azure);
    let first = client.json(&list).await["nextLink"].clone();
    let second = client.json(first.as_str().unwrap()).await["nextLink"].clone();
    assert_ne!(first, second);
    drop(azure);

    let azure = tenant.serve().start();
    azure.add_fault(Fault::on(STORAGE).next_link(&azure.foreign_link()));
    let client = Client::of(&azure);
    let link = client.json(&list).await["nextLink"].as_str().unwrap().to_owned();
    assert!(client.get(&link).await.status() == 200, "the foreign host answers, if asked");
    let seen = azure.take_foreign_requests();
    assert!(seen.len() == 2 && seen[1].ends_with("with a token"), "{seen:?}");
    azure.clear_faults();
    assert_eq!(client.json(&list).await.get("nextLink"), None);
}

#[tokio::test]
async fn faults_of_tokens_and_vaults() {
    let secrets = "https://kv-school.vault.azure.net/secrets?api-version=2025-07-01";
    let azure = school().serve().fault(Fault::on(".vault.azure.net").firewall()).start();
    let answer = Client::of(&azure).get(secrets).await;
    assert_eq!(answer.status(), 403);
    assert_eq!(body(answer).await["error"]["innererror"]["code"], "ForbiddenByFirewall");
    drop(azure);

    let azure = school().serve().fault(Fault::on("kv-school").challenge(ARM)).start();
    let client = Client::of(&azure);
    let answer = client.http.get(secrets).send().await.unwrap();
    assert!(answer.headers()["www-authenticate"].to_str().unwrap().contains(&format!("resource=\"{ARM}\"")));
    drop(azure);

    let url = format!("{ARM}/subscriptions?api-version=2022-12-01");
    let azure = school().serve().fault(Fault::on("/subscriptions").times(1).revoke_token()).start();
    let client = Client::of(&azure);
    let old = client.token(ARM).await;
    for _ in 0..2 {
        assert_eq!(
            client.http.get(&url).bearer_auth(&old).send().await.unwrap().status(),
            401,
            "not good any more"
        );
    }
    assert_eq!(client.get(&url).await.status(), 200, "a new one is");
    drop(azure);

    let azure = school().serve().fault(Fault::on("oauth2").status(500).times(1)).start();
    let client = Client::of(&azure);
    let scope = format!("{ARM}/.default");
    assert_eq!(client.ask_token(&client.tenant, &client.secret, &scope).await.status(), 500);
    assert_eq!(client.ask_token(&client.tenant, &client.secret, &scope).await.status(), 200);
}
