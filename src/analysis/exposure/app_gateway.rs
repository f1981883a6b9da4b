//! Ways through application gateways.
//!
//! A gateway ends the client's connection and opens its own from its subnet: the subnet's network security
//! group decides which clients reach the listener, and the filters before a back end see an address of that
//! subnet. Source: <https://learn.microsoft.com/azure/application-gateway/how-application-gateway-works>,
//! <https://learn.microsoft.com/azure/application-gateway/configuration-infrastructure#network-security-groups>.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::Arc;

use super::address::AddressSet;
use super::answer::{Reason, Step};
use super::gates::Gates;
use super::interval::IntervalSet;
use super::line::Address;
use super::protocol::Protocol;
use super::public_address::{self, PublicAddress};
use super::view::{Reference, View, unread};
use super::way::{PortMap, Seen, Sku, Way};
use super::ways::{Scope, Ways};
use crate::inventory::index::{Inventory, ResourceIndex};

pub(super) const GATEWAY: &str = "Microsoft.Network/applicationGateways";

/// Names that belong to Azure's own services, which are no interface of a virtual network.
const SERVICES: [&str; 8] = [
    ".azurewebsites.net",
    ".core.windows.net",
    ".azure-api.net",
    ".azurecontainerapps.io",
    ".azurestaticapps.net",
    ".azurefd.net",
    ".trafficmanager.net",
    ".azurewebsites.us",
];

/// Adds the ways through all application gateways.
pub(super) fn add(inventory: &Inventory, gates: &mut Gates<'_>, ways: &mut Ways) {
    for &at in inventory.of_type(GATEWAY) {
        read(inventory, at, gates, ways);
    }
}

/// A listener with a public address.
struct Listener {
    public: PublicAddress,
    port: u16,
}

/// A pool of back ends.
#[derive(Default)]
struct Pool {
    configs: Vec<String>,
    addresses: Vec<IpAddr>,
    has_names: bool,
}

fn read(inventory: &Inventory, at: ResourceIndex, gates: &mut Gates<'_>, ways: &mut Ways) {
    let id = inventory.get(at).id.as_str();
    if let Some(reason) = unread(inventory, at) {
        ways.unread_parent(&inventory.get(at).id, &reason);
        ways.everywhere(Way::perhaps(Seen::SomeProxy, Sku::Open, reason));
        return;
    }
    let body = View::of(inventory, at).at("properties");
    let listeners = listeners(inventory, body, id);
    if listeners.is_empty() {
        return;
    }
    let place = Place::of(body, gates);
    let ports = settings(body, id);
    let pools = pools(body, id);
    let mut done = BTreeSet::new();
    for (rule, listener, pool, setting) in routes(body, id) {
        let (Some(listener), Some(pool_body)) = (listeners.get(&listener), pools.get(&pool)) else {
            continue;
        };
        let back = ports.get(&setting).copied();
        if !done.insert((listener.public.end.id.clone(), listener.port, pool.clone(), back)) {
            continue;
        }
        for way in ways_of(&rule, at, listener, back, &place) {
            if pool_body.has_names {
                ways.lead_to_name(place.scope.clone(), way.clone());
            }
            for address in &pool_body.addresses {
                ways.lead_to_address(*address, place.scope.clone(), way.clone());
            }
            let joined = ways.joined(&pool, way);
            for config in &pool_body.configs {
                ways.also(config, joined);
            }
        }
    }
}

/// Where a gateway stands.
struct Place {
    scope: Scope,
    seen: Seen,
    gate: Option<Arc<super::gate::Gate>>,
    internet: AddressSet,
}

impl Place {
    fn of(body: View<'_>, gates: &mut Gates<'_>) -> Self {
        let subnet = body
            .at("gatewayIPConfigurations")
            .items()
            .map(|config| config.at("properties.subnet.id").reference());
        for subnet in subnet {
            if let Reference::Id(id) = subnet {
                let subnet = gates.networks.subnet(&id);
                let near = id.parent().map(|network| gates.networks.near(&network)).unwrap_or_default();
                let address =
                    Address { seen_as: Vec::new(), within: subnet.prefixes.clone(), groups: Vec::new() };
                let known = !subnet.prefixes.is_empty();
                return Self {
                    scope: Scope::Networks(Arc::new(near)),
                    seen: if known { Seen::Proxy(subnet.prefixes.clone()) } else { Seen::SomeProxy },
                    gate: Some(gates.gate(&subnet, &Reference::None, &address, None)),
                    internet: subnet.network.internet.as_ref().clone(),
                };
            }
        }
        Self {
            scope: Scope::Anywhere,
            seen: Seen::SomeProxy,
            gate: None,
            internet: AddressSet::public().clone(),
        }
    }
}

/// The ways of one listener to one port of the back ends: a certain one, and one in doubt.
fn ways_of(rule: &str, at: ResourceIndex, listener: &Listener, back: Option<u16>, place: &Place) -> Vec<Way> {
    let port = listener.port;
    let (mut sure, mut perhaps, mut reasons, mut steps) =
        (AddressSet::default(), AddressSet::default(), Vec::new(), Vec::new());
    if let Some(gate) = &place.gate {
        let asked =
            |protocol: Protocol, ports: &IntervalSet<u16>| protocol == Protocol::Tcp && ports.contains(port);
        for grant in gate.grants.iter().filter(|grant| asked(grant.protocol, &grant.ports)) {
            sure = grant.from.intersection(&place.internet);
            let shares = grant.by.iter().filter(|(_, share)| share.meets(&sure));
            steps.extend(shares.map(|(step, _)| Arc::clone(step)));
        }
        for gap in gate.gaps.iter().filter(|gap| asked(gap.protocol, &gap.ports)) {
            perhaps = gap.from.intersection(&place.internet);
            reasons.extend(gap.reasons.iter().cloned());
        }
    } else {
        perhaps = place.internet.clone();
        reasons.push(Arc::new(Reason::new(format!("the subnet of {rule} is not known"))));
    }
    let (ports, shown, unknown) = match back {
        Some(back) => (PortMap::To { front: IntervalSet::of(port, port), back }, back.to_string(), None),
        None => {
            (PortMap::Same, "a port".to_owned(), Some(format!("the back end's port of {rule} is not known")))
        }
    };
    let says = format!("takes port {port} and passes it on to port {shown} as a proxy (application gateway)");
    let mut all = vec![Arc::clone(&listener.public.step)];
    all.extend(steps);
    all.push(Arc::new(Step::new(rule, Some(at), says)));
    let way = |clients: AddressSet, doubt: Option<Arc<Reason>>| Way {
        public: Arc::clone(&listener.public.end),
        families: listener.public.families,
        protocols: vec![Protocol::Tcp],
        ports: ports.clone(),
        clients: Some(Arc::new(clients)),
        seen: place.seen.clone(),
        floating: None,
        sku: Sku::Open,
        steps: all.clone(),
        doubt,
    };
    let unknown = unknown.map(|text| Arc::new(Reason::new(text)));
    let mut out = Vec::new();
    if !sure.is_empty() {
        out.push(way(sure, unknown.clone()));
    }
    if let (false, Some(reason)) = (perhaps.is_empty(), reasons.into_iter().next()) {
        out.push(way(perhaps, unknown.or(Some(reason))));
    }
    out
}

fn own_id(item: View<'_>, gateway: &str, list: &str) -> String {
    let name = item.at("name").text().unwrap_or_default();
    item.at("id").text().map_or_else(|| format!("{gateway}/{list}/{name}"), str::to_owned)
}

/// Listeners with a public address, by folded id.
fn listeners(inventory: &Inventory, body: View<'_>, id: &str) -> HashMap<String, Listener> {
    let mut publics = HashMap::new();
    for frontend in body.at("frontendIPConfigurations").items() {
        let own = own_id(frontend, id, "frontendIPConfigurations").to_ascii_lowercase();
        if let Some(Ok(public)) = public_address::held(inventory, frontend.at("properties")) {
            publics.insert(own, public);
        }
    }
    let mut ports = HashMap::new();
    for port in body.at("frontendPorts").items() {
        let own = own_id(port, id, "frontendPorts").to_ascii_lowercase();
        ports.extend(port.at("properties.port").port().map(|port| (own, port)));
    }
    let mut out = HashMap::new();
    for list in ["httpListeners", "listeners"] {
        for listener in body.at(list).items() {
            let at = |path: &str| listener.at("properties").at(path).reference().folded();
            let public = at("frontendIPConfiguration.id").and_then(|id| publics.get(&id));
            let port = at("frontendPort.id").and_then(|id| ports.get(&id));
            if let (Some(public), Some(port)) = (public, port) {
                let own = own_id(listener, id, list).to_ascii_lowercase();
                out.insert(own, Listener { public: public.clone(), port: *port });
            }
        }
    }
    out
}

/// Ports of back ends, by folded id of the settings.
fn settings(body: View<'_>, id: &str) -> HashMap<String, u16> {
    let mut out = HashMap::new();
    for list in ["backendHttpSettingsCollection", "backendSettingsCollection"] {
        for setting in body.at(list).items() {
            let own = own_id(setting, id, list).to_ascii_lowercase();
            out.extend(setting.at("properties.port").port().map(|port| (own, port)));
        }
    }
    out
}

fn pools(body: View<'_>, id: &str) -> BTreeMap<String, Pool> {
    let mut out = BTreeMap::new();
    for pool in body.at("backendAddressPools").items() {
        let own = own_id(pool, id, "backendAddressPools").to_ascii_lowercase();
        let body = pool.at("properties");
        let mut found = Pool::default();
        for member in body.at("backendIPConfigurations").items() {
            found.configs.extend(member.at("id").reference().folded());
        }
        for member in body.at("backendAddresses").items() {
            let texts = [member.at("ipAddress").text(), member.at("fqdn").text()];
            for text in texts.into_iter().flatten() {
                if let Ok(ip) = text.parse() {
                    found.addresses.push(ip);
                } else {
                    let name = text.trim_end_matches('.').to_ascii_lowercase();
                    found.has_names |= !SERVICES.iter().any(|service| name.ends_with(service));
                }
            }
        }
        out.insert(own, found);
    }
    out
}

/// (rule, listener, pool, settings): the id of the rule, and folded ids.
fn routes(body: View<'_>, id: &str) -> Vec<(String, String, String, String)> {
    let folded = |view: View<'_>, path: &str| view.at(path).reference().folded();
    let mut maps: HashMap<String, Vec<(String, String)>> = HashMap::new();
    for map in body.at("urlPathMaps").items() {
        let own = own_id(map, id, "urlPathMaps").to_ascii_lowercase();
        let map = map.at("properties");
        let mut targets: Vec<_> = folded(map, "defaultBackendAddressPool.id")
            .zip(folded(map, "defaultBackendHttpSettings.id"))
            .into_iter()
            .collect();
        for rule in map.at("pathRules").items() {
            let rule = rule.at("properties");
            targets.extend(folded(rule, "backendAddressPool.id").zip(folded(rule, "backendHttpSettings.id")));
        }
        maps.insert(own, targets);
    }
    let mut out = Vec::new();
    for (list, listener, setting) in [
        ("requestRoutingRules", "httpListener.id", "backendHttpSettings.id"),
        ("routingRules", "listener.id", "backendSettings.id"),
    ] {
        for rule in body.at(list).items() {
            let own = own_id(rule, id, list);
            let rule = rule.at("properties");
            let Some(listener) = folded(rule, listener) else { continue };
            if let Some(pool) = folded(rule, "backendAddressPool.id") {
                out.push((own.clone(), listener.clone(), pool, folded(rule, setting).unwrap_or_default()));
            }
            let targets = folded(rule, "urlPathMap.id").and_then(|map| maps.get(&map));
            for (pool, setting) in targets.into_iter().flatten() {
                out.push((own.clone(), listener.clone(), pool.clone(), setting.clone()));
            }
        }
    }
    out
}
