//! What was asked of the server, and what should never have been.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Instant;

use super::http::Request;

/// One request and how it was answered.
#[derive(Clone, Debug)]
pub struct Call {
    /// `GET` or `POST`.
    pub method: String,
    /// The host it was sent to.
    pub host: String,
    /// The path, decoded.
    pub path: String,
    /// The query as it was sent.
    pub query: String,
    /// The body, where it is text.
    pub body: String,
    /// Whether a token came along.
    pub authorized: bool,
    /// The status of the answer (0: the connection was reset).
    pub status: u16,
    /// When it arrived.
    pub at: Instant,
}

impl Call {
    /// A call as it arrived; its status is filled in with the answer.
    pub fn of(request: &Request, at: Instant) -> Self {
        Self {
            method: request.method.clone(),
            host: request.host.clone(),
            path: request.decoded_path(),
            query: request.query.clone(),
            body: String::from_utf8(request.body.clone()).unwrap_or_default(),
            authorized: request.token().is_some(),
            status: 0,
            at,
        }
    }

    /// The call with names taken out:
    /// `GET management.azure.com/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Web/sites/{}`.
    pub fn pattern(&self) -> String {
        format!("{} {}{}", self.method, self.host, pattern(&self.path))
    }
}

/// A path with the names in it replaced by `{}`.
fn pattern(path: &str) -> String {
    let mut out = String::new();
    // Segments until the next name; after `providers` the namespace comes first.
    let mut until_name = usize::MAX;
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        out.push('/');
        if segment.eq_ignore_ascii_case("providers") {
            until_name = 2;
            out.push_str(segment);
        } else if until_name == 0 || is_guid(segment) {
            out.push_str("{}");
            until_name = if until_name == usize::MAX { until_name } else { 1 };
        } else {
            out.push_str(segment);
            let names = ["resourcegroups", "managementgroups", "secrets", "keys", "certificates"];
            let starts = until_name == usize::MAX && names.contains(&segment.to_ascii_lowercase().as_str());
            until_name = match until_name {
                usize::MAX if starts => 0,
                usize::MAX => usize::MAX,
                left => left - 1,
            };
        }
    }
    out
}

fn is_guid(text: &str) -> bool {
    let dashes = [8, 13, 18, 23];
    text.len() == 36
        && text
            .bytes()
            .enumerate()
            .all(|(at, byte)| if dashes.contains(&at) { byte == b'-' } else { byte.is_ascii_hexdigit() })
}

/// The calls of a scan, in the order in which they arrived.
#[derive(Clone, Debug, Default)]
pub struct Calls(pub Vec<Call>);

impl Calls {
    /// Calls with this method whose `host/path?query` contains `needle`, without letter case.
    pub fn of(&self, method: &str, needle: &str) -> Vec<&Call> {
        let needle = needle.to_ascii_lowercase();
        self.0
            .iter()
            .filter(|call| {
                let address = format!("{}{}?{}", call.host, call.path, call.query);
                call.method == method && address.to_ascii_lowercase().contains(&needle)
            })
            .collect()
    }

    /// How often each [`Call::pattern`] was called.
    pub fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for call in &self.0 {
            *counts.entry(call.pattern()).or_default() += 1;
        }
        counts
    }

    /// How many there were.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing was asked at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Something that a read-only scanner must never do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// What is wrong with it.
    pub what: &'static str,
    /// The method.
    pub method: String,
    /// The address.
    pub url: String,
}

impl Violation {
    /// A violation by `request`.
    pub fn new(what: &'static str, request: &Request) -> Self {
        Self { what, method: request.method.clone(), url: request.url() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {}", self.what, self.method, self.url)
    }
}

/// Everything that happened so far.
#[derive(Debug, Default)]
pub struct Journal {
    /// Requests to the real names.
    pub calls: Vec<Call>,
    /// What should not have happened.
    pub violations: Vec<Violation>,
    /// Connections to the foreign host, and the requests on them.
    pub foreign: Vec<String>,
}
