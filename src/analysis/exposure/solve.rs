//! From an inventory to the answer for every interface.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::address::AddressSet;
use super::answer::{Doubt, Interface, Opening, PublicEnd, Reason, Step};
use super::gate::{Gate, Grant};
use super::gates::Gates;
use super::interval::IntervalSet;
use super::line::Address;
use super::network::Subnet;
use super::protocol::Protocol;
use super::public_address;
use super::service_tag::ServiceTags;
use super::target::{self, Holder, Holders, Public, Target};
use super::view::{Reference, View, look_up, unread};
use super::way::{Floating, PortMap, Seen, Sku, Way};
use super::ways::Ways;
use super::{app_gateway, firewall, load_balancer};
use crate::inventory::id::ResourceId;
use crate::inventory::index::{Completeness, Inventory, ResourceIndex};

/// The types that are answered for: without them there is no answer.
pub const INTERFACES: [&str; 2] = [target::INTERFACE, target::SCALE_SET];

/// What counts as reaching an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// Every way from the Internet.
    AllWays,
    /// Every way from the Internet but those through application gateways.
    PastGateways,
    /// What the security groups let in from any address, public or private; whether a way leads from there is
    /// not asked.
    GroupsAlone,
}

/// What the Internet reaches, for every interface.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exposure {
    /// By id.
    pub interfaces: Vec<Interface>,
    /// Of an interface, a machine or a scale set, and in the list; in order.
    by_resource: Vec<(ResourceIndex, usize)>,
}

impl Exposure {
    /// Answers for a whole inventory.
    pub fn of(inventory: &Inventory, tags: &ServiceTags) -> Self {
        Self::counting(Counted::AllWays, inventory, tags)
    }

    /// Answers for a whole inventory, counting only some of what reaches interfaces.
    pub fn counting(counted: Counted, inventory: &Inventory, tags: &ServiceTags) -> Self {
        let holders = Holders::of(inventory);
        let mut gates = Gates::new(inventory, tags);
        let mut ways = Ways::default();
        if counted != Counted::GroupsAlone {
            load_balancer::add(inventory, &mut ways);
            if counted == Counted::AllWays {
                app_gateway::add(inventory, &mut gates, &mut ways);
            }
            firewall::add(inventory, tags, &mut gates.networks, &mut ways);
            unread_services(counted, inventory, &mut ways);
            if ways.leads_to_addresses() {
                homes(&holders, &mut ways);
            }
        }
        let mut solver = Solver { inventory, gates, ways, counted };
        let mut interfaces: Vec<Interface> = holders.iter().map(|holder| solver.answer(&holder)).collect();
        interfaces.extend(without_interface(inventory, &interfaces));
        interfaces.sort_by(|one, two| folded(&one.id).cmp(folded(&two.id)));
        let mut by_resource = Vec::with_capacity(interfaces.len());
        for (at, interface) in interfaces.iter().enumerate() {
            by_resource.push((interface.resource, at));
            let machine = interface.machine_at.filter(|machine| *machine != interface.resource);
            by_resource.extend(machine.map(|machine| (machine, at)));
        }
        by_resource.sort_unstable();
        Self { interfaces, by_resource }
    }

    /// The interfaces of an interface, a machine or a scale set.
    pub fn of_resource(&self, at: ResourceIndex) -> impl Iterator<Item = &Interface> {
        let from = self.by_resource.partition_point(|(resource, _)| *resource < at);
        let own = self.by_resource[from..].iter().take_while(move |(resource, _)| *resource == at);
        own.map(|(_, at)| &self.interfaces[*at])
    }
}

/// Interfaces that machines name but that were not read, and machines that don't tell theirs.
fn without_interface(inventory: &Inventory, known: &[Interface]) -> Vec<Interface> {
    let told: BTreeSet<ResourceIndex> = known.iter().filter_map(|interface| interface.machine_at).collect();
    let mut out = Vec::new();
    for &machine in inventory.of_type(target::MACHINE) {
        let own = &inventory.get(machine).id;
        let mut add = |id: &ResourceId, reason: Reason| {
            out.push(Interface {
                id: id.as_str().to_owned(),
                resource: machine,
                machine: Some(own.as_str().to_owned()),
                machine_at: Some(machine),
                private_ip: None,
                openings: Vec::new(),
                doubts: anything(reason).collect(),
                ways: 0,
                notes: Vec::new(),
            });
        };
        if let Some(reason) = unread(inventory, machine).filter(|_| !told.contains(&machine)) {
            add(own, reason);
        }
        let profile = View::of(inventory, machine).at("properties.networkProfile.networkInterfaces");
        for named in profile.items().map(|item| item.at("id").reference()) {
            match named {
                Reference::Id(id) if inventory.find(&id).is_none() => {
                    if let Err(reason) = look_up(inventory, &id, target::INTERFACE) {
                        add(&id, reason);
                    }
                }
                Reference::Unknown => add(own, Reason::new("which interfaces it has is not known")),
                _ => {}
            }
        }
    }
    out
}

/// Where the private addresses live that ways lead to.
fn homes(holders: &Holders<'_>, ways: &mut Ways) {
    for target in holders.iter().flat_map(|holder| holder.targets) {
        if let (Some(ip), Reference::Id(subnet)) = (target.ip, &target.subnet)
            && let Some(network) = subnet.parent()
        {
            ways.lives_in(ip, network.folded());
        }
    }
}

/// Services that lead to interfaces without these saying so: where not all were read, there may be ways.
fn unread_services(counted: Counted, inventory: &Inventory, ways: &mut Ways) {
    let everywhere = ResourceId::tenant();
    for (kind, seen, sku) in [
        // Only Standard load balancers take members by their addresses.
        (load_balancer::LOAD_BALANCER, Seen::Client, Sku::Closed),
        (app_gateway::GATEWAY, Seen::SomeProxy, Sku::Open),
        (firewall::FIREWALL, Seen::SomeProxy, Sku::Open),
    ] {
        if kind == app_gateway::GATEWAY && counted == Counted::PastGateways {
            continue;
        }
        if let incomplete @ Completeness::Incomplete { .. } = inventory.completeness_below(&everywhere, kind)
        {
            ways.everywhere(Way::perhaps(seen, sku, Reason::of(&incomplete)));
        }
    }
}

struct Solver<'a> {
    inventory: &'a Inventory,
    gates: Gates<'a>,
    ways: Ways,
    counted: Counted,
}

impl Solver<'_> {
    fn answer(&mut self, holder: &Holder) -> Interface {
        let mut out = Interface {
            id: holder.id.clone(),
            resource: holder.resource,
            machine: holder.machine.clone(),
            machine_at: holder.machine_at,
            private_ip: private_ip(holder),
            openings: Vec::new(),
            doubts: Vec::new(),
            ways: 0,
            notes: Vec::new(),
        };
        if let Some(reason) = &holder.unread {
            out.doubts.extend(anything(reason.clone()));
            return out;
        }
        if holder.forwards {
            let says = "forwards packets to others (IP forwarding); whom it leads on to is not judged";
            out.notes.push(Arc::new(Step::new(&*holder.id, Some(holder.resource), says)));
        }
        for target in &holder.targets {
            self.configuration(holder, target, &mut out);
        }
        tidy(&mut out);
        out
    }

    fn configuration(&mut self, holder: &Holder, target: &Target, out: &mut Interface) {
        let subnet = match &target.subnet {
            Reference::Id(id) => self.gates.networks.subnet(id),
            Reference::None | Reference::Unknown => {
                let reason = Reason::new(format!("the subnet of {} is not known", target.id));
                self.gates.networks.nowhere(reason)
            }
        };
        if self.counted == Counted::GroupsAlone {
            let everyone = AddressSet::everything();
            let gate = self.gate(holder, target, &subnet, None, Some(&everyone));
            out.openings.extend(gate.grants.iter().map(|grant| by_groups(target, grant, &everyone)));
            out.doubts.extend(gate.gaps.iter().map(Doubt::of));
            return;
        }
        let (mut sure, mut perhaps) = (Vec::new(), Vec::new());
        match public_way(self.inventory, holder, target) {
            Some(Ok(way)) => sure.push(way),
            Some(Err(reason)) => perhaps.push(Way::perhaps(Seen::Client, Sku::Unknown, reason)),
            None => {}
        }
        let (in_front, unsure) = self.ways.to(target, &subnet.of);
        sure.extend(in_front.into_iter().cloned());
        perhaps.extend(unsure);
        for id in &target.joined {
            // A pool whose load balancer or gateway isn't there.
            let parent = ResourceId::parse(id).and_then(|id| id.parent());
            if let Some(parent) = parent.filter(|parent| self.inventory.find(parent).is_none()) {
                let kind = parent.resource_type().unwrap_or_default();
                if self.counted == Counted::PastGateways && kind.eq_ignore_ascii_case(app_gateway::GATEWAY) {
                    continue;
                }
                let reason = match self.inventory.completeness(&parent, &kind) {
                    Completeness::Complete => {
                        Reason::new(format!("{} is named, but was not found", parent.name()))
                    }
                    incomplete @ Completeness::Incomplete { .. } => {
                        Reason::of(&incomplete).about(parent.name())
                    }
                };
                perhaps.push(Ways::missing(id, reason));
            }
        }
        out.ways += sure.len();
        if !sure.is_empty() {
            out.notes.extend(subnet.notes.iter().cloned());
        }
        for way in sure.iter().chain(&perhaps) {
            let only = way.seen.addresses();
            let gate = self.gate(holder, target, &subnet, way.floating, only.as_ref());
            let through = way.through(&gate, &subnet.network);
            out.openings.extend(through.openings);
            out.doubts.extend(through.doubts);
        }
    }

    fn gate(
        &mut self,
        holder: &Holder,
        target: &Target,
        subnet: &Subnet,
        floating: Option<Floating>,
        only: Option<&AddressSet>,
    ) -> Arc<Gate> {
        let mut seen_as: Vec<_> = target.ip.into_iter().collect();
        if let (Some(Floating(floating)), false) = (floating, seen_as.is_empty()) {
            // With a floating IP the packet keeps the public address; which of the two the rules compare
            // with is not documented.
            match floating {
                Some(address) => seen_as.push(address),
                None => seen_as.clear(),
            }
        }
        let address = Address { seen_as, within: subnet.prefixes.clone(), groups: target.groups.clone() };
        // Groups don't filter what goes to a private endpoint, unless its subnet says so. Source:
        // https://learn.microsoft.com/azure/private-link/disable-private-endpoint-network-policy
        if holder.is_private_endpoint && !subnet.filters_private_endpoints {
            return self.gates.open(subnet, &address, only);
        }
        self.gates.gate(subnet, &holder.group, &address, only)
    }
}

/// What the groups let in, said of the interface's own address.
fn by_groups(target: &Target, grant: &Grant, everyone: &AddressSet) -> Opening {
    let address = target.ip.map(|ip| ip.to_string()).unwrap_or_default();
    Opening {
        protocol: grant.protocol,
        ports: grant.ports.clone(),
        sources: Arc::clone(&grant.from),
        internet: Arc::new(everyone.clone()),
        public: Arc::new(PublicEnd { address, id: target.id.clone() }),
        public_ports: grant.ports.clone(),
        via: grant.by.iter().map(|(step, _)| Arc::clone(step)).collect(),
    }
}

/// The way over the public address of a configuration.
fn public_way(inventory: &Inventory, holder: &Holder, target: &Target) -> Option<Result<Way, Reason>> {
    let families = (!target.is_v6, target.is_v6);
    let (public, families, sku, step) = match &target.public {
        Public::Address(Reference::None) => return None,
        Public::Address(Reference::Unknown) => {
            return Some(Err(Reason::new(format!("the public address of {} is not known", target.id))));
        }
        Public::Address(Reference::Id(id)) => {
            let public = public_address::read(inventory, id, public_address::ADDRESS);
            // An address that was not read has its configuration's family.
            let families = if public.families == (true, true) { families } else { public.families };
            (public.end, families, public.sku, public.step)
        }
        Public::Each(sku) => {
            let end = PublicEnd { address: String::new(), id: target.id.clone() };
            let says = "gives each instance a public address of its own";
            let step = Step::new(&*target.id, Some(holder.resource), says);
            (Arc::new(end), families, Sku::of(sku.as_deref()), Arc::new(step))
        }
    };
    Some(Ok(Way {
        public,
        families,
        protocols: Protocol::ALL.to_vec(),
        ports: PortMap::Same,
        clients: None,
        seen: Seen::Client,
        floating: None,
        sku,
        steps: vec![step],
        doubt: None,
    }))
}

fn folded(id: &str) -> impl Iterator<Item = u8> + '_ {
    id.bytes().map(|byte| byte.to_ascii_lowercase())
}

/// The address of the primary configuration, else of the first.
fn private_ip(holder: &Holder) -> Option<String> {
    let primary = holder.targets.iter().find(|target| target.is_primary && target.ip.is_some());
    let first = || holder.targets.iter().find(|target| target.ip.is_some());
    primary.or_else(first).and_then(|target| target.ip).map(|ip| ip.to_string())
}

/// Everything may get through.
fn anything(reason: Reason) -> impl Iterator<Item = Doubt> {
    let reasons: Arc<[Arc<Reason>]> = Arc::from([Arc::new(reason)]);
    let sources = Arc::new(AddressSet::public().clone());
    Protocol::ALL.into_iter().map(move |protocol| Doubt {
        protocol,
        ports: IntervalSet::of(0, u16::MAX),
        sources: Arc::clone(&sources),
        reasons: Arc::clone(&reasons),
    })
}

/// Puts the answer into one order, each thing once.
fn tidy(out: &mut Interface) {
    let key = |opening: &Opening| {
        let via: Vec<&str> = opening.via.iter().map(|step| step.id.as_str()).collect();
        let order = (opening.protocol, opening.ports.intervals().to_vec(), opening.public.as_ref().clone());
        (order, opening.public_ports.intervals().to_vec(), via.join("\n").to_ascii_lowercase())
    };
    if out.openings.len() > 1 {
        out.openings.sort_by_cached_key(key);
        out.openings.dedup();
    }
    out.openings.shrink_to_fit();
    out.doubts.shrink_to_fit();
    if out.doubts.len() > 1 {
        out.doubts.sort_by(|one, two| {
            let key = |doubt: &Doubt| (doubt.protocol, doubt.ports.intervals().to_vec());
            key(one).cmp(&key(two)).then_with(|| one.reasons.cmp(&two.reasons))
        });
        out.doubts.dedup();
    }
    out.notes.dedup();
}
