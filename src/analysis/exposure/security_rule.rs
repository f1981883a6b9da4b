//! Security rules of network security groups: from a body to the packets it matches.

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

/// An inbound rule.
#[derive(Debug)]
pub(super) struct SecurityRule {
    pub(super) at: ResourceIndex,
    pub(super) priority: i64,
    pub(super) allow: bool,
    pub(super) packets: Packets,
    pub(super) sources: Vec<Source>,
}

/// One source of a rule, and the property that names it.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) path: String,
    pub(super) text: String,
    pub(super) peers: Peers,
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
            properties.and_then(|properties| properties.member(key)).filter(|value| **value != Value::Null)
        };
        let text = |key: Key| member(key).and_then(Value::as_str);
        let priority = member(keys.priority).and_then(Value::as_number).map(|number| number as i64);
        let unclear = |reason: String| Unclear { from: priority.unwrap_or(0), reason };
        match text(keys.direction).map(str::to_ascii_lowercase).as_deref() {
            Some("outbound") => return Ok(None),
            Some("inbound") => {}
            other => {
                return Err(unclear(format!("direction {:?} is unknown", other.unwrap_or_default())));
            }
        }
        let priority = priority.ok_or_else(|| unclear("it has no priority".into()))?;
        let allow = match text(keys.access).map(str::to_ascii_lowercase).as_deref() {
            Some("allow") => true,
            Some("deny") => false,
            other => {
                return Err(unclear(format!("access {:?} is unknown", other.unwrap_or_default())));
            }
        };
        let protocols = match text(keys.protocol).map(str::to_ascii_lowercase).as_deref() {
            Some("*" | "any") => IntervalSet::of(0, u8::MAX),
            Some("tcp") => IntervalSet::of(TCP, TCP),
            Some("udp") => IntervalSet::of(UDP, UDP),
            Some("icmp") => IntervalSet::from_intervals([(1, 1), (58, 58)]),
            Some("esp") => IntervalSet::of(50, 50),
            Some("ah") => IntervalSet::of(51, 51),
            other => {
                return Err(unclear(format!("protocol {:?} is unknown", other.unwrap_or_default())));
            }
        };
        let sources = peers(&keys.source, keys.id, &member).map_err(unclear)?;
        let targets = peers(&keys.destination, keys.id, &member).map_err(unclear)?;
        let join = |all: &[Source]| all.iter().fold(Peers::none(), |sum, source| sum.union(&source.peers));
        let every_port = || IntervalSet::of(0, u16::MAX);
        let from_ports = ports(&keys.source, &member).map_err(unclear)?.unwrap_or_else(every_port);
        let to_ports = match ports(&keys.destination, &member).map_err(unclear)? {
            Some(ports) => ports,
            // Protocols without ports.
            None if !protocols.contains(TCP) && !protocols.contains(UDP) => every_port(),
            None => return Err(unclear("it has no destination port".into())),
        };
        let packets = Packets { from: join(&sources), to: join(&targets), from_ports, to_ports, protocols };
        Ok(Some(Self { at, priority, allow, packets, sources }))
    }
}

/// The texts of a singular property and its plural, each with its path.
fn texts<'a>(
    singular: (Key, &str),
    plural: (Key, &str),
    member: &dyn Fn(Key) -> Option<&'a Value>,
) -> Result<Vec<(String, String)>, String> {
    let mut out = Vec::new();
    let as_text = |value: &Value, path: String| match value {
        Value::String(text) => Ok((path, text.to_string())),
        // Ports are sometimes sent as numbers.
        Value::Number(number) => Ok((path, number.to_string())),
        _ => Err(format!("{path} is no text")),
    };
    if let Some(value) = member(singular.0).filter(|value| value.as_str() != Some("")) {
        out.push(as_text(value, format!("properties.{}", singular.1))?);
    }
    match member(plural.0) {
        Some(Value::Array(items)) => {
            for (index, item) in items.iter().enumerate() {
                out.push(as_text(item, format!("properties.{}[{index}]", plural.1))?);
            }
        }
        Some(_) => return Err(format!("properties.{} is no list", plural.1)),
        None => {}
    }
    Ok(out)
}

fn peers<'a>(side: &Side, id: Key, member: &dyn Fn(Key) -> Option<&'a Value>) -> Result<Vec<Source>, String> {
    let singular = format!("{}AddressPrefix", side.name);
    let plural = format!("{singular}es");
    let mut out = Vec::new();
    for (path, text) in texts((side.prefix, &singular), (side.prefixes, &plural), member)? {
        // Some tools write lists into the singular field.
        for part in text.split(',').map(str::trim) {
            let peers = peers_of(part, side.name == "destination");
            let peers = peers.ok_or_else(|| format!("{path} {part:?} is unknown"))?;
            out.push(Source { path: path.clone(), text: part.to_owned(), peers });
        }
    }
    if let Some(Value::Array(items)) = member(side.groups) {
        for (index, item) in items.iter().enumerate() {
            let path = format!("properties.{}ApplicationSecurityGroups[{index}].id", side.name);
            let text = item.member(id).and_then(Value::as_str).ok_or_else(|| format!("{path} is missing"))?;
            let peers = Peers { addresses: AddressSet::default(), symbols: Symbols::one(text) };
            out.push(Source { path, text: text.to_owned(), peers });
        }
    }
    if out.is_empty() {
        return Err(format!("it has no {} address", side.name));
    }
    Ok(out)
}

/// The ports of one side; `None` when it names none.
fn ports<'a>(
    side: &Side,
    member: &dyn Fn(Key) -> Option<&'a Value>,
) -> Result<Option<IntervalSet<u16>>, String> {
    let singular = format!("{}PortRange", side.name);
    let plural = format!("{singular}s");
    let mut intervals = Vec::new();
    for (path, text) in texts((side.port, &singular), (side.ports, &plural), member)? {
        for part in text.split(',').map(str::trim) {
            intervals.push(port_range(part).ok_or_else(|| format!("{path} {part:?} is no port range"))?);
        }
    }
    Ok((!intervals.is_empty()).then(|| IntervalSet::from_intervals(intervals)))
}

fn port_range(text: &str) -> Option<(u16, u16)> {
    if text == "*" {
        return Some((0, u16::MAX));
    }
    let (low, high) = text.split_once('-').unwrap_or((text, text));
    let (low, high) = (low.trim().parse().ok()?, high.trim().parse().ok()?);
    (low <= high).then_some((low, high))
}

/// `*`, a service tag, or a literal prefix. A destination of an inbound rule always lies in the virtual
/// network, so the tag `VirtualNetwork` means all of it there.
fn peers_of(text: &str, is_destination: bool) -> Option<Peers> {
    let known = |addresses| Some(Peers { addresses, symbols: Symbols::none() });
    match text.to_ascii_lowercase().as_str() {
        "*" | "any" => Some(Peers::all()),
        // Everything outside of the virtual network, Azure's own public addresses included.
        "internet" => Some(Peers {
            addresses: AddressSet::public().clone(),
            symbols: Symbols::AllBut(["virtualnetwork".to_owned()].into()),
        }),
        "virtualnetwork" if is_destination => Some(Peers::all()),
        "virtualnetwork" => Some(Peers {
            addresses: AddressSet::everything().difference(AddressSet::public()),
            symbols: Symbols::one("virtualnetwork"),
        }),
        // The load balancer's probes come from this one address.
        "azureloadbalancer" => known(AddressSet::parse("168.63.129.16")?),
        "" => None,
        _ if text.starts_with(|symbol: char| symbol.is_ascii_digit()) || text.contains(':') => {
            known(AddressSet::parse(text)?)
        }
        // Any other service tag: addresses we don't know here, none of them the Internet at large.
        tag if tag.chars().all(|symbol| symbol.is_ascii_alphanumeric() || ".-_".contains(symbol)) => {
            Some(Peers { addresses: AddressSet::default(), symbols: Symbols::one(tag) })
        }
        _ => None,
    }
}
