//! Azure's wire: sign-in, hosts, retry, paging. Knows no rule and no inventory, only how to ask and
//! how an answer ended.
//!
//! Three things leave this module: GET requests, the Resource Graph query POST, and the token POST
//! of the SDK's credentials. A token goes only to the host it was issued for
//! ([`policy::HostPin`]).

use std::sync::Arc;

use azure_core::http::Transport;

pub mod cloud;
pub mod credential;
pub mod credential_chain;
pub mod error_body;
pub mod graph;
pub mod keyvault;
pub mod page;
pub mod policy;
pub mod resource_graph;
pub mod rest;
pub mod rest_error;
pub mod sign_in;
pub mod sign_in_failure;
#[cfg(test)]
pub(crate) mod testing;
pub mod throttle;
pub mod transport;
pub mod vault_item;

use cloud::Cloud;
use credential::{AuthMode, Credential};
use credential_chain::Chain;
use keyvault::VaultReader;
use rest::Rest;
use sign_in::{Environment, SignIn, process_environment};
use throttle::{RetryPolicy, Throttle};
use transport::{TransportError, TransportLimits, cloud_transport, machine_transport};

/// How to reach Azure.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Which Azure.
    pub cloud: Cloud,
    /// How to sign in.
    pub auth: AuthMode,
    /// Tenant to sign in to; `None` for the credential's own.
    pub tenant: Option<String>,
    /// When to try again.
    pub retry: RetryPolicy,
    /// Limits of one request.
    pub limits: TransportLimits,
    /// Requests at a time for each of Azure's limits.
    pub concurrency: usize,
}

/// A signed-in connection: one HTTP client, one set of tokens, one view of what is throttled.
#[derive(Debug)]
pub struct Azure {
    cloud: Cloud,
    credential: Arc<Credential>,
    transport: Transport,
    throttle: Arc<Throttle>,
}

impl Azure {
    /// Sets the clients up. Nothing is sent before the first token is asked for.
    pub fn new(connection: &Connection) -> Result<Self, TransportError> {
        Self::with_environment(connection, process_environment())
    }

    /// [`Self::new`] with other environment variables than the process's own.
    pub fn with_environment(
        connection: &Connection,
        environment: Environment,
    ) -> Result<Self, TransportError> {
        let transport = cloud_transport(&connection.cloud, connection.limits, connection.concurrency)?;
        let throttle = Arc::new(Throttle::new(connection.retry, connection.concurrency));
        let chain = Chain::new(
            connection.auth,
            SignIn {
                cloud: connection.cloud.clone(),
                tenant: connection.tenant.clone(),
                environment,
                transport: transport.clone(),
                machine_transport: machine_transport()?,
                throttle: Arc::clone(&throttle),
            },
        );
        Ok(Self {
            cloud: connection.cloud.clone(),
            credential: Arc::new(Credential::new(chain)),
            transport,
            throttle,
        })
    }

    /// The tokens.
    pub fn credential(&self) -> &Arc<Credential> {
        &self.credential
    }

    /// Azure Resource Manager.
    pub fn resource_manager(&self) -> Rest {
        let cloud = &self.cloud;
        self.rest(&cloud.resource_manager, cloud.resource_manager_scope())
    }

    /// Microsoft Graph.
    pub fn microsoft_graph(&self) -> Rest {
        let cloud = &self.cloud;
        self.rest(&cloud.microsoft_graph, cloud.microsoft_graph_scope())
    }

    /// Key vaults' data planes.
    pub fn vaults(&self) -> VaultReader {
        VaultReader::new(
            self.cloud.clone(),
            Arc::clone(&self.credential),
            self.transport.clone(),
            Arc::clone(&self.throttle),
        )
    }

    fn rest(&self, base: &azure_core::http::Url, scope: String) -> Rest {
        Rest::new(
            base,
            policy::Bearer::new(Arc::clone(&self.credential), scope),
            self.transport.clone(),
            Arc::clone(&self.throttle),
        )
    }
}
