//! The test Azure behaves like Azure where a scanner can tell the difference.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod azure;

use std::time::{Duration, Instant};

use azure::{Fault, SUBSCRIPTION, Tenant, TestAzure, arm_id};
use reqwest::{Method, Response};
use serde_json::{Value, json};

const ARM: &str = "https://management.azure.com";
const GRAPH: &str = "https://graph.microsoft.com";
const VAULT: &str = "https://vault.azure.net";
const STORAGE: &str = "Microsoft.Storage/storageAccounts";

/// A client that trusts the server and knows its address; one token for each audience.
struct Client {
    http: reqwest::Client,
    tenant: String,
    secret: String,
}

impl Client {
    fn of(azure: &TestAzure) -> Self {
        let pem = std::fs::read(azure.ca_file()).unwrap();
        let names = [
            "login.microsoftonline.com",
            "management.azure.com",
            "graph.microsoft.com",
            "kv-school.vault.azure.net",
        ];
        let builder = reqwest::Client::builder()
            .tls_certs_only([reqwest::Certificate::from_pem(&pem).unwrap()])
            .redirect(reqwest::redirect::Policy::none());
        let builder = names
            .iter()
            .fold(builder, |builder, name| builder.resolve(name, azure.address()));
        let http = builder
            .resolve("evil.example.net", azure.foreign_address())
            .build()
            .unwrap();
        let [tenant, _, secret] = azure.env().map(|(_, value)| value);
        Self { http, tenant, secret }
    }

    async fn ask_token(&self, tenant: &str, secret: &str, scope: &str) -> Response {
        let form = format!(
            "client_id=c11e0000-0000-4000-8000-00000000c11e&client_secret={secret}&grant_type=client_credentials&scope={}",
            scope.replace(':', "%3A").replace('/', "%2F")
        );
        let url = format!("https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token");
        self.http.post(url).body(form).send().await.unwrap()
    }

    async fn token(&self, audience: &str) -> String {
        let answer = self
            .ask_token(&self.tenant, &self.secret, &format!("{audience}/.default"))
            .await;
        body(answer).await["access_token"].as_str().unwrap().to_owned()
    }

    /// GET with a token for the host that is asked.
    async fn get(&self, url: &str) -> Response {
        self.try_get(url).await.unwrap()
    }

    async fn try_get(&self, url: &str) -> reqwest::Result<Response> {
        let audience = match url {
            _ if url.starts_with(GRAPH) => GRAPH,
            _ if url.contains(".vault.azure.net") => VAULT,
            _ => ARM,
        };
        self.http
            .get(url)
            .bearer_auth(self.token(audience).await)
            .send()
            .await
    }

    async fn json(&self, url: &str) -> Value {
        let answer = self.get(url).await;
        assert_eq!(answer.status(), 200, "{url}");
        body(answer).await
    }

    /// The status and error code of a GET.
    async fn refusal(&self, url: &str) -> (u16, String) {
        refusal(self.get(url).await).await
    }

    async fn query(&self, body: Value) -> Response {
        let url = format!("{ARM}/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01");
        let post = self.http.post(url).bearer_auth(self.token(ARM).await);
        post.header("content-type", "application/json")
            .body(body.to_string())
            .send()
            .await
            .unwrap()
    }
}

async fn body(answer: Response) -> Value {
    serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
}

async fn refusal(answer: Response) -> (u16, String) {
    let status = answer.status().as_u16();
    let code = body(answer).await["error"]["code"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    (status, code)
}

fn ids(page: &Value) -> Vec<String> {
    let items = page
        .get("value")
        .or_else(|| page.get("data"))
        .unwrap()
        .as_array()
        .unwrap();
    items
        .iter()
        .map(|item| item["id"].as_str().unwrap().to_owned())
        .collect()
}

fn vault_id() -> String {
    arm_id("rg-school", "Microsoft.KeyVault/vaults", "kv-school")
}

/// A tenant with something of everything.
fn school() -> Tenant {
    let network = arm_id("rg-school", "Microsoft.Network/virtualNetworks", "hub");
    let site = arm_id("rg-school", "Microsoft.Web/sites", "intranet");
    let account = arm_id("rg-school", STORAGE, "stschool");
    Tenant::with_subscription()
        .resource(json!({"id": account, "properties": {"supportsHttpsTrafficOnly": true}}))
        .resource(json!({"id": format!("{account}/blobServices/default"), "properties": {"isVersioningEnabled": true}}))
        .resource(json!({
            "id": format!("{account}/providers/Microsoft.Insights/diagnosticSettings/all"), "properties": {"logs": []},
        }))
        .resource(json!({"id": network, "properties": {"subnets": [{"name": "web", "properties": {}}]}}))
        .resource(json!({"id": site, "properties": {"httpsOnly": true, "siteConfig": {"ftpsState": "FtpsOnly"}}}))
        .resource(json!({"id": format!("{site}/config/web"), "properties": {"ftpsState": "FtpsOnly"}}))
        .resource(json!({
            "id": format!("/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Security/pricings/KeyVaults"),
            "properties": {"pricingTier": "Free"},
        }))
        .resource(json!({
            "id": format!("/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleAssignments/1"),
            "properties": {"principalId": "p"},
        }))
        .resource(json!({
            "id": "/providers/Microsoft.Authorization/roleAssignments/root", "properties": {"scope": "/"},
        }))
        .resource(json!({"id": vault_id(), "properties": {"vaultUri": "https://kv-school.vault.azure.net/"}}))
        .vault_item(json!({
            "id": format!("{}/keys/disk", vault_id()),
            "properties": {"kty": "RSA", "keySize": 2048, "attributes": {"enabled": true}},
        }))
        .vault_item(json!({
            "id": format!("{}/secrets/db", vault_id()),
            "properties": {"attributes": {"enabled": true, "exp": 1_800_000_000}},
        }))
        .vault_item(json!({"id": format!("{}/certificates/web", vault_id()), "properties": {"attributes": {"enabled": true}}}))
        .graph("users", json!({"id": "u1", "displayName": "Ane", "userType": "Guest"}))
        .graph("users", json!({"id": "u2", "displayName": "Bo", "userType": "Member"}))
        .graph("authorizationPolicy", json!({"id": "authorizationPolicy", "allowInvitesFrom": "everyone"}))
}

#[tokio::test]
async fn a_token_is_good_for_its_audience_only() {
    let azure = school().serve().start();
    let client = Client::of(&azure);
    let lists = [
        (ARM, format!("{ARM}/subscriptions?api-version=2022-12-01")),
        (GRAPH, format!("{GRAPH}/v1.0/users")),
        (
            VAULT,
            "https://kv-school.vault.azure.net/secrets?api-version=2025-07-01".to_owned(),
        ),
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
    assert!(
        violations
            .iter()
            .all(|violation| violation.what.contains("issued for another service"))
    );
}

#[tokio::test]
async fn entra_refuses_strangers() {
    let azure = Tenant::new().serve().start();
    let client = Client::of(&azure);
    let scope = format!("{ARM}/.default");
    let cases = [
        (
            client.tenant.as_str(),
            "guess",
            scope.as_str(),
            401,
            "AADSTS7000215",
        ),
        (
            "another.example",
            client.secret.as_str(),
            scope.as_str(),
            400,
            "AADSTS90002",
        ),
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
        assert!(
            body(answer).await["error_description"]
                .as_str()
                .unwrap()
                .contains(code)
        );
    }
}

#[tokio::test]
async fn arm_answers_by_id_and_by_list() {
    let azure = school().serve().start();
    let client = Client::of(&azure);
    let account = arm_id("rg-school", STORAGE, "stschool");
    let at = |path: &str| format!("{ARM}{path}?api-version=2024-01-01");
    let subscription = format!("/subscriptions/{SUBSCRIPTION}");

    let upper = client.json(&at(&account.to_uppercase())).await;
    assert_eq!(upper["id"], json!(account), "ids have no letter case");
    let network = arm_id("rg-school", "Microsoft.Network/virtualNetworks", "hub");
    let group = format!("{subscription}/resourceGroups/rg-school");
    let lists = [
        ("/subscriptions".to_owned(), vec![subscription.clone()]),
        (format!("{subscription}/resourceGroups"), vec![group.clone()]),
        (
            format!("{account}/blobServices"),
            vec![format!("{account}/blobServices/default")],
        ),
        (
            format!("{network}/subnets"),
            vec![format!("{network}/subnets/web")],
        ),
        (
            format!("{subscription}/providers/{STORAGE}"),
            vec![account.clone()],
        ),
        (
            format!("{group}/providers/microsoft.storage/storageaccounts"),
            vec![account.clone()],
        ),
        (
            format!("{subscription}/providers/Microsoft.Security/pricings"),
            vec![format!(
                "{subscription}/providers/Microsoft.Security/pricings/KeyVaults"
            )],
        ),
        (
            format!("{account}/providers/Microsoft.Insights/diagnosticSettings"),
            vec![format!(
                "{account}/providers/Microsoft.Insights/diagnosticSettings/all"
            )],
        ),
        (
            format!("{network}/providers/Microsoft.Insights/diagnosticSettings"),
            vec![],
        ),
        (
            format!("{subscription}/providers/Microsoft.Authorization/roleAssignments"),
            vec![
                format!("{subscription}/providers/Microsoft.Authorization/roleAssignments/1"),
                "/providers/Microsoft.Authorization/roleAssignments/root".to_owned(),
            ],
        ),
        (
            format!("{}/keys", vault_id()),
            vec![format!("{}/keys/disk", vault_id())],
        ),
    ];
    for (path, expected) in lists {
        assert_eq!(ids(&client.json(&at(&path)).await), expected, "{path}");
    }
    let refusals = [
        (format!("{ARM}{account}"), 400, "MissingApiVersionParameter"),
        (at(&format!("{account}2")), 404, "ResourceNotFound"),
        (
            at(&format!("{account}2/blobServices")),
            404,
            "ParentResourceNotFound",
        ),
        (
            at("/subscriptions/5ab50000-0000-4000-8000-00000000ffff/resourceGroups"),
            404,
            "SubscriptionNotFound",
        ),
        (
            at(&format!("{subscription}/resourceGroups/none")),
            404,
            "ResourceGroupNotFound",
        ),
        (
            at(&format!("{}/certificates", vault_id())),
            404,
            "InvalidResourceType",
        ),
    ];
    for (url, status, code) in refusals {
        assert_eq!(client.refusal(&url).await, (status, code.to_owned()), "{url}");
    }
    let below = format!(
        "/providers/Microsoft.Management/managementGroups/{}/descendants",
        client.tenant
    );
    assert_eq!(ids(&client.json(&at(&below)).await), [subscription]);
}

#[tokio::test]
async fn lists_and_rows_say_less_than_a_get() {
    let azure = school().serve().start();
    let client = Client::of(&azure);
    let site = arm_id("rg-school", "Microsoft.Web/sites", "intranet");
    let whole = client.json(&format!("{ARM}{site}?api-version=2024-04-01")).await;
    assert_eq!(whole["properties"]["siteConfig"]["ftpsState"], "FtpsOnly");
    let list =
        format!("{ARM}/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Web/sites?api-version=2024-04-01");
    let listed = client.json(&list).await["value"][0].clone();
    let query = "resources | where type =~ 'Microsoft.Web/sites' | project id, kind, type, properties | order by id asc";
    let row = body(client.query(json!({"query": query})).await).await["data"][0].clone();
    for slim in [&listed, &row] {
        assert_eq!(slim["properties"]["siteConfig"]["ftpsState"], Value::Null);
        assert_eq!(slim["properties"]["httpsOnly"], true);
    }
    assert_eq!(
        (&row["type"], &row["kind"]),
        (&json!("microsoft.web/sites"), &json!(""))
    );
    let keys = client
        .json(&format!("{ARM}{}/keys?api-version=2024-11-01", vault_id()))
        .await;
    assert_eq!(
        keys["value"][0]["properties"],
        json!({"attributes": {"enabled": true}})
    );
}

#[tokio::test]
async fn arm_pages_with_links() {
    let azure = Tenant::new().many(5, "rg", STORAGE, "st").serve().page(2).start();
    let client = Client::of(&azure);
    let mut url = format!("{ARM}/subscriptions/{SUBSCRIPTION}/providers/{STORAGE}?api-version=2024-01-01");
    let mut sizes = Vec::new();
    loop {
        let page = client.json(&url).await;
        sizes.push(ids(&page).len());
        let Some(next) = page["nextLink"].as_str() else {
            break;
        };
        url = next.to_owned();
    }
    assert_eq!(sizes, [2, 2, 1]);
    assert_eq!(azure.calls().of("GET", STORAGE).len(), 3);
    let counts = azure.calls().counts();
    assert_eq!(
        counts[&format!("GET management.azure.com/subscriptions/{{}}/providers/{STORAGE}")],
        3
    );
}

#[tokio::test]
async fn resource_graph_pages_when_the_query_allows_it() {
    let other = "5ab50000-0000-4000-8000-000000000002";
    let foreign = format!("/subscriptions/{other}/resourceGroups/rg/providers/{STORAGE}/other");
    let tenant = Tenant::new()
        .many(4, "rg", STORAGE, "st")
        .resource(json!({"id": foreign}));
    let azure = tenant.serve().rows(2).hidden_from_resource_graph(other).start();
    let client = Client::of(&azure);
    let ask = async |query: &str, token: Option<&str>| {
        let options = token.map_or(
            json!({"$top": 1000}),
            |token| json!({"$top": 1000, "$skipToken": token}),
        );
        body(
            client
                .query(json!({"subscriptions": [SUBSCRIPTION, other], "query": query, "options": options}))
                .await,
        )
        .await
    };
    let sorted = "resources | project id, type | order by id asc";
    let first = ask(sorted, None).await;
    assert_eq!(
        (&first["totalRecords"], &first["resultTruncated"]),
        (&json!(4), &json!("true"))
    );
    let second = ask(sorted, first["$skipToken"].as_str()).await;
    assert_eq!(second.get("$skipToken"), None);
    let mut all = ids(&first);
    all.extend(ids(&second));
    let expected: Vec<String> = (0..4)
        .map(|number| arm_id("rg", STORAGE, &format!("st-00{number}")))
        .collect();
    assert_eq!(
        all, expected,
        "the hidden subscription is left out without a word"
    );

    let nameless = ask("resources | project type | order by type asc", None).await;
    assert_eq!(
        (nameless.get("$skipToken"), &nameless["resultTruncated"]),
        (None, &json!("true"))
    );
    let unsorted = ask("resources | project id", None).await;
    assert_ne!(
        ids(&unsorted),
        ids(&ask("resources | project id", None).await),
        "no order, no repeatable rows"
    );
    let count = ask("resources | summarize count() by type", None).await;
    assert_eq!(
        count["data"],
        json!([{"type": "microsoft.storage/storageaccounts", "count_": 4}])
    );
    for query in [
        "resources | mv-expand x",
        "nothing | project id",
        "resources | where name ~ 'x'",
    ] {
        let answer = client.query(json!({"query": query})).await;
        assert_eq!(refusal(answer).await, (400, "BadRequest".to_owned()), "{query}");
    }
}

#[tokio::test]
async fn containers_and_roles_are_tables() {
    let azure = school().serve().start();
    let client = Client::of(&azure);
    let ask = async |query: &str, filter: &str| {
        let options = json!({"authorizationScopeFilter": filter});
        let answer = client.query(json!({"query": query, "options": options})).await;
        ids(&body(answer).await).len()
    };
    // The root management group, the subscription, its resource group.
    assert_eq!(
        ask(
            "resourcecontainers | project id | order by id asc",
            "AtScopeAndBelow"
        )
        .await,
        3
    );
    let roles =
        "authorizationresources | where type =~ 'microsoft.authorization/roleassignments' | project id";
    assert_eq!(ask(roles, "AtScopeAndBelow").await, 1);
    assert_eq!(ask(roles, "AtScopeAboveAndBelow").await, 2);
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
    let selected = client
        .json(&format!("{GRAPH}/v1.0/users?$select=id,userType&$top=5"))
        .await;
    assert_eq!(selected["value"], json!([{"id": "u1", "userType": "Guest"}]));
    let next = client.json(selected["@odata.nextLink"].as_str().unwrap()).await;
    assert_eq!(next["value"], json!([{"id": "u2", "userType": "Member"}]));
    let policy = client
        .json(&format!("{GRAPH}/v1.0/policies/authorizationPolicy"))
        .await;
    assert_eq!(policy["allowInvitesFrom"], "everyone");
    for (path, status) in [("users/u9", 404), ("unheard/of", 400), ("users?$top=1000", 400)] {
        assert_eq!(
            client.get(&format!("{GRAPH}/v1.0/{path}")).await.status(),
            status,
            "{path}"
        );
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
    assert_eq!(
        secrets["value"][0]["attributes"],
        json!({"enabled": true, "exp": 1_800_000_000})
    );
    assert_eq!(ids(&secrets), ["https://kv-school.vault.azure.net/secrets/db"]);
    assert_eq!(
        client.json(&at("keys")).await["value"][0].get("kty"),
        None,
        "lists don't say what a key is"
    );
    assert_eq!(client.json(&at("keys/disk")).await["key"]["kty"], "RSA");
    let rotation = client.json(&at("keys/disk/rotationpolicy")).await;
    assert_eq!(rotation["lifetimeActions"][0]["action"]["type"], "Notify");
    assert_eq!(
        client.json(&at("certificates/web/policy")).await["issuer"]["name"],
        "Self"
    );
    assert_eq!(
        client.refusal(&at("keys/none")).await,
        (404, "ItemNotFound".to_owned())
    );
    let old = "https://kv-school.vault.azure.net/secrets?api-version=7.4";
    assert_eq!(client.get(old).await.status(), 400);
}

#[tokio::test]
async fn what_a_reader_must_never_do_is_written_down() {
    let azure = school().serve().start();
    let client = Client::of(&azure);
    let account = arm_id("rg-school", STORAGE, "stschool");
    let cases = [
        (
            Method::PUT,
            ARM,
            format!("{ARM}{account}?api-version=1"),
            "can change",
        ),
        (
            Method::DELETE,
            ARM,
            format!("{ARM}{account}?api-version=1"),
            "can change",
        ),
        (
            Method::HEAD,
            ARM,
            format!("{ARM}{account}?api-version=1"),
            "can change",
        ),
        (
            Method::POST,
            ARM,
            format!("{ARM}{account}/listKeys?api-version=1"),
            "can change",
        ),
        (
            Method::GET,
            ARM,
            format!("{ARM}{account}/listKeys?api-version=1"),
            "returns keys",
        ),
        (
            Method::GET,
            ARM,
            format!("{ARM}{account}/config/authsettings/list?api-version=1"),
            "returns keys",
        ),
        (
            Method::POST,
            ARM,
            format!("{ARM}/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Web/register?api-version=1"),
            "can change",
        ),
        (
            Method::GET,
            VAULT,
            "https://kv-school.vault.azure.net/secrets/db?api-version=2025-07-01".into(),
            "secret",
        ),
        (
            Method::GET,
            VAULT,
            "https://kv-school.vault.azure.net/secrets/db/v1?api-version=2025-07-01".into(),
            "secret",
        ),
        (
            Method::GET,
            ARM,
            "https://login.microsoftonline.com/x".into(),
            "token endpoint",
        ),
    ];
    for (method, audience, url, what) in cases {
        let token = client.token(audience).await;
        let answer = client
            .http
            .request(method, &url)
            .bearer_auth(token)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 403, "{url}");
        let found = azure.take_violations();
        assert!(
            found
                .first()
                .is_some_and(|violation| violation.what.contains(what)),
            "{url}: {found:?}"
        );
    }
    let versions = "https://kv-school.vault.azure.net/secrets/db/versions?api-version=2025-07-01";
    assert_eq!(
        client.get(versions).await.status(),
        200,
        "a list of versions has no values"
    );
}

#[tokio::test]
async fn a_violation_fails_the_test_that_made_it() {
    for foreign in [false, true] {
        let azure = school().serve().start();
        let client = Client::of(&azure);
        let url = if foreign {
            azure.foreign_link()
        } else {
            format!("{ARM}/x?api-version=1")
        };
        client.http.put(url).send().await.unwrap();
        let dropped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(azure)));
        let message = *dropped.unwrap_err().downcast::<String>().unwrap();
        assert!(
            message.contains(if foreign { "evil.example.net" } else { "can change" }),
            "{message}"
        );
    }
}

#[tokio::test]
async fn faults_answer_what_they_say() {
    let account = arm_id("rg-school", STORAGE, "stschool");
    let url = format!("{ARM}{account}?api-version=2024-01-01");
    let cases = [
        (
            Fault::on("stschool").status(401),
            401,
            "InvalidAuthenticationToken",
            "",
        ),
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
        (
            Fault::on("stschool").status(429).retry_after(7),
            429,
            "TooManyRequests",
            "",
        ),
        (Fault::on("stschool").status(502), 502, "InternalServerError", ""),
    ];
    for (fault, status, code, text) in cases {
        let azure = school().serve().fault(fault.times(1)).start();
        let client = Client::of(&azure);
        let answer = client.get(&url).await;
        assert_eq!(answer.status(), status);
        let wait = answer
            .headers()
            .get("retry-after")
            .map(|value| value.to_str().unwrap().to_owned());
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
        (
            answer.status().as_u16(),
            answer.headers()["content-type"].to_str().unwrap()
        ),
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
    let tenant = Tenant::new()
        .many(3, "rg", STORAGE, "st")
        .graph("users", json!({"id": "u"}));

    let azure = tenant
        .serve()
        .page(2)
        .rows(2)
        .fault(Fault::on("").looping())
        .start();
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
        let page = body(
            client
                .query(json!({"query": query, "options": {"$skipToken": token}}))
                .await,
        )
        .await;
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
    assert!(
        client.get(&link).await.status() == 200,
        "the foreign host answers, if asked"
    );
    let seen = azure.take_foreign_requests();
    assert!(seen.len() == 2 && seen[1].ends_with("with a token"), "{seen:?}");
    azure.clear_faults();
    assert_eq!(client.json(&list).await.get("nextLink"), None);
}

#[tokio::test]
async fn faults_of_tokens_and_vaults() {
    let secrets = "https://kv-school.vault.azure.net/secrets?api-version=2025-07-01";
    let azure = school()
        .serve()
        .fault(Fault::on(".vault.azure.net").firewall())
        .start();
    let answer = Client::of(&azure).get(secrets).await;
    assert_eq!(answer.status(), 403);
    assert_eq!(
        body(answer).await["error"]["innererror"]["code"],
        "ForbiddenByFirewall"
    );
    drop(azure);

    let azure = school()
        .serve()
        .fault(Fault::on("kv-school").challenge(ARM))
        .start();
    let client = Client::of(&azure);
    let answer = client.http.get(secrets).send().await.unwrap();
    assert!(
        answer.headers()["www-authenticate"]
            .to_str()
            .unwrap()
            .contains(&format!("resource=\"{ARM}\""))
    );
    drop(azure);

    let url = format!("{ARM}/subscriptions?api-version=2022-12-01");
    let azure = school()
        .serve()
        .fault(Fault::on("/subscriptions").times(1).revoke_token())
        .start();
    let client = Client::of(&azure);
    let old = client.token(ARM).await;
    for _ in 0..2 {
        assert_eq!(
            client
                .http
                .get(&url)
                .bearer_auth(&old)
                .send()
                .await
                .unwrap()
                .status(),
            401,
            "not good any more"
        );
    }
    assert_eq!(client.get(&url).await.status(), 200, "a new one is");
    drop(azure);

    let azure = school()
        .serve()
        .fault(Fault::on("oauth2").status(500).times(1))
        .start();
    let client = Client::of(&azure);
    let scope = format!("{ARM}/.default");
    assert_eq!(
        client
            .ask_token(&client.tenant, &client.secret, &scope)
            .await
            .status(),
        500
    );
    assert_eq!(
        client
            .ask_token(&client.tenant, &client.secret, &scope)
            .await
            .status(),
        200
    );
}

#[tokio::test]
async fn what_a_snapshot_lost_is_lost_again() {
    let account = arm_id("rg-school", STORAGE, "stschool");
    let lost = |scope: &str, read: &str, state: &str| json!({"scope": scope, "read": read, "state": state});
    let subscription = format!("/subscriptions/{SUBSCRIPTION}");
    let azure = school()
        .coverage(lost(&account, &format!("{STORAGE}/blobServices"), "denied"))
        .coverage(lost(
            &subscription,
            "Microsoft.Security/pricings",
            "not_registered",
        ))
        .coverage(lost(
            "/",
            "Microsoft.ResourceGraph/authorizationresources",
            "failed",
        ))
        .serve()
        .start();
    let client = Client::of(&azure);
    let at = |path: String| format!("{ARM}{path}?api-version=2024-01-01");
    let blob = client.refusal(&at(format!("{account}/blobServices"))).await;
    assert_eq!(blob, (403, "AuthorizationFailed".to_owned()));
    let pricings = client
        .refusal(&at(format!(
            "{subscription}/providers/Microsoft.Security/pricings"
        )))
        .await;
    assert_eq!(pricings, (409, "MissingSubscriptionRegistration".to_owned()));
    let roles = client
        .query(json!({"query": "authorizationresources | project id"}))
        .await;
    assert_eq!(roles.status(), 500);
}

#[test]
fn the_cloud_file_is_the_documented_table() {
    let azure = Tenant::new().serve().start();
    let text = std::fs::read_to_string(azure.cloud_file()).unwrap();
    let cloud = &text.parse::<toml::Table>().unwrap()["cloud"];
    assert_eq!(
        cloud["authority_host"].as_str(),
        Some("https://login.microsoftonline.com")
    );
    let address = azure.address().to_string();
    for name in [
        "login.microsoftonline.com",
        "management.azure.com",
        "graph.microsoft.com",
        "*.vault.azure.net",
    ] {
        assert_eq!(cloud["resolve"][name].as_str(), Some(address.as_str()), "{name}");
    }
    assert!(std::path::Path::new(cloud["ca_file"].as_str().unwrap()).is_file());
}

#[test]
fn a_snapshot_may_be_packed() {
    let directory = tempfile::tempdir().unwrap();
    school().write(directory.path());
    let plain = directory.path().join("resources.ndjson");
    let packed = zstd::encode_all(std::fs::File::open(&plain).unwrap(), 3).unwrap();
    std::fs::write(directory.path().join("resources.ndjson.zst"), packed).unwrap();
    std::fs::remove_file(plain).unwrap();
    let azure = azure::Settings::of(directory.path()).start();
    assert!(azure.world().get(&vault_id()).is_some());
}
