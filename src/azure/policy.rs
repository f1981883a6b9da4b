//! Where a token may go, and what happens when a service no longer takes it.

use std::sync::Arc;

use async_trait::async_trait;
use azure_core::error::{Error, ErrorKind};
use azure_core::http::headers::{AUTHORIZATION, HeaderValue};
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{Context, Request, Url};

use super::credential::Credential;

/// A request was about to leave its host; carried inside an SDK error.
#[derive(Debug, thiserror::Error)]
#[error("refused to send a token to {host}, it is for {expected} only")]
pub struct ForeignHost {
    /// Where the request would have gone.
    pub host: String,
    /// Where it may go.
    pub expected: String,
}

/// Lets requests go to one origin only: scheme, host and port. Stands before everything else, so
/// that a forged link costs neither a request nor a token. The SDK follows any link it is given.
#[derive(Clone, Debug)]
pub struct HostPin {
    origin: Url,
}

impl HostPin {
    /// Only to the origin of `url`.
    pub fn origin(url: &Url) -> Self {
        Self { origin: url.clone() }
    }

    /// Refuses `url` unless it is https, without a user name, and of the same host and port.
    pub fn check(&self, url: &Url) -> Result<(), ForeignHost> {
        let same = url.scheme() == "https"
            && self.origin.scheme() == "https"
            && url.host_str().is_some()
            && url.host_str() == self.origin.host_str()
            && url.port_or_known_default() == self.origin.port_or_known_default()
            && url.username().is_empty()
            && url.password().is_none();
        if same {
            return Ok(());
        }
        let name = |url: &Url| {
            let host = url.host_str().unwrap_or("no host");
            match url.port() {
                Some(port) => format!("{}://{host}:{port}", url.scheme()),
                None => format!("{}://{host}", url.scheme()),
            }
        };
        Err(ForeignHost { host: name(url), expected: name(&self.origin) })
    }
}

/// Hands the request on to the rest of the pipeline.
async fn hand_on(ctx: &Context<'_>, request: &mut Request, next: &[Arc<dyn Policy>]) -> PolicyResult {
    match next.split_first() {
        Some((following, rest)) => following.send(ctx, request, rest).await,
        None => Err(Error::with_message(ErrorKind::Other, "the pipeline ends before its transport")),
    }
}

#[async_trait]
impl Policy for HostPin {
    async fn send(&self, ctx: &Context, request: &mut Request, next: &[Arc<dyn Policy>]) -> PolicyResult {
        self.check(request.url()).map_err(|refused| Error::new(ErrorKind::Other, refused))?;
        hand_on(ctx, request, next).await
    }
}

/// Puts the token on a request. After a 401 the token is thrown away and the request is sent once
/// more with a new one: the SDK's credentials would hand the refused one out again.
#[derive(Debug)]
pub struct Bearer {
    credential: Arc<Credential>,
    scope: String,
}

impl Bearer {
    /// Tokens of `credential` for `scope`.
    pub fn new(credential: Arc<Credential>, scope: String) -> Self {
        Self { credential, scope }
    }
}

#[async_trait]
impl Policy for Bearer {
    async fn send(&self, ctx: &Context, request: &mut Request, next: &[Arc<dyn Policy>]) -> PolicyResult {
        let token = self.credential.token(&self.scope).await?;
        authorize(request, token.token.secret());
        let response = hand_on(ctx, request, next).await?;
        if u16::from(response.status()) != 401 {
            return Ok(response);
        }
        self.credential.forget(token.token.secret()).await;
        match self.credential.token(&self.scope).await {
            Ok(fresh) => {
                authorize(request, fresh.token.secret());
                hand_on(ctx, request, next).await
            }
            // The 401 says more of what is wrong than the failure to get around it.
            Err(_) => Ok(response),
        }
    }
}

/// The same for the SDK's Key Vault clients, which put tokens on by themselves: stands before their
/// own policy, whose one second try goes to the vault's first challenge.
#[derive(Debug)]
pub struct ReplaceRefused(pub Arc<Credential>);

#[async_trait]
impl Policy for ReplaceRefused {
    async fn send(&self, ctx: &Context, request: &mut Request, next: &[Arc<dyn Policy>]) -> PolicyResult {
        let response = hand_on(ctx, request, next).await?;
        let sent = request.headers().get_optional_str(&AUTHORIZATION);
        match sent.and_then(|value| value.strip_prefix("Bearer ")) {
            Some(token) if u16::from(response.status()) == 401 => {
                self.0.forget(token).await;
                hand_on(ctx, request, next).await
            }
            _ => Ok(response),
        }
    }
}

fn authorize(request: &mut Request, token: &str) {
    request.insert_header(AUTHORIZATION, HeaderValue::from(format!("Bearer {token}")));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::testing::{Counting, Script, answer, pipeline};
    use azure_core::http::{Method, PipelineSendOptions};

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn only_the_same_origin_passes() {
        let pin = HostPin::origin(&url("https://management.azure.com"));
        for good in ["https://management.azure.com/subscriptions?x=1", "https://MANAGEMENT.azure.com:443/"] {
            assert!(pin.check(&url(good)).is_ok(), "{good}");
        }
        for bad in [
            "http://management.azure.com/",
            "https://management.azure.com:8443/",
            "https://management.azure.com.evil.net/",
            "https://management.azure.com@evil.net/",
            "https://user@management.azure.com/",
            "https://graph.microsoft.com/",
        ] {
            assert!(pin.check(&url(bad)).is_err(), "{bad}");
        }
        assert_eq!(
            pin.check(&url("https://evil.net/")).unwrap_err().to_string(),
            "refused to send a token to https://evil.net, it is for https://management.azure.com only"
        );
    }

    #[tokio::test]
    async fn a_foreign_host_gets_neither_request_nor_token() {
        let script = Script::new(vec![]);
        let source = Arc::new(Counting::default());
        let credential = Arc::new(Credential::fixed(source.clone()));
        let policies: Vec<Arc<dyn Policy>> = vec![
            Arc::new(HostPin::origin(&url("https://arm.example.org"))),
            Arc::new(Bearer::new(credential, "scope".into())),
        ];
        let mut request = Request::new(url("https://evil.example.net/x"), Method::Get);
        let result = pipeline(&script, policies).send(&Context::new(), &mut request, None).await;
        assert!(result.unwrap_err().downcast_ref::<ForeignHost>().is_some());
        assert!(script.sent().is_empty());
        assert_eq!(*source.0.lock().unwrap(), 0);
    }

    #[tokio::test]
    async fn a_refused_token_is_replaced_once() {
        for (answers, status) in [
            (vec![answer(401, &[], ""), answer(200, &[], "{}")], 200_u16),
            (vec![answer(401, &[], ""), answer(401, &[], "")], 401),
        ] {
            let script = Script::new(answers);
            let credential = Arc::new(Credential::fixed(Arc::new(Counting::default())));
            let bearer: Arc<dyn Policy> = Arc::new(Bearer::new(credential, "scope".into()));
            let mut request = Request::new(url("https://arm.example.org/x"), Method::Get);
            let options = PipelineSendOptions { skip_checks: true, ..Default::default() };
            let response = pipeline(&script, vec![bearer])
                .send(&Context::new(), &mut request, Some(options))
                .await
                .unwrap();
            assert_eq!(u16::from(response.status()), status);
            assert_eq!(
                script.sent(),
                [
                    "GET https://arm.example.org/x Bearer TOKEN-1",
                    "GET https://arm.example.org/x Bearer TOKEN-2"
                ]
            );
        }
    }
}
