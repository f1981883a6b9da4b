//! Address ranges: <https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-cidr>.

use super::{Failure, Outcome, Site, argument, integer_of};
use crate::source::arm::frame::Value;
use crate::source::code::network::{Network, low_bits};
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

fn network(arguments: &[Value], name: &str, site: &Site<'_>) -> Result<Network, Failure> {
    let text = site.exact(argument(arguments, 0, name)?)?;
    Network::parse(text)
        .ok_or_else(|| Failure::reason(format!("uses the address range {text:?}, which is none")))
}

fn written(network: Network, address: u128) -> String {
    Network { address, ..network }.host()
}

fn parse(arguments: &[Value], site: &Site<'_>) -> Outcome {
    let range = network(arguments, "parseCidr", site)?;
    let mut members =
        vec![("network", written(range, range.address)), ("netmask", written(range, range.mask()))];
    if range.width == 32 {
        members.push(("broadcast", written(range, range.last())));
    }
    // The usable addresses lie between the network's own and the broadcast's.
    let inner = u128::from(range.width == 32 && range.prefix < 31);
    members.push(("firstUsable", written(range, range.address + inner)));
    members.push(("lastUsable", written(range, range.last() - inner)));
    let mut out: Vec<_> =
        members.into_iter().map(|(name, text)| (name.to_owned(), Node::text(text, site.span))).collect();
    out.push((
        "cidr".to_owned(),
        Node::new(crate::source::code::node::Content::Number(range.prefix.into()), site.span),
    ));
    site.object(out)
}

fn subnet(arguments: &[Value], site: &Site<'_>) -> Outcome {
    let range = network(arguments, "cidrSubnet", site)?;
    let outside = || Failure::reason("takes a subnet that lies outside of its range");
    let prefix = u32::try_from(integer_of(argument(arguments, 1, "cidrSubnet")?)?).map_err(|_| outside())?;
    let index = u128::try_from(integer_of(argument(arguments, 2, "cidrSubnet")?)?).map_err(|_| outside())?;
    if prefix < range.prefix || prefix > range.width || index > low_bits(prefix - range.prefix) {
        return Err(outside());
    }
    let step = range.width - prefix;
    let first = range.address | index.checked_shl(step).unwrap_or_default();
    site.text(format!("{}/{prefix}", written(range, first)))
}

fn host(arguments: &[Value], site: &Site<'_>) -> Outcome {
    let range = network(arguments, "cidrHost", site)?;
    let outside = || Failure::reason("takes an address that lies outside of its range");
    let index = u128::try_from(integer_of(argument(arguments, 1, "cidrHost")?)?).map_err(|_| outside())?;
    // Index 0 is the first usable address.
    let inner = u128::from(range.width == 32 && range.prefix < 31);
    let address = range.address.checked_add(inner + index).ok_or_else(outside)?;
    if address > range.last() - inner {
        return Err(outside());
    }
    site.text(written(range, address))
}
