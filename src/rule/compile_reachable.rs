//! What a rule file asks of network exposure.

use super::compile::Compiler;
use super::model::{Reachable, ReachableFrom};
use super::yaml::{Data, Node};

/// The types that exposure answers for.
const TYPES: [&str; 3] = [
    "Microsoft.Compute/virtualMachines",
    "Microsoft.Network/networkInterfaces",
    "Microsoft.Compute/virtualMachineScaleSets",
];

impl Compiler<'_> {
    /// `reachable: { from: internet, protocols: [Tcp], ports: [22, 3389], of: machine, directly: true }`.
    pub(super) fn reachable(&mut self, node: &Node) -> Option<Reachable> {
        self.check_keys(node, &["from", "protocols", "ports", "of", "directly"]);
        let slot = match node.get("of") {
            None => 0,
            Some(of) => {
                let name = self.text(of)?;
                let known = self.slots.iter().position(|slot| !slot.name.is_empty() && slot.name == name);
                if let Some(slot) = known.and_then(|slot| u8::try_from(slot).ok()) {
                    slot
                } else {
                    self.complain(of.at, format!("`{name}` is bound to nothing"), None);
                    return None;
                }
            }
        };
        let bound = self.slots.get(usize::from(slot))?;
        if !bound.prefix.is_empty() || !bound.types.iter().all(|kind| TYPES.contains(&kind.as_str())) {
            self.complain(
                node.at,
                "`reachable` is asked of machines, interfaces and scale sets only",
                Some(format!("one of: {}", TYPES.join(", "))),
            );
            return None;
        }
        let from = self.required(node, "from")?;
        let from = match self.one_of(from, &["internet", "anyone", "networks"])?.as_str() {
            "internet" => ReachableFrom::Internet,
            "anyone" => ReachableFrom::Anyone,
            _ => ReachableFrom::Networks,
        };
        let directly = match node.get("directly") {
            None => false,
            Some(Node { data: Data::Bool(directly), .. }) => *directly,
            Some(other) => {
                self.complain(other.at, "expected true or false", None);
                return None;
            }
        };
        if directly && from == ReachableFrom::Networks {
            let help = Some("from: internet".to_owned());
            self.complain(node.at, "`networks` asks for no ways, so `directly` says nothing", help);
        }
        let words = ["Tcp", "Udp", "Icmp", "Esp", "Ah"];
        let protocols = match node.get("protocols") {
            None => words.map(str::to_owned).into(),
            Some(list) => match &list.data {
                Data::List(items) => items.iter().filter_map(|item| self.one_of(item, &words)).collect(),
                _ => vec![self.one_of(list, &words)?],
            },
        };
        let ports = match node.get("ports") {
            None => Vec::new(),
            Some(list) => {
                if protocols.iter().any(|word| !["Tcp", "Udp"].contains(&word.as_str())) {
                    let help = Some("protocols: [Tcp]".to_owned());
                    self.complain(list.at, "only Tcp and Udp have `ports`", help);
                }
                self.ports(list)?
            }
        };
        Some(Reachable { slot, from, protocols, ports, directly })
    }
}
