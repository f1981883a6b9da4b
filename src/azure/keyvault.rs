//! Key vaults' data planes through the SDK's clients. Lists properties; never asks for a secret.

use std::collections::HashSet;
use std::sync::Arc;

use azure_core::http::{ClientOptions, Response, RetryOptions, Transport, Url};
use azure_security_keyvault_certificates::{CertificateClient, CertificateClientOptions};
use azure_security_keyvault_keys::{KeyClient, KeyClientOptions};
use azure_security_keyvault_secrets::{SecretClient, SecretClientOptions};
use futures::{Stream, StreamExt};
use serde_json::{Map, Value};

use super::cloud::Cloud;
use super::credential::Credential;
use super::page::{Listing, Progress, nameless, not_expected, text_of};
use super::policy::{HostPin, ReplaceRefused};
use super::rest_error::{RestError, RestErrorKind};
use super::throttle::Throttle;
use super::vault_item::{VaultItems, address_of, in_arm_shape, key_facts, name_of, rotation_policy};

const MAX_PAGES: usize = 5_000;
/// Calls at a time for the items of one vault.
const ITEMS_AT_A_TIME: usize = 4;

/// What is needed of the items beyond what their list says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VaultNeeds {
    /// Keys: when they rotate.
    pub rotation_policy: bool,
    /// Keys: type, size and curve.
    pub key_facts: bool,
    /// Certificates: their issuance policy.
    pub certificate_policy: bool,
}

/// Reads vaults; one client for all of them.
#[derive(Clone, Debug)]
pub struct VaultReader {
    cloud: Cloud,
    credential: Arc<Credential>,
    transport: Transport,
    throttle: Arc<Throttle>,
}

impl VaultReader {
    /// Vaults of `cloud`.
    pub fn new(
        cloud: Cloud,
        credential: Arc<Credential>,
        transport: Transport,
        throttle: Arc<Throttle>,
    ) -> Self {
        Self { cloud, credential, transport, throttle }
    }

    /// The items of one kind in the vault at `vault_uri`. Nothing is sent to a host that is no vault
    /// of this cloud, nor to any other than the vault's.
    pub async fn list(
        &self,
        vault_id: &str,
        vault_uri: &str,
        kind: VaultItems,
        needs: VaultNeeds,
    ) -> Listing {
        let Some(url) = self.cloud.vault(vault_uri) else {
            return Listing::failed(RestError::ours(
                RestErrorKind::ForeignHost,
                "ForeignVaultHost",
                format!("{vault_uri} is no vault of the cloud {}", self.cloud.name),
            ));
        };
        match self.read(vault_id, &url, kind, needs).await {
            Ok(listing) => listing,
            Err(error) => Listing::failed(RestError::from_sdk(&error)),
        }
    }

    async fn read(
        &self,
        vault_id: &str,
        url: &Url,
        kind: VaultItems,
        needs: VaultNeeds,
    ) -> azure_core::Result<Listing> {
        let credential = self.credential.clone();
        let client_options = self.client_options(url);
        Ok(match kind {
            VaultItems::Secrets => {
                let options = SecretClientOptions { client_options, ..SecretClientOptions::default() };
                let client = SecretClient::new(url.as_str(), credential, Some(options))?;
                let found = all(client.list_secret_properties(None)?.into_pages()).await;
                finish(vault_id, kind, found, |_| async { Ok(Map::new()) }).await
            }
            VaultItems::Keys => {
                let options = KeyClientOptions { client_options, ..KeyClientOptions::default() };
                let client = KeyClient::new(url.as_str(), credential, Some(options))?;
                let found = all(client.list_key_properties(None)?.into_pages()).await;
                let extra = |name: String| key_extra(&client, name, needs);
                finish(vault_id, kind, found, extra).await
            }
            VaultItems::Certificates => {
                let options =
                    CertificateClientOptions { client_options, ..CertificateClientOptions::default() };
                let client = CertificateClient::new(url.as_str(), credential, Some(options))?;
                let found = all(client.list_certificate_properties(None)?.into_pages()).await;
                let extra = |name: String| certificate_extra(&client, name, needs);
                finish(vault_id, kind, found, extra).await
            }
        })
    }

    fn client_options(&self, vault: &Url) -> ClientOptions {
        ClientOptions {
            retry: RetryOptions::none(),
            transport: Some(self.transport.clone()),
            per_call_policies: vec![
                Arc::new(HostPin::origin(vault)),
                self.throttle.clone(),
                Arc::new(ReplaceRefused(Arc::clone(&self.credential))),
            ],
            ..ClientOptions::default()
        }
    }
}

async fn key_extra(
    client: &KeyClient,
    name: String,
    needs: VaultNeeds,
) -> Result<Map<String, Value>, RestError> {
    let mut extra = Map::new();
    if needs.key_facts {
        let answer = client.get_key(&name, None).await.map_err(|e| RestError::from_sdk(&e))?;
        extra.extend(key_facts(&object(answer, &["key"])?));
    }
    if needs.rotation_policy {
        let answer = client.get_key_rotation_policy(&name, None).await;
        match answer.map_err(|e| RestError::from_sdk(&e)) {
            Ok(answer) => {
                extra.insert(
                    "rotationPolicy".into(),
                    rotation_policy(&object(answer, &["id", "lifetimeActions"])?),
                );
            }
            // A key without a policy of its own; absence is the answer.
            Err(error) if error.is_absence() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(extra)
}

async fn certificate_extra(
    client: &CertificateClient,
    name: String,
    needs: VaultNeeds,
) -> Result<Map<String, Value>, RestError> {
    let mut extra = Map::new();
    if needs.certificate_policy {
        let answer = client.get_certificate_policy(&name, None).await;
        let answer = answer.map_err(|e| RestError::from_sdk(&e))?;
        extra.insert("policy".into(), object(answer, &["id", "issuer"])?);
    }
    Ok(extra)
}

/// The object in an answer. One of `names` is always in it: without any, it is something else.
fn object<T, F>(answer: Response<T, F>, names: &[&str]) -> Result<Value, RestError> {
    let body = answer.into_body();
    let text = text_of(body.as_ref())?;
    let object: Value = serde_json::from_str(text).map_err(|error| not_expected(text, &error.to_string()))?;
    if names.iter().all(|name| object.get(name).is_none()) {
        return Err(not_expected(text, &format!("there is no {} in it", names.join(" or "))));
    }
    Ok(object)
}

/// The raw items of a list, and why they are not all.
#[derive(Default)]
struct Found {
    items: Vec<Value>,
    pages: usize,
    shortfall: Option<RestError>,
}

#[derive(serde::Deserialize)]
struct Wire {
    value: Vec<Value>,
    #[serde(rename = "nextLink")]
    next_link: Option<String>,
}

/// Reads page after page. The SDK's pager would go round in circles if the links did.
async fn all<T, F>(mut pages: impl Stream<Item = azure_core::Result<Response<T, F>>> + Unpin) -> Found {
    let mut found = Found::default();
    let mut seen = HashSet::new();
    let mut progress = Progress::default();
    while let Some(page) = pages.next().await {
        let wire = page.map_err(|error| RestError::from_sdk(&error)).and_then(|page| {
            let body = page.into_body();
            let text = text_of(body.as_ref())?;
            serde_json::from_str::<Wire>(text).map_err(|error| not_expected(text, &error.to_string()))
        });
        match wire {
            Ok(wire) => {
                let items = wire.value;
                let leads_on = progress.leads_on(items.iter().filter_map(address_of));
                if leads_on {
                    found.pages += 1;
                    found.items.extend(items);
                }
                let circular = !leads_on || wire.next_link.is_some_and(|link| !seen.insert(link));
                if circular || found.pages >= MAX_PAGES {
                    found.shortfall = Some(RestError::paging_loop());
                    break;
                }
            }
            Err(error) => {
                found.shortfall = Some(error);
                break;
            }
        }
    }
    found
}

/// Adds to each item what `extra` reads of it. An item whose extra failed stays, without it.
async fn finish<E, R>(vault_id: &str, kind: VaultItems, found: Found, extra: E) -> Listing
where
    E: Fn(String) -> R,
    R: Future<Output = Result<Map<String, Value>, RestError>>,
{
    let named: Vec<(String, &Value)> =
        found.items.iter().filter_map(|item| Some((name_of(item)?, item))).collect();
    let without_name = found.items.len() - named.len();
    let calls: Vec<_> = named.iter().map(|(name, _)| extra(name.clone())).collect();
    let extras: Vec<_> = futures::stream::iter(calls).buffered(ITEMS_AT_A_TIME).collect().await;
    let mut listing = Listing {
        items: Vec::with_capacity(named.len()),
        pages: found.pages,
        shortfall: found.shortfall.or_else(|| nameless(without_name)),
    };
    for ((name, item), extra) in named.into_iter().zip(extras) {
        let extra = extra.unwrap_or_else(|error| {
            listing.shortfall.get_or_insert(error);
            Map::new()
        });
        listing.items.push(in_arm_shape(vault_id, kind, &name, item, extra));
    }
    listing
}
