//! Building the SDK's credentials from the environment, each with this crate's transport, retry and
//! cloud.

use std::ffi::OsStr;
use std::io;
use std::process::{Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use azure_core::cloud::{CloudConfiguration, CustomConfiguration};
use azure_core::credentials::{Secret, TokenCredential};
use azure_core::http::{ClientOptions, RetryOptions, Transport};
use azure_identity::{
    AzureCliCredential, AzureCliCredentialOptions, AzurePipelinesCredential, AzurePipelinesCredentialOptions,
    ClientAssertionCredentialOptions, ClientSecretCredential, ClientSecretCredentialOptions, Executor,
    ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId, WorkloadIdentityCredential,
    WorkloadIdentityCredentialOptions,
};

use super::cloud::Cloud;
use super::credential::LinkFailure;
use super::credential_chain::Link;
use super::sign_in_failure::short_reason;
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

/// A way that can't even be tried: what is not there, and what to do.
pub(super) struct NotThere(pub(super) String, pub(super) &'static str);

impl SignIn {
    fn client_options(&self) -> ClientOptions {
        let authority = self.cloud.authority_host.as_str().trim_end_matches('/');
        let mut custom = CustomConfiguration::default();
        authority.clone_into(&mut custom.authority_host);
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

    pub(super) fn build(&self, link: Link) -> Result<Arc<dyn TokenCredential>, NotThere> {
        let unusable = |error: azure_core::Error| NotThere(short_reason(&error), link.general_advice());
        match link {
            Link::Environment => self.client_secret(),
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
            Link::AzurePipelines => self.pipeline_connection().map_err(|error| match error {
                PipelineError::NotThere(not_there) => not_there,
                PipelineError::Sdk(error) => unusable(error),
            }),
            #[cfg(test)]
            Link::Test => Err(NotThere("test".into(), "nothing")),
        }
    }

    fn client_secret(&self) -> Result<Arc<dyn TokenCredential>, NotThere> {
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
        let options = ClientSecretCredentialOptions { client_options: self.client_options() };
        let source = ClientSecretCredential::new(&tenant, client, secret, Some(options))
            .map_err(|error| NotThere(short_reason(&error), Link::Environment.general_advice()))?;
        Ok(source)
    }

    fn pipeline_connection(&self) -> Result<Arc<dyn TokenCredential>, PipelineError> {
        const NEXT: &str = "run in an AzureCLI task with addSpnToEnvironment, and map SYSTEM_ACCESSTOKEN";
        let client = self.need(&["AZURESUBSCRIPTION_CLIENT_ID", "AZURE_CLIENT_ID"], NEXT)?;
        let tenant = self.tenant(&["AZURESUBSCRIPTION_TENANT_ID", "AZURE_TENANT_ID"], NEXT)?;
        let connection = self.need(&["AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"], NEXT)?;
        let token = self.need(&["SYSTEM_ACCESSTOKEN"], NEXT)?;
        let options = AzurePipelinesCredentialOptions {
            credential_options: ClientAssertionCredentialOptions { client_options: self.client_options() },
        };
        let source =
            AzurePipelinesCredential::new(tenant, client, &connection, Secret::new(token), Some(options))?;
        Ok(source)
    }

    /// Whether the machine has an identity endpoint at all. The SDK doesn't ask and tries a closed
    /// port for 100 seconds.
    pub(super) async fn probe_machine(&self) -> Result<(), LinkFailure> {
        if ["IDENTITY_ENDPOINT", "MSI_ENDPOINT"].iter().any(|name| (self.environment)(name).is_some()) {
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
        let run =
            tokio::process::Command::new(program).args(args).stdin(Stdio::null()).kill_on_drop(true).output();
        tokio::time::timeout(Link::Cli.timeout(), run)
            .await
            .unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut)))
    }
}
