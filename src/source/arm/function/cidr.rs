//! Address ranges: <https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-cidr>.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Failure, Outcome, Site, argument, integer_of};
use crate::source::arm::frame::Value;
use crate::source::code::node::Node;

/// Calls a function of this family.
pub(super) fn call(name: &str, arguments: &[Value], site: &Site<'_>) -> Option<Outcome> {
    let outcome = match name {
        "parsecidr" => parse(arguments, site),
        "cidrsubnet" => subnet(arguments, site),
        "cidrhost" => host(arguments, site),
        _ => return None,
    };
    Some(outcome)
}

/// A range: its first address as a number, how many bits its addresses have, and its prefix.
struct Range {
    first: u128,
    bits: u32,
    prefix: u32,
}

impl Range {
    fn of(arguments: &[Value], name: &str, site: &Site<'_>) -> Result<Self, Failure> {
        let text = site.exact(argument(arguments, 0, name)?)?;
        let wrong = || Failure::reason(format!("uses the address range {text:?}, which is none"));
        let (address, prefix) = text.split_once('/').ok_or_else(wrong)?;
        let (number, bits) = match address.parse().map_err(|_| wrong())? {
            IpAddr::V4(address) => (u128::from(address.to_bits()), 32),
            IpAddr::V6(address) => (address.to_bits(), 128),
        };
        let prefix: u32 = prefix.parse().ok().filter(|prefix| *prefix <= bits).ok_or_else(wrong)?;
        let range = Self { first: 0, bits, prefix };
        Ok(Self { first: number & !range.hosts(), ..range })
    }

    /// The bits that tell the addresses of the range apart.
    fn hosts(&self) -> u128 {
        low_bits(self.bits - self.prefix)
    }

    fn last(&self) -> u128 {
        self.first | self.hosts()
    }

    fn written(&self, address: u128) -> String {
        if self.bits == 32 {
            Ipv4Addr::from_bits(address as u32).to_string()
        } else {
            Ipv6Addr::from_bits(address).to_string()
        }
    }
}

fn low_bits(count: u32) -> u128 {
    1u128.checked_shl(count).map_or(u128::MAX, |bit| bit - 1)
}

fn parse(arguments: &[Value], site: &Site<'_>) -> Outcome {
    let range = Range::of(arguments, "parseCidr", site)?;
    let mask = low_bits(range.bits) & !range.hosts();
    let mut members = vec![("network", range.written(range.first)), ("netmask", range.written(mask))];
    if range.bits == 32 {
        members.push(("broadcast", range.written(range.last())));
    }
    // The usable addresses lie between the network's own and the broadcast's.
    let inner = u128::from(range.bits == 32 && range.prefix < 31);
    members.push(("firstUsable", range.written(range.first + inner)));
    members.push(("lastUsable", range.written(range.last() - inner)));
    let mut out: Vec<_> =
        members.into_iter().map(|(name, text)| (name.to_owned(), Node::text(text, site.span))).collect();
    out.push((
        "cidr".to_owned(),
        Node::new(crate::source::code::node::Content::Number(range.prefix.into()), site.span),
    ));
    site.object(out)
}

fn subnet(arguments: &[Value], site: &Site<'_>) -> Outcome {
    let range = Range::of(arguments, "cidrSubnet", site)?;
    let outside = || Failure::reason("takes a subnet that lies outside of its range");
    let prefix = u32::try_from(integer_of(argument(arguments, 1, "cidrSubnet")?)?).map_err(|_| outside())?;
    let index = u128::try_from(integer_of(argument(arguments, 2, "cidrSubnet")?)?).map_err(|_| outside())?;
    if prefix < range.prefix || prefix > range.bits || index > low_bits(prefix - range.prefix) {
        return Err(outside());
    }
    let step = range.bits - prefix;
    let first = range.first | index.checked_shl(step).unwrap_or_default();
    site.text(format!("{}/{prefix}", range.written(first)))
}

fn host(arguments: &[Value], site: &Site<'_>) -> Outcome {
    let range = Range::of(arguments, "cidrHost", site)?;
    let outside = || Failure::reason("takes an address that lies outside of its range");
    let index = u128::try_from(integer_of(argument(arguments, 1, "cidrHost")?)?).map_err(|_| outside())?;
    // Index 0 is the first usable address.
    let inner = u128::from(range.bits == 32 && range.prefix < 31);
    let address = range.first.checked_add(inner + index).ok_or_else(outside)?;
    if address > range.last() - inner {
        return Err(outside());
    }
    site.text(range.written(address))
}
