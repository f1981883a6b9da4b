//! Public addresses and prefixes: what stands at the outer end of a way.

use std::net::IpAddr;
use std::sync::Arc;

use super::answer::{PublicEnd, Reason, Step};
use super::view::{Reference, View, look_up};
use super::way::Sku;
use crate::inventory::id::ResourceId;
use crate::inventory::index::Inventory;

pub(super) const ADDRESS: &str = "Microsoft.Network/publicIPAddresses";
pub(super) const PREFIX: &str = "Microsoft.Network/publicIPPrefixes";

/// A public address, read or not.
#[derive(Clone, Debug)]
pub(super) struct PublicAddress {
    pub(super) end: Arc<PublicEnd>,
    pub(super) address: Option<IpAddr>,
    /// Families that it has; both where that is not known.
    pub(super) families: (bool, bool),
    pub(super) sku: Sku,
    pub(super) step: Arc<Step>,
}

/// The address that something holds at `publicIPAddress.id` or `publicIPPrefix.id`; `None` where it holds
/// none. An address that was not read is still one.
pub(super) fn held(inventory: &Inventory, body: View<'_>) -> Option<Result<PublicAddress, Reason>> {
    for (path, kind) in [("publicIPAddress.id", ADDRESS), ("publicIPPrefix.id", PREFIX)] {
        match body.at(path).reference() {
            Reference::None => {}
            Reference::Unknown => return Some(Err(Reason::new("its public address is not known"))),
            Reference::Id(id) => return Some(Ok(read(inventory, &id, kind))),
        }
    }
    None
}

/// The address or prefix with this id.
pub(super) fn read(inventory: &Inventory, id: &ResourceId, kind: &str) -> PublicAddress {
    let at = look_up(inventory, id, kind).ok();
    let body = at.map(|at| View::of(inventory, at));
    let text = |path: &str| body.and_then(|body| body.at(path).text());
    let shown = text("properties.ipAddress").or_else(|| text("properties.ipPrefix")).unwrap_or_default();
    let address: Option<IpAddr> = shown.split('/').next().and_then(|text| text.parse().ok());
    let families = match (address, text("properties.publicIPAddressVersion"), at) {
        (Some(address), ..) => (address.is_ipv4(), address.is_ipv6()),
        (None, Some(version), _) => {
            let v6 = version.eq_ignore_ascii_case("ipv6");
            (!v6, v6)
        }
        // Without a word on it, an address is IPv4.
        (None, None, Some(_)) => (true, false),
        (None, None, None) => (true, true),
    };
    let sku = text("sku.name");
    let says = match (shown, sku) {
        ("", None) => "is a public address".to_owned(),
        ("", Some(sku)) => format!("is a public address ({sku}), with no address assigned now"),
        (shown, None) => format!("is the public address {shown}"),
        (shown, Some(sku)) => format!("is the public address {shown} ({sku})"),
    };
    let id = at.map_or(id, |at| &inventory.get(at).id).as_str();
    PublicAddress {
        end: Arc::new(PublicEnd { address: shown.to_owned(), id: id.to_owned() }),
        address,
        families,
        sku: Sku::of(sku),
        step: Arc::new(Step::new(id, at, says)),
    }
}
