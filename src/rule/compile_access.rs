//! What a rule file asks of who may do what.

use super::compile::Compiler;
use super::compile_condition::{Scope, Side};
use super::model::{Absent, Condition, Order};
use super::model_access::{AccessOf, AccessTest, Asked, Breadth};
use super::yaml::{Data, Node};

const KEYS: [&str; 12] = [
    "of",
    "grants",
    "grants_all",
    "data",
    "at",
    "outside",
    "conditional",
    "eligible",
    "lacking",
    "lacking_data",
    "borrows",
    "count",
];

impl Compiler<'_> {
    pub(super) fn access(&mut self, node: &Node, scope: Scope, side: Side) -> Option<Condition> {
        self.check_keys(node, &KEYS);
        let of = self.required(node, "of")?;
        let of = match &of.data {
            Data::Map(_) => {
                self.check_keys(of, &["principal"]);
                let principal = self.required(of, "principal")?;
                AccessOf::Principal(self.path(principal)?)
            }
            _ => match self.one_of(of, &["identity", "anyone"])?.as_str() {
                "identity" => AccessOf::Identity,
                _ => AccessOf::Anyone,
            },
        };
        let anyone = of == AccessOf::Anyone;
        for (key, fits) in [
            ("at", !anyone),
            ("outside", !anyone),
            ("lacking", anyone),
            ("lacking_data", anyone),
            ("borrows", anyone),
            ("count", anyone),
        ] {
            if let Some(inner) = node.get(key)
                && !fits
            {
                self.complain(inner.at, format!("`{key}` means nothing beside this `of`"), None);
            }
        }
        let every = node.get("grants_all").is_some();
        if every && (node.get("grants").is_some() || node.get("data").is_some()) {
            self.complain(
                node.at,
                "`grants_all` stands alone",
                Some("`grants` and `data`: any of them".into()),
            );
        }
        let mut grants = self.actions(node, "grants", false);
        grants.extend(self.actions(node, "grants_all", false));
        grants.extend(self.actions(node, "data", true));
        if grants.is_empty() {
            let help = Some("`grants`, `data` or `grants_all`: a list of actions".into());
            self.complain(node.at, "no action is named", help);
            return None;
        }
        let at = match node.get("at") {
            None if anyone => Breadth::Resource,
            inner => {
                let words = ["resource", "resource_group", "subscription", "management_group"];
                let Some(inner) = inner else {
                    self.complain(node.at, "`at` is missing", Some(words.join(", ")));
                    return None;
                };
                match self.one_of(inner, &words)?.as_str() {
                    "resource_group" => Breadth::ResourceGroup,
                    "subscription" => Breadth::Subscription,
                    "management_group" => Breadth::ManagementGroup,
                    _ => Breadth::Resource,
                }
            }
        };
        let outside = match node.get("outside") {
            Some(inner) => Some(self.path(inner)?),
            None => None,
        };
        let conditional = match node.get("conditional") {
            Some(_) => self.tri(node, "conditional", scope, side)?,
            None => Absent::Unknown,
        };
        let eligible = match node.get("eligible").map(|inner| (&inner.data, inner.at)) {
            None => false,
            Some((Data::Bool(eligible), _)) => *eligible,
            Some((_, at)) => {
                self.complain(at, "expected true or false", None);
                return None;
            }
        };
        let count = match node.get("count") {
            Some(inner) => {
                let (order, number) = self.ordered_number(inner)?;
                (order, number as u32)
            }
            None => (Order::AtLeast, 1),
        };
        let mut lacking = self.actions(node, "lacking", false);
        lacking.extend(self.actions(node, "lacking_data", true));
        let borrows = self.actions(node, "borrows", false);
        let test =
            AccessTest { of, grants, every, at, outside, conditional, eligible, lacking, borrows, count };
        Some(Condition::Access(Box::new(test)))
    }

    fn actions(&mut self, node: &Node, key: &str, data: bool) -> Vec<Asked> {
        let Some(inner) = node.get(key) else { return Vec::new() };
        let texts = self.texts(inner);
        for text in &texts {
            let sound = text == "*" || (text.contains('/') && !text.contains(char::is_whitespace));
            if !sound {
                let help = Some("Microsoft.Compute/virtualMachines/write, or a pattern: */write".into());
                self.complain(inner.at, format!("`{text}` is no action"), help);
            }
        }
        texts.into_iter().map(|action| Asked { action, data }).collect()
    }
}
