//! Bodies that all of Azure's services share: errors and pages.

use serde_json::{Value, json};

use super::http::{Reply, Request};

/// An error as ARM, Key Vault and Resource Graph write it.
pub fn error(status: u16, code: &str, message: &str) -> Reply {
    Reply::json(status, &json!({"error": {"code": code, "message": message}}))
}

/// The start of the page that a request asks for: what its skip token says, else 0.
/// `None` for a token that this server never gave.
pub fn offset(token: Option<&str>) -> Option<usize> {
    let Some(token) = token else { return Some(0) };
    token.split('.').next()?.strip_prefix("page")?.parse().ok()
}

/// The skip token of the page that starts at `offset`.
pub fn token(offset: usize) -> String {
    format!("page{offset}.bmV4dA==")
}

/// A page of `items`, with the link to the next under `link` (`nextLink`, `@odata.nextLink`).
pub fn page(request: &Request, items: &[Value], size: usize, link: &str) -> Reply {
    let asked = request.parameter("$skiptoken");
    let Some(start) = offset(asked.as_deref()).filter(|&start| start <= items.len()) else {
        return error(400, "InvalidSkipToken", "The skip token is invalid.");
    };
    let top = request.parameter("$top").and_then(|text| text.parse().ok());
    let end = (start + size.min(top.unwrap_or(size)).max(1)).min(items.len());
    let mut body = json!({"value": items[start..end]});
    if end < items.len() {
        body[link] = json!(next_link(request, &token(end)));
    }
    Reply::json(200, &body)
}

/// The request's own address with another skip token.
pub fn next_link(request: &Request, token: &str) -> String {
    let kept = request.query.split('&').filter(|part| {
        !part.is_empty() && !part.to_ascii_lowercase().replace("%24", "$").starts_with("$skiptoken=")
    });
    let mut query: Vec<String> = kept.map(str::to_owned).collect();
    query.push(format!("%24skiptoken={}", token.replace('=', "%3D")));
    format!("https://{}{}?{}", request.host, request.path, query.join("&"))
}
