//! Key Vault's data plane and Resource Manager describe the same keys and secrets in two shapes;
//! here the first becomes the second. Never a secret's value: the lists don't carry it.

use serde_json::{Map, Value, json};

use super::page::Item;

/// What a vault holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum VaultItems {
    /// Secrets, without their values.
    Secrets,
    /// Keys, without private parts.
    Keys,
    /// Certificates.
    Certificates,
}

impl VaultItems {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Secrets, Self::Keys, Self::Certificates];

    /// The segment in ids and addresses.
    pub fn segment(self) -> &'static str {
        match self {
            Self::Secrets => "secrets",
            Self::Keys => "keys",
            Self::Certificates => "certificates",
        }
    }

    /// The resource type.
    pub fn resource_type(self) -> &'static str {
        match self {
            Self::Secrets => "Microsoft.KeyVault/vaults/secrets",
            Self::Keys => "Microsoft.KeyVault/vaults/keys",
            Self::Certificates => "Microsoft.KeyVault/vaults/certificates",
        }
    }
}

/// An item's address, `https://kv.vault.azure.net/secrets/<name>`.
pub fn address_of(item: &Value) -> Option<&str> {
    item.get("id").or_else(|| item.get("kid"))?.as_str()
}

/// The name in an item's address.
pub fn name_of(item: &Value) -> Option<String> {
    let address = address_of(item)?;
    let path = address.split("://").nth(1)?;
    let name = path.split('/').nth(2)?;
    (!name.is_empty()).then(|| name.to_owned())
}

/// An item of the data plane's list in Resource Manager's shape, with `extra` among its properties.
pub fn in_arm_shape(
    vault_id: &str,
    kind: VaultItems,
    name: &str,
    item: &Value,
    extra: Map<String, Value>,
) -> Item {
    let id = format!("{}/{}/{name}", vault_id.trim_end_matches('/'), kind.segment());
    let mut properties = Map::new();
    let mut carry = |from: &str, to: &str| {
        if let Some(value) = item.get(from).filter(|value| !value.is_null()) {
            properties.insert(to.to_owned(), value.clone());
        }
    };
    carry("attributes", "attributes");
    carry("managed", "managed");
    match kind {
        VaultItems::Secrets => {
            carry("contentType", "contentType");
            carry("id", "secretUri");
        }
        VaultItems::Keys => carry("kid", "keyUri"),
        VaultItems::Certificates => {
            carry("x5t", "x5t");
            carry("subject", "subject");
            carry("id", "certificateUri");
        }
    }
    properties.extend(extra);
    let mut body = json!({
        "id": id, "name": name, "type": kind.resource_type(), "properties": properties,
    });
    if let Some(tags) = item.get("tags").filter(|tags| tags.is_object()) {
        body["tags"] = tags.clone();
    }
    Item { id, body: body.to_string() }
}

/// A rotation policy in Resource Manager's spelling: `Rotate` is `rotate` there.
pub fn rotation_policy(policy: &Value) -> Value {
    let actions: Vec<Value> = policy
        .get("lifetimeActions")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|action| {
            let kind = action.pointer("/action/type").and_then(Value::as_str);
            json!({
                "action": {"type": kind.unwrap_or_default().to_ascii_lowercase()},
                "trigger": action.get("trigger").cloned().unwrap_or_else(|| json!({})),
            })
        })
        .collect();
    json!({
        "attributes": policy.get("attributes").cloned().unwrap_or_else(|| json!({})),
        "lifetimeActions": actions,
    })
}

/// Type, size, curve and current version of a key, from its public part.
pub fn key_facts(answer: &Value) -> Map<String, Value> {
    let mut facts = Map::new();
    let Some(key) = answer.get("key") else {
        return facts;
    };
    for (from, to) in [("kty", "kty"), ("crv", "curveName"), ("key_ops", "keyOps")] {
        if let Some(value) = key.get(from) {
            facts.insert(to.to_owned(), value.clone());
        }
    }
    if let Some(address) = key.get("kid").filter(|address| address.is_string()) {
        facts.insert("keyUriWithVersion".to_owned(), address.clone());
    }
    // The modulus in base64url: four characters for three bytes.
    if let Some(modulus) = key.get("n").and_then(Value::as_str) {
        let bytes = modulus.trim_end_matches('=').len() * 3 / 4;
        facts.insert("keySize".to_owned(), json!(bytes * 8));
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    const VAULT: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/kv";

    fn value(item: &Item) -> Value {
        serde_json::from_str(&item.body).unwrap()
    }

    #[test]
    fn a_secret_in_arm_shape() {
        let item = json!({
            "id": "https://kv.vault.azure.net/secrets/db", "contentType": "text/plain", "tags": {"a": "b"},
            "attributes": {"enabled": true, "exp": 1_767_225_600, "recoveryLevel": "Recoverable"},
        });
        let name = name_of(&item).unwrap();
        let item = in_arm_shape(VAULT, VaultItems::Secrets, &name, &item, Map::new());
        assert_eq!(item.id, format!("{VAULT}/secrets/db"));
        assert_eq!(
            value(&item),
            json!({
                "id": format!("{VAULT}/secrets/db"), "name": "db", "type": "Microsoft.KeyVault/vaults/secrets",
                "tags": {"a": "b"},
                "properties": {
                    "attributes": {"enabled": true, "exp": 1_767_225_600, "recoveryLevel": "Recoverable"},
                    "contentType": "text/plain", "secretUri": "https://kv.vault.azure.net/secrets/db",
                },
            })
        );
    }

    #[test]
    fn a_key_with_rotation_and_size() {
        let policy = json!({
            "id": "https://kv.vault.azure.net/keys/k/rotationpolicy",
            "lifetimeActions": [{"trigger": {"timeAfterCreate": "P90D"}, "action": {"type": "Rotate"}}],
            "attributes": {"expiryTime": "P1Y"},
        });
        assert_eq!(
            rotation_policy(&policy),
            json!({
                "attributes": {"expiryTime": "P1Y"},
                "lifetimeActions": [{"trigger": {"timeAfterCreate": "P90D"}, "action": {"type": "rotate"}}],
            })
        );
        let facts = key_facts(&json!({"key": {"kty": "RSA", "n": "x".repeat(342)}}));
        assert_eq!(facts["keySize"], json!(2048));
        assert_eq!(
            Value::from(key_facts(&json!({"key": {
                "kid": "https://kv.vault.azure.net/keys/k/v2", "kty": "EC", "crv": "P-256",
            }}))),
            json!({
                "keyUriWithVersion": "https://kv.vault.azure.net/keys/k/v2", "kty": "EC", "curveName": "P-256",
            })
        );
    }

    #[test]
    fn names_come_from_addresses() {
        let name = |item: Value| name_of(&item);
        assert_eq!(name(json!({"kid": "https://kv.vault.azure.net/keys/k/version"})).as_deref(), Some("k"));
        assert_eq!(name(json!({"id": "https://kv.vault.azure.net/"})), None);
        assert_eq!(name(json!({})), None);
    }
}
