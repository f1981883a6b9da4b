//! Entra's token endpoint: each token is good for one audience.

use serde_json::json;

use super::http::{Reply, Request, pairs};
use super::state::{CLIENT, SECRET, State};

/// For whom a token is: the resource part of a scope, as in `https://vault.azure.net`.
pub type Audience = &'static str;

/// Azure Resource Manager.
pub const ARM: Audience = "https://management.azure.com";
/// Microsoft Graph.
pub const GRAPH: Audience = "https://graph.microsoft.com";
/// Key Vault's data plane.
pub const VAULT: Audience = "https://vault.azure.net";

/// Answers `POST /{tenant}/oauth2/v2.0/token`.
pub fn respond(state: &State, request: &Request) -> Reply {
    let path = request.decoded_path();
    let Some(tenant) = path.strip_suffix("/oauth2/v2.0/token").filter(|_| request.method == "POST") else {
        return refuse(404, "invalid_request", "AADSTS900144: The endpoint does not exist.");
    };
    if !tenant.trim_matches('/').eq_ignore_ascii_case(&state.world.tenant) {
        let message = format!("AADSTS90002: Tenant '{}' not found.", tenant.trim_matches('/'));
        return refuse(400, "invalid_request", &message);
    }
    let form = pairs(&String::from_utf8_lossy(&request.body));
    let field = |name: &str| {
        form.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str()).unwrap_or_default()
    };
    if field("grant_type") != "client_credentials" {
        return refuse(
            400,
            "unsupported_grant_type",
            "AADSTS70003: The app requested an unsupported grant type.",
        );
    }
    let secret_fits = field("client_secret") == SECRET || !field("client_assertion").is_empty();
    if field("client_id") != CLIENT || !secret_fits {
        let message = "AADSTS7000215: Invalid client secret provided.\r\nTrace ID: 0\r\nCorrelation ID: 0";
        return refuse(401, "invalid_client", message);
    }
    let scope = field("scope");
    let resource = scope.strip_suffix("/.default").unwrap_or(scope).trim_end_matches('/');
    let Some(audience) = [ARM, GRAPH, VAULT].into_iter().find(|known| *known == resource) else {
        let message =
            format!("AADSTS500011: The resource principal named {resource} was not found in the tenant.");
        return refuse(400, "invalid_resource", &message);
    };
    let token = state.issue(audience);
    let body =
        json!({"token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599, "access_token": token});
    Reply::json(200, &body).with("cache-control", "no-store, no-cache")
}

fn refuse(status: u16, error: &str, description: &str) -> Reply {
    Reply::json(status, &json!({"error": error, "error_description": description, "error_codes": []}))
}
