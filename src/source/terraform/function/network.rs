//! Networks, IPv4 and IPv6.

use super::{Body, Call, Needs};
use crate::source::code::network::Network;
use crate::source::terraform::budget::Failure;
use crate::source::terraform::value::{Outcome, Value};

pub(super) fn find(name: &str) -> Option<(Needs, Body)> {
    let body: Body = match name {
        "cidrhost" => host,
        "cidrnetmask" => |call| {
            let network = parse(&call.text(0)?)?;
            if network.width != 32 {
                return Err(Failure::new("only IPv4 has masks"));
            }
            call.done_text(Network { address: network.mask(), ..network }.host())
        },
        "cidrsubnet" => subnet,
        "cidrsubnets" => subnets,
        "cidrcontains" => |call| {
            let (network, text) = (parse(&call.text(0)?)?, call.text(1)?);
            let inner = parse(&if text.contains('/') {
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

fn parse(text: &str) -> Result<Network, Failure> {
    Network::parse(text).ok_or_else(|| Failure::new(format!("'{text}' is no network, such as 10.0.0.0/16")))
}

/// How many addresses lie in it; nothing for 2¹²⁸.
fn addresses(network: Network) -> Option<u128> {
    network.hosts().checked_add(1)
}

/// The first network in it with a prefix that is that much longer.
fn longer(network: Network, bits: i64) -> Result<Network, Failure> {
    let prefix = i64::from(network.prefix).checked_add(bits).and_then(|prefix| u32::try_from(prefix).ok());
    let prefix = prefix.filter(|prefix| *prefix >= network.prefix && *prefix <= network.width);
    match prefix {
        Some(prefix) => Ok(Network { prefix, ..network }),
        None => Err(Failure::new(format!("a prefix of {} can't be {bits} bits longer", network.prefix))),
    }
}

fn host(call: &Call<'_, '_, '_>) -> Outcome {
    let (network, number) = (parse(&call.text(0)?)?, call.integer(1)?);
    let all = addresses(network).unwrap_or(u128::MAX);
    let distance = u128::from(number.unsigned_abs());
    let fits = if number < 0 { distance <= all } else { distance < all };
    if !fits {
        return Err(Failure::new(format!("{network} has no host {number}")));
    }
    let offset = if number < 0 { all - distance } else { distance };
    Ok(Value::text(Network { address: network.address | offset, ..network }.host(), call.value(0)?.span))
}

fn subnet(call: &Call<'_, '_, '_>) -> Outcome {
    let (network, number) = (parse(&call.text(0)?)?, call.integer(2)?);
    let longer = longer(network, call.integer(1)?)?;
    let count = 1_u128.checked_shl(longer.prefix - network.prefix).unwrap_or(u128::MAX);
    let at = u128::try_from(number).ok().filter(|at| *at < count);
    let at = at.ok_or_else(|| Failure::new(format!("{network} has no subnet {number}")))?;
    let address = network.address | at.checked_shl(longer.width - longer.prefix).unwrap_or(0);
    Ok(Value::text(Network { address, ..longer }.to_string(), call.value(0)?.span))
}

/// One after the other, each aligned to its own size.
fn subnets(call: &Call<'_, '_, '_>) -> Outcome {
    let network = parse(&call.text(0)?)?;
    let full = || Failure::new(format!("{network} has no room for all subnets"));
    let mut all = Vec::new();
    let mut used = 0_u128;
    for at in 1..call.arguments.len() {
        let longer = longer(network, call.integer(at)?)?;
        let size = addresses(longer).ok_or_else(full)?;
        let offset = used.checked_next_multiple_of(size).ok_or_else(full)?;
        used = offset.checked_add(size).ok_or_else(full)?;
        if addresses(network).is_some_and(|all| used > all) {
            return Err(full());
        }
        let subnet = Network { address: network.address | offset, ..longer };
        all.push(Value::text(subnet.to_string(), call.span));
    }
    Value::list(all, call.span)
}
