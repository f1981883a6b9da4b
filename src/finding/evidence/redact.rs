//! What must not be written down: passwords, keys, tokens and whatever text holds them.
//!
//! A secret is known by its property's name, by the name beside it (`{"name": "DB_PASSWORD",
//! "value": …}`), or by its shape inside any string. A name that only talks about a secret
//! (`allowSharedKeyAccess`, `secretUri`, `passwordNeverExpires`) hides nothing.

use std::borrow::Cow;

use super::document::{Content, Node};
use super::redact_text::redact_text;

/// Stands where a secret stood.
pub const REDACTED: &str = "[redacted]";

/// Names, without letter case, `_` and `-`, whose values are secret however they begin
/// (`administratorLoginPassword`, `primaryConnectionString`).
const SECRET_ENDINGS: [&str; 25] = [
    "password",
    "passwd",
    "pwd",
    "secret",
    "secrettext",
    "secretvalue",
    "connectionstring",
    "token",
    "accountkey",
    "accesskey",
    "sharedkey",
    "primarykey",
    "secondarykey",
    "masterkey",
    "readonlykey",
    "apikey",
    "privatekey",
    "privatekeydata",
    "subscriptionkey",
    "functionkey",
    "hostkey",
    "authorizationkey",
    "storagekey",
    "encodedkey",
    "passphrase",
];

/// Names that are secret as a whole word only.
const SECRET_NAMES: [&str; 11] = [
    "customdata",
    "userdata",
    "protectedsettings",
    "sas",
    "sharedaccesssignature",
    "accountsas",
    "servicesas",
    "pfxblob",
    "securevalue",
    "adminkey",
    "querykey",
];

/// Containers whose elements carry a secret under `value`.
const SECRET_LISTS: [&str; 3] = ["connectionstrings", "secrets", "keys"];

/// Replaces every secret of a document.
pub(super) fn redact(node: &mut Node) {
    inside(node, Hidden::Nothing);
}

/// What the property above says of a value.
#[derive(Clone, Copy, PartialEq)]
enum Hidden {
    Nothing,
    /// Properties called `value`, at any depth below.
    Values,
    Everything,
}

fn inside(node: &mut Node, hidden: Hidden) {
    match &mut node.content {
        Content::Literal(text) => {
            // `null`, `true` and `false` give nothing away and are often what a rule asks for.
            if hidden == Hidden::Everything && text.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
                node.content = Content::Text(REDACTED.to_owned());
            }
        }
        Content::Text(text) => {
            if hidden == Hidden::Everything {
                if !text.is_empty() {
                    REDACTED.clone_into(text);
                }
            } else if let Cow::Owned(redacted) = redact_text(text) {
                *text = redacted;
            }
        }
        Content::Array(elements) => elements.iter_mut().for_each(|element| inside(element, hidden)),
        Content::Object(members) => {
            let beside = members.iter().any(|(key, value)| {
                key.eq_ignore_ascii_case("name")
                    && matches!(&value.content, Content::Text(name) if is_secret_name(name))
            });
            for (key, value) in members {
                let is_value = key.eq_ignore_ascii_case("value");
                // `{"type": "securestring", "value": …}`
                let is_type = key.eq_ignore_ascii_case("type");
                let below = if (hidden == Hidden::Everything && !is_type)
                    || (is_secret_name(key) && !is_list_of_claims(key, value))
                    || (is_value && (beside || hidden == Hidden::Values))
                {
                    Hidden::Everything
                } else if hidden == Hidden::Values || SECRET_LISTS.contains(&folded(key).as_str()) {
                    Hidden::Values
                } else {
                    Hidden::Nothing
                };
                inside(value, below);
            }
        }
    }
}

/// `optionalClaims.idToken` lists which claims a token carries, and holds none.
fn is_list_of_claims(name: &str, value: &Node) -> bool {
    folded(name).ends_with("token")
        && matches!(&value.content, Content::Array(elements)
            if elements.iter().all(|element| matches!(element.content, Content::Object(_))))
}

/// Whether a property of this name holds a secret.
pub fn is_secret_name(name: &str) -> bool {
    let name = folded(name);
    SECRET_ENDINGS.iter().any(|ending| name.ends_with(ending)) || SECRET_NAMES.contains(&name.as_str())
}

fn folded(name: &str) -> String {
    name.chars()
        .filter(|character| !matches!(character, '_' | '-'))
        .map(|character| character.to_ascii_lowercase())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_hold_a_secret_and_names_that_only_talk_of_one() {
        for name in [
            "password",
            "adminPassword",
            "administratorLoginPassword",
            "secret",
            "clientSecret",
            "secretText",
            "connectionString",
            "primaryConnectionString",
            "ConnectionString",
            "accountKey",
            "primaryKey",
            "secondaryKey",
            "sharedKey",
            "vpnSharedKey",
            "storageAccountAccessKey",
            "token",
            "sasToken",
            "accessToken",
            "customData",
            "userData",
            "protectedSettings",
            "sharedAccessSignature",
            "authorizationKey",
            "primaryMasterKey",
            "secondaryReadonlyKey",
            "DB_PASSWORD",
            "api-key",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in [
            "allowSharedKeyAccess",
            "keyVaultUri",
            "keyId",
            "kid",
            "keyUri",
            "secretUri",
            "secretUrl",
            "secretId",
            "secretName",
            "secrets",
            "passwordCredentials",
            "passwordNeverExpires",
            "disablePasswordAuthentication",
            "passwordPolicies",
            "tokenType",
            "keyPolicy",
            "keyType",
            "keyExpirationPeriodInDays",
            "publicKey",
            "keyData",
            "partitionKey",
            "userDataEnabled",
            "storageAccountName",
            "encryptionKey",
            "diskEncryptionKey",
            "requestSasUrl",
            "value",
            "name",
            "key",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }
}
