//! The `api-version` that every call to Resource Manager must carry, and the types that are picky.

use super::body::error;
use super::http::{Reply, Request};

/// Types that have preview versions only.
const PREVIEW_ONLY: &[(&str, &[&str])] = &[(
    "microsoft.security/securitycontacts",
    &["2017-08-01-preview", "2020-01-01-preview", "2023-12-01-preview"],
)];

/// The refusal of a request whose `api-version` is missing or no version.
pub fn refused(request: &Request) -> Option<Reply> {
    let version = request.parameter("api-version").unwrap_or_default();
    if version.is_empty() {
        return Some(error(
            400,
            "MissingApiVersionParameter",
            "The api-version query parameter (?api-version=) is required for all requests.",
        ));
    }
    let date = version.get(..10).unwrap_or_default();
    let is_date = date.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    let rest = version.get(10..).unwrap_or_default();
    let sound = !date.is_empty() && is_date && (rest.is_empty() || rest.starts_with("-preview"));
    (!sound).then(|| {
        let message = format!("The api-version '{version}' is invalid.");
        error(400, "InvalidApiVersionParameter", &message)
    })
}

/// The refusal of a version that `kind` doesn't have.
pub fn unknown_for(request: &Request, kind: &str) -> Option<Reply> {
    let version = request.parameter("api-version").unwrap_or_default();
    let (_, known) = PREVIEW_ONLY.iter().find(|(picky, _)| picky.eq_ignore_ascii_case(kind))?;
    (!known.contains(&version.as_str())).then(|| {
        let (namespace, name) = kind.split_once('/').unwrap_or((kind, ""));
        let message = format!(
            "The resource type '{name}' could not be found in the namespace '{namespace}' for api version \
             '{version}'. The supported api-versions are '{}'.",
            known.join(",")
        );
        error(404, "InvalidResourceType", &message)
    })
}

/// Whether a list of diagnostic settings has more in it than the one named `service`: the versions
/// before 2017 know no other.
pub fn shows_all_diagnostic_settings(request: &Request) -> bool {
    request.parameter("api-version").is_some_and(|version| version.as_str() >= "2017")
}
