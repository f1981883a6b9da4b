//! A plain client for the test Azure, and a tenant with something of everything.

use reqwest::Response;
use serde_json::{Value, json};

use crate::azure::{SUBSCRIPTION, Tenant, TestAzure, arm_id};

/// Audience and address of Azure Resource Manager.
pub const ARM: &str = "https://management.azure.com";
/// Audience and address of Microsoft Graph.
pub const GRAPH: &str = "https://graph.microsoft.com";
/// Audience of Key Vault.
pub const VAULT: &str = "https://vault.azure.net";
/// A type to fill lists with.
pub const STORAGE: &str = "Microsoft.Storage/storageAccounts";

/// A client that trusts the server and knows its address; one token for each audience.
pub struct Client {
    pub http: reqwest::Client,
    pub tenant: String,
    pub secret: String,
}

impl Client {
    pub fn of(azure: &TestAzure) -> Self {
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
        let builder = names.iter().fold(builder, |builder, name| builder.resolve(name, azure.address()));
        let http = builder.resolve("evil.example.net", azure.foreign_address()).build().unwrap();
        let [tenant, _, secret] = azure.env().map(|(_, value)| value);
        Self { http, tenant, secret }
    }

    pub async fn ask_token(&self, tenant: &str, secret: &str, scope: &str) -> Response {
        let form = format!(
            "client_id=c11e0000-0000-4000-8000-00000000c11e&client_secret={secret}&grant_type=client_credentials&scope={}",
            scope.replace(':', "%3A").replace('/', "%2F")
        );
        let url = format!("https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token");
        self.http.post(url).body(form).send().await.unwrap()
    }

    pub async fn token(&self, audience: &str) -> String {
        let answer = self.ask_token(&self.tenant, &self.secret, &format!("{audience}/.default")).await;
        body(answer).await["access_token"].as_str().unwrap().to_owned()
    }

    /// GET with a token for the host that is asked.
    pub async fn get(&self, url: &str) -> Response {
        self.try_get(url).await.unwrap()
    }

    pub async fn try_get(&self, url: &str) -> reqwest::Result<Response> {
        let audience = match url {
            _ if url.starts_with(GRAPH) => GRAPH,
            _ if url.contains(".vault.azure.net") => VAULT,
            _ => ARM,
        };
        self.http.get(url).bearer_auth(self.token(audience).await).send().await
    }

    pub async fn json(&self, url: &str) -> Value {
        let answer = self.get(url).await;
        assert_eq!(answer.status(), 200, "{url}");
        body(answer).await
    }

    /// The status and error code of a GET.
    pub async fn refusal(&self, url: &str) -> (u16, String) {
        refusal(self.get(url).await).await
    }

    pub async fn query(&self, body: Value) -> Response {
        let url = format!("{ARM}/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01");
        let post = self.http.post(url).bearer_auth(self.token(ARM).await);
        post.header("content-type", "application/json").body(body.to_string()).send().await.unwrap()
    }
}

pub async fn body(answer: Response) -> Value {
    serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
}

pub async fn refusal(answer: Response) -> (u16, String) {
    let status = answer.status().as_u16();
    let code = body(answer).await["error"]["code"].as_str().unwrap_or_default().to_owned();
    (status, code)
}

pub fn ids(page: &Value) -> Vec<String> {
    let items = page.get("value").or_else(|| page.get("data")).unwrap().as_array().unwrap();
    items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

pub fn vault_id() -> String {
    arm_id("rg-school", "Microsoft.KeyVault/vaults", "kv-school")
}

/// A tenant with something of everything.
pub fn school() -> Tenant {
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
        .graph("user", json!({"id": "u1", "displayName": "Ane", "userType": "Guest"}))
        .graph("user", json!({"id": "u2", "displayName": "Bo", "userType": "Member"}))
        .graph("authorizationPolicy", json!({"id": "authorizationPolicy", "allowInvitesFrom": "everyone"}))
}
