//! What conditions of rule files range over or look up: lists, children, referrers, other resources, addresses.

use super::compile::Compiler;
use super::compile_condition::{Scope, Side};
use super::model::{Absent, AbsentList, Condition, Order, Over, Path, Quantifier, Slot, Within};
use super::properties::{Lookup, Shape};
use super::yaml::{Data, Node, Position};
use crate::inventory::reads::{Supply, supply};

/// Keys by which something is ranged over.
pub(super) const RANGE_KEYS: &[&str] =
    &["in", "children", "referrers", "resources", "at", "to", "within", "of", "as", "absent"];

impl Compiler<'_> {
    /// What a quantifier, `each` or `addresses` ranges over, with the slot of an element.
    pub(super) fn over(
        &mut self,
        node: &Node,
        quantifier: Quantifier,
        scope: Scope,
        side: Side,
    ) -> Option<(Over, u8)> {
        let of = match node.get("of") {
            Some(of) => self.path(of).map(|path| path.slot)?,
            None => 0,
        };
        let kinds = ["in", "children", "referrers", "resources"];
        let found: Vec<_> =
            kinds.into_iter().filter_map(|kind| node.get(kind).map(|inner| (kind, inner))).collect();
        let [(kind, inner)] = found.as_slice() else {
            self.complain(
                node.at,
                "exactly one of `in`, `children`, `referrers`, `resources` is needed",
                None,
            );
            return None;
        };
        let (over, slot) = match *kind {
            "in" => {
                let path = self.path(inner)?;
                let from = self.slots.get(usize::from(path.slot))?.clone();
                let joined = crate::inventory::path::join(path.names.iter().map(String::as_str));
                let list = crate::inventory::path::below(&from.prefix, &joined);
                let suffix = self.element_suffix(from.types.first()?, &list, inner.at)?;
                let absent = self.absent_list(node, inner.at, quantifier, scope, side)?;
                let slot = Slot { name: String::new(), types: from.types, prefix: format!("{list}{suffix}") };
                (Over::Elements { path, absent }, slot)
            }
            "children" => {
                let kind = self.resource_type(inner)?;
                if matches!(supply(&kind), Supply::Row | Supply::Graph | Supply::Tenant) {
                    let message = format!("{kind} has no resources as parents");
                    self.complain(inner.at, message, Some(format!("range over `resources: {kind}`")));
                    return None;
                }
                let slot = Slot { name: String::new(), types: vec![kind.clone()], prefix: String::new() };
                (Over::Children { slot: of, resource_type: kind }, slot)
            }
            "resources" => {
                let kind = self.resource_type(inner)?;
                let slot = Slot { name: String::new(), types: vec![kind.clone()], prefix: String::new() };
                let within = self.within(node)?;
                (Over::Resources { slot: of, resource_type: kind, within }, slot)
            }
            _ => {
                let kind = self.resource_type(inner)?;
                let at = self.required(node, "at")?;
                let path = self.text(at)?;
                self.check_path(&kind, &path, at.at)?;
                let slot = Slot { name: String::new(), types: vec![kind.clone()], prefix: String::new() };
                let over = match node.get("to") {
                    Some(to) => {
                        let to = self.path(to)?;
                        Over::Matches { to, resource_type: kind, path, within: self.within(node)? }
                    }
                    None => Over::Referrers { slot: of, resource_type: kind, path },
                };
                (over, slot)
            }
        };
        self.check_range_keys(node, kind);
        let slot = self.bind(node.get("as"), node.at, slot)?;
        Some((over, slot))
    }

    /// Complains about keys that belong to another kind of range.
    fn check_range_keys(&mut self, node: &Node, kind: &str) {
        let joined = node.get("to").is_some();
        for (key, fits) in [
            ("absent", kind == "in"),
            ("at", kind == "referrers"),
            ("to", kind == "referrers"),
            ("of", kind != "in" && !joined),
            ("within", kind == "resources" || joined),
        ] {
            if let Some(inner) = node.get(key)
                && !fits
            {
                self.complain(inner.at, format!("`{key}` means nothing beside this `{kind}`"), None);
            }
        }
    }

    fn within(&mut self, node: &Node) -> Option<Within> {
        let Some(inner) = node.get("within") else {
            return Some(Within::Tenant);
        };
        match self.one_of(inner, &["tenant", "subscription", "resource_group"])?.as_str() {
            "subscription" => Some(Within::Subscription),
            "resource_group" => Some(Within::ResourceGroup),
            _ => Some(Within::Tenant),
        }
    }

    fn element_suffix(&mut self, kind: &str, list: &str, at: Position) -> Option<&'static str> {
        let table = self.type_table(kind)?;
        let suffix = match table.find(list) {
            Lookup::Known(property) => match property.shape {
                Shape::Array | Shape::Any => "[*]",
                Shape::Object => ".{*}",
                _ => {
                    self.complain(at, format!("`{list}` is no list and no map"), None);
                    return None;
                }
            },
            _ => "[*]",
        };
        Some(suffix)
    }

    fn absent_list(
        &mut self,
        node: &Node,
        at: Position,
        quantifier: Quantifier,
        scope: Scope,
        side: Side,
    ) -> Option<AbsentList> {
        let word = match node.get("absent").map(|absent| (&absent.data, absent.at)) {
            None => {
                self.complain(
                    at,
                    "`absent` is missing: say what it means when Azure returns no list",
                    Some("`empty`, `fail`, `pass` or `unknown`".into()),
                );
                return None;
            }
            Some((Data::Text(word), at)) => (word.as_str(), at),
            Some((_, at)) => ("", at),
        };
        let _ = quantifier;
        match word.0 {
            "empty" => Some(AbsentList::Empty),
            "unknown" => Some(AbsentList::Unknown),
            "fail" | "pass" if scope == Scope::Decides => {
                Some(AbsentList::Holds((word.0 == "fail") == (side == Side::Fail)))
            }
            _ => {
                self.complain(word.1, "expected `empty`, `fail`, `pass` or `unknown`", None);
                None
            }
        }
    }

    pub(super) fn quantified(
        &mut self,
        node: &Node,
        quantifier: Quantifier,
        scope: Scope,
        side: Side,
    ) -> Option<Condition> {
        let mut allowed = [RANGE_KEYS, &["where"]].concat();
        if matches!(quantifier, Quantifier::Count(..)) {
            allowed.extend(["below", "at_most", "at_least", "above"]);
        }
        self.check_keys(node, &allowed);
        let inner_side = match quantifier {
            Quantifier::None | Quantifier::Count(Order::Below | Order::AtMost, _) => side.turned(),
            _ => side,
        };
        let (over, slot) = self.over(node, quantifier, scope, side)?;
        let matching = match node.get("where") {
            Some(inner) => self.condition(inner, scope, inner_side)?,
            None => Condition::All(Vec::new()),
        };
        self.unbind(slot);
        Some(Condition::Quantified { quantifier, over, slot, matching: Box::new(matching) })
    }

    /// Ends the scope of a name: the slot stays, so that each binding has its own.
    fn unbind(&mut self, slot: u8) {
        if let Some(slot) = self.slots.get_mut(usize::from(slot)) {
            slot.name.insert(0, '\u{0}');
        }
    }

    pub(super) fn lookup(&mut self, node: &Node, scope: Scope, side: Side) -> Option<Condition> {
        self.check_keys(node, &["path", "type", "ancestor", "as", "absent", "missing", "where"]);
        let ancestor = node.get("ancestor");
        let path = match node.get("path") {
            Some(inner) => self.path(inner)?,
            None if ancestor.is_some() => Path::default(),
            None => self.required(node, "path").and(None)?,
        };
        let kind = match ancestor {
            Some(inner) => inner,
            None => self.required(node, "type")?,
        };
        let resource_type = self.resource_type(kind)?;
        // A resource has its own id.
        let absent = if path.names.is_empty() && node.get("absent").is_none() {
            Absent::Unknown
        } else {
            self.tri(node, "absent", scope, side)?
        };
        let ancestor = ancestor.is_some();
        let missing = self.tri(node, "missing", scope, side)?;
        let slot = Slot { name: String::new(), types: vec![resource_type.clone()], prefix: String::new() };
        let slot = self.bind(node.get("as"), node.at, slot)?;
        let matching = match node.get("where") {
            Some(inner) => self.condition(inner, scope, side),
            None => Some(Condition::All(Vec::new())),
        };
        self.unbind(slot);
        Some(Condition::Lookup {
            path,
            ancestor,
            absent,
            resource_type,
            missing,
            slot,
            matching: Box::new(matching?),
        })
    }

    /// `fail`, `pass` or `unknown`; where only what is looked at is chosen, `true`, `false` or `unknown`.
    pub(super) fn tri(&mut self, node: &Node, key: &str, scope: Scope, side: Side) -> Option<Absent> {
        let inner = self.required(node, key)?;
        match (&inner.data, scope) {
            (Data::Text(word), _) if word == "unknown" => Some(Absent::Unknown),
            (Data::Text(word), Scope::Decides) if word == "fail" || word == "pass" => {
                Some(Absent::Holds((word == "fail") == (side == Side::Fail)))
            }
            (Data::Bool(value), Scope::Applies) => Some(Absent::Holds(*value)),
            _ => {
                let expected = match scope {
                    Scope::Decides => "expected `fail`, `pass` or `unknown`",
                    Scope::Applies => "expected true, false or `unknown`",
                };
                self.complain(inner.at, expected, None);
                None
            }
        }
    }

    pub(super) fn addresses(&mut self, node: &Node, scope: Scope, side: Side) -> Option<Condition> {
        self.check_keys(node, &[RANGE_KEYS, &["prefix", "first", "last", "wider_than"]].concat());
        let listed =
            ["in", "children", "referrers", "resources"].into_iter().any(|kind| node.get(kind).is_some());
        let (over, slot) = if listed {
            let (over, slot) = self.over(node, Quantifier::Any, scope, side)?;
            (Some(over), slot)
        } else {
            (None, 0)
        };
        let first = node.get("prefix").or_else(|| node.get("first"));
        let Some(first) = first else {
            self.complain(node.at, "`prefix`, or `first` and `last`, is missing", None);
            return None;
        };
        let first = self.path(first)?;
        let last = match node.get("last") {
            Some(last) => Some(self.path(last)?),
            None => None,
        };
        let wide = self.required(node, "wider_than")?;
        let wider_than = match wide.data {
            Data::Number(number) if (0.0..=32.0).contains(&number) => number as u8,
            _ => {
                self.complain(wide.at, "expected the length of an IPv4 prefix, 0 to 32", None);
                return None;
            }
        };
        if over.is_some() {
            self.unbind(slot);
        }
        Some(Condition::Addresses { over, slot, first, last, wider_than })
    }
}
