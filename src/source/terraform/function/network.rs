//! Networks, IPv4 and IPv6.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Body, Call, Needs};
use crate::source::terraform::budget::Failure;
use crate::source::terraform::value::{Outcome, Value};

pub(super) fn find(name: &str) -> Option<(Needs, Body)> {
    let body: Body = match name {
        "cidrhost" => host,
        "cidrnetmask" => |call| {
            let network = Network::parse(&call.text(0)?)?;
            if network.width != 32 {
                return Err(Failure::new("only IPv4 has masks"));
            }
            call.done_text(Network { address: network.mask(), ..network }.host())
        },
        "cidrsubnet" => subnet,
        "cidrsubnets" => subnets,
        "cidrcontains" => |call| {
            let (network, text) = (Network::parse(&call.text(0)?)?, call.text(1)?);
            let inner = Network::parse(&if text.contains('/') {
                text.to_string()
            } else {
                format!("{text}/{}", network.width)
            })?;
            let inside = inner.width == network.width
                && inner.prefix >= network.prefix
                && inner.address & network.mask() == network.address;
            call.done_bool(inside)
        },
        _ => return None,
    };
    Some((Needs::All, body))
}

/// A network; its address has no bits outside of the prefix.
#[derive(Clone, Copy)]
struct Network {
    address: u128,
    prefix: u32,
    width: u32,
}

impl Network {
    fn parse(text: &str) -> Result<Self, Failure> {
        let broken = || Failure::new(format!("'{text}' is no network, such as 10.0.0.0/16"));
        let (address, prefix) = text.split_once('/').ok_or_else(broken)?;
        let (address, width) = match address.parse::<IpAddr>().map_err(|_| broken())? {
            IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
            IpAddr::V6(address) => (u128::from(address), 128),
        };
        let digits = !prefix.is_empty() && prefix.bytes().all(|byte| byte.is_ascii_digit());
        let prefix = prefix.parse().ok().filter(|prefix| digits && *prefix <= width).ok_or_else(broken)?;
        let network = Self { address, prefix, width };
        Ok(Self { address: address & network.mask(), ..network })
    }

    fn mask(self) -> u128 {
        let host = self.width - self.prefix;
        let all = if self.width == 128 { u128::MAX } else { u128::from(u32::MAX) };
        all & u128::MAX.checked_shl(host).unwrap_or(0)
    }

    fn host(self) -> String {
        if self.width == 32 {
            Ipv4Addr::from(self.address as u32).to_string()
        } else {
            Ipv6Addr::from(self.address).to_string()
        }
    }

    fn written(self) -> String {
        format!("{}/{}", self.host(), self.prefix)
    }

    /// How many networks of a longer prefix lie in it; nothing for 2¹²⁸.
    fn size(self) -> Option<u128> {
        1_u128.checked_shl(self.width - self.prefix)
    }

    fn longer(self, bits: i64) -> Result<Self, Failure> {
        let prefix = i64::from(self.prefix).checked_add(bits).and_then(|prefix| u32::try_from(prefix).ok());
        let prefix = prefix.filter(|prefix| *prefix >= self.prefix && *prefix <= self.width);
        match prefix {
            Some(prefix) => Ok(Self { prefix, ..self }),
            None => Err(Failure::new(format!("a prefix of {} can't be {bits} bits longer", self.prefix))),
        }
    }
}

fn host(call: &Call<'_, '_, '_>) -> Outcome {
    let (network, number) = (Network::parse(&call.text(0)?)?, call.integer(1)?);
    let all = network.size().unwrap_or(u128::MAX);
    let distance = u128::from(number.unsigned_abs());
    let fits = if number < 0 { distance <= all } else { distance < all };
    if !fits {
        return Err(Failure::new(format!("{} has no host {number}", network.written())));
    }
    let offset = if number < 0 { all - distance } else { distance };
    Ok(Value::text(Network { address: network.address | offset, ..network }.host(), call.value(0)?.span))
}

fn subnet(call: &Call<'_, '_, '_>) -> Outcome {
    let (network, number) = (Network::parse(&call.text(0)?)?, call.integer(2)?);
    let longer = network.longer(call.integer(1)?)?;
    let count = 1_u128.checked_shl(longer.prefix - network.prefix).unwrap_or(u128::MAX);
    let at = u128::try_from(number).ok().filter(|at| *at < count);
    let at = at.ok_or_else(|| Failure::new(format!("{} has no subnet {number}", network.written())))?;
    let address = network.address | at.checked_shl(longer.width - longer.prefix).unwrap_or(0);
    Ok(Value::text(Network { address, ..longer }.written(), call.value(0)?.span))
}

/// One after the other, each aligned to its own size.
fn subnets(call: &Call<'_, '_, '_>) -> Outcome {
    let network = Network::parse(&call.text(0)?)?;
    let full = || Failure::new(format!("{} has no room for all subnets", network.written()));
    let mut all = Vec::new();
    let mut used = 0_u128;
    for at in 1..call.arguments.len() {
        let longer = network.longer(call.integer(at)?)?;
        let size = longer.size().ok_or_else(full)?;
        let offset = used.checked_next_multiple_of(size).ok_or_else(full)?;
        used = offset.checked_add(size).ok_or_else(full)?;
        if network.size().is_some_and(|all| used > all) {
            return Err(full());
        }
        let subnet = Network { address: network.address | offset, ..longer };
        all.push(Value::text(subnet.written(), call.span));
    }
    Value::list(all, call.span)
}
