//! Key Vault's data plane: a challenge first, then lists without values.

use serde_json::{Map, Value, json};

use super::body::{error, page};
use super::http::{Reply, Request};
use super::state::State;

/// The oldest API that the test Azure answers.
const API_VERSION: &str = "2025-07-01";

/// 401: where to get a token, and for what.
pub fn challenge(state: &State, resource: &str) -> Reply {
    let header = format!(
        "Bearer authorization=\"https://login.microsoftonline.com/{}\", resource=\"{resource}\"",
        state.world.tenant
    );
    error(401, "Unauthorized", "AKV10000: Request is missing a Bearer or PoP token.")
        .with("www-authenticate", header)
}

/// Answers a GET to the vault `name`.
pub fn respond(state: &State, request: &Request, name: &str) -> Reply {
    if request.parameter("api-version").as_deref() != Some(API_VERSION) {
        return error(400, "BadParameter", "AKV10001: The specified version is not recognized.");
    }
    let Some(vault) = state.world.vault_named(name) else {
        return error(404, "VaultNotFound", "There is no vault of this name.");
    };
    let path = request.decoded_path();
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let plane = Plane { state, vault, name };
    match segments[..] {
        ["secrets" | "keys" | "certificates"] => {
            if state.world.lost(vault, &format!("Microsoft.KeyVault/vaults/{}", segments[0])).is_some() {
                return error(403, "Forbidden", "The caller does not have list permission on the key vault.");
            }
            let items = state.world.children(vault, segments[0]);
            let items: Vec<Value> = items.iter().map(|item| plane.listed(segments[0], item)).collect();
            let asked = request.parameter("maxresults").and_then(|text| text.parse::<usize>().ok());
            page(request, &items, asked.unwrap_or(25).min(state.page), "nextLink")
        }
        ["deletedsecrets" | "deletedkeys" | "deletedcertificates"] => {
            page(request, &[], state.page, "nextLink")
        }
        [kind, item, "versions"] => {
            plane.find(kind, item, |found| page(request, &[plane.listed(kind, found)], 25, "nextLink"))
        }
        ["keys", item, "rotationpolicy"] => {
            plane.find("keys", item, |found| Reply::json(200, &plane.rotation(found)))
        }
        ["keys", item] | ["keys", item, _] => {
            plane.find("keys", item, |found| Reply::json(200, &plane.key(found)))
        }
        ["certificates", item, "policy"] => {
            plane.find("certificates", item, |found| Reply::json(200, &plane.policy(found)))
        }
        ["certificates", item] | ["certificates", item, _] => plane.find("certificates", item, |found| {
            let mut body = plane.listed("certificates", found);
            body["policy"] = plane.policy(found);
            Reply::json(200, &body)
        }),
        _ => error(404, "NotFound", "No such path."),
    }
}

/// The data plane of one vault.
struct Plane<'a> {
    state: &'a State,
    vault: &'a str,
    name: &'a str,
}

impl Plane<'_> {
    fn address(&self, kind: &str, item: &Value) -> String {
        let id = item["id"].as_str().unwrap_or_default();
        format!("https://{}.vault.azure.net/{kind}/{}", self.name, id.rsplit('/').next().unwrap_or_default())
    }

    fn find(&self, kind: &str, name: &str, answer: impl FnOnce(&Value) -> Reply) -> Reply {
        let id = format!("{}/{kind}/{name}", self.vault);
        match self.state.world.vault.get(&id.to_ascii_lowercase()) {
            Some(item) => answer(item),
            None => error(404, "ItemNotFound", &format!("{name} was not found in this key vault.")),
        }
    }

    /// An item as the data plane lists it.
    fn listed(&self, kind: &str, item: &Value) -> Value {
        let properties = &item["properties"];
        let key = if kind == "keys" { "kid" } else { "id" };
        let mut listed = json!({key: self.address(kind, item), "attributes": properties["attributes"]});
        let optional = [
            ("tags", item.get("tags").or_else(|| properties.get("tags"))),
            ("managed", properties.get("managed")),
            ("subject", properties.get("subject")),
            ("contentType", properties.get("contentType")),
            ("x5t", properties.get("x5t").or_else(|| properties.get("x509Thumbprint"))),
        ];
        for (name, value) in optional {
            if let Some(value) = value.filter(|value| !value.is_null()) {
                listed[name] = value.clone();
            }
        }
        listed
    }

    /// A key's public half.
    fn key(&self, item: &Value) -> Value {
        let properties = &item["properties"];
        let kind = properties["kty"].as_str().unwrap_or("RSA");
        let version = properties["keyUriWithVersion"].as_str().and_then(|uri| uri.rsplit('/').next());
        let version = version.unwrap_or("0123456789abcdef0123456789abcdef");
        let mut key = json!({
            "kid": format!("{}/{version}", self.address("keys", item)),
            "kty": kind,
            "key_ops": properties.get("keyOps").cloned().unwrap_or_else(|| json!(["sign", "verify", "wrapKey", "unwrapKey"])),
        });
        if kind.starts_with("EC") {
            key["crv"] = properties.get("curveName").cloned().unwrap_or_else(|| json!("P-256"));
            (key["x"], key["y"]) = (json!("A".repeat(43)), json!("A".repeat(43)));
        } else {
            let bits = properties["keySize"].as_u64().unwrap_or(2048);
            // Base64url of a modulus whose top bit is set.
            let characters = usize::try_from((bits / 8 * 4).div_ceil(3)).unwrap();
            (key["n"], key["e"]) = (json!(format!("w{}", "A".repeat(characters - 1))), json!("AQAB"));
        }
        json!({"key": key, "attributes": properties["attributes"]})
    }

    /// A key's rotation policy; Key Vault's default where the key has none.
    fn rotation(&self, item: &Value) -> Value {
        let own = &item["properties"]["rotationPolicy"];
        let actions = own["lifetimeActions"].as_array().cloned().unwrap_or_else(|| {
            vec![json!({"trigger": {"timeBeforeExpiry": "P30D"}, "action": {"type": "Notify"}})]
        });
        // ARM writes `rotate`, the data plane `Rotate`.
        let spelled = actions.into_iter().map(|mut action| {
            let kind = action["action"]["type"].as_str().unwrap_or("Notify").to_ascii_lowercase();
            action["action"]["type"] = json!(if kind == "rotate" { "Rotate" } else { "Notify" });
            action
        });
        let attributes = own.get("attributes").cloned().unwrap_or_else(|| json!({}));
        json!({
            "id": format!("{}/rotationpolicy", self.address("keys", item)),
            "lifetimeActions": spelled.collect::<Vec<_>>(),
            "attributes": attributes,
        })
    }

    /// A certificate's policy: the record's own, where it has one.
    fn policy(&self, item: &Value) -> Value {
        let mut policy = json!({
            "id": format!("{}/policy", self.address("certificates", item)),
            "key_props": {"exportable": true, "kty": "RSA", "key_size": 2048, "reuse_key": false},
            "secret_props": {"contentType": "application/x-pkcs12"},
            "x509_props": {"subject": "CN=example", "ekus": [], "key_usage": [], "validity_months": 12},
            "lifetime_actions": [{"trigger": {"days_before_expiry": 30}, "action": {"action_type": "AutoRenew"}}],
            "issuer": {"name": "Self"},
            "attributes": {"enabled": true},
        });
        let own: Map<String, Value> = item["properties"]["policy"].as_object().cloned().unwrap_or_default();
        for (name, value) in own {
            policy[name] = value;
        }
        policy
    }
}
