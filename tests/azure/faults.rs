//! What can go wrong, each configured for the requests it shall hit.

use std::time::Duration;

use serde_json::{Value, json};

use super::body;
use super::http::{Delivery, Reply, Request};

type Predicate = Box<dyn Fn(&Request) -> bool + Send + Sync>;
type Change = Box<dyn Fn(&Request, &mut Reply) + Send + Sync>;

enum Effect {
    /// Answer this instead.
    Answer(Reply),
    /// Answer as usual, but let it travel like this.
    Travel(Delivery),
    /// Answer as usual, but change the answer.
    Change(Change),
    /// Key Vault: name this resource in the challenge.
    Challenge(String),
    /// Answer 401 until a token comes that was issued after this one.
    Revoke,
}

/// A fault: which requests it hits, how often, and what happens.
///
/// Faults apply to requests that carry a token (and to token requests), unless
/// [`before_token`](Self::before_token) says otherwise, so that Key Vault's challenge doesn't use them up.
pub struct Fault {
    matches: Predicate,
    effect: Option<Effect>,
    skip: usize,
    times: usize,
    before_token: bool,
}

impl Fault {
    /// On requests whose `METHOD host/path?query` contains `text`, without letter case.
    pub fn on(text: &str) -> Self {
        let text = text.to_ascii_lowercase();
        Self::when(move |request| {
            let address = format!("{} {}{}?{}", request.method, request.host, request.path, request.query);
            address.to_ascii_lowercase().contains(&text)
        })
    }

    /// On requests for which `predicate` holds.
    pub fn when(predicate: impl Fn(&Request) -> bool + Send + Sync + 'static) -> Self {
        Self { matches: Box::new(predicate), effect: None, skip: 0, times: usize::MAX, before_token: false }
    }

    /// Only the first `times` requests (after those skipped).
    pub fn times(mut self, times: usize) -> Self {
        self.times = times;
        self
    }

    /// Lets the first `skip` requests through.
    pub fn after(mut self, skip: usize) -> Self {
        self.skip = skip;
        self
    }

    /// Also on requests without a token.
    pub fn before_token(mut self) -> Self {
        self.before_token = true;
        self
    }

    /// Answers with this status and the code Azure uses with it.
    pub fn status(self, status: u16) -> Self {
        let (code, message) = match status {
            401 => ("InvalidAuthenticationToken", "The access token is invalid."),
            403 => ("AuthorizationFailed", "The client does not have authorization to perform this action."),
            404 => ("ResourceNotFound", "The resource was not found."),
            409 => ("Conflict", "The request conflicts with the state of the resource."),
            429 => ("TooManyRequests", "The request is being throttled."),
            503 => ("ServerTimeout", "The service is unavailable."),
            _ => ("InternalServerError", "Encountered internal server error."),
        };
        self.answer(body::error(status, code, message))
    }

    /// Adds `Retry-After` to the answer: seconds, or an HTTP date.
    pub fn retry_after(self, value: impl ToString) -> Self {
        self.header("retry-after", &value.to_string())
    }

    /// Adds a header to the answer.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let Some(Effect::Answer(reply)) = &mut self.effect {
            reply.headers.push((name.into(), value.into()));
        }
        self
    }

    /// 403 as ARM says it when the identity lacks `action`; the scope is the request's path.
    pub fn denied(self, action: &str) -> Self {
        let action = action.to_owned();
        self.change(move |request, reply| *reply = authorization_failed(&action, &request.decoded_path()))
    }

    /// 409 as ARM says it for a provider that the subscription has not registered.
    pub fn not_registered(self, namespace: &str) -> Self {
        self.answer(missing_registration(namespace))
    }

    /// Key Vault's 403 for an address that its firewall doesn't let in.
    pub fn firewall(self) -> Self {
        self.answer(vault_forbidden(
            "ForbiddenByFirewall",
            "Client address is not authorized and caller is not a trusted service.",
        ))
    }

    /// Key Vault's 403 for an identity that lacks the data action `action`.
    pub fn vault_denied(self, action: &str) -> Self {
        let message = format!(
            "Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or role \
             definitions were changed recently, please observe propagation time.\r\nCaller: appid=c11e\r\nAction: \
             '{action}'\r\nResource: '/subscriptions/s'\r\nAssignment: (not found)"
        );
        self.answer(vault_forbidden("ForbiddenByRbac", &message))
    }

    /// Microsoft Graph's 403 for an application that lacks `permission`.
    pub fn graph_denied(self, permission: &str) -> Self {
        let message = format!(
            "Missing scope permissions on the request. API requires one of '{permission}'. Scopes on the request ''"
        );
        self.answer(body::error(403, "AccessDenied", &message))
    }

    /// Resets the connection.
    pub fn reset(self) -> Self {
        self.travel(Delivery::Reset)
    }

    /// Sends half of the promised body and closes.
    pub fn cut_body(self) -> Self {
        self.travel(Delivery::Cut)
    }

    /// Takes `pause` to send the answer.
    pub fn slow(self, pause: Duration) -> Self {
        self.travel(Delivery::Slow(pause))
    }

    /// A body that says it is JSON and is not.
    pub fn malformed(self) -> Self {
        self.change(|_, reply| reply.body.truncate(reply.body.len() * 2 / 3))
    }

    /// 200 with a sign-in page, as a proxy answers.
    pub fn html(self) -> Self {
        self.answer(Reply {
            status: 200,
            headers: vec![("content-type".into(), "text/html".into())],
            body: b"<!DOCTYPE html><html><body>Sign in to the network</body></html>".to_vec(),
            delivery: Delivery::Whole,
        })
    }

    /// The last page links to the first again (Resource Graph: its `$skipToken` does).
    pub fn looping(self) -> Self {
        self.change(|request, reply| {
            link_to(reply, |body, key| {
                if body.get(key).is_none() {
                    body[key] = match key {
                        "$skipToken" => json!(body::token(0)),
                        _ => json!(body::next_link(request, &body::token(0))),
                    };
                }
            });
        })
    }

    /// Each page links to another one, for ever, and never twice to the same.
    pub fn endless(self) -> Self {
        let counter = std::sync::atomic::AtomicUsize::new(0);
        self.change(move |request, reply| {
            let nonce = counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let token = format!("page0.{nonce}");
            link_to(reply, |body, key| {
                body[key] = match key {
                    "$skipToken" => json!(token),
                    _ => json!(body::next_link(request, &token)),
                };
            });
        })
    }

    /// The page's link leads to `link` (see [`TestAzure::foreign_link`](super::TestAzure::foreign_link)).
    pub fn next_link(self, link: &str) -> Self {
        let link = link.to_owned();
        self.change(move |_, reply| link_to(reply, |body, key| body[key] = json!(link)))
    }

    /// Key Vault's challenge names this resource instead of the vault's own.
    pub fn challenge(mut self, resource: &str) -> Self {
        self.effect = Some(Effect::Challenge(resource.to_owned()));
        self
    }

    /// 401 for every token issued so far; one issued afterwards is good.
    pub fn revoke_token(mut self) -> Self {
        self.effect = Some(Effect::Revoke);
        self
    }

    /// Answers this.
    pub fn answer(mut self, reply: Reply) -> Self {
        self.effect = Some(Effect::Answer(reply));
        self
    }

    /// Answers this status and body.
    pub fn body(self, status: u16, body: &Value) -> Self {
        self.answer(Reply::json(status, body))
    }

    fn travel(mut self, delivery: Delivery) -> Self {
        self.effect = Some(Effect::Travel(delivery));
        self
    }

    /// Changes the usual answer.
    pub fn change(mut self, change: impl Fn(&Request, &mut Reply) + Send + Sync + 'static) -> Self {
        self.effect = Some(Effect::Change(Box::new(change)));
        self
    }

    /// Whether it hits this request; counts it if so.
    pub(super) fn hits(&mut self, request: &Request) -> bool {
        let is_challenge = matches!(self.effect, Some(Effect::Challenge(_)));
        let wants = self.before_token || request.token().is_some() || request.host.starts_with("login.");
        if is_challenge || !wants || self.times == 0 || !(self.matches)(request) {
            return false;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return false;
        }
        self.times -= 1;
        true
    }

    /// The resource that a challenge to this request shall name.
    pub(super) fn challenged(&self, request: &Request) -> Option<&str> {
        match &self.effect {
            Some(Effect::Challenge(resource)) if (self.matches)(request) => Some(resource),
            _ => None,
        }
    }

    /// Whether it revokes tokens.
    pub(super) fn revokes(&self) -> bool {
        matches!(self.effect, Some(Effect::Revoke))
    }

    /// What becomes of the usual answer.
    pub(super) fn apply(&self, request: &Request, usual: impl FnOnce() -> Reply) -> Reply {
        match &self.effect {
            Some(Effect::Answer(reply)) => reply.clone(),
            Some(Effect::Travel(delivery)) => Reply { delivery: *delivery, ..usual() },
            Some(Effect::Change(change)) => {
                let mut reply = usual();
                change(request, &mut reply);
                reply
            }
            Some(Effect::Challenge(_) | Effect::Revoke) | None => usual(),
        }
    }
}

/// Edits the link to the next page in an answer, under the key that this service uses.
fn link_to(reply: &mut Reply, edit: impl FnOnce(&mut Value, &str)) {
    let Ok(mut body) = serde_json::from_slice::<Value>(&reply.body) else {
        return;
    };
    if body.get("value").is_none() && body.get("data").is_none() {
        return;
    }
    let key = if body.get("totalRecords").is_some() {
        "$skipToken"
    } else if body.get("@odata.context").is_some() {
        "@odata.nextLink"
    } else {
        "nextLink"
    };
    edit(&mut body, key);
    reply.body = serde_json::to_vec(&body).unwrap();
}

/// ARM's 403, word for word.
pub fn authorization_failed(action: &str, scope: &str) -> Reply {
    let message = format!(
        "The client '7f2a0c3e-0000-4000-8000-00000000c11e' with object id '7f2a0c3e-0000-4000-8000-00000000c11e' \
         does not have authorization to perform action '{action}' over scope '{scope}' or the scope is invalid. \
         If access was recently granted, please refresh your credentials."
    );
    body::error(403, "AuthorizationFailed", &message)
}

/// ARM's 409 for a provider that is not registered, word for word.
pub fn missing_registration(namespace: &str) -> Reply {
    let message = format!(
        "The subscription is not registered to use namespace '{namespace}'. See https://aka.ms/rps-not-found for \
         how to register subscriptions."
    );
    body::error(409, "MissingSubscriptionRegistration", &message)
}

/// Key Vault's 403 with its inner code.
pub fn vault_forbidden(inner: &str, message: &str) -> Reply {
    let body = json!({"error": {"code": "Forbidden", "message": message, "innererror": {"code": inner}}});
    Reply::json(403, &body)
}
