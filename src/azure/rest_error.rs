//! How a read can end badly, in terms that coverage understands.

use std::error::Error as _;

use azure_core::error::{Error, ErrorKind};
use azure_core::http::headers::Headers;
use time::OffsetDateTime;

use super::credential::CredentialError;
use super::error_body::ErrorBody;
use super::policy::ForeignHost;
use super::throttle::retry_after;
use super::transport::BodyTooLarge;
use crate::inventory::coverage::{CoverageEntry, CoverageState};
use crate::inventory::licence::missing_licence;

/// What kind of failure it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestErrorKind {
    /// 401 or 403, or the tenant lacks a licence.
    Denied,
    /// 404: the resource, or the feature on it, doesn't exist.
    NotFound,
    /// The resource provider is not registered in the subscription.
    NotRegistered,
    /// The service went on asking to wait.
    Throttled,
    /// Any other status.
    Http,
    /// No complete answer: DNS, TLS, reset, timeout, a body that was cut off.
    Network,
    /// The answer is not the JSON that was expected.
    NotJson,
    /// The answer is longer than the limit.
    TooLarge,
    /// A link led back to a page that was read already, or there was no end.
    Loop,
    /// A link led to another host.
    ForeignHost,
    /// No token.
    Credential,
    /// Fewer items than the service says there are.
    Incomplete,
    /// The person at the keyboard stopped it.
    Interrupted,
}

/// A read that did not end well.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RestError {
    /// What kind of failure.
    pub kind: RestErrorKind,
    /// HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// Azure's error code, or ours.
    pub code: Option<String>,
    /// One line for people.
    pub message: String,
    /// The action that the identity lacks, where Azure named it.
    pub missing_action: Option<String>,
}

const LONGEST_MESSAGE: usize = 400;

fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().take(LONGEST_MESSAGE).collect()
}

impl RestError {
    /// A failure without an answer, under a code of ours.
    pub fn ours(kind: RestErrorKind, code: &str, message: impl AsRef<str>) -> Self {
        Self {
            kind,
            status: None,
            code: Some(code.to_owned()),
            message: one_line(message.as_ref()),
            missing_action: None,
        }
    }

    /// The read was stopped from outside.
    pub fn interrupted() -> Self {
        Self::ours(RestErrorKind::Interrupted, "Interrupted", "stopped before it was read")
    }

    /// A link led back, or the pages have no end.
    pub fn paging_loop() -> Self {
        Self::ours(
            RestErrorKind::Loop,
            "PagingLoop",
            "the pages of the list lead back to one that was read already",
        )
    }

    /// The answer is not what was asked for.
    pub fn not_json(status: Option<u16>, problem: impl AsRef<str>) -> Self {
        Self { status, ..Self::ours(RestErrorKind::NotJson, "NotJson", problem) }
    }

    /// From an answer whose status is not 200.
    pub fn from_answer(status: u16, headers: &Headers, body: &[u8]) -> Self {
        let parsed = ErrorBody::parse(body);
        let asked_to_wait = retry_after(headers, OffsetDateTime::now_utc()).is_some();
        let unlicensed = missing_licence(parsed.code.as_deref(), parsed.message.as_deref()).is_some();
        let kind = match status {
            404 | 409 | 400 if parsed.is_not_registered() => RestErrorKind::NotRegistered,
            401 | 403 => RestErrorKind::Denied,
            400 if unlicensed => RestErrorKind::Denied,
            404 => RestErrorKind::NotFound,
            429 => RestErrorKind::Throttled,
            503 if asked_to_wait => RestErrorKind::Throttled,
            _ => RestErrorKind::Http,
        };
        let is_permission = kind == RestErrorKind::Denied && !unlicensed;
        let missing_action = is_permission.then(|| parsed.missing_action()).flatten();
        let message = parsed.message.as_deref().map_or_else(|| format!("HTTP {status}"), one_line);
        Self { kind, status: Some(status), code: parsed.code, message, missing_action }
    }

    /// From an error of the SDK's.
    pub fn from_sdk(error: &Error) -> Self {
        let causes = || std::iter::successors(Some(error as &dyn std::error::Error), |&error| error.source());
        if let Some(refused) = causes().find_map(|cause| cause.downcast_ref::<ForeignHost>()) {
            return Self::ours(RestErrorKind::ForeignHost, "ForeignHost", refused.to_string());
        }
        if let Some(large) = causes().find_map(|cause| cause.downcast_ref::<BodyTooLarge>()) {
            return Self::ours(RestErrorKind::TooLarge, "TooLarge", large.to_string());
        }
        if let Some(failed) = causes().find_map(|cause| cause.downcast_ref::<CredentialError>()) {
            return Self::ours(RestErrorKind::Credential, "NoToken", failed.to_string());
        }
        match error.kind() {
            ErrorKind::HttpResponse { status, raw_response: Some(raw), .. } => {
                Self::from_answer((*status).into(), raw.headers(), raw.body().as_ref())
            }
            ErrorKind::HttpResponse { status, .. } => {
                Self::from_answer((*status).into(), &Headers::new(), b"")
            }
            ErrorKind::DataConversion => Self::not_json(None, innermost(error)),
            ErrorKind::Credential => Self::ours(RestErrorKind::Credential, "NoToken", innermost(error)),
            _ => Self::ours(RestErrorKind::Network, "NetworkError", innermost(error)),
        }
    }

    /// Whether `read` may go on without what this call would have given: the thing doesn't exist.
    ///
    /// A 404 says so only in Azure's own words. Without a code it may come from a proxy, and some codes
    /// mean that the address, the version or the subscription is not known: nothing was looked for.
    pub fn is_absence(&self) -> bool {
        const NOT_LOOKED_FOR: &[&str] = &[
            "InvalidResourceType",
            "InvalidResourceNamespace",
            "InvalidResource",
            "NoRegisteredProviderFound",
            "InvalidApiVersionParameter",
            "SubscriptionNotFound",
            "InvalidSubscriptionId",
        ];
        match self.code.as_deref() {
            // A kind of account that has no such service answers 400.
            Some("FeatureNotSupportedForAccount") => true,
            Some(code) if self.kind == RestErrorKind::NotFound => {
                !NOT_LOOKED_FOR.iter().any(|known| known.eq_ignore_ascii_case(code))
            }
            _ => false,
        }
    }

    /// The state of coverage that this failure is, when nothing had been read before it.
    pub fn state(&self) -> CoverageState {
        match self.kind {
            RestErrorKind::Denied => CoverageState::Denied,
            RestErrorKind::NotRegistered => CoverageState::NotRegistered,
            RestErrorKind::Throttled => CoverageState::Throttled,
            RestErrorKind::Incomplete | RestErrorKind::Interrupted => CoverageState::Partial,
            _ => CoverageState::Failed,
        }
    }

    /// The state when `some` of it had been read before. A loop or a forged link stays a failure.
    pub fn state_after(&self, some: bool) -> CoverageState {
        let stays = matches!(self.kind, RestErrorKind::Loop | RestErrorKind::ForeignHost);
        if some && !stays { CoverageState::Partial } else { self.state() }
    }

    /// The entry that says it.
    pub fn entry(&self, scope: &str, read: &str, some: bool) -> CoverageEntry {
        CoverageEntry {
            status: self.status,
            code: self.code.clone(),
            missing_action: self.missing_action.clone(),
            message: Some(self.message.clone()),
            ..CoverageEntry::new(scope, read, self.state_after(some))
        }
    }
}

/// Outer text and innermost cause: the SDK's outer texts say little.
fn innermost(error: &Error) -> String {
    let mut last = None;
    let mut cause = error.source();
    while let Some(inner) = cause {
        last = Some(inner.to_string());
        cause = inner.source();
    }
    match last {
        Some(inner) => format!("{error}: {inner}"),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use azure_core::http::headers::HeaderName;

    fn state(status: u16, body: &str) -> CoverageState {
        RestError::from_answer(status, &Headers::new(), body.as_bytes()).state()
    }

    #[test]
    fn each_answer_has_its_state() {
        let not_registered = r#"{"error":{"code":"MissingSubscriptionRegistration","message":"m"}}"#;
        let unlicensed = r#"{"error":{"code":"AadPremiumLicenseRequired","message":"The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license."}}"#;
        let cases = [
            (401, "", CoverageState::Denied),
            (400, unlicensed, CoverageState::Denied),
            (400, "{}", CoverageState::Failed),
            (403, "<html>", CoverageState::Denied),
            (409, not_registered, CoverageState::NotRegistered),
            (404, not_registered, CoverageState::NotRegistered),
            (409, "{}", CoverageState::Failed),
            (404, "{}", CoverageState::Failed),
            (429, "", CoverageState::Throttled),
            (503, "", CoverageState::Failed),
            (500, "", CoverageState::Failed),
            (302, "", CoverageState::Failed),
        ];
        for (status, body, expected) in cases {
            assert_eq!(state(status, body), expected, "{status} {body}");
        }
        let mut headers = Headers::new();
        headers.insert(HeaderName::from("retry-after"), "60");
        assert_eq!(RestError::from_answer(503, &headers, b"").state(), CoverageState::Throttled);
    }

    #[test]
    fn an_entry_says_status_code_and_action_on_one_line() {
        let body = r#"{"error":{"code":"AuthorizationFailed","message":"The client\r\n does not have authorization to perform action 'A/b/read' over scope"}}"#;
        let entry = RestError::from_answer(403, &Headers::new(), body.as_bytes()).entry("/s", "A/b", false);
        assert_eq!(entry.status, Some(403));
        assert_eq!(entry.code.as_deref(), Some("AuthorizationFailed"));
        assert_eq!(entry.missing_action.as_deref(), Some("A/b/read"));
        assert_eq!(
            entry.message.as_deref(),
            Some("The client does not have authorization to perform action 'A/b/read' over scope")
        );
    }

    #[test]
    fn only_azures_word_for_it_is_an_absence() {
        let cases = [
            (404, r#"{"error":{"code":"ResourceNotFound"}}"#, true),
            (404, r#"{"error":{"code":"ParentResourceNotFound"}}"#, true),
            (400, r#"{"error":{"code":"FeatureNotSupportedForAccount"}}"#, true),
            (404, r#"{"error":{"code":"InvalidResourceType"}}"#, false),
            (404, r#"{"error":{"code":"SubscriptionNotFound"}}"#, false),
            (404, "<html>no such page</html>", false),
            (403, r#"{"error":{"code":"ResourceNotFound"}}"#, false),
        ];
        for (status, body, expected) in cases {
            let error = RestError::from_answer(status, &Headers::new(), body.as_bytes());
            assert_eq!(error.is_absence(), expected, "{status} {body}");
        }
    }

    #[test]
    fn half_a_list_is_partial_but_a_loop_is_a_failure() {
        let busy = RestError::from_answer(429, &Headers::new(), b"");
        assert_eq!(busy.state_after(true), CoverageState::Partial);
        assert_eq!(RestError::paging_loop().state_after(true), CoverageState::Failed);
    }
}
