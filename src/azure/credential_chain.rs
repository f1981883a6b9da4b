//! The ways to sign in, tried in order, each under a time limit. The first that gives a token is
//! kept; all that failed before it are forgotten, all that failed without one are reported.

use std::ffi::OsStr;
use std::io;
use std::process::{Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use azure_core::cloud::{CloudConfiguration, CustomConfiguration};
use azure_core::credentials::{AccessToken, Secret, TokenCredential};
use azure_core::http::{ClientOptions, RetryOptions, Transport};
use azure_identity::{
    AzureCliCredential, AzureCliCredentialOptions, AzurePipelinesCredential, AzurePipelinesCredentialOptions,
    ClientAssertionCredentialOptions, ClientSecretCredential, ClientSecretCredentialOptions, Executor,
    ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId, WorkloadIdentityCredential,
    WorkloadIdentityCredentialOptions,
};
use tokio::sync::Mutex;

use super::cloud::Cloud;
use super::credential::{AuthMode, CredentialError, LinkFailure};
use super::sign_in_failure::{advice, short_reason};
use super::throttle::Throttle;

/// Reads a variable of the environment; empty counts as not set.
pub type Environment = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// The process's own environment.
pub fn process_environment() -> Environment {
    Arc::new(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
}

/// What the ways to sign in are built from.
#[derive(Clone)]
pub struct SignIn {
    /// Where tokens come from.
    pub cloud: Cloud,
    /// Tenant to sign in to (`--tenant`), else the environment's or the CLI's own.
    pub tenant: Option<String>,
    /// The environment.
    pub environment: Environment,
    /// Client for Entra ID.
    pub transport: Transport,
    /// Client for the machine's managed identity endpoint.
    pub machine_transport: Transport,
    /// Tries again where that helps.
    pub throttle: Arc<Throttle>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Link {
    Environment,
    WorkloadIdentity,
    ManagedIdentity,
    Cli,
    AzurePipelines,
    #[cfg(test)]
    Test,
}

/// A way that can't even be tried: what is not there, and what to do.
struct NotThere(String, &'static str);

impl Link {
    fn of(mode: AuthMode) -> Vec<Self> {
        match mode {
            AuthMode::Auto => vec![
                Self::Environment,
                Self::WorkloadIdentity,
                Self::ManagedIdentity,
                Self::Cli,
            ],
            AuthMode::Cli => vec![Self::Cli],
            AuthMode::Env => vec![Self::Environment],
            AuthMode::WorkloadIdentity => vec![Self::WorkloadIdentity],
            AuthMode::ManagedIdentity => vec![Self::ManagedIdentity],
            AuthMode::AzurePipelines => vec![Self::AzurePipelines],
        }
    }

    fn name(self) -> &'static str {
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

    fn timeout(self) -> Duration {
        Duration::from_secs(if self == Self::ManagedIdentity { 5 } else { 30 })
    }

    /// What to do when nothing more exact is known.
    fn general_advice(self) -> &'static str {
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
        Self {
            sign_in: Some(sign_in),
            links: Link::of(mode),
            pinned: Mutex::default(),
        }
    }

    #[cfg(test)]
    pub(super) fn fixed(source: Arc<dyn TokenCredential>) -> Self {
        Self {
            sign_in: None,
            links: vec![],
            pinned: Mutex::new(Some(Pinned {
                link: Link::Test,
                source,
                stale: false,
            })),
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
                    *pinned = Some(Pinned {
                        link: *link,
                        source,
                        stale: false,
                    });
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

impl SignIn {
    fn client_options(&self) -> ClientOptions {
        let mut custom = CustomConfiguration::default();
        custom.authority_host = self
            .cloud
            .authority_host
            .as_str()
            .trim_end_matches('/')
            .to_owned();
        ClientOptions {
            retry: RetryOptions::none(),
            transport: Some(self.transport.clone()),
            per_call_policies: vec![self.throttle.clone()],
            cloud: Some(Arc::new(CloudConfiguration::from(custom))),
            ..ClientOptions::default()
        }
    }

    fn need(&self, names: &[&str], next: &'static str) -> Result<String, NotThere> {
        names
            .iter()
            .find_map(|name| (self.environment)(name))
            .ok_or_else(|| NotThere(format!("{} is not set", names.join(" or ")), next))
    }

    fn tenant(&self, names: &[&str], next: &'static str) -> Result<String, NotThere> {
        match &self.tenant {
            Some(tenant) => Ok(tenant.clone()),
            None => self.need(names, next),
        }
    }

    fn build(&self, link: Link) -> Result<Arc<dyn TokenCredential>, NotThere> {
        let unusable = |error: azure_core::Error| NotThere(short_reason(&error), link.general_advice());
        match link {
            Link::Environment => self.from_environment(),
            Link::WorkloadIdentity => {
                const NEXT: &str = "only needed in Kubernetes and federated pipelines";
                let options = WorkloadIdentityCredentialOptions {
                    credential_options: ClientAssertionCredentialOptions {
                        client_options: self.client_options(),
                    },
                    token_file_path: Some(self.need(&["AZURE_FEDERATED_TOKEN_FILE"], NEXT)?.into()),
                    client_id: Some(self.need(&["AZURE_CLIENT_ID"], NEXT)?),
                    tenant_id: Some(self.tenant(&["AZURE_TENANT_ID"], NEXT)?),
                };
                let source = WorkloadIdentityCredential::new(Some(options)).map_err(unusable)?;
                Ok(source)
            }
            Link::ManagedIdentity => {
                let options = ManagedIdentityCredentialOptions {
                    user_assigned_id: (self.environment)("AZURE_CLIENT_ID").map(UserAssignedId::ClientId),
                    client_options: ClientOptions {
                        transport: Some(self.machine_transport.clone()),
                        retry: RetryOptions::none(),
                        ..ClientOptions::default()
                    },
                };
                let source = ManagedIdentityCredential::new(Some(options)).map_err(unusable)?;
                Ok(source)
            }
            Link::Cli => {
                let options = AzureCliCredentialOptions {
                    tenant_id: self.tenant.clone(),
                    executor: Some(Arc::new(CliExecutor)),
                    ..AzureCliCredentialOptions::default()
                };
                let source = AzureCliCredential::new(Some(options)).map_err(unusable)?;
                Ok(source)
            }
            Link::AzurePipelines => self.from_pipeline().map_err(|error| match error {
                PipelineError::NotThere(not_there) => not_there,
                PipelineError::Sdk(error) => unusable(error),
            }),
            #[cfg(test)]
            Link::Test => Err(NotThere("test".into(), "nothing")),
        }
    }

    fn from_environment(&self) -> Result<Arc<dyn TokenCredential>, NotThere> {
        const NEXT: &str = "set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET";
        let client = self.need(&["AZURE_CLIENT_ID"], NEXT)?;
        let tenant = self.tenant(&["AZURE_TENANT_ID"], NEXT)?;
        let secret = match (self.environment)("AZURE_CLIENT_SECRET") {
            Some(secret) => Secret::new(secret),
            None if (self.environment)("AZURE_CLIENT_CERTIFICATE_PATH").is_some() => {
                return Err(NotThere(
                    "AZURE_CLIENT_CERTIFICATE_PATH is set, but signing in with a certificate is not supported"
                        .into(),
                    "use AZURE_CLIENT_SECRET, or a federated credential and AZURE_FEDERATED_TOKEN_FILE",
                ));
            }
            None => return Err(NotThere("AZURE_CLIENT_SECRET is not set".into(), NEXT)),
        };
        let options = ClientSecretCredentialOptions {
            client_options: self.client_options(),
        };
        let source = ClientSecretCredential::new(&tenant, client, secret, Some(options))
            .map_err(|error| NotThere(short_reason(&error), Link::Environment.general_advice()))?;
        Ok(source)
    }

    fn from_pipeline(&self) -> Result<Arc<dyn TokenCredential>, PipelineError> {
        const NEXT: &str = "run in an AzureCLI task with addSpnToEnvironment, and map SYSTEM_ACCESSTOKEN";
        let client = self.need(&["AZURESUBSCRIPTION_CLIENT_ID", "AZURE_CLIENT_ID"], NEXT)?;
        let tenant = self.tenant(&["AZURESUBSCRIPTION_TENANT_ID", "AZURE_TENANT_ID"], NEXT)?;
        let connection = self.need(&["AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"], NEXT)?;
        let token = self.need(&["SYSTEM_ACCESSTOKEN"], NEXT)?;
        let options = AzurePipelinesCredentialOptions {
            credential_options: ClientAssertionCredentialOptions {
                client_options: self.client_options(),
            },
        };
        let source =
            AzurePipelinesCredential::new(tenant, client, &connection, Secret::new(token), Some(options))?;
        Ok(source)
    }

    /// Whether the machine has an identity endpoint at all. The SDK doesn't ask and tries a closed
    /// port for 100 seconds.
    async fn probe_machine(&self) -> Result<(), LinkFailure> {
        if ["IDENTITY_ENDPOINT", "MSI_ENDPOINT"]
            .iter()
            .any(|name| (self.environment)(name).is_some())
        {
            return Ok(());
        }
        let connect = tokio::net::TcpStream::connect(("169.254.169.254", 80));
        match tokio::time::timeout(Duration::from_secs(2), connect).await {
            Ok(Ok(_)) => Ok(()),
            _ => Err(LinkFailure {
                link: Link::ManagedIdentity.name(),
                reason: "this machine has no identity endpoint (169.254.169.254 does not answer)".into(),
                next: "only works on Azure machines with an identity".into(),
            }),
        }
    }
}

enum PipelineError {
    NotThere(NotThere),
    Sdk(azure_core::Error),
}

impl From<NotThere> for PipelineError {
    fn from(error: NotThere) -> Self {
        Self::NotThere(error)
    }
}

impl From<azure_core::Error> for PipelineError {
    fn from(error: azure_core::Error) -> Self {
        Self::Sdk(error)
    }
}

/// Runs `az` so that it dies with us and can't wait for input.
#[derive(Debug)]
struct CliExecutor;

#[async_trait]
impl Executor for CliExecutor {
    async fn run(&self, program: &OsStr, args: &[&OsStr]) -> io::Result<Output> {
        let run = tokio::process::Command::new(program)
            .args(args)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        tokio::time::timeout(Link::Cli.timeout(), run)
            .await
            .unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::testing::Script;
    use crate::azure::throttle::RetryPolicy;

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
        let error = chain(
            AuthMode::Env,
            &[("AZURE_CLIENT_ID", "c"), ("AZURE_TENANT_ID", "t")],
        )
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
            &[
                ("AZURE_CLIENT_ID", "c"),
                ("AZURE_TENANT_ID", "t"),
                ("AZURE_CLIENT_SECRET", "hunter2"),
            ],
        )
        .token("https://management.azure.com/.default")
        .await
        .unwrap_err();
        assert_eq!(error.tried.len(), 1);
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}
