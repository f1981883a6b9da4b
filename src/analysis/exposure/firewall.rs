//! Ways through Azure Firewall: destination translation (DNAT).
//!
//! A translation rule takes clients by its sources, at a public address and port of the firewall, and
//! opens them a way to a private address; both addresses of a packet are translated, so that the filters
//! before the machine see one of the firewall's own subnet. Rules go by priority, the first that matches
//! speaks. A policy does not inherit its parent's translation rules. Sources:
//! <https://learn.microsoft.com/azure/firewall/rule-processing>,
//! <https://learn.microsoft.com/azure/firewall-manager/policy-overview> ("NAT rule collections aren't
//! inherited"), <https://techcommunity.microsoft.com/blog/azurenetworksecurityblog/azure-firewall-nat-behaviors/3825834>.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use super::address::AddressSet;
use super::answer::{PublicEnd, Reason, Step};
use super::interval::IntervalSet;
use super::network::Networks;
use super::protocol::Protocol;
use super::public_address;
use super::service_tag::ServiceTags;
use super::view::{Reference, View, look_up, unread};
use super::way::{PortMap, Seen, Sku, Way};
use super::ways::{Scope, Ways};
use crate::inventory::id::ResourceId;
use crate::inventory::index::{Completeness, Inventory, ResourceIndex};

pub(super) const FIREWALL: &str = "Microsoft.Network/azureFirewalls";
pub(super) const POLICY: &str = "Microsoft.Network/firewallPolicies";
pub(super) const RULE_GROUP: &str = "Microsoft.Network/firewallPolicies/ruleCollectionGroups";
pub(super) const IP_GROUP: &str = "Microsoft.Network/ipGroups";

/// Adds the ways through all firewalls.
pub(super) fn add(inventory: &Inventory, tags: &ServiceTags, networks: &mut Networks<'_>, ways: &mut Ways) {
    for &at in inventory.of_type(FIREWALL) {
        if let Some(reason) = unread(inventory, at) {
            ways.everywhere(Way::perhaps(Seen::SomeProxy, Sku::Open, reason));
            continue;
        }
        let firewall = Firewall::read(inventory, at, networks);
        let (rules, gap) = firewall.rules(inventory, at, tags);
        if let Some(reason) = gap {
            ways.everywhere(Way::perhaps(firewall.seen.clone(), Sku::Open, reason));
        }
        firewall.add(&rules, ways);
    }
}

/// A firewall with what it listens on.
struct Firewall {
    at: ResourceIndex,
    publics: Vec<(Option<IpAddr>, Arc<PublicEnd>, Arc<Step>)>,
    scope: Scope,
    seen: Seen,
}

/// One translation rule.
struct Rule {
    id: String,
    protocols: Vec<Protocol>,
    clients: AddressSet,
    /// Why there may be more clients.
    more: Option<Reason>,
    /// Destinations; `None` for any.
    to: Option<AddressSet>,
    front: IntervalSet<u16>,
    back: Option<u16>,
    address: Option<IpAddr>,
}

impl Firewall {
    fn read(inventory: &Inventory, at: ResourceIndex, networks: &mut Networks<'_>) -> Self {
        let body = View::of(inventory, at).at("properties");
        let mut publics = Vec::new();
        let (mut scope, mut seen) = (Scope::Anywhere, Seen::SomeProxy);
        for config in body.at("ipConfigurations").items() {
            let config = config.at("properties");
            if let Reference::Id(id) = config.at("subnet.id").reference() {
                let subnet = networks.subnet(&id);
                let near = id.parent().map(|network| networks.near(&network)).unwrap_or_default();
                scope = Scope::Networks(Arc::new(near));
                if !subnet.prefixes.is_empty() {
                    seen = Seen::Proxy(subnet.prefixes.clone());
                }
            }
            if let Some(Ok(public)) = public_address::held(inventory, config) {
                publics.push((public.address, public.end, public.step));
            }
        }
        // A firewall in a virtual WAN's hub has addresses of its own, and reaches what is connected there.
        for entry in body.at("hubIPAddresses.publicIPs.addresses").items() {
            let Some(text) = entry.at("address").text() else { continue };
            let id = inventory.get(at).id.as_str();
            let end = PublicEnd { address: text.to_owned(), id: id.to_owned() };
            let step = Step::new(id, Some(at), format!("has the public address {text}"));
            publics.push((text.parse().ok(), Arc::new(end), Arc::new(step)));
        }
        Self { at, publics, scope, seen }
    }

    /// All translation rules in the order they are asked, and what was not read of them.
    fn rules(
        &self,
        inventory: &Inventory,
        at: ResourceIndex,
        tags: &ServiceTags,
    ) -> (Vec<Rule>, Option<Reason>) {
        let body = View::of(inventory, at).at("properties");
        let reader = Reader { inventory, tags };
        let id = inventory.get(at).id.as_str();
        let mut collections = Vec::new();
        for collection in body.at("natRuleCollections").items() {
            let inner = collection.at("properties");
            let name = collection.at("name").text().unwrap_or_default();
            collections.push((
                0,
                priority(inner),
                reader.collection(inner, &format!("{id}/natRuleCollections/{name}")),
            ));
        }
        let gap = match body.at("firewallPolicy.id").reference() {
            Reference::None => None,
            Reference::Unknown => Some(Reason::new(format!("the policy of {id} is not known"))),
            Reference::Id(policy) => reader.policy(&policy, &mut collections),
        };
        collections.sort_by_key(|(group, own, _)| (*group, *own));
        (collections.into_iter().flat_map(|(_, _, rules)| rules).collect(), gap)
    }

    fn add(&self, rules: &[Rule], ways: &mut Ways) {
        for (address, end, step) in &self.publics {
            // What earlier rules took at this address.
            let mut taken: Vec<(&Rule, AddressSet)> = Vec::new();
            for rule in rules {
                let meant = match (&rule.to, address) {
                    (None, _) => true,
                    (Some(to), Some(address)) => to.contains(*address),
                    // An address that isn't known may be meant.
                    (Some(to), None) => to.meets(AddressSet::public()),
                };
                if !meant {
                    continue;
                }
                let unsure = (address.is_none() && rule.to.is_some())
                    .then(|| Reason::new(format!("the address of {} is not known", end.id)));
                for protocol in &rule.protocols {
                    for (low, high) in rule.pieces(&taken, *protocol) {
                        let earlier = taken.iter().filter(|(known, _)| {
                            known.protocols.contains(protocol) && known.front.contains(low)
                        });
                        let clients =
                            earlier.fold(rule.clients.clone(), |rest, (_, gone)| rest.difference(gone));
                        let front = IntervalSet::of(low, high);
                        self.way(rule, *protocol, front, clients, unsure.clone(), (end, step), ways);
                    }
                }
                taken.push((rule, rule.clients.clone()));
            }
        }
    }

    #[allow(clippy::too_many_arguments, reason = "one call")]
    fn way(
        &self,
        rule: &Rule,
        protocol: Protocol,
        front: IntervalSet<u16>,
        clients: AddressSet,
        unsure: Option<Reason>,
        (end, step): (&Arc<PublicEnd>, &Arc<Step>),
        ways: &mut Ways,
    ) {
        let shown = super::cidr::ports(&front);
        let to = rule.back.map_or_else(|| shown.clone(), |back| back.to_string());
        let says = format!("translates {} port {shown} to port {to} (firewall DNAT)", protocol.word());
        let way = |clients: AddressSet, doubt: Option<Reason>| Way {
            public: Arc::clone(end),
            families: (true, false),
            protocols: vec![protocol],
            ports: match rule.back {
                Some(back) => PortMap::To { front: front.clone(), back },
                None => PortMap::Only(front.clone()),
            },
            clients: Some(Arc::new(clients)),
            seen: self.seen.clone(),
            floating: None,
            sku: Sku::Open,
            steps: vec![Arc::clone(step), Arc::new(Step::new(&*rule.id, Some(self.at), says.clone()))],
            doubt: doubt.map(Arc::new),
        };
        let mut all = Vec::new();
        if !clients.is_empty() {
            all.push(way(clients, unsure));
        }
        if let Some(reason) = &rule.more {
            all.push(way(AddressSet::everything().difference(&rule.clients), Some(reason.clone())));
        }
        for way in all {
            match rule.address {
                Some(address) => ways.to_address(address, self.scope.clone(), way),
                None => ways.to_name(self.scope.clone(), way),
            }
        }
    }
}

impl Rule {
    /// The rule's ports, cut where earlier rules begin or end.
    fn pieces(&self, taken: &[(&Self, AddressSet)], protocol: Protocol) -> Vec<(u16, u16)> {
        let mut starts = BTreeSet::new();
        for (rule, _) in taken.iter().filter(|(rule, _)| rule.protocols.contains(&protocol)) {
            for (low, high) in rule.front.intervals() {
                starts.insert(*low);
                starts.extend(high.checked_add(1));
            }
        }
        let mut out = Vec::new();
        for &(low, high) in self.front.intervals() {
            let mut from = low;
            for start in starts.range(low..=high).filter(|start| **start > low) {
                out.push((from, start - 1));
                from = *start;
            }
            out.push((from, high));
        }
        out
    }
}

fn priority(body: View<'_>) -> u16 {
    body.at("priority").port().unwrap_or(u16::MAX)
}

struct Reader<'r> {
    inventory: &'r Inventory,
    tags: &'r ServiceTags,
}

type Collections = Vec<(u16, u16, Vec<Rule>)>;

impl Reader<'_> {
    /// The translation rules of a policy.
    fn policy(&self, id: &ResourceId, out: &mut Collections) -> Option<Reason> {
        let at = match look_up(self.inventory, id, POLICY) {
            Ok(at) => at,
            Err(reason) => return Some(reason),
        };
        let mut gap = match self.inventory.children_complete(at, RULE_GROUP) {
            Completeness::Complete => None,
            incomplete @ Completeness::Incomplete { .. } => Some(Reason::of(&incomplete).about(id.name())),
        };
        for group in self.inventory.children(at, RULE_GROUP) {
            gap = gap.or_else(|| unread(self.inventory, group));
            let body = View::of(self.inventory, group).at("properties");
            let own = self.inventory.get(group).id.as_str();
            for collection in body.at("ruleCollections").items() {
                let kind =
                    collection.at("ruleCollectionType").text().unwrap_or("FirewallPolicyNatRuleCollection");
                if !kind.eq_ignore_ascii_case("FirewallPolicyNatRuleCollection") {
                    continue;
                }
                let name = collection.at("name").text().unwrap_or_default();
                out.push((
                    priority(body),
                    priority(collection),
                    self.collection(collection, &format!("{own}#{name}")),
                ));
            }
        }
        gap
    }

    fn collection(&self, body: View<'_>, id: &str) -> Vec<Rule> {
        // Classic firewalls keep source translation beside destination translation.
        let action = body.at("action.type").text().unwrap_or("DNAT");
        if !action.eq_ignore_ascii_case("DNAT") {
            return Vec::new();
        }
        body.at("rules").items().filter_map(|rule| self.rule(rule, id)).collect()
    }

    fn rule(&self, body: View<'_>, id: &str) -> Option<Rule> {
        let translated = body.at("translatedAddress").text();
        let name = body.at("translatedFqdn").text();
        if translated.is_none() && name.is_none() {
            return None;
        }
        let (clients, more) = self.sources(body);
        let destinations: Vec<&str> = body.at("destinationAddresses").texts().collect();
        let any = |text: &&str| matches!(*text, "*" | "0.0.0.0/0") || text.eq_ignore_ascii_case("any");
        let to = (!destinations.is_empty() && !destinations.iter().any(any)).then(|| {
            let sets: Vec<_> = destinations.iter().filter_map(|text| AddressSet::parse(text)).collect();
            AddressSet::union_of(&sets)
        });
        let front = body.at("destinationPorts").texts().filter_map(|text| {
            let (low, high) = match text {
                "*" => ("1", "65535"),
                text => text.split_once('-').unwrap_or((text, text)),
            };
            Some((low.trim().parse().ok()?, high.trim().parse().ok()?))
        });
        let protocols: Vec<Protocol> = body
            .at("ipProtocols")
            .texts()
            .chain(body.at("protocols").texts())
            .filter_map(Protocol::of)
            .collect();
        let ported: Vec<Protocol> = protocols.into_iter().filter(|protocol| protocol.has_ports()).collect();
        let rule = body.at("name").text().unwrap_or_default();
        Some(Rule {
            id: format!("{id}/{rule}"),
            // Any, or a word that is new: TCP and UDP are what is translated.
            protocols: if ported.is_empty() { vec![Protocol::Tcp, Protocol::Udp] } else { ported },
            clients,
            more,
            to,
            front: IntervalSet::from_intervals(front),
            back: body.at("translatedPort").port().filter(|port| *port > 0),
            address: translated.and_then(|text| text.parse().ok()),
        })
    }

    /// The clients of a rule, and why there may be more.
    fn sources(&self, body: View<'_>) -> (AddressSet, Option<Reason>) {
        let (mut sets, mut gap) = (Vec::new(), None);
        let mut take = |text: &str| match text.to_ascii_lowercase().as_str() {
            "*" | "any" | "internet" => sets.push(AddressSet::everything()),
            _ => match AddressSet::parse(text).or_else(|| self.tags.find(text)) {
                Some(set) => sets.push(set),
                None => gap = Some(Reason::new(format!("{text:?} as a source is unknown"))),
            },
        };
        body.at("sourceAddresses").texts().for_each(&mut take);
        let mut unread_group = None;
        for group in body.at("sourceIpGroups").items() {
            match group.reference() {
                Reference::Id(id) => match look_up(self.inventory, &id, IP_GROUP) {
                    Ok(at) => {
                        View::of(self.inventory, at).at("properties.ipAddresses").texts().for_each(&mut take);
                    }
                    Err(reason) => unread_group = Some(reason),
                },
                Reference::None | Reference::Unknown => {
                    unread_group = Some(Reason::new("an IP group is not known"));
                }
            }
        }
        (AddressSet::union_of(&sets), unread_group.or(gap))
    }
}
