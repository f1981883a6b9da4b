//! What a rule file asks of a network security group.

use super::compile::Compiler;
use super::model::{NsgInbound, NsgPorts, NsgSource};
use super::yaml::{Data, Node};

impl Compiler<'_> {
    pub(super) fn nsg_inbound(&mut self, node: &Node) -> Option<NsgInbound> {
        const NSG: &str = "Microsoft.Network/networkSecurityGroups";
        self.check_keys(node, &["from", "protocols", "ports", "except_ports", "more_ports_than"]);
        if self.slots[0].types != [NSG] {
            self.complain(
                node.at,
                "`nsg_inbound` is asked of network security groups only",
                Some(format!("resource: {NSG}")),
            );
            return None;
        }
        let from = self.required(node, "from")?;
        let from = match &from.data {
            Data::Map(_) => {
                self.check_keys(from, &["service_tags"]);
                let tags = self.required(from, "service_tags")?;
                NsgSource::ServiceTags(self.texts(tags))
            }
            _ => match self.one_of(from, &["internet", "broad-prefixes"])?.as_str() {
                "internet" => NsgSource::Internet,
                _ => NsgSource::BroadPrefixes,
            },
        };
        let protocols = self.required(node, "protocols")?;
        let protocols = match &protocols.data {
            Data::List(items) => items.iter().filter_map(|item| self.one_of(item, &["Tcp", "Udp"])).collect(),
            _ => vec![self.one_of(protocols, &["Tcp", "Udp"])?],
        };
        let asked: Vec<_> = ["ports", "except_ports", "more_ports_than"]
            .into_iter()
            .filter_map(|key| node.get(key).map(|node| (key, node)))
            .collect();
        let [(key, ports)] = asked.as_slice() else {
            self.complain(
                node.at,
                "exactly one of `ports`, `except_ports` and `more_ports_than` is needed",
                None,
            );
            return None;
        };
        let to = match *key {
            "ports" => NsgPorts::Any(self.ports(ports)?),
            "except_ports" => NsgPorts::Except(self.ports(ports)?),
            _ => match ports.data {
                Data::Number(number) if (0.0..65536.0).contains(&number) => NsgPorts::MoreThan(number as u32),
                _ => {
                    self.complain(ports.at, "expected a number of ports", None);
                    return None;
                }
            },
        };
        Some(NsgInbound { from, protocols, to })
    }

    pub(super) fn ports(&mut self, node: &Node) -> Option<Vec<(u16, u16)>> {
        let Data::List(items) = &node.data else {
            self.complain(node.at, "expected a list of ports", None);
            return None;
        };
        let mut out = Vec::new();
        for item in items {
            let text = match &item.data {
                Data::Number(number) => number.to_string(),
                Data::Text(text) => text.clone(),
                _ => String::new(),
            };
            let (low, high) = text.split_once('-').unwrap_or((&text, &text));
            match (low.parse::<u16>(), high.parse::<u16>()) {
                (Ok(low), Ok(high)) if low <= high => out.push((low, high)),
                _ => {
                    self.complain(
                        item.at,
                        format!("`{text}` is no port and no range"),
                        Some("3389, or \"5985-5986\"".into()),
                    );
                    return None;
                }
            }
        }
        Some(out)
    }
}
