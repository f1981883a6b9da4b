//! API Management.
//!
//! In the mode Internal the gateway has an address in its network only. In the mode External it answers at
//! port 443 whom the network security group of its subnet lets in; with the v2 tiers that mode is for calls out
//! only. Sources: <https://learn.microsoft.com/azure/api-management/virtual-network-concepts>,
//! <https://learn.microsoft.com/azure/api-management/private-endpoint>.

use super::ask::Ask;
use super::reach::Reach;
use super::spec::{Code, Spec};
use super::subnet;
use crate::analysis::exposure::address::AddressSet;
use crate::inventory::index::ResourceIndex;

const SERVICE: &str = "Microsoft.ApiManagement/service";
const MODE: &str = "properties.virtualNetworkType";
const SUBNET: &str = "properties.virtualNetworkConfiguration.subnetResourceId";

pub(super) const SPECS: &[Spec] = &[Spec {
    code: Code::Firewall(gateway),
    more: &[(SERVICE, None, &[MODE, SUBNET, "sku.name"])],
    ..Spec::of(SERVICE)
}];

fn gateway(ask: &Ask<'_>, at: ResourceIndex) -> Reach {
    let tier = ask.text(at, "sku.name").unwrap_or_default().unwrap_or_default();
    let mode = match ask.text(at, MODE) {
        Ok(mode) => mode.unwrap_or_else(|| "None".to_owned()),
        Err(reason) => return Reach::doubtful(reason),
    };
    let mut open = Reach::default();
    open.says(ask.step(at, MODE, format!("is {mode}")));
    match mode.to_ascii_lowercase().as_str() {
        "internal" => Reach::closed(ask.step(at, MODE, "is Internal")),
        "external" if !tier.to_ascii_lowercase().ends_with("v2") => {
            open.lets_in(AddressSet::public());
            open.behind(subnet::behind(ask, at, SUBNET, &[443]))
        }
        "none" | "external" => {
            open.lets_in(AddressSet::public());
            open
        }
        _ => Reach::doubtful(ask.strange(at, MODE)),
    }
}
