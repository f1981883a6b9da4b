//! A transport that answers from a list; for this module's tests.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::error::{Error, ErrorKind};
use azure_core::http::headers::{HeaderName, Headers};
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{
    AsyncRawResponse, ClientOptions, Context, Pipeline, Request, RetryOptions, Transport,
};

/// Status, headers, body.
pub type Answer = (u16, Vec<(&'static str, &'static str)>, String);

pub fn answer(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> Answer {
    (status, headers.to_vec(), body.to_owned())
}

/// Answers in order, and remembers what was asked.
#[derive(Debug)]
pub struct Script {
    answers: Mutex<Vec<Answer>>,
    sent: Mutex<Vec<String>>,
}

impl Script {
    pub fn new(mut answers: Vec<Answer>) -> Arc<Self> {
        answers.reverse();
        Arc::new(Self { answers: Mutex::new(answers), sent: Mutex::default() })
    }

    /// `METHOD url [token]`, in order.
    pub fn sent(&self) -> Vec<String> {
        self.sent.lock().unwrap().clone()
    }
}

#[async_trait]
impl Policy for Script {
    async fn send(&self, _: &Context, request: &mut Request, _: &[Arc<dyn Policy>]) -> PolicyResult {
        let token = request
            .headers()
            .get_optional_str(&HeaderName::from_static("authorization"))
            .map(|value| format!(" {value}"))
            .unwrap_or_default();
        let line = format!("{} {}{token}", request.method(), request.url());
        self.sent.lock().unwrap().push(line);
        let (status, pairs, body) = self
            .answers
            .lock()
            .unwrap()
            .pop()
            .ok_or_else(|| Error::with_message(ErrorKind::Other, "nothing left to answer"))?;
        let mut headers = Headers::new();
        for (name, value) in pairs {
            headers.insert(HeaderName::from(name), value);
        }
        Ok(AsyncRawResponse::from_bytes(status.into(), headers, body))
    }
}

pub fn pipeline(script: &Arc<Script>, policies: Vec<Arc<dyn Policy>>) -> Pipeline {
    let transport: Arc<dyn Policy> = script.clone();
    let options = ClientOptions {
        retry: RetryOptions::none(),
        transport: Some(Transport::with_policy(transport)),
        ..ClientOptions::default()
    };
    Pipeline::new(None, None, options, policies, vec![], None)
}

/// Hands out `TOKEN-1`, `TOKEN-2`, … and counts.
#[derive(Debug, Default)]
pub struct Counting(pub Mutex<u32>);

#[async_trait]
impl TokenCredential for Counting {
    async fn get_token(
        &self,
        _: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let mut count = self.0.lock().unwrap();
        *count += 1;
        let expires = time::OffsetDateTime::now_utc() + time::Duration::hours(1);
        Ok(AccessToken::new(format!("TOKEN-{count}"), expires))
    }
}
