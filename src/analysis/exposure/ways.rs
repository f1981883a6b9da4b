//! All ways in that services in front of interfaces offer, found by what an interface is a member of.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::Arc;

use super::answer::{Reason, Step};
use super::protocol::Protocol;
use super::target::Target;
use super::way::Way;
use crate::inventory::id::ResourceId;

/// Which virtual networks an address is meant in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// These, by folded id.
    Networks(Arc<BTreeSet<String>>),
    /// It is not said.
    Anywhere,
}

/// Ways by what leads to them.
#[derive(Default)]
pub(super) struct Ways {
    all: Vec<Way>,
    /// By folded id of a pool, a rule or a configuration.
    by_id: HashMap<String, Vec<usize>>,
    /// Folded id of a configuration, to those of its pools.
    pools: HashMap<String, Vec<String>>,
    /// Pools by the address of a member.
    by_address: HashMap<IpAddr, Vec<(Scope, String)>>,
    /// Ways that lead to an address without a pool.
    direct: HashMap<IpAddr, Vec<(Scope, usize)>>,
    /// Ways to a name that anything in these networks may have.
    named: Vec<(Scope, usize)>,
    /// Folded ids of services that could not be read, whole or in part.
    unread: BTreeMap<String, Reason>,
    /// Ways that may lead to everything.
    everywhere: Vec<usize>,
    /// What private frontends of load balancers do with what comes to them.
    inner: HashMap<IpAddr, Vec<Inner>>,
    /// Networks (folded ids) in which an interface has an address of those that ways lead to directly.
    homes: HashMap<IpAddr, BTreeSet<String>>,
}

/// A rule behind a private frontend.
#[derive(Clone, Debug)]
pub(super) struct Inner {
    /// Folded id of its network.
    pub(super) network: String,
    pub(super) protocols: Vec<Protocol>,
    /// `None` for every port to the same.
    pub(super) ports: Option<(u16, u16)>,
    /// Folded ids of the pools.
    pub(super) pools: BTreeSet<String>,
    pub(super) step: Arc<Step>,
}

impl Ways {
    fn push(&mut self, way: Way) -> usize {
        self.all.push(way);
        self.all.len() - 1
    }

    /// A way for those that say they belong to `id`.
    pub(super) fn joined(&mut self, id: &str, way: Way) -> usize {
        let at = self.push(way);
        self.also(&id.to_ascii_lowercase(), at);
        at
    }

    /// A way also for those that belong to another (folded) id.
    pub(super) fn also(&mut self, id: &str, at: usize) {
        self.by_id.entry(id.to_owned()).or_default().push(at);
    }

    /// A configuration is a member of a pool.
    pub(super) fn member(&mut self, config: &str, pool: &str) {
        self.pools.entry(config.to_owned()).or_default().push(pool.to_owned());
    }

    /// Whoever has an address is a member of a pool.
    pub(super) fn member_by_address(&mut self, ip: IpAddr, scope: Scope, pool: &str) {
        self.by_address.entry(ip).or_default().push((scope, pool.to_owned()));
    }

    /// A rule of a load balancer behind a private address.
    pub(super) fn inner(&mut self, ip: IpAddr, rule: Inner) {
        self.inner.entry(ip).or_default().push(rule);
    }

    /// A way to whoever has an address, be it an interface or the private frontend of a load balancer.
    pub(super) fn lead_to_address(&mut self, ip: IpAddr, scope: Scope, way: Way) {
        for rule in self.inner.get(&ip).cloned().unwrap_or_default() {
            let is_near = match &scope {
                Scope::Networks(networks) => networks.contains(&rule.network),
                Scope::Anywhere => true,
            };
            if let Some(way) = way.behind(&rule).filter(|_| is_near) {
                let at = self.push(way);
                for pool in rule.pools {
                    self.also(&pool, at);
                }
            }
        }
        let at = self.push(way);
        self.direct.entry(ip).or_default().push((scope, at));
    }

    /// Whether ways lead to addresses directly.
    pub(super) fn leads_to_addresses(&self) -> bool {
        !self.direct.is_empty()
    }

    /// An interface in a network (folded id) has an address.
    pub(super) fn lives_in(&mut self, ip: IpAddr, network: String) {
        if self.direct.contains_key(&ip) {
            self.homes.entry(ip).or_default().insert(network);
        }
    }

    /// A way to whoever has a name.
    pub(super) fn lead_to_name(&mut self, scope: Scope, way: Way) {
        let at = self.push(way);
        self.named.push((scope, at));
    }

    /// A way that may lead to everything.
    pub(super) fn everywhere(&mut self, way: Way) {
        let at = self.push(way);
        self.everywhere.push(at);
    }

    /// A service whose rules could not be read.
    pub(super) fn unread_parent(&mut self, id: &ResourceId, reason: &Reason) {
        self.unread.insert(id.folded(), reason.clone());
    }

    /// The ways to a target in a network (folded id): certain ones, and reasons why there may be more.
    pub(super) fn to(&self, target: &Target, network: &str) -> (Vec<&Way>, Vec<Way>) {
        let mut found = BTreeSet::new();
        let mut perhaps: Vec<Way> = Vec::new();
        let mut joined: Vec<String> = target.joined.clone();
        let config = target.id.to_ascii_lowercase();
        found.extend(self.by_id.get(&config).into_iter().flatten());
        joined.extend(self.pools.get(&config).into_iter().flatten().cloned());
        let mut unsure = Vec::new();
        if let Some(ip) = target.ip {
            for (scope, pool) in self.by_address.get(&ip).into_iter().flatten() {
                match scope {
                    Scope::Networks(networks) if networks.contains(network) => joined.push(pool.clone()),
                    Scope::Networks(_) => {}
                    Scope::Anywhere => {
                        unsure.extend(self.by_id.get(pool).into_iter().flatten().copied());
                    }
                }
            }
            for (scope, at) in self.direct.get(&ip).into_iter().flatten() {
                match scope {
                    Scope::Networks(networks) if networks.contains(network) => {
                        found.insert(at);
                    }
                    // It means the interface that has this address in a network that it is near to.
                    Scope::Networks(networks)
                        if self.homes.get(&ip).is_some_and(|homes| !homes.is_disjoint(networks)) => {}
                    // Another network with the same plan of addresses, or one behind a third.
                    Scope::Networks(_) | Scope::Anywhere => unsure.push(*at),
                }
            }
        }
        for id in &joined {
            found.extend(self.by_id.get(id).into_iter().flatten());
            let parent = ResourceId::parse(id).and_then(|id| id.parent()).map(|id| id.folded());
            if let Some(reason) = parent.and_then(|parent| self.unread.get(&parent)) {
                perhaps.push(Self::unsure(id, reason.clone()));
            }
        }
        for (scope, at) in &self.named {
            match scope {
                Scope::Networks(networks) if networks.contains(network) => unsure.push(*at),
                Scope::Networks(_) => {}
                Scope::Anywhere => unsure.push(*at),
            }
        }
        for at in unsure.into_iter().filter(|at| !found.contains(at)) {
            let way = &self.all[at];
            let id = way.steps.last().map_or("a service in front", |step| step.id.as_str());
            let text = format!("whether {id} leads to this interface can't be told");
            let doubt = way.doubt.clone().or_else(|| Some(Arc::new(Reason::new(text))));
            perhaps.push(Way { doubt, ..way.clone() });
        }
        perhaps.extend(self.everywhere.iter().map(|at| self.all[*at].clone()));
        (found.into_iter().map(|at| &self.all[*at]).collect(), perhaps)
    }

    fn unsure(id: &str, reason: Reason) -> Way {
        let is_gateway = id.contains("/applicationgateways/");
        let (seen, sku) = if is_gateway {
            (super::way::Seen::SomeProxy, super::way::Sku::Open)
        } else {
            (super::way::Seen::Client, super::way::Sku::Unknown)
        };
        Way::perhaps(seen, sku, reason)
    }

    /// A way for a member of something that was not found at all.
    pub(super) fn missing(id: &str, reason: Reason) -> Way {
        Self::unsure(id, reason)
    }
}
