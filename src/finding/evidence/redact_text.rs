//! Secrets inside of a text, known by their shape: shared access signatures, connection strings,
//! passwords in addresses, JSON web tokens, private keys, and JSON within a string.

use std::borrow::Cow;

use super::document::Node;
use super::redact::{REDACTED, redact};

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

/// Whether a text carries a secret that its shape gives away.
pub fn holds_secret(text: &str) -> bool {
    matches!(redact_text(text), Cow::Owned(_)) || redact_text(text) == REDACTED
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
        let to = from + secret_length(&text[from..], ends);
        if to > from && &text[from..to] != REDACTED {
            cut.out(text, from, to);
        }
        cut.at = to.max(from);
    }
    cut.finish(text);
}

/// How far a secret goes. In quotes it may hold what would end it, and doubled quotes.
fn secret_length(text: &str, ends: &[char]) -> usize {
    let quote = text.chars().next().filter(|first| matches!(first, '"' | '\''));
    let mut quoted = false;
    let end = text.find(|c: char| {
        if Some(c) == quote {
            quoted = !quoted;
            return false;
        }
        !quoted && (ends.contains(&c) || c.is_control() || "\"'<>".contains(c))
    });
    end.unwrap_or(text.len())
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
            ("Server=a;User Id=b;PASSWORD=hemmelig;x=1", "Server=a;User Id=b;PASSWORD=[redacted];x=1"),
            ("-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----", REDACTED),
            ("postgres://me:pw@db.example:5432/x", "postgres://me:[redacted]@db.example:5432/x"),
            (
                "https://f.azurewebsites.net/api/x?code=abc&y=1",
                "https://f.azurewebsites.net/api/x?code=[redacted]&y=1",
            ),
            ("Bearer eyJhbGciOi.eyJzdWIi.c2ln and on", "Bearer [redacted] and on"),
            (r#"{"user":"a","password":"b"}"#, r#"{"password":"[redacted]","user":"a"}"#),
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
