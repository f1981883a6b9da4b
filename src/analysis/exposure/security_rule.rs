//! Security rules of network security groups: from a body to the packets it matches.

use std::borrow::Cow;
use std::sync::Arc;

use compact_str::CompactString;
use smallvec::SmallVec;

use super::address::AddressSet;
use super::interval::IntervalSet;
use super::region::{Packets, Peers, Symbols};
use crate::inventory::index::{Inventory, ResourceIndex};
use crate::inventory::value::{Key, Keys, Value};

/// Type of the rules.
pub const SECURITY_RULE: &str = "Microsoft.Network/networkSecurityGroups/securityRules";

/// Everything that is read of a security rule.
pub const READS: [&str; 14] = [
    "properties.priority",
    "properties.direction",
    "properties.access",
    "properties.protocol",
    "properties.sourceAddressPrefix",
    "properties.sourceAddressPrefixes[*]",
    "properties.sourceApplicationSecurityGroups[*].id",
    "properties.sourcePortRange",
    "properties.sourcePortRanges[*]",
    "properties.destinationAddressPrefix",
    "properties.destinationAddressPrefixes[*]",
    "properties.destinationApplicationSecurityGroups[*].id",
    "properties.destinationPortRange",
    "properties.destinationPortRanges[*]",
];

/// IANA number of TCP.
pub const TCP: u8 = 6;
/// IANA number of UDP.
pub const UDP: u8 = 17;

/// The protocols that a rule can name, as ranges of IANA numbers.
const PROTOCOLS: [(&str, &[(u8, u8)]); 7] = [
    ("*", &[(0, u8::MAX)]),
    ("any", &[(0, u8::MAX)]),
    ("tcp", &[(TCP, TCP)]),
    ("udp", &[(UDP, UDP)]),
    ("icmp", &[(1, 1), (58, 58)]),
    ("esp", &[(50, 50)]),
    ("ah", &[(51, 51)]),
];

/// An inbound rule.
#[derive(Debug)]
pub(super) struct SecurityRule {
    pub(super) at: ResourceIndex,
    pub(super) name: CompactString,
    pub(super) priority: i64,
    pub(super) allow: bool,
    pub(super) sources: Sources,
    pub(super) targets: Sources,
    pub(super) from_ports: IntervalSet<u16>,
    pub(super) to_ports: IntervalSet<u16>,
    pub(super) protocols: IntervalSet<u8>,
}

/// One end's sources or destinations; nearly always a single one.
pub(super) type Sources = SmallVec<[Source; 1]>;

/// One source or destination of a rule, and the property that names it.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) field: Field,
    pub(super) text: CompactString,
    pub(super) meaning: Meaning,
}

/// What a source or destination stands for.
#[derive(Clone, Debug)]
pub(super) enum Meaning {
    /// A word that means the same for everyone.
    Word(Word),
    /// A prefix, an address or a range.
    Addresses(Arc<AddressSet>),
    /// Any other service tag: addresses we don't know here, none of them the Internet at large.
    Tag,
    /// An application security group.
    Group,
}

/// The property that names a source.
#[derive(Clone, Copy, Debug)]
pub(super) enum Field {
    Prefix,
    Prefixes(usize),
    Group(usize),
}

impl Source {
    /// The packets' sources (of an inbound rule) that are meant.
    pub(super) fn peers(&self) -> Peers {
        let known = |addresses| Peers { addresses, symbols: Symbols::none() };
        let named = |addresses| Peers { addresses, symbols: Symbols::one(&self.text) };
        match &self.meaning {
            Meaning::Word(Word::Any) => Peers::all(),
            // Everything outside of the virtual network, Azure's own public addresses included.
            Meaning::Word(Word::Internet) => Peers {
                addresses: AddressSet::public().clone(),
                symbols: Symbols::AllBut(["virtualnetwork".to_owned()].into()),
            },
            Meaning::Word(Word::Network) => named(AddressSet::private().clone()),
            Meaning::Word(Word::LoadBalancer) => known(super::network::host()),
            Meaning::Addresses(addresses) => known(addresses.as_ref().clone()),
            Meaning::Tag | Meaning::Group => named(AddressSet::default()),
        }
    }

    /// The packets' destinations that are meant. Those of an inbound rule always lie in the virtual
    /// network, so the tag `VirtualNetwork` means all of it there.
    fn destinations(&self) -> Peers {
        match self.meaning {
            Meaning::Word(Word::Network) => Peers::all(),
            _ => self.peers(),
        }
    }

    /// The path of the property in the rule's body.
    pub(super) fn path(&self) -> Cow<'static, str> {
        match self.field {
            Field::Prefix => "properties.sourceAddressPrefix".into(),
            Field::Prefixes(index) => format!("properties.sourceAddressPrefixes[{index}]").into(),
            Field::Group(index) => format!("properties.sourceApplicationSecurityGroups[{index}].id").into(),
        }
    }
}

/// A rule that can't be understood; from its priority on nothing is clear.
pub(super) struct Unclear {
    pub(super) from: i64,
    pub(super) reason: String,
}

/// The properties of a rule as interned keys, looked up once for all rules.
pub(super) struct FieldKeys {
    id: Key,
    properties: Key,
    priority: Key,
    direction: Key,
    access: Key,
    protocol: Key,
    source: Side,
    destination: Side,
}

/// The properties that name one end of the traffic.
struct Side {
    name: &'static str,
    prefix: Key,
    prefixes: Key,
    groups: Key,
    port: Key,
    ports: Key,
}

impl Side {
    fn of(name: &'static str, keys: &Keys) -> Self {
        let key = |rest: &str| keys.find(&format!("{name}{rest}")).unwrap_or_default();
        Self {
            name,
            prefix: key("AddressPrefix"),
            prefixes: key("AddressPrefixes"),
            groups: key("ApplicationSecurityGroups"),
            port: key("PortRange"),
            ports: key("PortRanges"),
        }
    }
}

impl FieldKeys {
    pub(super) fn of(keys: &Keys) -> Self {
        let key = |name: &str| keys.find(name).unwrap_or_default();
        Self {
            id: key("id"),
            properties: key("properties"),
            priority: key("priority"),
            direction: key("direction"),
            access: key("access"),
            protocol: key("protocol"),
            source: Side::of("source", keys),
            destination: Side::of("destination", keys),
        }
    }
}

impl SecurityRule {
    /// Reads a rule; `None` for an outbound one.
    pub(super) fn read(
        inventory: &Inventory,
        keys: &FieldKeys,
        at: ResourceIndex,
    ) -> Result<Option<Self>, Unclear> {
        let properties = inventory.get(at).value.member(keys.properties);
        let member = |key: Key| {
            properties
                .and_then(|properties| properties.member(key))
                .filter(|value| !matches!(value, Value::Null))
        };
        let text = |key: Key| member(key).and_then(Value::as_str);
        let priority = member(keys.priority).and_then(Value::as_number).map(|number| number as i64);
        let unclear = |reason: String| Unclear { from: priority.unwrap_or(0), reason };
        let odd = |name: &str, key: Key| {
            unclear(format!("{name} {:?} is unknown", text(key).unwrap_or_default().to_ascii_lowercase()))
        };
        match one_of(text(keys.direction), &[("inbound", true), ("outbound", false)]) {
            Some(true) => {}
            Some(false) => return Ok(None),
            None => return Err(odd("direction", keys.direction)),
        }
        let priority = priority.ok_or_else(|| unclear("it has no priority".into()))?;
        let allow = one_of(text(keys.access), &[("allow", true), ("deny", false)]);
        let allow = allow.ok_or_else(|| odd("access", keys.access))?;
        let protocols = one_of(text(keys.protocol), &PROTOCOLS);
        let protocols = protocols.ok_or_else(|| odd("protocol", keys.protocol))?;
        let protocols = IntervalSet::from_intervals(protocols.iter().copied());
        let sources = peers(&keys.source, keys.id, &member).map_err(unclear)?;
        let targets = peers(&keys.destination, keys.id, &member).map_err(unclear)?;
        let every_port = || IntervalSet::of(0, u16::MAX);
        let from_ports = ports(&keys.source, &member).map_err(unclear)?.unwrap_or_else(every_port);
        let to_ports = match ports(&keys.destination, &member).map_err(unclear)? {
            Some(ports) => ports,
            // Protocols without ports.
            None if !protocols.contains(TCP) && !protocols.contains(UDP) => every_port(),
            None => return Err(unclear("it has no destination port".into())),
        };
        let name = inventory.get(at).id.name().into();
        Ok(Some(Self { at, name, priority, allow, sources, targets, from_ports, to_ports, protocols }))
    }

    /// The packets that it matches.
    pub(super) fn packets(&self) -> Packets {
        let join = |all: &[Source], peers: fn(&Source) -> Peers| {
            all.iter().fold(Peers::none(), |sum, source| sum.union(&peers(source)))
        };
        Packets {
            from: join(&self.sources, Source::peers),
            to: join(&self.targets, Source::destinations),
            from_ports: self.from_ports.clone(),
            to_ports: self.to_ports.clone(),
            protocols: self.protocols.clone(),
        }
    }
}

/// The word, without letter case, out of some that stands there.
fn one_of<T: Clone>(text: Option<&str>, words: &[(&str, T)]) -> Option<T> {
    let found = words.iter().find(|(word, _)| text.is_some_and(|text| text.eq_ignore_ascii_case(word)));
    found.map(|(_, meaning)| meaning.clone())
}

/// Takes a text and its place in the plural property; `None` for the singular one.
type Take<'t> = dyn FnMut(Option<usize>, &str) -> Result<(), String> + 't;

/// Hands on the texts of a singular property and its plural, each with its place in the plural. Ports are
/// sometimes sent as numbers.
fn texts<'a>(
    singular: Key,
    plural: Key,
    member: &dyn Fn(Key) -> Option<&'a Value>,
    wrong: &dyn Fn(&str) -> String,
    take: &mut Take<'_>,
) -> Result<(), String> {
    let as_text = |value: &'a Value| match value {
        Value::String(text) => Ok(Cow::Borrowed(text.as_str())),
        Value::Number(number) => Ok(Cow::Owned(number.to_string())),
        _ => Err(wrong("is no text")),
    };
    if let Some(value) = member(singular).filter(|value| value.as_str() != Some("")) {
        take(None, &as_text(value)?)?;
    }
    match member(plural) {
        Some(Value::Array(items)) => {
            for (index, item) in items.iter().enumerate() {
                take(Some(index), &as_text(item)?)?;
            }
        }
        Some(_) => return Err(wrong("is no list")),
        None => {}
    }
    Ok(())
}

fn peers<'a>(side: &Side, id: Key, member: &dyn Fn(Key) -> Option<&'a Value>) -> Result<Sources, String> {
    let wrong = |what: &str| format!("its {} address {what}", side.name);
    let mut out = Sources::new();
    texts(side.prefix, side.prefixes, member, &wrong, &mut |index, text| {
        // Some tools write lists into the singular field.
        for part in text.split(',').map(str::trim) {
            let meaning = Meaning::of(part).ok_or_else(|| wrong(&format!("{part:?} is unknown")))?;
            let field = index.map_or(Field::Prefix, Field::Prefixes);
            out.push(Source { field, text: part.into(), meaning });
        }
        Ok(())
    })?;
    if let Some(Value::Array(items)) = member(side.groups) {
        for (index, item) in items.iter().enumerate() {
            let text = item.member(id).and_then(Value::as_str);
            let text = text.ok_or_else(|| wrong("names an application security group without id"))?;
            out.push(Source { field: Field::Group(index), text: text.into(), meaning: Meaning::Group });
        }
    }
    if out.is_empty() {
        return Err(wrong("is missing"));
    }
    Ok(out)
}

/// The ports of one side; `None` when it names none.
fn ports<'a>(
    side: &Side,
    member: &dyn Fn(Key) -> Option<&'a Value>,
) -> Result<Option<IntervalSet<u16>>, String> {
    let wrong = |what: &str| format!("its {} port {what}", side.name);
    let mut intervals: SmallVec<[(u16, u16); 4]> = SmallVec::new();
    texts(side.port, side.ports, member, &wrong, &mut |_, text| {
        for part in text.split(',').map(str::trim) {
            intervals.push(port_range(part).ok_or_else(|| wrong(&format!("{part:?} is no range")))?);
        }
        Ok(())
    })?;
    Ok((!intervals.is_empty()).then(|| IntervalSet::from_intervals(intervals)))
}

pub(super) fn port_range(text: &str) -> Option<(u16, u16)> {
    if text == "*" {
        return Some((0, u16::MAX));
    }
    let (low, high) = text.split_once('-').unwrap_or((text, text));
    let (low, high) = (low.trim().parse().ok()?, high.trim().parse().ok()?);
    (low <= high).then_some((low, high))
}

impl Meaning {
    /// `*`, a service tag, or a literal prefix.
    fn of(text: &str) -> Option<Self> {
        if text.starts_with(|symbol: char| symbol.is_ascii_digit()) || text.contains(':') {
            return AddressSet::parse(text).map(Arc::new).map(Self::Addresses);
        }
        let is_name = |text: &str| {
            !text.is_empty()
                && text.chars().all(|symbol| symbol.is_ascii_alphanumeric() || ".-_".contains(symbol))
        };
        Word::of(text).map(Self::Word).or_else(|| is_name(text).then_some(Self::Tag))
    }
}

/// The words that mean the same for everyone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// `*`
    Any,
    /// `Internet`
    Internet,
    /// `VirtualNetwork`
    Network,
    /// `AzureLoadBalancer`
    LoadBalancer,
}

impl Word {
    /// The word that a prefix is, without letter case.
    fn of(text: &str) -> Option<Self> {
        one_of(
            Some(text),
            &[
                ("*", Self::Any),
                ("any", Self::Any),
                ("internet", Self::Internet),
                ("virtualnetwork", Self::Network),
                ("azureloadbalancer", Self::LoadBalancer),
            ],
        )
    }
}
