//! What packets can go to: the configurations of network interfaces and of scale sets' models.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

use super::answer::Reason;
use super::view::{Reference, View, unread};
use crate::inventory::index::{Inventory, ResourceIndex};

pub(super) const INTERFACE: &str = "Microsoft.Network/networkInterfaces";
pub(super) const MACHINE: &str = "Microsoft.Compute/virtualMachines";
pub(super) const SCALE_SET: &str = "Microsoft.Compute/virtualMachineScaleSets";

/// A network interface, or one that each instance of a scale set gets.
#[derive(Debug)]
pub(super) struct Holder {
    pub(super) id: String,
    pub(super) resource: ResourceIndex,
    pub(super) machine: Option<String>,
    pub(super) machine_at: Option<ResourceIndex>,
    pub(super) group: Reference,
    pub(super) is_private_endpoint: bool,
    pub(super) forwards: bool,
    pub(super) targets: Vec<Target>,
    /// Why its configurations are not known.
    pub(super) unread: Option<Reason>,
}

/// One configuration of an interface.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) id: String,
    pub(super) ip: Option<IpAddr>,
    pub(super) is_v6: bool,
    pub(super) is_primary: bool,
    pub(super) subnet: Reference,
    /// Folded ids of its application security groups.
    pub(super) groups: Vec<String>,
    pub(super) public: Public,
    /// Folded ids of pools and translation rules that it is in.
    pub(super) joined: Vec<String>,
}

/// The public address of a configuration.
#[derive(Debug)]
pub(super) enum Public {
    /// None, or a resource.
    Address(Reference),
    /// Each instance gets one of its own; its SKU where it is said.
    Each(Option<String>),
}

const JOINS: [&str; 4] = [
    "loadBalancerBackendAddressPools",
    "loadBalancerInboundNatRules",
    "loadBalancerInboundNatPools",
    "applicationGatewayBackendAddressPools",
];

/// All interfaces, then all scale sets without known instances, each in order of ids. They are read anew
/// each time: a hundred thousand of them in memory at once would be more than the answers.
pub(super) struct Holders<'a> {
    inventory: &'a Inventory,
    /// Machines by the folded ids of interfaces that they name.
    machines: HashMap<String, ResourceIndex>,
    /// Folded ids.
    sets_with_instances: HashSet<String>,
}

impl<'a> Holders<'a> {
    pub(super) fn of(inventory: &'a Inventory) -> Self {
        let mut machines: HashMap<String, ResourceIndex> = HashMap::new();
        let mut sets_with_instances = HashSet::new();
        for &machine in inventory.of_type(MACHINE) {
            let body = View::of(inventory, machine).at("properties");
            for interface in body.at("networkProfile.networkInterfaces").items() {
                machines.extend(interface.at("id").reference().folded().map(|id| (id, machine)));
            }
            sets_with_instances.extend(body.at("virtualMachineScaleSet.id").reference().folded());
        }
        Self { inventory, machines, sets_with_instances }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Holder> {
        let interfaces = self.inventory.of_type(INTERFACE).iter();
        let interfaces = interfaces.map(|at| interface(self.inventory, *at, &self.machines));
        let is_alone =
            |at: &&ResourceIndex| !self.sets_with_instances.contains(&self.inventory.get(**at).id.folded());
        let sets = self.inventory.of_type(SCALE_SET).iter().filter(is_alone);
        interfaces.chain(sets.flat_map(|at| scale_set(self.inventory, *at)))
    }
}

fn interface(inventory: &Inventory, at: ResourceIndex, machines: &HashMap<String, ResourceIndex>) -> Holder {
    let resource = inventory.get(at);
    let id = resource.id.as_str();
    let body = View::of(inventory, at).at("properties");
    let named = body.at("virtualMachine.id").reference();
    // Either end may say that they belong together.
    let machine_at = match &named {
        Reference::Id(machine) => inventory.find(machine),
        _ => None,
    };
    let machine_at = machine_at.or_else(|| machines.get(&resource.id.folded()).copied());
    let machine = match (machine_at, named) {
        (Some(at), _) => Some(inventory.get(at).id.as_str().to_owned()),
        (None, Reference::Id(machine)) => Some(machine.as_str().to_owned()),
        (None, _) => None,
    };
    Holder {
        id: id.to_owned(),
        resource: at,
        machine,
        machine_at,
        group: body.at("networkSecurityGroup.id").reference(),
        is_private_endpoint: body.at("privateEndpoint.id").exists(),
        forwards: body.at("enableIPForwarding").flag() == Some(true),
        targets: body.at("ipConfigurations").items().map(|config| target(config, id)).collect(),
        unread: unread(inventory, at),
    }
}

fn scale_set(inventory: &Inventory, at: ResourceIndex) -> Vec<Holder> {
    let resource = inventory.get(at);
    let id = resource.id.as_str();
    let holder = |name: &str| Holder {
        id: format!("{id}/networkInterfaceConfigurations/{name}"),
        resource: at,
        machine: Some(id.to_owned()),
        machine_at: Some(at),
        group: Reference::None,
        is_private_endpoint: false,
        forwards: false,
        targets: Vec::new(),
        unread: None,
    };
    if let Some(reason) = unread(inventory, at) {
        return vec![Holder { unread: Some(reason), ..holder("unread") }];
    }
    let profile = View::of(inventory, at).at("properties.virtualMachineProfile.networkProfile");
    let configurations = profile.at("networkInterfaceConfigurations").items();
    configurations
        .map(|configuration| {
            let holder = holder(configuration.at("name").text().unwrap_or_default());
            let body = configuration.at("properties");
            let targets = body.at("ipConfigurations").items();
            Holder {
                group: body.at("networkSecurityGroup.id").reference(),
                forwards: body.at("enableIPForwarding").flag() == Some(true),
                targets: targets.map(|config| target(config, &holder.id)).collect(),
                ..holder
            }
        })
        .collect()
}

fn target(config: View<'_>, holder: &str) -> Target {
    let body = config.at("properties");
    let id = config.at("id").text().map_or_else(
        || format!("{holder}/ipConfigurations/{}", config.at("name").text().unwrap_or_default()),
        str::to_owned,
    );
    let ids = |list: &str| body.at(list).items().filter_map(|item| item.at("id").reference().folded());
    let ip = body.at("privateIPAddress").text().and_then(|text| text.parse().ok());
    let each = body.at("publicIPAddressConfiguration");
    Target {
        id,
        ip,
        is_v6: match ip {
            Some(ip) => ip.is_ipv6(),
            None => body
                .at("privateIPAddressVersion")
                .text()
                .is_some_and(|version| version.eq_ignore_ascii_case("ipv6")),
        },
        is_primary: body.at("primary").flag() == Some(true),
        subnet: body.at("subnet.id").reference(),
        groups: ids("applicationSecurityGroups").collect(),
        public: if each.exists() {
            Public::Each(each.at("sku.name").text().map(str::to_owned))
        } else {
            Public::Address(body.at("publicIPAddress.id").reference())
        },
        joined: JOINS.iter().flat_map(|list| ids(list)).collect(),
    }
}
