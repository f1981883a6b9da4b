//! Private endpoints, by what they lead to.
//!
//! Source: <https://learn.microsoft.com/azure/private-link/private-endpoint-overview>.

use std::collections::BTreeMap;

use super::ask::Ask;
use crate::analysis::exposure::answer::{Reason, Step};
use crate::analysis::exposure::view::View;
use crate::inventory::id::ResourceId;
use crate::inventory::index::{Completeness, Inventory, ResourceIndex};

pub(super) const ENDPOINT: &str = "Microsoft.Network/privateEndpoints";
const CONNECTIONS: &str = "properties.privateEndpointConnections";

/// What is read of a private endpoint.
pub(super) const READS: [&str; 4] = [
    "properties.privateLinkServiceConnections[*].properties.privateLinkServiceId",
    "properties.privateLinkServiceConnections[*].properties.privateLinkServiceConnectionState.status",
    "properties.manualPrivateLinkServiceConnections[*].properties.privateLinkServiceId",
    "properties.manualPrivateLinkServiceConnections[*].properties.privateLinkServiceConnectionState.status",
];
/// What is read of each service that may have one.
pub(super) const CONNECTION_READS: [&str; 3] = [
    "properties.privateEndpointConnections[*].id",
    "properties.privateEndpointConnections[*].properties.privateEndpoint.id",
    "properties.privateEndpointConnections[*].properties.privateLinkServiceConnectionState.status",
];

/// Approved private endpoints, by the folded id of what they lead to.
pub(super) struct Endpoints {
    by_target: BTreeMap<String, Vec<ResourceIndex>>,
    unread: Option<Reason>,
}

impl Endpoints {
    pub(super) fn of(inventory: &Inventory) -> Self {
        let mut by_target: BTreeMap<String, Vec<ResourceIndex>> = BTreeMap::new();
        for &at in inventory.of_type(ENDPOINT) {
            let body = View::of(inventory, at).at("properties");
            for (list, automatic) in
                [("privateLinkServiceConnections", true), ("manualPrivateLinkServiceConnections", false)]
            {
                for connection in body.at(list).items() {
                    let connection = connection.at("properties");
                    let status = connection.at("privateLinkServiceConnectionState.status").text();
                    // Code has no status; there, a connection that asks nobody is approved.
                    let approved = status.map_or(automatic, |status| status.eq_ignore_ascii_case("Approved"));
                    if let (true, Some(target)) =
                        (approved, connection.at("privateLinkServiceId").reference().folded())
                    {
                        by_target.entry(target).or_default().push(at);
                    }
                }
            }
        }
        let unread = match inventory.completeness_below(&ResourceId::tenant(), ENDPOINT) {
            Completeness::Complete => None,
            incomplete @ Completeness::Incomplete { .. } => Some(Reason::of(&incomplete)),
        };
        Self { by_target, unread }
    }
}

impl Ask<'_> {
    /// The approved private endpoints of a service: as it lists them itself, and as they say. With why there
    /// may be others.
    pub(super) fn private_endpoints(&self, at: ResourceIndex) -> (Vec<Step>, Option<Reason>) {
        let says = "leads to it from inside of its own network";
        let mut found: BTreeMap<String, Step> = BTreeMap::new();
        let body = View::of(self.inventory, at).at(CONNECTIONS);
        for connection in body.items() {
            let status = connection.at("properties.privateLinkServiceConnectionState.status").text();
            if status.is_some_and(|status| status.eq_ignore_ascii_case("Approved")) {
                let endpoint = connection.at("properties.privateEndpoint.id").text();
                if let Some(id) = endpoint.or_else(|| connection.at("id").text()) {
                    found.insert(id.to_ascii_lowercase(), Step::new(id, None, says));
                }
            }
        }
        let target = self.inventory.get(at).id.folded();
        for &endpoint in self.endpoints.by_target.get(&target).into_iter().flatten() {
            found.insert(self.inventory.get(endpoint).id.folded(), self.resource(endpoint, says));
        }
        // A service that lives lists its connections itself, and leaves an empty list out. Not so the apps.
        let kind = self.inventory.type_of(at);
        let lists_them = self.lives(at) && !kind.to_ascii_lowercase().starts_with("microsoft.web/");
        let unread = if body.exists() || lists_them { None } else { self.endpoints.unread.clone() };
        (found.into_values().collect(), unread)
    }
}
