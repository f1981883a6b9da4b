//! Ways through public load balancers: balancing rules, inbound translation rules and pools.
//!
//! A load balancer keeps the client's address; the filters see it, with the port and address of the back
//! end. Outbound rules let nothing in. Sources:
//! <https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview#azure-platform-considerations>
//! ("Virtual machines in load-balanced pools"), <https://learn.microsoft.com/azure/load-balancer/inbound-nat-rules>,
//! <https://learn.microsoft.com/azure/load-balancer/load-balancer-floating-ip>.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::Arc;

use super::answer::{Reason, Step};
use super::interval::IntervalSet;
use super::protocol::Protocol;
use super::public_address::{self, PublicAddress};
use super::view::{Reference, View, unread};
use super::way::{PortMap, Seen, Sku, Way};
use super::ways::{Inner, Scope, Ways};
use crate::inventory::index::{Completeness, Inventory, ResourceIndex};

pub(super) const LOAD_BALANCER: &str = "Microsoft.Network/loadBalancers";
pub(super) const NAT_RULE: &str = "Microsoft.Network/loadBalancers/inboundNatRules";
pub(super) const POOL: &str = "Microsoft.Network/loadBalancers/backendAddressPools";

/// Adds the ways through all load balancers.
pub(super) fn add(inventory: &Inventory, ways: &mut Ways) {
    for &at in inventory.of_type(LOAD_BALANCER) {
        Balancer { inventory, at, ways: &mut *ways }.read();
    }
}

struct Balancer<'b> {
    inventory: &'b Inventory,
    at: ResourceIndex,
    ways: &'b mut Ways,
}

/// A rule's public end.
type Frontends = HashMap<String, Result<PublicAddress, Reason>>;

impl Balancer<'_> {
    fn read(&mut self) {
        let resource = self.inventory.get(self.at);
        let id = resource.id.as_str();
        if let Some(reason) = unread(self.inventory, self.at) {
            self.ways.unread_parent(&resource.id, &reason);
            return;
        }
        let body = View::of(self.inventory, self.at);
        // Members of a pool, wherever they say so.
        self.members();
        let mut frontends = Frontends::new();
        for (index, frontend) in body.at("properties.frontendIPConfigurations").items().enumerate() {
            let name = frontend.at("name").text().map_or_else(|| index.to_string(), str::to_owned);
            let own = frontend
                .at("id")
                .text()
                .map_or_else(|| format!("{id}/frontendIPConfigurations/{name}"), str::to_owned);
            let held = public_address::held(self.inventory, frontend.at("properties"));
            frontends.extend(held.map(|held| (own.to_ascii_lowercase(), held)));
        }
        self.inner_rules(body);
        if frontends.is_empty() {
            return;
        }
        let sku = Sku::of(body.at("sku.name").text());
        for rule in body.at("properties.loadBalancingRules").items() {
            self.balancing_rule(rule, &frontends, sku);
        }
        for pool in body.at("properties.inboundNatPools").items() {
            let own = self.own_id(pool, "inboundNatPools");
            let says = "inbound NAT pool";
            if let Some(way) = self.way(pool.at("properties"), &own, says, &frontends, sku) {
                self.ways.joined(&own, way);
            }
        }
        if let incomplete @ Completeness::Incomplete { .. } =
            self.inventory.children_complete(self.at, NAT_RULE)
        {
            self.ways.unread_parent(&resource.id, &Reason::of(&incomplete));
        }
        for child in self.inventory.children(self.at, NAT_RULE) {
            let own = self.inventory.get(child).id.as_str();
            let rule = View::of(self.inventory, child).at("properties");
            let Some(way) = self.way(rule, own, "inbound NAT rule", &frontends, sku) else {
                continue;
            };
            let at = self.ways.joined(own, way);
            for path in ["backendIPConfiguration.id", "backendAddressPool.id"] {
                if let Some(member) = rule.at(path).reference().folded() {
                    self.ways.also(&member, at);
                }
            }
        }
    }

    /// Balancing rules behind private frontends: what a firewall may lead to.
    fn inner_rules(&mut self, body: View<'_>) {
        let parent = self.inventory.get(self.at).id.as_str();
        let mut private = HashMap::new();
        for frontend in body.at("properties.frontendIPConfigurations").items() {
            let properties = frontend.at("properties");
            let ip = properties.at("privateIPAddress").text().and_then(|text| text.parse().ok());
            let Reference::Id(subnet) = properties.at("subnet.id").reference() else { continue };
            if let (Some(ip), Some(network)) = (ip, subnet.parent()) {
                let own: &str = &self.own_id(frontend, "frontendIPConfigurations");
                let ip: IpAddr = ip;
                private.insert(own.to_ascii_lowercase(), (ip, network.folded()));
            }
        }
        for rule in body.at("properties.loadBalancingRules").items() {
            let own = self.own_id(rule, "loadBalancingRules");
            let rule = rule.at("properties");
            let frontend = rule.at("frontendIPConfiguration.id").reference().folded();
            let Some((ip, network)) = frontend.and_then(|id| private.get(&id)) else { continue };
            let port = |path: &str| rule.at(path).port().filter(|port| *port > 0);
            let says = format!(
                "goes on through the internal load balancer {}",
                parent.rsplit('/').next().unwrap_or_default()
            );
            let inner = Inner {
                network: network.clone(),
                protocols: protocols(rule),
                ports: port("frontendPort").zip(port("backendPort")),
                pools: pools(rule),
                step: Arc::new(Step::new(own, Some(self.at), says)),
            };
            self.ways.inner(*ip, inner);
        }
    }

    fn own_id(&self, item: View<'_>, list: &str) -> String {
        let parent = self.inventory.get(self.at).id.as_str();
        let name = item.at("name").text().unwrap_or_default();
        item.at("id").text().map_or_else(|| format!("{parent}/{list}/{name}"), str::to_owned)
    }

    fn balancing_rule(&mut self, rule: View<'_>, frontends: &Frontends, sku: Sku) {
        let own = self.own_id(rule, "loadBalancingRules");
        let body = rule.at("properties");
        let Some(way) = self.way(body, &own, "load balancing rule", frontends, sku) else {
            return;
        };
        let pools = pools(body);
        let at = self.ways.joined(&own, way);
        for pool in pools {
            self.ways.also(&pool, at);
        }
    }

    /// The way of a rule; `None` where its frontend is private.
    fn way(&self, body: View<'_>, own: &str, kind: &str, frontends: &Frontends, sku: Sku) -> Option<Way> {
        let named = body.at("frontendIPConfiguration.id").reference().folded();
        let public = match named.as_ref().map(|id| frontends.get(id)) {
            Some(Some(Ok(public))) => public.clone(),
            Some(Some(Err(reason))) => return Some(Way::perhaps(Seen::Client, sku, reason.clone())),
            Some(None) => return None,
            None => {
                let reason = Reason::new(format!("{own} names no frontend"));
                return Some(Way::perhaps(Seen::Client, sku, reason));
            }
        };
        let protocols = protocols(body);
        let port = |path: &str| body.at(path).port().filter(|port| *port > 0);
        let front = match (port("frontendPort"), port("frontendPortRangeStart"), port("frontendPortRangeEnd"))
        {
            (_, Some(low), Some(high)) => Some(IntervalSet::of(low, high)),
            (Some(port), ..) => Some(IntervalSet::of(port, port)),
            _ => None,
        };
        let (ports, shown) = match (front, port("backendPort")) {
            (Some(front), Some(back)) => {
                let shown = super::cidr::ports(&front);
                (PortMap::To { front, back }, format!("port {shown} to port {back}"))
            }
            // HA ports: every port to itself.
            (None, None) => (PortMap::Same, "every port to the same".to_owned()),
            _ => {
                let reason = Reason::new(format!("the ports of {own} are not known"));
                return Some(Way::perhaps(Seen::Client, sku, reason));
            }
        };
        let floats = body.at("enableFloatingIP").flag() == Some(true);
        let words: Vec<&str> = protocols.iter().map(|protocol| protocol.word()).collect();
        let floating = if floats { ", keeping the public address (floating IP)" } else { "" };
        let says = format!("takes {} {shown}{floating} ({kind})", words.join(" and "));
        Some(Way {
            public: Arc::clone(&public.end),
            families: public.families,
            protocols,
            ports,
            clients: None,
            seen: Seen::Client,
            floating: floats.then_some(public.address),
            // A Standard load balancer is closed without a group, whatever the address.
            sku: if sku == Sku::Unknown { public.sku } else { sku },
            steps: vec![public.step, Arc::new(Step::new(own, Some(self.at), says))],
            doubt: None,
        })
    }

    /// Who is in the pools, by what the load balancer says: configurations and addresses.
    fn members(&mut self) {
        let resource = self.inventory.get(self.at);
        if let incomplete @ Completeness::Incomplete { .. } = self.inventory.children_complete(self.at, POOL)
        {
            self.ways.unread_parent(&resource.id, &Reason::of(&incomplete));
        }
        for pool in self.inventory.children(self.at, POOL) {
            let own = self.inventory.get(pool).id.folded();
            let body = View::of(self.inventory, pool).at("properties");
            for member in body.at("backendIPConfigurations").items() {
                if let Some(config) = member.at("id").reference().folded() {
                    self.ways.member(&config, &own);
                }
            }
            let network = body.at("virtualNetwork.id").reference().folded();
            for entry in body.at("loadBalancerBackendAddresses").items() {
                let entry = entry.at("properties");
                if let Some(config) = entry.at("networkInterfaceIPConfiguration.id").reference().folded() {
                    self.ways.member(&config, &own);
                }
                let of_subnet = match entry.at("subnet.id").reference() {
                    Reference::Id(subnet) => subnet.parent().map(|network| network.folded()),
                    _ => None,
                };
                let near = entry
                    .at("virtualNetwork.id")
                    .reference()
                    .folded()
                    .or(of_subnet)
                    .or_else(|| network.clone());
                if let Some(ip) = entry.at("ipAddress").text().and_then(|text| text.parse().ok()) {
                    let scope =
                        near.map_or(Scope::Anywhere, |network| Scope::Networks(Arc::new([network].into())));
                    self.ways.member_by_address(ip, scope, &own);
                }
            }
        }
    }
}

fn protocols(rule: View<'_>) -> Vec<Protocol> {
    match rule.at("protocol").text().map(str::to_ascii_lowercase).as_deref() {
        Some("tcp") => vec![Protocol::Tcp],
        Some("udp" | "quic") => vec![Protocol::Udp],
        _ => vec![Protocol::Tcp, Protocol::Udp],
    }
}

/// Folded ids of a rule's pools.
fn pools(rule: View<'_>) -> BTreeSet<String> {
    let all = rule.at("backendAddressPools").items().chain([rule.at("backendAddressPool")]);
    all.filter_map(|pool| pool.at("id").reference().folded()).collect()
}
