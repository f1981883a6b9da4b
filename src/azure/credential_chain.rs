//! The ways to sign in, tried in order, each under a time limit. The first that gives a token is
//! kept; all that failed without one are reported.

use std::sync::Arc;
use std::time::Duration;

use azure_core::credentials::{AccessToken, TokenCredential};
use tokio::sync::Mutex;

use super::credential::{AuthMode, CredentialError, LinkFailure};
use super::sign_in::{NotThere, SignIn};
use super::sign_in_failure::{advice, short_reason};

/// One way to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    Environment,
    WorkloadIdentity,
    ManagedIdentity,
    Cli,
    AzurePipelines,
    #[cfg(test)]
    Test,
}

impl Link {
    fn of(mode: AuthMode) -> Vec<Self> {
        match mode {
            AuthMode::Auto => {
                vec![Self::Environment, Self::WorkloadIdentity, Self::ManagedIdentity, Self::Cli]
            }
            AuthMode::Cli => vec![Self::Cli],
            AuthMode::Env => vec![Self::Environment],
            AuthMode::WorkloadIdentity => vec![Self::WorkloadIdentity],
            AuthMode::ManagedIdentity => vec![Self::ManagedIdentity],
            AuthMode::AzurePipelines => vec![Self::AzurePipelines],
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Environment => "environment",
            Self::WorkloadIdentity => "workload identity",
            Self::ManagedIdentity => "managed identity",
            Self::Cli => "Azure CLI",
            Self::AzurePipelines => "Azure Pipelines",
            #[cfg(test)]
            Self::Test => "test",
        }
    }

    pub(super) fn timeout(self) -> Duration {
        Duration::from_secs(if self == Self::ManagedIdentity { 5 } else { 30 })
    }

    /// What to do when nothing more exact is known.
    pub(super) fn general_advice(self) -> &'static str {
        match self {
            Self::Environment => "check AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET",
            Self::WorkloadIdentity => "check the pod's service account and its federated credential",
            Self::ManagedIdentity => "give this machine an identity, or sign in another way",
            Self::Cli => "run `az login`",
            Self::AzurePipelines => "check the service connection and that the job may use its token",
            #[cfg(test)]
            Self::Test => "nothing",
        }
    }
}

struct Pinned {
    link: Link,
    source: Arc<dyn TokenCredential>,
    /// The source may hold a token that was refused, and is to be built anew.
    stale: bool,
}

/// The ways to sign in of one [`AuthMode`].
pub struct Chain {
    sign_in: Option<SignIn>,
    links: Vec<Link>,
    pinned: Mutex<Option<Pinned>>,
}

impl Chain {
    /// The ways of `mode`.
    pub fn new(mode: AuthMode, sign_in: SignIn) -> Self {
        Self { sign_in: Some(sign_in), links: Link::of(mode), pinned: Mutex::default() }
    }

    #[cfg(test)]
    pub(super) fn fixed(source: Arc<dyn TokenCredential>) -> Self {
        Self {
            sign_in: None,
            links: vec![],
            pinned: Mutex::new(Some(Pinned { link: Link::Test, source, stale: false })),
        }
    }

    /// A token from the way that worked before, else from the first that works.
    pub(super) async fn token(&self, scope: &str) -> Result<AccessToken, CredentialError> {
        let mut pinned = self.pinned.lock().await;
        if let Some(known) = pinned.as_mut() {
            if known.stale
                && let Some(sign_in) = &self.sign_in
                && let Ok(fresh) = sign_in.build(known.link)
            {
                known.source = fresh;
            }
            known.stale = false;
            let (link, source) = (known.link, Arc::clone(&known.source));
            drop(pinned);
            return ask(link, source.as_ref(), scope)
                .await
                .map_err(|failure| CredentialError { tried: vec![failure] });
        }
        let mut tried = Vec::new();
        for link in &self.links {
            match self.attempt(*link, scope).await {
                Ok((token, source)) => {
                    tracing::debug!(link = link.name(), "signed in");
                    *pinned = Some(Pinned { link: *link, source, stale: false });
                    return Ok(token);
                }
                Err(failure) => tried.push(failure),
            }
        }
        Err(CredentialError { tried })
    }

    /// Builds the source anew before its next token.
    pub(super) async fn renew(&self) {
        if let Some(pinned) = self.pinned.lock().await.as_mut() {
            pinned.stale = true;
        }
    }

    async fn attempt(
        &self,
        link: Link,
        scope: &str,
    ) -> Result<(AccessToken, Arc<dyn TokenCredential>), LinkFailure> {
        let built = match &self.sign_in {
            Some(sign_in) => {
                if link == Link::ManagedIdentity {
                    sign_in.probe_machine().await?;
                }
                sign_in.build(link)
            }
            None => Err(NotThere("not built".into(), "nothing")),
        };
        let source = built.map_err(|NotThere(reason, next)| LinkFailure {
            link: link.name(),
            reason,
            next: next.to_owned(),
        })?;
        let token = ask(link, source.as_ref(), scope).await?;
        Ok((token, source))
    }
}

async fn ask(link: Link, source: &dyn TokenCredential, scope: &str) -> Result<AccessToken, LinkFailure> {
    let failed = |reason: String| LinkFailure {
        link: link.name(),
        next: advice(&reason).unwrap_or(link.general_advice()).to_owned(),
        reason,
    };
    let limit = link.timeout();
    match tokio::time::timeout(limit, source.get_token(&[scope], None)).await {
        Ok(Ok(token)) => Ok(token),
        Ok(Err(error)) => Err(failed(short_reason(&error))),
        Err(_) => Err(failed(format!("no answer within {} s", limit.as_secs()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::cloud::Cloud;
    use crate::azure::testing::Script;
    use crate::azure::throttle::{RetryPolicy, Throttle};
    use azure_core::http::Transport;

    fn chain(mode: AuthMode, variables: &'static [(&str, &str)]) -> Chain {
        let nowhere = || Transport::with_policy(Script::new(vec![]));
        let sign_in = SignIn {
            cloud: Cloud::preset("public").unwrap(),
            tenant: None,
            environment: Arc::new(|name| {
                let found = variables.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            }),
            transport: nowhere(),
            machine_transport: nowhere(),
            throttle: Arc::new(Throttle::new(RetryPolicy::default(), 1)),
        };
        Chain::new(mode, sign_in)
    }

    #[tokio::test]
    async fn the_report_says_what_is_missing_and_what_to_do() {
        let error = chain(AuthMode::Env, &[("AZURE_CLIENT_ID", "c"), ("AZURE_TENANT_ID", "t")])
            .token("scope")
            .await
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "could not sign in to Azure; tried:\n  environment: AZURE_CLIENT_SECRET is not set; \
             set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET"
        );
        let error = chain(
            AuthMode::Env,
            &[
                ("AZURE_CLIENT_ID", "c"),
                ("AZURE_TENANT_ID", "t"),
                ("AZURE_CLIENT_CERTIFICATE_PATH", "/x.pem"),
            ],
        )
        .token("scope")
        .await
        .unwrap_err();
        assert!(error.to_string().contains("certificate is not supported"));
    }

    #[tokio::test]
    async fn a_secret_never_stands_in_the_report() {
        let error = chain(
            AuthMode::Env,
            &[("AZURE_CLIENT_ID", "c"), ("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_SECRET", "hunter2")],
        )
        .token("https://management.azure.com/.default")
        .await
        .unwrap_err();
        assert_eq!(error.tried.len(), 1);
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}
