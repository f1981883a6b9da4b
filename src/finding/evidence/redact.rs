//! What must not be written down: passwords, keys, tokens and whatever text holds them.
//!
//! A secret is known by its property's name, by the name beside it (`{"name": "DB_PASSWORD",
//! "value": …}`), or by its shape inside any string. A name that only talks about a secret
//! (`allowSharedKeyAccess`, `secretUri`, `passwordNeverExpires`) hides nothing.

use std::borrow::Cow;

use super::document::{Content, Node};

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

/// Where a secret begins inside a text, and what ends it besides quotes and line ends. A password may
/// hold blanks; a part of an address does not.
const MARKERS: [(&str, &[char]); 11] = [
    ("sig=", &['&', ';', ' ']),
    ("accountkey=", &[';']),
    ("sharedaccesskey=", &[';']),
    ("sharedaccesssignature=", &[';']),
    ("primarykey=", &[';']),
    ("password=", &[';', '&']),
    ("pwd=", &[';', '&']),
    ("clientsecret=", &[';', '&']),
    ("client_secret=", &[';', '&']),
    // Webhooks of functions and logic apps carry their key in the address.
    ("?code=", &['&', ' ']),
    ("&code=", &['&', ' ']),
];

/// A text without the secrets that its shape gives away: shared access signatures, connection
/// strings, passwords in addresses, JSON web tokens and private keys.
pub fn redact_text(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    if text.trim_start().starts_with(['{', '[']) {
        redact_json(&mut text);
    }
    if text.contains("-----BEGIN") && text.contains("PRIVATE KEY-----") {
        return Cow::Borrowed(REDACTED);
    }
    if text.contains('=') {
        for (marker, ends) in MARKERS {
            redact_after(&mut text, marker, ends);
        }
    }
    if text.contains("eyJ") {
        redact_tokens(&mut text);
    }
    if text.contains("://") {
        redact_user_info(&mut text);
    }
    text
}

/// JSON inside of a string: settings, parameters, whole templates.
fn redact_json(text: &mut Cow<'_, str>) {
    let Ok(mut inner) = Node::parse(text.as_bytes()) else {
        return;
    };
    let before = inner.to_value();
    redact(&mut inner);
    let after = inner.to_value();
    if before != after {
        *text = Cow::Owned(after.to_string());
    }
}

fn redact_after(text: &mut Cow<'_, str>, marker: &str, ends: &[char]) {
    // ASCII lower case keeps byte positions.
    let haystack = text.to_ascii_lowercase();
    let mut cut = Cut::default();
    while let Some(found) = haystack[cut.at..].find(marker) {
        let from = cut.at + found + marker.len();
        let rest = &text[from..];
        let length = match rest.chars().next() {
            Some(quote @ ('"' | '\'')) => rest[1..].find(quote).map(|inner| inner + 2),
            _ => rest.find(|c: char| ends.contains(&c) || c.is_control() || "\"'<>".contains(c)),
        };
        let to = length.map_or(text.len(), |length| from + length);
        if to > from && &text[from..to] != REDACTED {
            cut.out(text, from, to);
        }
        cut.at = to.max(from);
    }
    cut.finish(text);
}

/// JSON web tokens: header, payload and signature in base64, from `{"` on.
fn redact_tokens(text: &mut Cow<'_, str>) {
    let mut cut = Cut::default();
    while let Some(found) = text[cut.at..].find("eyJ") {
        let from = cut.at + found;
        let length = text[from..].find(|c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c)));
        let to = length.map_or(text.len(), |length| from + length);
        if text[from..to].matches('.').count() >= 2 {
            cut.out(text, from, to);
        }
        cut.at = to;
    }
    cut.finish(text);
}

/// `scheme://user:password@host`.
fn redact_user_info(text: &mut Cow<'_, str>) {
    let mut cut = Cut::default();
    while let Some(found) = text[cut.at..].find("://") {
        let from = cut.at + found + 3;
        let length = text[from..].find(|c: char| c == '/' || c == '"' || c.is_whitespace());
        let to = length.map_or(text.len(), |length| from + length);
        let user_info = text[from..to].rfind('@').map(|length| &text[from..from + length]);
        if let Some((user, password)) = user_info.and_then(|info| info.split_once(':'))
            && !password.is_empty()
        {
            let password_at = from + user.len() + 1;
            cut.out(text, password_at, password_at + password.len());
        }
        cut.at = to;
    }
    cut.finish(text);
}

/// A text in which parts are being replaced, from left to right.
#[derive(Default)]
struct Cut {
    redacted: String,
    copied: usize,
    /// Where to look next.
    at: usize,
}

impl Cut {
    fn out(&mut self, text: &str, from: usize, to: usize) {
        self.redacted.push_str(&text[self.copied..from]);
        self.redacted.push_str(REDACTED);
        self.copied = to;
    }

    fn finish(mut self, text: &mut Cow<'_, str>) {
        if self.copied > 0 {
            self.redacted.push_str(&text[self.copied..]);
            *text = Cow::Owned(self.redacted);
        }
    }
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

    proptest::proptest! {
        #[test]
        fn no_text_breaks_it_and_twice_is_once(text in "[a&;=. \"'{}/:@æ?-]{0,12}(sig=|password=|eyJ|://|&code=)[a&;=. \"'æ@:]{0,12}") {
            let once = redact_text(&text).into_owned();
            proptest::prop_assert_eq!(redact_text(&once), once.as_str());
        }
    }

    #[test]
    fn secrets_inside_of_texts() {
        for (text, expected) in [
            (
                "https://a.blob.core.windows.net/c?sv=2022&sig=aB%2Bc%3D&se=2030",
                "https://a.blob.core.windows.net/c?sv=2022&sig=[redacted]&se=2030",
            ),
            (
                "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=abc==;EndpointSuffix=core.windows.net",
                "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=[redacted];EndpointSuffix=core.windows.net",
            ),
            (
                "Endpoint=sb://x/;SharedAccessKeyName=Root;SharedAccessKey=k=",
                "Endpoint=sb://x/;SharedAccessKeyName=Root;SharedAccessKey=[redacted]",
            ),
            (
                "Server=a;User Id=b;PASSWORD=hemmelig;x=1",
                "Server=a;User Id=b;PASSWORD=[redacted];x=1",
            ),
            (
                "-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----",
                REDACTED,
            ),
            (
                "postgres://me:pw@db.example:5432/x",
                "postgres://me:[redacted]@db.example:5432/x",
            ),
            (
                "https://f.azurewebsites.net/api/x?code=abc&y=1",
                "https://f.azurewebsites.net/api/x?code=[redacted]&y=1",
            ),
            (
                "Bearer eyJhbGciOi.eyJzdWIi.c2ln and on",
                "Bearer [redacted] and on",
            ),
            (
                r#"{"user":"a","password":"b"}"#,
                r#"{"password":"[redacted]","user":"a"}"#,
            ),
        ] {
            assert_eq!(redact_text(text), expected);
            assert_eq!(redact_text(expected), expected, "twice is once");
        }
        for text in [
            "-----BEGIN CERTIFICATE-----\nMII",
            "https://vault.vault.azure.net/secrets/a",
            "design=1",
            "eyJust a word",
            "a password = none",
            "me@example.org",
            "https://host:8080/x",
            r#"{ "a": 1 }"#,
            "sig=",
        ] {
            assert_eq!(redact_text(text), text);
        }
    }
}
