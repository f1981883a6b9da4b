//! Where tokens come from, and the tokens in hand.
//!
//! The SDK's credentials cache unevenly (the CLI's not at all), queue up behind a failing one, and
//! hand a refused token out again; [`Credential`] holds the tokens instead, one per scope.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::error::{Error, ErrorKind};
use time::OffsetDateTime;

use super::credential_chain::Chain;

/// How to sign in (`--auth`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AuthMode {
    /// Environment, workload identity, managed identity, Azure CLI, in this order.
    #[default]
    Auto,
    /// The account that `az login` signed in.
    Cli,
    /// `AZURE_TENANT_ID`, `AZURE_CLIENT_ID`, `AZURE_CLIENT_SECRET`.
    Env,
    /// A federated token file, as Kubernetes mounts it.
    WorkloadIdentity,
    /// The identity of the machine or the app service.
    ManagedIdentity,
    /// The service connection of an Azure Pipelines job.
    AzurePipelines,
}

impl AuthMode {
    /// All modes, in the order of the help text.
    pub const ALL: [Self; 6] = [
        Self::Auto,
        Self::Cli,
        Self::Env,
        Self::WorkloadIdentity,
        Self::ManagedIdentity,
        Self::AzurePipelines,
    ];

    /// The word on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Cli => "cli",
            Self::Env => "env",
            Self::WorkloadIdentity => "workload-identity",
            Self::ManagedIdentity => "managed-identity",
            Self::AzurePipelines => "azure-pipelines",
        }
    }
}

impl fmt::Display for AuthMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for AuthMode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|mode| mode.word() == text).ok_or_else(|| {
            let words = Self::ALL.map(Self::word).join(", ");
            format!("`{text}` is no way to sign in; use one of {words}")
        })
    }
}

/// One way to sign in that was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkFailure {
    /// The way: `environment`, `Azure CLI`, …
    pub link: &'static str,
    /// Why it gave no token; never a secret.
    pub reason: String,
    /// What to do about it.
    pub next: String,
}

/// No token: what was tried, why it failed, and what to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CredentialError {
    /// In the order they were tried.
    pub tried: Vec<LinkFailure>,
}

impl fmt::Display for CredentialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("could not sign in to Azure; tried:")?;
        for failure in &self.tried {
            write!(f, "\n  {}: {}; {}", failure.link, failure.reason, failure.next)?;
        }
        Ok(())
    }
}

impl std::error::Error for CredentialError {}

/// A failed sign-in is not repeated before this has passed: many requests wait for one token.
const FAILURE_HOLDS: Duration = Duration::from_secs(30);

#[derive(Default)]
struct Slot {
    token: Option<(AccessToken, OffsetDateTime)>,
    failure: Option<(Instant, CredentialError)>,
}

/// The tokens of one sign-in: one per scope, fetched once however many wait for it.
pub struct Credential {
    chain: Chain,
    slots: Mutex<HashMap<String, Arc<tokio::sync::Mutex<Slot>>>>,
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential").finish_non_exhaustive()
    }
}

impl Credential {
    /// Tokens from the first way in `chain` that gives one.
    pub fn new(chain: Chain) -> Self {
        Self { chain, slots: Mutex::default() }
    }

    /// Tokens from `source` alone.
    #[cfg(test)]
    pub fn fixed(source: Arc<dyn TokenCredential>) -> Self {
        Self::new(Chain::fixed(source))
    }

    fn slot(&self, scope: &str) -> Arc<tokio::sync::Mutex<Slot>> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry(scope.to_owned()).or_default())
    }

    /// A token for `scope`, from memory while it is good for a while longer.
    pub async fn acquire(&self, scope: &str) -> Result<AccessToken, CredentialError> {
        let slot = self.slot(scope);
        let mut slot = slot.lock().await;
        let now = OffsetDateTime::now_utc();
        if let Some((token, renew_at)) = &slot.token
            && now < *renew_at
        {
            return Ok(token.clone());
        }
        if let Some((since, error)) = &slot.failure
            && since.elapsed() < FAILURE_HOLDS
        {
            return Err(error.clone());
        }
        match self.chain.token(scope).await {
            Ok(token) => {
                // Two minutes before the end, or at half of a very short life.
                let life = token.expires_on - now;
                let renew_at = token.expires_on - std::cmp::min(life / 2, time::Duration::minutes(2));
                slot.token = Some((token.clone(), renew_at));
                slot.failure = None;
                Ok(token)
            }
            Err(error) => {
                slot.failure = Some((Instant::now(), error.clone()));
                match &slot.token {
                    Some((token, _)) if token.expires_on > now => Ok(token.clone()),
                    _ => Err(error),
                }
            }
        }
    }

    /// [`Self::acquire`] with the SDK's error type, which carries the [`CredentialError`].
    pub async fn token(&self, scope: &str) -> azure_core::Result<AccessToken> {
        self.acquire(scope).await.map_err(|error| Error::new(ErrorKind::Credential, error))
    }

    /// Throws the token with this text away after a service refused it, unless another one is in its
    /// place already.
    pub async fn forget(&self, refused: &str) {
        let slots: Vec<_> = {
            let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
            slots.values().cloned().collect()
        };
        for slot in slots {
            let mut slot = slot.lock().await;
            let is_held = matches!(&slot.token, Some((held, _)) if held.token.secret() == refused);
            if is_held {
                slot.token = None;
                self.chain.renew().await;
            }
        }
    }
}

/// For the SDK's Key Vault clients, which find out their scope by themselves.
#[async_trait]
impl TokenCredential for Credential {
    async fn get_token(
        &self,
        scopes: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        match scopes {
            [scope] => self.token(scope).await,
            _ => Err(Error::with_message(ErrorKind::Credential, "a token is for exactly one scope")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::testing::Counting;

    #[tokio::test]
    async fn many_waiting_requests_fetch_one_token() {
        let source = Arc::new(Counting::default());
        let credential = Credential::fixed(source.clone());
        let all = futures::future::join_all((0..20).map(|_| credential.acquire("scope"))).await;
        assert!(all.iter().all(Result::is_ok));
        assert_eq!(*source.0.lock().unwrap(), 1);
        let token = credential.acquire("scope").await.unwrap();
        credential.forget(token.token.secret()).await;
        credential.forget(token.token.secret()).await;
        let fresh = credential.acquire("scope").await.unwrap();
        assert_eq!(fresh.token.secret(), "TOKEN-2");
    }

    #[derive(Debug, Default)]
    struct Failing(Mutex<u32>);

    #[async_trait]
    impl TokenCredential for Failing {
        async fn get_token(
            &self,
            _: &[&str],
            _: Option<TokenRequestOptions<'_>>,
        ) -> azure_core::Result<AccessToken> {
            *self.0.lock().unwrap() += 1;
            Err(Error::with_message(
                ErrorKind::Credential,
                "AADSTS7000215: Invalid client secret provided.\\r\\nTrace ID: 1",
            ))
        }
    }

    #[tokio::test]
    async fn a_failed_sign_in_is_not_repeated_and_is_explained() {
        let source = Arc::new(Failing::default());
        let credential = Credential::fixed(source.clone());
        let error = credential.acquire("scope").await.unwrap_err();
        assert!(credential.acquire("scope").await.is_err());
        assert_eq!(*source.0.lock().unwrap(), 1);
        assert_eq!(
            error.to_string(),
            "could not sign in to Azure; tried:\n  test: AADSTS7000215: Invalid client secret provided.; \
             set AZURE_CLIENT_SECRET to the secret's value (not its id)"
        );
    }

    #[test]
    fn the_words_of_the_command_line() {
        for mode in AuthMode::ALL {
            assert_eq!(mode.word().parse(), Ok(mode));
        }
        assert!("device-code".parse::<AuthMode>().unwrap_err().contains("workload-identity"));
    }
}
