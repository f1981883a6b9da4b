//! The virtual network around an interface: which addresses are part of it, and which are the Internet.
//!
//! The tag `VirtualNetwork` means the address space of the network and of those peered with it, networks and
//! on-premises sites behind its gateways, and the prefixes of user routes; `Internet` means what is outside
//! of the network and publicly routed, Azure's own public addresses included. Source:
//! <https://learn.microsoft.com/azure/virtual-network/service-tags-overview>.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::address::AddressSet;
use super::answer::{Reason, Step};
use super::filter::Perhaps;
use super::service_tag::ServiceTags;
use super::view::{Reference, View, look_up, unread};
use crate::inventory::id::ResourceId;
use crate::inventory::index::{Completeness, Inventory, ResourceIndex};

pub(super) const NETWORK: &str = "Microsoft.Network/virtualNetworks";
pub(super) const SUBNET: &str = "Microsoft.Network/virtualNetworks/subnets";
pub(super) const PEERING: &str = "Microsoft.Network/virtualNetworks/virtualNetworkPeerings";
pub(super) const ROUTE_TABLE: &str = "Microsoft.Network/routeTables";
pub(super) const ROUTE: &str = "Microsoft.Network/routeTables/routes";

/// What the tags `VirtualNetwork` and `Internet` mean at a place.
#[derive(Debug)]
pub(super) struct Network {
    /// Equal for networks of equal meaning.
    pub(super) id: usize,
    /// Certainly a part of `VirtualNetwork`.
    pub(super) space: Arc<AddressSet>,
    /// Perhaps a part of it.
    perhaps: Arc<AddressSet>,
    /// What of that the Internet routes.
    perhaps_outside: Arc<AddressSet>,
    /// Why only perhaps.
    pub(super) why: Arc<Reason>,
    /// The Internet as seen from here.
    pub(super) internet: Arc<AddressSet>,
    /// Its IPv4 part.
    pub(super) internet_v4: Arc<AddressSet>,
    /// Its IPv6 part.
    pub(super) internet_v6: Arc<AddressSet>,
}

impl Network {
    /// What may be a part of `VirtualNetwork`.
    pub(super) fn perhaps(&self) -> Perhaps {
        (Arc::clone(&self.perhaps), Arc::clone(&self.perhaps_outside))
    }
}

/// A subnet, with what is decided on its level.
#[derive(Debug)]
pub(super) struct Subnet {
    pub(super) network: Arc<Network>,
    /// Folded id of its network.
    pub(super) of: String,
    pub(super) prefixes: AddressSet,
    pub(super) group: Reference,
    /// Whether its group filters the interfaces of private endpoints.
    pub(super) filters_private_endpoints: bool,
    /// User routes to an appliance that answers to the Internet take.
    pub(super) notes: Vec<Arc<Step>>,
    /// Why it could not be read.
    pub(super) unread: Option<Reason>,
}

/// The address spaces of networks and their peers.
#[derive(Debug)]
struct Space {
    known: AddressSet,
    /// Whether there may be more to it.
    gap: Option<String>,
    /// Folded ids of the networks it is made of.
    members: BTreeSet<String>,
}

/// All networks that were asked for.
pub(super) struct Networks<'a> {
    inventory: &'a Inventory,
    tags: &'a ServiceTags,
    spaces: HashMap<String, Arc<Space>>,
    subnets: HashMap<String, Arc<Subnet>>,
    known: HashMap<(AddressSet, AddressSet, String), Arc<Network>>,
}

impl<'a> Networks<'a> {
    pub(super) fn new(inventory: &'a Inventory, tags: &'a ServiceTags) -> Self {
        Self { inventory, tags, spaces: HashMap::new(), subnets: HashMap::new(), known: HashMap::new() }
    }

    /// The subnet with this id.
    pub(super) fn subnet(&mut self, id: &ResourceId) -> Arc<Subnet> {
        let folded = id.folded();
        if let Some(known) = self.subnets.get(&folded) {
            return Arc::clone(known);
        }
        let of = id.parent().unwrap_or_else(ResourceId::tenant);
        let space = self.space(&of);
        let subnet = match look_up(self.inventory, id, SUBNET) {
            Ok(at) => self.read_subnet(at, &of, &space),
            Err(reason) => self.unread_subnet(&of, reason),
        };
        let subnet = Arc::new(subnet);
        self.subnets.insert(folded, Arc::clone(&subnet));
        subnet
    }

    /// The place of an interface whose subnet can't be told.
    pub(super) fn nowhere(&mut self, reason: Reason) -> Arc<Subnet> {
        Arc::new(self.unread_subnet(&ResourceId::tenant(), reason))
    }

    /// Folded ids of a network and those peered with it.
    pub(super) fn near(&mut self, network: &ResourceId) -> BTreeSet<String> {
        self.space(network).members.clone()
    }

    fn read_subnet(&mut self, at: ResourceIndex, of: &ResourceId, space: &Space) -> Subnet {
        let body = View::of(self.inventory, at).at("properties");
        let one = body.at("addressPrefix").text().into_iter();
        let prefixes: Vec<_> =
            one.chain(body.at("addressPrefixes").texts()).filter_map(AddressSet::parse).collect();
        let (routes, notes, gap) = self.routes(&body.at("routeTable.id").reference());
        let mut why: Vec<String> = space.gap.iter().cloned().collect();
        why.extend(gap.as_ref().map(|reason| reason.text.clone()));
        if !routes.intersection(AddressSet::public()).is_empty() {
            why.push("the tag VirtualNetwork may hold the prefixes of the subnet's user routes".into());
        }
        let perhaps = if why.is_empty() || (space.gap.is_none() && gap.is_none()) {
            routes
        } else {
            AddressSet::everything()
        };
        let network = self.network(space.known.clone(), &perhaps, &why.join("; "));
        let policies = body.at("privateEndpointNetworkPolicies").text().unwrap_or_default();
        Subnet {
            network,
            of: of.folded(),
            prefixes: AddressSet::union_of(&prefixes),
            group: body.at("networkSecurityGroup.id").reference(),
            filters_private_endpoints: ["enabled", "networksecuritygroupenabled"]
                .contains(&policies.to_ascii_lowercase().as_str()),
            notes,
            unread: None,
        }
    }

    fn unread_subnet(&mut self, of: &ResourceId, reason: Reason) -> Subnet {
        let network = self.network(AddressSet::default(), &AddressSet::everything(), &reason.text);
        Subnet {
            network,
            of: of.folded(),
            prefixes: AddressSet::default(),
            group: Reference::Unknown,
            filters_private_endpoints: true,
            notes: Vec::new(),
            unread: Some(reason),
        }
    }

    fn network(&mut self, space: AddressSet, perhaps: &AddressSet, why: &str) -> Arc<Network> {
        // Sites behind a gateway have private addresses that nobody tells us; the Internet is never among them.
        let perhaps = perhaps.union(AddressSet::private()).difference(&space);
        let id = self.known.len();
        let known = self.known.entry((space.clone(), perhaps.clone(), why.to_owned())).or_insert_with(|| {
            let internet = Arc::new(AddressSet::public().difference(&space).difference(&host()));
            let perhaps_outside = Arc::new(perhaps.intersection(&internet));
            let (internet_v4, internet_v6) = internet.by_family();
            let (internet_v4, internet_v6) = (Arc::new(internet_v4), Arc::new(internet_v6));
            let (space, perhaps) = (Arc::new(space), Arc::new(perhaps));
            let text =
                if why.is_empty() { "what lies behind the network's gateways is not known" } else { why };
            let why = Arc::new(Reason::new(text));
            Arc::new(Network { id, space, perhaps, perhaps_outside, why, internet, internet_v4, internet_v6 })
        });
        Arc::clone(known)
    }

    /// The addresses of a network and of those peered with it.
    fn space(&mut self, id: &ResourceId) -> Arc<Space> {
        let folded = id.folded();
        if let Some(known) = self.spaces.get(&folded) {
            return Arc::clone(known);
        }
        let space = Arc::new(self.read_space(id));
        self.spaces.insert(folded, Arc::clone(&space));
        space
    }

    fn read_space(&self, id: &ResourceId) -> Space {
        let mut members = BTreeSet::from([id.folded()]);
        let at = match look_up(self.inventory, id, NETWORK) {
            Ok(at) => at,
            Err(reason) => {
                return Space { known: AddressSet::default(), gap: Some(reason.text), members };
            }
        };
        let mut known = vec![prefixes(View::of(self.inventory, at).at("properties.addressSpace"))];
        let mut gap = match self.inventory.children_complete(at, PEERING) {
            Completeness::Complete => None,
            Completeness::Incomplete { reason, .. } => Some(reason),
        };
        for peering in self.inventory.children(at, PEERING) {
            let body = View::of(self.inventory, peering).at("properties");
            let is_on =
                body.at("peeringState").text().is_none_or(|state| state.eq_ignore_ascii_case("connected"));
            if !is_on || body.at("allowVirtualNetworkAccess").flag() == Some(false) {
                continue;
            }
            let told = prefixes(body.at("remoteVirtualNetworkAddressSpace"))
                .union(&prefixes(body.at("remoteAddressSpace")));
            let remote = body.at("remoteVirtualNetwork.id").reference();
            if let Reference::Id(remote) = &remote {
                members.insert(remote.folded());
                if let Some(at) =
                    self.inventory.find(remote).filter(|at| unread(self.inventory, *at).is_none())
                {
                    known.push(prefixes(View::of(self.inventory, at).at("properties.addressSpace")));
                    continue;
                }
            }
            if told.is_empty() {
                gap = Some(format!(
                    "the address space behind peering {} was not read",
                    self.inventory.get(peering).id.name()
                ));
            }
            known.push(told);
        }
        Space { known: AddressSet::union_of(&known), gap, members }
    }

    /// Prefixes of a route table's user routes, and what to note of them.
    fn routes(&self, table: &Reference) -> (AddressSet, Vec<Arc<Step>>, Option<Reason>) {
        let id = match table {
            Reference::None => return (AddressSet::default(), Vec::new(), None),
            Reference::Unknown => {
                return (
                    AddressSet::default(),
                    Vec::new(),
                    Some(Reason::new("the subnet's route table is not known")),
                );
            }
            Reference::Id(id) => id,
        };
        let at = match look_up(self.inventory, id, ROUTE_TABLE) {
            Ok(at) => at,
            Err(reason) => return (AddressSet::default(), Vec::new(), Some(reason)),
        };
        if let incomplete @ Completeness::Incomplete { .. } = self.inventory.children_complete(at, ROUTE) {
            return (AddressSet::default(), Vec::new(), Some(Reason::of(&incomplete)));
        }
        let (mut known, mut notes, mut gap) = (Vec::new(), Vec::new(), None);
        for route in self.inventory.children(at, ROUTE) {
            let body = View::of(self.inventory, route).at("properties");
            let resource = self.inventory.get(route);
            let prefix = body.at("addressPrefix").text().unwrap_or_default();
            match AddressSet::parse(prefix).or_else(|| self.tags.find(prefix)) {
                Some(set) => {
                    let hop = body.at("nextHopType").text().unwrap_or_default();
                    if hop.eq_ignore_ascii_case("VirtualAppliance") && set.meets(AddressSet::public()) {
                        let hop = body.at("nextHopIpAddress").text().unwrap_or("an appliance");
                        let says = format!(
                            "sends answers to {prefix} through {hop}; what happens there is not judged"
                        );
                        notes.push(Arc::new(Step::new(resource.id.as_str(), Some(route), says)));
                    }
                    known.push(set);
                }
                None => {
                    gap = Some(Reason::new(format!(
                        "user route {} leads to {prefix:?}, which is unknown",
                        resource.id.name()
                    )));
                }
            }
        }
        (AddressSet::union_of(&known), notes, gap)
    }
}

fn prefixes(space: View<'_>) -> AddressSet {
    let all: Vec<_> = space.at("addressPrefixes").texts().filter_map(AddressSet::parse).collect();
    AddressSet::union_of(&all)
}

/// The address of the virtual host, from which a load balancer's probes come: `AzureLoadBalancer`.
pub(super) fn host() -> AddressSet {
    AddressSet::range([168, 63, 129, 16].into(), [168, 63, 129, 16].into()).unwrap_or_default()
}
