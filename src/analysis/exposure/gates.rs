//! Gates, each made once: thousands of interfaces share a few pairs of security groups.

use std::collections::HashMap;
use std::sync::Arc;

use super::answer::Reason;
use super::filter::{Address, AdminLine, Filter, Line};
use super::gate::Gate;
use super::network::{Networks, Subnet};
use super::security_group::SecurityGroup;
use super::security_rule::FieldKeys;
use super::service_tag::ServiceTags;
use super::view::{Reference, look_up};
use crate::inventory::id::ResourceId;
use crate::inventory::index::{Inventory, ResourceIndex};

pub(super) const GROUP: &str = "Microsoft.Network/networkSecurityGroups";

/// What makes two gates the same: their filters, their network, and which rules speak of the address.
type Key = (Vec<usize>, usize, Vec<u8>);

/// All filters and gates of an inventory.
pub(super) struct Gates<'a> {
    inventory: &'a Inventory,
    tags: &'a ServiceTags,
    pub(super) networks: Networks<'a>,
    keys: FieldKeys,
    admin: Vec<AdminLine>,
    filters: HashMap<(ResourceIndex, usize), Arc<Filter>>,
    unread: HashMap<String, Arc<Filter>>,
    gates: HashMap<Key, Arc<Gate>>,
}

impl<'a> Gates<'a> {
    pub(super) fn new(inventory: &'a Inventory, tags: &'a ServiceTags) -> Self {
        Self {
            inventory,
            tags,
            networks: Networks::new(inventory, tags),
            keys: FieldKeys::of(&inventory.keys),
            admin: super::admin_rule::all(inventory, tags),
            filters: HashMap::new(),
            unread: HashMap::new(),
            gates: HashMap::new(),
        }
    }

    /// The gate before an address in a subnet: the subnet's group, then the interface's. Both must let a
    /// packet in. Source: <https://learn.microsoft.com/azure/virtual-network/network-security-group-how-it-works>.
    pub(super) fn gate(&mut self, subnet: &Subnet, own: &Reference, address: &Address) -> Arc<Gate> {
        let mut layers: Vec<Arc<Filter>> = Vec::with_capacity(2);
        if let Some(reason) = &subnet.unread {
            layers.push(self.unknown(&reason.text, reason.clone()));
        } else {
            layers.extend(self.filter(&subnet.group, subnet));
        }
        layers.extend(self.filter(own, subnet));
        self.of_layers(&layers, subnet, address)
    }

    /// The gate before what no group filters.
    pub(super) fn open(&mut self, subnet: &Subnet, address: &Address) -> Arc<Gate> {
        self.of_layers(&[], subnet, address)
    }

    fn of_layers(&mut self, layers: &[Arc<Filter>], subnet: &Subnet, address: &Address) -> Arc<Gate> {
        let lines = layers.iter().flat_map(|filter| &filter.lines);
        let lines = lines.chain(self.admin.iter().map(|rule| &rule.line));
        let speaks =
            |line: &Line| if line.goes_anywhere() { None } else { Some(line.goes_to(address) as u8) };
        let key = (
            layers.iter().map(|filter| Arc::as_ptr(filter) as usize).collect(),
            subnet.network.id,
            lines.filter_map(speaks).collect(),
        );
        if let Some(known) = self.gates.get(&key) {
            return Arc::clone(known);
        }
        let gate = Arc::new(Gate::of(layers, &self.admin, address, &subnet.network));
        self.gates.insert(key, Arc::clone(&gate));
        gate
    }

    fn filter(&mut self, group: &Reference, subnet: &Subnet) -> Option<Arc<Filter>> {
        match group {
            Reference::None => None,
            Reference::Unknown => {
                Some(self.unknown("", Reason::new("which network security group filters it is not known")))
            }
            Reference::Id(id) => Some(self.of_group(id, subnet)),
        }
    }

    fn of_group(&mut self, id: &ResourceId, subnet: &Subnet) -> Arc<Filter> {
        let at = match look_up(self.inventory, id, GROUP) {
            Ok(at) => at,
            Err(reason) => return self.unknown(&id.folded(), reason),
        };
        let key = (at, subnet.network.id);
        if let Some(known) = self.filters.get(&key) {
            return Arc::clone(known);
        }
        let shown = self.inventory.get(at).id.as_str();
        let filter = match SecurityGroup::read(self.inventory, &self.keys, at) {
            Ok(group) => Filter::of(&group, shown, &subnet.network, self.tags),
            Err(incomplete) => Filter::unread(Reason::of(&incomplete).about(id.name())),
        };
        let filter = Arc::new(filter);
        self.filters.insert(key, Arc::clone(&filter));
        filter
    }

    fn unknown(&mut self, id: &str, reason: Reason) -> Arc<Filter> {
        let filter = self.unread.entry(id.to_owned()).or_insert_with(|| Arc::new(Filter::unread(reason)));
        Arc::clone(filter)
    }
}
