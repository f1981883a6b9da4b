//! From a request to the service that answers it, past everything that must not happen.

use std::time::Instant;

use super::entra::{self, ARM, Audience, GRAPH, VAULT};
use super::faults::Fault;
use super::http::{Delivery, Reply, Request};
use super::journal::{Call, Violation};
use super::state::State;
use super::{arm, body, key_vault, microsoft_graph, resource_graph};

enum Service {
    Login,
    Arm,
    Graph,
    Vault(String),
    Unknown,
}

impl Service {
    fn of(host: &str) -> Self {
        match host {
            "login.microsoftonline.com" => Self::Login,
            "management.azure.com" => Self::Arm,
            "graph.microsoft.com" => Self::Graph,
            _ => match host.strip_suffix(".vault.azure.net") {
                Some(name) if !name.contains('.') => Self::Vault(name.to_owned()),
                _ => Self::Unknown,
            },
        }
    }

    fn audience(&self) -> Option<Audience> {
        match self {
            Self::Arm => Some(ARM),
            Self::Graph => Some(GRAPH),
            Self::Vault(_) => Some(VAULT),
            Self::Login | Self::Unknown => None,
        }
    }
}

/// Answers a request and writes it into the journal.
pub fn respond(state: &State, request: &Request, at: Instant) -> Reply {
    let service = Service::of(&request.host);
    let mut call = Call::of(request, at);
    let violations = violations(state, &service, request);
    let reply = if violations.is_empty() {
        answer(state, &service, request)
    } else {
        body::error(403, "Violation", violations[0].what)
    };
    call.status = if reply.delivery == Delivery::Reset { 0 } else { reply.status };
    let mut journal = state.journal.lock().unwrap();
    journal.calls.push(call);
    journal.violations.extend(violations);
    drop(journal);
    reply.with("x-ms-request-id", "5e1f0000-0000-4000-8000-00000000f00d")
}

/// What a read-only scanner must never do, and this request does.
fn violations(state: &State, service: &Service, request: &Request) -> Vec<Violation> {
    let path = request.decoded_path().to_ascii_lowercase();
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let last = segments.last().copied().unwrap_or_default();
    let mut found = Vec::new();
    let mut note = |what| found.push(Violation::new(what, request));

    let posts_token = matches!(service, Service::Login) && path.ends_with("/oauth2/v2.0/token");
    let posts_query =
        matches!(service, Service::Arm) && path == "/providers/microsoft.resourcegraph/resources";
    if request.method != "GET" && !(request.method == "POST" && (posts_token || posts_query)) {
        note("a method that can change something");
    }
    if matches!(service, Service::Vault(_))
        && segments.first() == Some(&"secrets")
        && segments.len() > 1
        && last != "versions"
    {
        note("the value of a secret");
    }
    if matches!(service, Service::Arm) && (last.starts_with("list") && segments.len() > 2) {
        note("an action that returns keys");
    }
    if last == "register" || last == "unregister" {
        note("a registration of a provider");
    }
    match (request.token(), service, service.audience()) {
        (Some(_), Service::Unknown, _) => note("a token for a host that is not Azure's"),
        (Some(_), Service::Login, _) => note("a token for the token endpoint"),
        (Some(token), _, Some(wanted)) if state.audience(token).is_some_and(|found| found != wanted) => {
            note("a token that was issued for another service");
        }
        _ => {}
    }
    found
}

fn answer(state: &State, service: &Service, request: &Request) -> Reply {
    let mut faults = state.faults.lock().unwrap();
    let hit = faults.iter_mut().position(|fault| fault.hits(request));
    let fault: Option<&Fault> = hit.map(|at| &faults[at]);
    if fault.is_some_and(Fault::revokes) {
        state.revoke_tokens();
    }
    let challenged = faults.iter().find_map(|fault| fault.challenged(request));
    let usual = || serve(state, service, request, challenged);
    match fault {
        Some(fault) => fault.apply(request, usual),
        None => usual(),
    }
}

fn serve(state: &State, service: &Service, request: &Request, challenged: Option<&str>) -> Reply {
    if service.audience().is_some() {
        let valid = request.token().is_some_and(|token| state.audience(token) == service.audience());
        match service {
            _ if valid => {}
            Service::Vault(_) => return key_vault::challenge(state, challenged.unwrap_or(VAULT)),
            _ => return unauthenticated(service, request),
        }
    }
    match service {
        Service::Login => entra::respond(state, request),
        Service::Arm if request.method == "POST" => resource_graph::respond(state, request),
        Service::Arm => arm::respond(state, request),
        Service::Graph => microsoft_graph::respond(state, request),
        Service::Vault(name) => key_vault::respond(state, request, name),
        Service::Unknown => body::error(404, "NotFound", "No such host."),
    }
}

fn unauthenticated(service: &Service, request: &Request) -> Reply {
    let code = match (service, request.token()) {
        (Service::Graph, _) => "InvalidAuthenticationToken",
        (_, Some(_)) => "ExpiredAuthenticationToken",
        (_, None) => "AuthenticationFailed",
    };
    body::error(
        401,
        code,
        "Authentication failed. The access token is missing, expired or not for this audience.",
    )
    .with(
        "www-authenticate",
        "Bearer authorization_uri=\"https://login.microsoftonline.com/\", error=\"invalid_token\"",
    )
}
