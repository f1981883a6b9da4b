//! Fronts that are meant to be public: Front Door, CDN, application gateways. Their web application firewalls
//! judge what callers send, not where they are, and are not asked here.
//!
//! Sources: <https://learn.microsoft.com/azure/frontdoor/endpoint>,
//! <https://learn.microsoft.com/azure/application-gateway/application-gateway-components>.

use std::collections::BTreeMap;

use super::ask::Ask;
use super::reach::Reach;
use super::spec::{Code, Spec};
use super::subnet;
use crate::analysis::exposure::address::AddressSet;
use crate::analysis::exposure::answer::Reason;
use crate::analysis::exposure::app_gateway::GATEWAY;
use crate::analysis::exposure::view::{Reference, View, unread};
use crate::inventory::index::ResourceIndex;

const AFD_ENDPOINT: &str = "Microsoft.Cdn/profiles/afdEndpoints";
const CDN_ENDPOINT: &str = "Microsoft.Cdn/profiles/endpoints";
const PROFILE: &str = "Microsoft.Cdn/profiles";
const CLASSIC: &str = "Microsoft.Network/frontDoors";
const API_VERSION: &str = "2024-02-01";
const ENABLED: &str = "properties.enabledState";
const STATE: &str = "properties.resourceState";

/// Types for which their profile speaks where they were not read.
pub(super) const SPOKEN_FOR: [&str; 2] = [AFD_ENDPOINT, CDN_ENDPOINT];

pub(super) const SPECS: &[Spec] = &[
    Spec {
        switch: None,
        code: Code::Firewall(front_door),
        more: &[(AFD_ENDPOINT, Some(API_VERSION), &[ENABLED])],
        ..Spec::of(AFD_ENDPOINT)
    },
    Spec {
        switch: None,
        code: Code::Firewall(cdn),
        more: &[(CDN_ENDPOINT, Some(API_VERSION), &[STATE])],
        ..Spec::of(CDN_ENDPOINT)
    },
    Spec {
        switch: None,
        code: Code::Endpoints(profile),
        more: &[(PROFILE, None, &["sku.name"])],
        ..Spec::of(PROFILE)
    },
    Spec {
        switch: None,
        code: Code::Firewall(front_door),
        more: &[(CLASSIC, None, &[ENABLED])],
        ..Spec::of(CLASSIC)
    },
    Spec { switch: None, code: Code::Firewall(gateway), ..Spec::of(GATEWAY) },
];

fn front_door(ask: &Ask<'_>, at: ResourceIndex) -> Reach {
    state(ask, at, ENABLED, "Disabled")
}

fn cdn(ask: &Ask<'_>, at: ResourceIndex) -> Reach {
    state(ask, at, STATE, "Stopped")
}

fn state(ask: &Ask<'_>, at: ResourceIndex, path: &str, off: &str) -> Reach {
    match ask.text(at, path) {
        Ok(Some(word)) if word.eq_ignore_ascii_case(off) => {
            Reach::closed(ask.step(at, path, format!("is {off}")))
        }
        Ok(_) => {
            let mut open = Reach::default();
            open.says(ask.resource(at, "is a front that is meant for everyone"));
            open.lets_in(AddressSet::public());
            open
        }
        Err(reason) => Reach::doubtful(reason),
    }
}

/// A profile's endpoints speak for themselves; it has an answer only where they were not read.
fn profile(ask: &Ask<'_>, _: &Spec, at: ResourceIndex) -> Vec<(&'static str, Reach)> {
    let tier = ask.text(at, "sku.name").unwrap_or_default().unwrap_or_default();
    let kind =
        if tier.to_ascii_lowercase().ends_with("azurefrontdoor") { AFD_ENDPOINT } else { CDN_ENDPOINT };
    match ask.children(at, kind) {
        (_, Some(reason)) => vec![("", Reach::doubtful(reason))],
        (_, None) => Vec::new(),
    }
}

/// An application gateway: its listeners with a public address, behind the group of its subnet.
fn gateway(ask: &Ask<'_>, at: ResourceIndex) -> Reach {
    if let Some(reason) = unread(ask.inventory, at) {
        return Reach::doubtful(reason);
    }
    let body = View::of(ask.inventory, at).at("properties");
    let own = |item: View<'_>, list: &str| {
        let name = item.at("name").text().unwrap_or_default();
        let id = item.at("id").text().map_or_else(|| format!("{}/{list}/{name}", ask.id(at)), str::to_owned);
        id.to_ascii_lowercase()
    };
    let mut publics = BTreeMap::new();
    for frontend in body.at("frontendIPConfigurations").items() {
        if let Some(id) = frontend.at("properties.publicIPAddress.id").text() {
            publics.insert(own(frontend, "frontendIPConfigurations"), id);
        }
    }
    let mut ports = BTreeMap::new();
    for port in body.at("frontendPorts").items() {
        ports.extend(port.at("properties.port").port().map(|number| (own(port, "frontendPorts"), number)));
    }
    let (mut open, mut wanted) = (Reach::default(), Vec::new());
    for list in ["httpListeners", "listeners"] {
        for listener in body.at(list).items() {
            let at_path = |path: &str| listener.at("properties").at(path).reference().folded();
            let public = at_path("frontendIPConfiguration.id").and_then(|id| publics.get(&id));
            let port = at_path("frontendPort.id").and_then(|id| ports.get(&id));
            if let (Some(public), Some(port)) = (public, port) {
                let name = listener.at("name").text().unwrap_or_default();
                let path = format!("properties.{list}");
                open.says(ask.step(at, &path, format!("listens at {public} port {port} ({name})")));
                wanted.push(*port);
            }
        }
    }
    if wanted.is_empty() {
        return Reach::closed(ask.resource(at, "listens at no public address"));
    }
    open.lets_in(AddressSet::public());
    let config = body.at("gatewayIPConfigurations").items().next();
    let inner = match config.map(|config| config.at("properties.subnet.id").reference()) {
        Some(Reference::Id(id)) => subnet::through(ask, &id, &wanted),
        _ => Reach::doubtful(Reason::new(format!(
            "the subnet of {} is not known",
            ask.inventory.get(at).id.name()
        ))),
    };
    open.behind(inner)
}
