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
    /// `reachable: { from: internet, protocols: [Tcp], ports: [22, 3389], of: machine }`.
    pub(super) fn reachable(&mut self, node: &Node) -> Option<Reachable> {
        self.check_keys(node, &["from", "protocols", "ports", "of"]);
        let slot = match node.get("of") {
            None => 0,
            Some(of) => {
                let name = self.text(of)?;
                let known = self.slots.iter().position(|slot| !slot.name.is_empty() && slot.name == name);
                match known.and_then(|slot| u8::try_from(slot).ok()) {
                    Some(slot) => slot,
                    None => {
                        self.complain(of.at, format!("`{name}` is bound to nothing"), None);
                        return None;
                    }
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
        let from = match self.one_of(from, &["internet", "anyone"])?.as_str() {
            "internet" => ReachableFrom::Internet,
            _ => ReachableFrom::Anyone,
        };
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
        Some(Reachable { slot, from, protocols, ports })
    }
}
