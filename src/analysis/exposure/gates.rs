//! Gates, each made once: thousands of interfaces share a few pairs of security groups.

use std::collections::HashMap;
use std::sync::Arc;

use super::address::AddressSet;
use super::answer::Reason;
use super::filter::{AdminLine, Filter};
use super::gate::Gate;
use super::line::{Address, Line};
use super::network::{Networks, Subnet};
use super::security_group::SecurityGroup;
use super::security_rule::{FieldKeys, SecurityRule};
use super::service_tag::ServiceTags;
use super::view::{Reference, look_up};
use crate::inventory::id::ResourceId;
use crate::inventory::index::{Inventory, ResourceIndex};

pub(super) const GROUP: &str = "Microsoft.Network/networkSecurityGroups";

/// What makes two gates the same: their filters, their network, which rules speak of the address, and
/// whose packets are asked for.
type Key = (Vec<usize>, usize, Vec<u8>, Option<AddressSet>);

/// A filter and its number.
type Numbered = (usize, Arc<Filter>);

/// Filters that are kept at a time; gates keep the rules that let something in.
const MAX_FILTERS: usize = 512;
/// Gates that are kept at a time. Interfaces come in the order of their ids, so those that share one
/// mostly stand together.
const MAX_GATES: usize = 2048;

/// All filters and gates of an inventory.
pub(super) struct Gates<'a> {
    inventory: &'a Inventory,
    tags: &'a ServiceTags,
    pub(super) networks: Networks<'a>,
    keys: FieldKeys,
    admin: Vec<AdminLine>,
    /// The filter of a group in a network, by number.
    numbers: HashMap<(ResourceIndex, usize), usize>,
    /// Filters by number; those that nobody asks for any more are dropped and made again.
    filters: HashMap<usize, Arc<Filter>>,
    unread: HashMap<String, (usize, Arc<Filter>)>,
    /// Room for the rules of the group that is being read.
    room: Vec<SecurityRule>,
    /// Room for lines, from filters that were dropped.
    rooms: Vec<Vec<Line>>,
    made: HashMap<Key, Arc<Gate>>,
}

impl<'a> Gates<'a> {
    pub(super) fn new(inventory: &'a Inventory, tags: &'a ServiceTags) -> Self {
        Self {
            inventory,
            tags,
            networks: Networks::new(inventory, tags),
            keys: FieldKeys::of(&inventory.keys),
            admin: super::admin_rule::all(inventory, tags),
            numbers: HashMap::new(),
            filters: HashMap::new(),
            unread: HashMap::new(),
            room: Vec::new(),
            rooms: Vec::new(),
            made: HashMap::new(),
        }
    }

    /// The gate before an address in a subnet: the subnet's group, then the interface's. Both must let a
    /// packet in. Source: <https://learn.microsoft.com/azure/virtual-network/network-security-group-how-it-works>.
    pub(super) fn gate(
        &mut self,
        subnet: &Subnet,
        own: &Reference,
        address: &Address,
        only: Option<&AddressSet>,
    ) -> Arc<Gate> {
        let mut layers: Vec<Numbered> = Vec::with_capacity(2);
        if let Some(reason) = &subnet.unread {
            layers.push(self.unknown(&reason.text, reason.clone()));
        } else {
            layers.extend(self.filter(&subnet.group, subnet));
        }
        layers.extend(self.filter(own, subnet));
        self.of_layers(&layers, subnet, address, only)
    }

    /// The gate before what no group filters.
    pub(super) fn open(
        &mut self,
        subnet: &Subnet,
        address: &Address,
        only: Option<&AddressSet>,
    ) -> Arc<Gate> {
        self.of_layers(&[], subnet, address, only)
    }

    fn of_layers(
        &mut self,
        layers: &[Numbered],
        subnet: &Subnet,
        address: &Address,
        only: Option<&AddressSet>,
    ) -> Arc<Gate> {
        let lines = layers.iter().flat_map(|(_, filter)| &filter.lines);
        let lines = lines.chain(self.admin.iter().map(|rule| &rule.line));
        let speaks =
            |line: &Line| if line.goes_anywhere() { None } else { Some(line.goes_to(address) as u8) };
        let key = (
            layers.iter().map(|(number, _)| *number).collect(),
            subnet.network.id,
            lines.filter_map(speaks).collect(),
            only.cloned(),
        );
        if let Some(known) = self.made.get(&key) {
            return Arc::clone(known);
        }
        let filters: Vec<Arc<Filter>> = layers.iter().map(|(_, filter)| Arc::clone(filter)).collect();
        let gate = Arc::new(Gate::of(&filters, &self.admin, address, &subnet.network, only));
        if self.made.len() >= MAX_GATES {
            self.made.clear();
        }
        self.made.insert(key, Arc::clone(&gate));
        gate
    }

    fn filter(&mut self, group: &Reference, subnet: &Subnet) -> Option<Numbered> {
        match group {
            Reference::None => None,
            Reference::Unknown => {
                Some(self.unknown("", Reason::new("which network security group filters it is not known")))
            }
            Reference::Id(id) => Some(self.of_group(id, subnet)),
        }
    }

    fn of_group(&mut self, id: &ResourceId, subnet: &Subnet) -> Numbered {
        let at = match look_up(self.inventory, id, GROUP) {
            Ok(at) => at,
            Err(reason) => return self.unknown(&id.folded(), reason),
        };
        let next = self.numbers.len() * 2;
        let number = *self.numbers.entry((at, subnet.network.id)).or_insert(next);
        if let Some(known) = self.filters.get(&number) {
            return (number, Arc::clone(known));
        }
        let shown = self.inventory.get(at).id.as_str();
        let room = std::mem::take(&mut self.room);
        let filter = match SecurityGroup::read(self.inventory, &self.keys, at, room) {
            Ok(mut group) => {
                let lines = self.rooms.pop().unwrap_or_default();
                let filter = Filter::of(&mut group, shown, &subnet.network, self.tags, lines);
                self.room = group.rules;
                filter
            }
            Err(incomplete) => Filter::unread(Reason::of(&incomplete).about(id.name())),
        };
        let filter = Arc::new(filter);
        if self.filters.len() >= MAX_FILTERS {
            let dropped = self.filters.drain().filter_map(|(_, filter)| Arc::into_inner(filter));
            self.rooms.extend(dropped.map(|filter| {
                let mut lines = filter.lines;
                lines.clear();
                lines
            }));
        }
        self.filters.insert(number, Arc::clone(&filter));
        (number, filter)
    }

    fn unknown(&mut self, id: &str, reason: Reason) -> Numbered {
        // Odd numbers, so that they are never those of groups.
        let next = self.unread.len() * 2 + 1;
        let known = self.unread.entry(id.to_owned());
        known.or_insert_with(|| (next, Arc::new(Filter::unread(reason)))).clone()
    }
}
