//! The HTTP clients: one for everything in the cloud, one for the managed identity endpoint of the
//! machine. Both read whole bodies under a size limit and a time limit, so that every policy above
//! sees either a complete answer or an error.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use azure_core::error::{Error, ErrorKind};
use azure_core::http::{AsyncRawResponse, HttpClient, Request, Transport};
use futures::StreamExt;
use reqwest::dns::{Addrs, Name, Resolving};

use super::cloud::{Cloud, Resolve};

/// Limits of one request.
#[derive(Clone, Copy, Debug)]
pub struct TransportLimits {
    /// To open a connection.
    pub connect_timeout: Duration,
    /// Between two reads of one answer.
    pub read_timeout: Duration,
    /// For one request, from sending to the last byte.
    pub request_timeout: Duration,
    /// Bytes of one body, after decompression.
    pub max_body: usize,
}

impl Default for TransportLimits {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(30),
            request_timeout: Duration::from_secs(90),
            max_body: 64 << 20,
        }
    }
}

/// An HTTP client could not be made.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// The file with certificates could not be read.
    #[error("cannot read the certificates in {}: {source}", path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file holds no usable certificate.
    #[error("{} holds no certificate in PEM form", path.display())]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// TLS could not be set up.
    #[error("cannot set up TLS: {0}")]
    Client(#[from] reqwest::Error),
}

/// The body was longer than the limit; carried inside an SDK error.
#[derive(Debug, thiserror::Error)]
#[error("the answer is larger than {limit} bytes")]
pub struct BodyTooLarge {
    /// The limit.
    pub limit: usize,
}

/// The client for Entra ID, Resource Manager, Microsoft Graph and Key Vault: https only, no
/// redirects (a redirect could carry a token elsewhere), `concurrency` idle connections a host.
///
/// With fixed addresses (`[cloud.resolve]`) no proxy is used: it would look the names up itself.
pub fn cloud_transport(
    cloud: &Cloud,
    limits: TransportLimits,
    concurrency: usize,
) -> Result<Transport, TransportError> {
    let mut builder = reqwest::Client::builder()
        .https_only(true)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(limits.connect_timeout)
        .read_timeout(limits.read_timeout)
        .pool_max_idle_per_host(concurrency.max(1))
        .pool_idle_timeout(Duration::from_secs(60));
    if let Some(path) = &cloud.ca_file {
        let pem =
            std::fs::read(path).map_err(|source| TransportError::CaFile { path: path.clone(), source })?;
        let certificates = reqwest::Certificate::from_pem_bundle(&pem).unwrap_or_default();
        if certificates.is_empty() {
            return Err(TransportError::NoCertificate { path: path.clone() });
        }
        builder = builder.tls_certs_merge(certificates);
    }
    if !cloud.resolve.is_empty() {
        let names = FixedNames(Arc::new(cloud.resolve.clone()));
        builder = builder.dns_resolver(Arc::new(names)).no_proxy();
    }
    Ok(bounded(builder.build()?, limits))
}

/// The client for the machine's own managed identity endpoint: plain http, never through a proxy,
/// which would otherwise see the token.
pub fn machine_transport() -> Result<Transport, TransportError> {
    let limits = TransportLimits {
        request_timeout: Duration::from_secs(5),
        max_body: 1 << 20,
        ..TransportLimits::default()
    };
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .connect_timeout(Duration::from_secs(2))
        .pool_max_idle_per_host(1)
        .build()?;
    Ok(bounded(client, limits))
}

fn bounded(client: reqwest::Client, limits: TransportLimits) -> Transport {
    Transport::new(Arc::new(BoundedClient { client, limits }))
}

#[derive(Debug)]
struct BoundedClient {
    client: reqwest::Client,
    limits: TransportLimits,
}

impl BoundedClient {
    async fn whole(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let (status, headers, mut stream) = self.client.execute_request(request).await?.deconstruct();
        let mut body = Vec::new();
        while let Some(chunk) = stream.next().await {
            let chunk = chunk?;
            let limit = self.limits.max_body;
            if body.len() + chunk.len() > limit {
                // Not an I/O error: trying again would only download it again.
                return Err(Error::new(ErrorKind::Other, BodyTooLarge { limit }));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(AsyncRawResponse::from_bytes(status, headers, body))
    }
}

#[async_trait]
impl HttpClient for BoundedClient {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let limit = self.limits.request_timeout;
        tokio::time::timeout(limit, self.whole(request)).await.unwrap_or_else(|_| {
            let message = format!("no complete answer within {} s", limit.as_secs());
            Err(Error::with_message(ErrorKind::Io, message))
        })
    }
}

/// Fixed names first, then the system's resolver. The port of a fixed address is used where the URL
/// names none.
struct FixedNames(Arc<Resolve>);

impl reqwest::dns::Resolve for FixedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let fixed = self.0.address_of(name.as_str());
        Box::pin(async move {
            let found: Vec<_> = match fixed {
                Some(address) => vec![address],
                None => tokio::net::lookup_host((name.as_str(), 0)).await?.collect(),
            };
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}
