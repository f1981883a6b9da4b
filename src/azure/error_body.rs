//! What Azure says in the body of a refusal: code, message, and the action that is missing.

use serde::Deserialize;

/// Code and message of an error body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorBody {
    /// The most exact code: Key Vault puts it (`ForbiddenByFirewall`) into the inner error.
    pub code: Option<String>,
    /// The message, as sent.
    pub message: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Outer {
    error: Option<serde_json::Value>,
    #[serde(alias = "Code")]
    code: Option<serde_json::Value>,
    #[serde(alias = "Message")]
    message: Option<serde_json::Value>,
}

impl ErrorBody {
    /// Reads `{"error": {"code", "message", "innererror"}}`, or code and message at the top as some
    /// resource providers send them. Anything else gives neither.
    pub fn parse(body: &[u8]) -> Self {
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        let Ok(outer) = serde_json::from_slice::<Outer>(body) else {
            return Self::default();
        };
        let text = |value: Option<&serde_json::Value>| value?.as_str().map(str::to_owned);
        match &outer.error {
            Some(error @ serde_json::Value::Object(_)) => {
                let inner = error.get("innererror").and_then(|inner| inner.get("code"));
                let is_general = matches!(
                    error.get("code").and_then(|code| code.as_str()),
                    Some("Forbidden" | "Unauthorized")
                );
                Self {
                    code: text(inner.filter(|_| is_general)).or_else(|| text(error.get("code"))),
                    message: text(error.get("message")),
                }
            }
            Some(serde_json::Value::String(code)) => {
                Self { code: Some(code.clone()), message: text(outer.message.as_ref()) }
            }
            _ => Self { code: text(outer.code.as_ref()), message: text(outer.message.as_ref()) },
        }
    }

    /// The permission that is missing, in the service's own words: Resource Manager's and Key
    /// Vault's actions, Key Vault's access policies, Microsoft Graph's scopes.
    pub fn missing_action(&self) -> Option<String> {
        let message = self.message.as_deref()?;
        let between = |start: &str, end: &str| {
            let from = message.find(start)? + start.len();
            let length = message[from..].find(end)?;
            let found = message[from..from + length].trim();
            (!found.is_empty()).then(|| found.to_owned())
        };
        between("perform action '", "'")
            .or_else(|| between("\nAction: '", "'"))
            .or_else(|| between("API requires one of '", "'"))
            .or_else(|| between("does not have ", " permission on key vault"))
    }

    /// Whether the refusal means that the subscription has not registered the provider.
    pub fn is_not_registered(&self) -> bool {
        const CODES: &[&str] = &[
            "MissingSubscriptionRegistration",
            "SubscriptionNotRegistered",
            "ResourceProviderNotRegistered",
        ];
        let says = |text: &str| text.to_ascii_lowercase().contains("is not registered to use namespace");
        self.code.as_deref().is_some_and(|code| CODES.iter().any(|known| known.eq_ignore_ascii_case(code)))
            || self.message.as_deref().is_some_and(says)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_missing_action_is_read_from_each_services_words() {
        let cases = [
            (
                "The client 'x' with object id 'y' does not have authorization to perform action 'Microsoft.Storage/storageAccounts/blobServices/read' over scope '/subscriptions/s' or the scope is invalid.",
                Some("Microsoft.Storage/storageAccounts/blobServices/read"),
            ),
            (
                "Caller is not authorized to perform action on resource.\r\nIf role assignments were changed recently…\r\nCaller: appid=1\r\nAction: 'Microsoft.KeyVault/vaults/secrets/readMetadata/action'\r\nResource: '/x'",
                Some("Microsoft.KeyVault/vaults/secrets/readMetadata/action"),
            ),
            (
                "The user, group or application 'appid=1;oid=2' does not have secrets list permission on key vault 'kv;location=westeurope'.",
                Some("secrets list"),
            ),
            (
                "Missing scope permissions on the request. API requires one of 'Policy.Read.All, Policy.Read.ConditionalAccess'. Application needs x.",
                Some("Policy.Read.All, Policy.Read.ConditionalAccess"),
            ),
            ("Insufficient privileges to complete the operation.", None),
        ];
        for (message, expected) in cases {
            let body = ErrorBody { code: None, message: Some(message.into()) };
            assert_eq!(body.missing_action().as_deref(), expected, "{message}");
        }
    }

    #[test]
    fn every_shape_of_body_is_read() {
        let cases = [
            (
                r#"{"error":{"code":"AuthorizationFailed","message":"no\r\nway"}}"#,
                Some("AuthorizationFailed"),
                Some("no\r\nway"),
            ),
            (
                r#"{"error":{"code":"Forbidden","message":"m","innererror":{"code":"ForbiddenByFirewall"}}}"#,
                Some("ForbiddenByFirewall"),
                Some("m"),
            ),
            (r#"{"Code":"Conflict","Message":"m"}"#, Some("Conflict"), Some("m")),
            ("\u{feff}{\"code\":\"C\",\"message\":\"m\",\"details\":null}", Some("C"), Some("m")),
            ("<html>Bad gateway</html>", None, None),
            (r#"{"error":{"code":7}}"#, None, None),
        ];
        for (body, code, message) in cases {
            let parsed = ErrorBody::parse(body.as_bytes());
            assert_eq!(parsed.code.as_deref(), code, "{body}");
            assert_eq!(parsed.message.as_deref(), message, "{body}");
        }
    }

    #[test]
    fn an_unregistered_provider_is_told_by_code_or_words() {
        let parse = |body: &str| ErrorBody::parse(body.as_bytes()).is_not_registered();
        assert!(parse(r#"{"error":{"code":"MissingSubscriptionRegistration"}}"#));
        assert!(parse(
            r#"{"error":{"code":"Conflict","message":"The subscription is not registered to use namespace 'Microsoft.Security'."}}"#
        ));
        assert!(!parse(r#"{"error":{"code":"Conflict","message":"busy"}}"#));
    }
}
