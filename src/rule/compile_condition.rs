//! Conditions of rule files: maps of a small closed language to [`Condition`]s.

use super::compile::Compiler;
use super::model::{Absent, Condition, Literal, Order, Path, Quantifier, Test};
use super::properties::{Lookup, Property, Shape, nearest};
use super::yaml::{Data, Node, Position};

/// Where a condition stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// It decides: `absent: fail` and `absent: pass` mean something.
    Decides,
    /// It only chooses what is looked at.
    Applies,
}

/// What the truth of a condition leads to; turned around by `not` and `none`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// Its truth leads to `fail`.
    Fail,
    /// Its truth leads to `pass`.
    Pass,
}

impl Side {
    pub(super) fn turned(self) -> Self {
        match self {
            Self::Fail => Self::Pass,
            Self::Pass => Self::Fail,
        }
    }
}

/// The keys that make a map a condition of some kind.
const KINDS: [&str; 17] = [
    "path",
    "all_of",
    "any_of",
    "not",
    "any",
    "all",
    "none",
    "count",
    "lookup",
    "addresses",
    "since",
    "unknown",
    "access",
    "reachable",
    "some_of",
    "key",
    "migrated",
];

const TESTS: [&str; 18] = [
    "equals",
    "not_equals",
    "in",
    "not_in",
    "contains",
    "starts_with",
    "ends_with",
    "includes",
    "lists",
    "covers_action",
    "below",
    "at_most",
    "at_least",
    "above",
    "length",
    "version",
    "duration",
    "secret",
];

impl Compiler<'_> {
    /// A condition.
    pub(super) fn condition(&mut self, node: &Node, scope: Scope, side: Side) -> Option<Condition> {
        if let Data::List(_) = node.data {
            self.complain(node.at, "a list of conditions needs `all_of` or `any_of`", None);
            return None;
        }
        let kinds: Vec<&str> = KINDS.into_iter().filter(|kind| node.get(kind).is_some()).collect();
        let [kind] = kinds.as_slice() else {
            let help =
                node.entries().first().and_then(|entry| nearest(&entry.key, KINDS.into_iter())).map_or_else(
                    || format!("one of: {}", KINDS.join(", ")),
                    |near| format!("did you mean `{near}`?"),
                );
            self.complain(node.at, "this is no condition", Some(help));
            return None;
        };
        let inner = node.get(kind)?;
        if *kind == "path" {
            return self.leaf(node, inner, scope, side);
        }
        self.check_keys(node, &[kind]);
        match *kind {
            "all_of" => self.conditions(inner, scope, side).map(Condition::All),
            "any_of" => self.conditions(inner, scope, side).map(Condition::Any),
            "not" => self.condition(inner, scope, side.turned()).map(|inner| Condition::Not(Box::new(inner))),
            "any" => self.quantified(inner, Quantifier::Any, scope, side),
            "all" => self.quantified(inner, Quantifier::All, scope, side),
            "none" => self.quantified(inner, Quantifier::None, scope, side),
            "count" => {
                let (order, number) = self.ordered_number(inner)?;
                self.quantified(inner, Quantifier::Count(order, number as u32), scope, side)
            }
            "lookup" => self.lookup(inner, scope, side),
            "since" => self.since(inner),
            "unknown" => self.text(inner).map(Condition::Unknown),
            "access" => self.access(inner, scope, side),
            "reachable" => self.reachable(inner).map(Condition::Reachable),
            "some_of" => self.some_of(inner, scope, side),
            "key" => self.key(inner).map(Condition::Key),
            "migrated" => self.migrated(inner).map(Condition::Migrated),
            _ => self.addresses(inner, scope, side),
        }
    }

    pub(super) fn conditions(&mut self, node: &Node, scope: Scope, side: Side) -> Option<Vec<Condition>> {
        let Data::List(items) = &node.data else {
            self.complain(node.at, format!("expected a list of conditions, found {}", node.kind()), None);
            return None;
        };
        if items.is_empty() {
            self.complain(node.at, "an empty list of conditions decides nothing", None);
        }
        let all: Vec<_> = items.iter().map(|item| self.condition(item, scope, side)).collect();
        all.into_iter().collect()
    }

    fn since(&mut self, node: &Node) -> Option<Condition> {
        let text = self.text(node)?;
        let moment = (text.len() == 10).then(|| super::text::moment(&text)).flatten();
        if moment.is_none() {
            self.complain(node.at, format!("`{text}` is no date"), Some("2026-10-13".into()));
        }
        moment.map(Condition::Since)
    }

    fn leaf(&mut self, node: &Node, path_node: &Node, scope: Scope, side: Side) -> Option<Condition> {
        if let Some(other) = node.get("same_as") {
            self.check_keys(node, &["path", "same_as", "absent"]);
            let (path, other) = (self.path(path_node)?, self.path(other)?);
            let absent = self.tri(node, "absent", scope, side)?;
            return Some(Condition::Same { path, other, absent });
        }
        let mut allowed = vec!["path", "absent", "exists", "age", "ahead", "same_as"];
        allowed.extend(TESTS);
        self.check_keys(node, &allowed);
        let path = self.path(path_node)?;
        if let Some(exists) = node.get("exists") {
            self.check_keys(node, &["path", "exists"]);
            let Data::Bool(exists) = exists.data else {
                self.complain(exists.at, "expected true or false", None);
                return None;
            };
            return Some(Condition::Exists { path, exists });
        }
        let tests: Vec<_> =
            node.entries().iter().filter(|entry| entry.key != "path" && entry.key != "absent").collect();
        let [entry] = tests.as_slice() else {
            self.complain(
                path_node.at,
                format!("exactly one comparison is needed here, found {}", tests.len()),
                Some(format!("one of: exists, {}, age, ahead", TESTS.join(", "))),
            );
            return None;
        };
        let property = self.property(&path, "");
        let element = self.property(&path, "[*]");
        let test = self.test(&entry.key, &entry.value, property.as_ref(), element.as_ref())?;
        let absent = self.absent(node, path_node.at, scope, side, property.as_ref())?;
        Some(Condition::Compare { path, absent, test })
    }

    /// What the table says of a path with a suffix; `None` where anything goes.
    fn property(&self, path: &Path, suffix: &str) -> Option<Property> {
        let slot = self.slots.get(usize::from(path.slot))?;
        let joined = crate::inventory::path::join(path.names.iter().map(String::as_str));
        let full = crate::inventory::path::below(&slot.prefix, &joined);
        let path = format!("{full}{suffix}");
        let known = slot.types.iter().filter_map(|kind| match self.type_table(kind)?.find(&path) {
            Lookup::Known(property) => Some(property.clone()),
            _ => None,
        });
        // What any of the types may hold may be compared with.
        known.reduce(|mut all, other| {
            all.values.extend(other.values);
            all
        })
    }

    fn absent(
        &mut self,
        node: &Node,
        at: Position,
        scope: Scope,
        side: Side,
        property: Option<&Property>,
    ) -> Option<Absent> {
        let Some(absent) = node.get("absent") else {
            self.complain(
                at,
                "`absent` is missing: say what it means when Azure returns no value",
                Some("the platform's default, or `fail`, `pass`, `unknown`".into()),
            );
            return None;
        };
        let word = match &absent.data {
            Data::Text(text) => text.as_str(),
            _ => "",
        };
        match word {
            "unknown" => return Some(Absent::Unknown),
            "fail" | "pass" if scope == Scope::Decides => {
                return Some(Absent::Holds((word == "fail") == (side == Side::Fail)));
            }
            "fail" | "pass" => {
                self.complain(
                    absent.at,
                    format!("`{word}` means nothing where only what is looked at is chosen"),
                    Some("give the platform's default, or `unknown`".into()),
                );
                return None;
            }
            _ => {}
        }
        let literal = self.literal(absent)?;
        self.check_literal(&literal, absent.at, property);
        Some(Absent::Is(literal))
    }

    fn literal(&mut self, node: &Node) -> Option<Literal> {
        match &node.data {
            Data::Bool(value) => Some(Literal::Bool(*value)),
            Data::Number(value) => Some(Literal::Number(*value)),
            Data::Text(text) => Some(Literal::Text(text.clone())),
            _ => {
                self.complain(node.at, format!("expected a value, found {}", node.kind()), None);
                None
            }
        }
    }

    fn check_literal(&mut self, literal: &Literal, at: Position, property: Option<&Property>) {
        let Some(property) = property else { return };
        let fits = matches!(
            (property.shape, literal),
            (Shape::Boolean, Literal::Bool(_))
                | (Shape::Integer, Literal::Number(_))
                | (Shape::Text | Shape::Enum, Literal::Text(_))
                | (Shape::Any, _)
        );
        if !fits {
            let what = match property.shape {
                Shape::Boolean => "true or false",
                Shape::Integer => "a number",
                Shape::Text | Shape::Enum => "text (quote it)",
                Shape::Object => "an object: compare its members, or use `exists`",
                Shape::Array => "a list: use `contains`, `length` or a quantifier",
                Shape::Any => "anything",
            };
            self.complain(at, format!("`{}` holds {what}", property.path), None);
        }
        if let (Shape::Enum, Literal::Text(text)) = (property.shape, literal) {
            self.check_enum(text, &property.values, &property.path, at);
        }
    }

    fn literals(&mut self, node: &Node, property: Option<&Property>) -> Option<Vec<Literal>> {
        let nodes = match &node.data {
            Data::List(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        let mut out = Vec::new();
        for node in nodes {
            let literal = self.literal(node)?;
            self.check_literal(&literal, node.at, property);
            out.push(literal);
        }
        Some(out)
    }

    fn test(
        &mut self,
        key: &str,
        node: &Node,
        property: Option<&Property>,
        element: Option<&Property>,
    ) -> Option<Test> {
        let texts = |compiler: &mut Self| {
            let texts = compiler.texts(node);
            (!texts.is_empty()).then_some(texts)
        };
        Some(match key {
            "equals" | "in" => Test::In(self.literals(node, property)?),
            "not_equals" | "not_in" => Test::NotIn(self.literals(node, property)?),
            "contains" => Test::Contains(self.literals(node, element)?),
            "covers_action" => Test::CoversAction(texts(self)?),
            "starts_with" => Test::StartsWith(texts(self)?),
            "ends_with" => Test::EndsWith(texts(self)?),
            "includes" => Test::Includes(texts(self)?),
            "lists" => Test::Lists(texts(self)?),
            "below" | "at_most" | "at_least" | "above" => {
                let order = order(key)?;
                if let Data::Number(number) = node.data {
                    Test::Number(order, number)
                } else {
                    self.complain(node.at, format!("expected a number, found {}", node.kind()), None);
                    return None;
                }
            }
            "length" => {
                let (order, number) = self.ordered_number(node)?;
                Test::Length(order, number as u64)
            }
            "version" => {
                let (order, value) = self.ordered(node)?;
                let text = self.text(value)?;
                if let Some(version) = super::text::version(&text) {
                    Test::Version(order, version)
                } else {
                    self.complain(value.at, format!("`{text}` is no version"), Some("\"1.2\"".into()));
                    return None;
                }
            }
            "duration" => {
                let (order, seconds) = self.ordered_span(node)?;
                Test::Duration(order, seconds)
            }
            "secret" => match &node.data {
                Data::Bool(expected) => Test::Secret(*expected),
                Data::Text(word) if word == "in_base64" => Test::SecretInBase64,
                _ => {
                    self.complain(node.at, "expected true, false or in_base64", None);
                    return None;
                }
            },
            // Older than a span: the moment lies before the clock less the span.
            "age" => {
                let (order, seconds) = self.ordered_span(node)?;
                let turned = match order {
                    Order::Below => Order::Above,
                    Order::AtMost => Order::AtLeast,
                    Order::AtLeast => Order::AtMost,
                    Order::Above => Order::Below,
                };
                Test::Moment(turned, -seconds)
            }
            "ahead" => {
                let (order, seconds) = self.ordered_span(node)?;
                Test::Moment(order, seconds)
            }
            _ => return None,
        })
    }

    pub(super) fn ordered<'n>(&mut self, node: &'n Node) -> Option<(Order, &'n Node)> {
        let found: Vec<_> = node
            .entries()
            .iter()
            .filter_map(|entry| order(&entry.key).map(|order| (order, &entry.value)))
            .collect();
        let [(order, value)] = found.as_slice() else {
            self.complain(node.at, "exactly one of `below`, `at_most`, `at_least`, `above` is needed", None);
            return None;
        };
        Some((*order, value))
    }

    pub(super) fn ordered_number(&mut self, node: &Node) -> Option<(Order, f64)> {
        let (order, value) = self.ordered(node)?;
        match value.data {
            Data::Number(number) if number >= 0.0 && number.fract() == 0.0 => Some((order, number)),
            _ => {
                self.complain(value.at, "expected a whole number", None);
                None
            }
        }
    }

    fn ordered_span(&mut self, node: &Node) -> Option<(Order, i64)> {
        let (order, value) = self.ordered(node)?;
        let text = match &value.data {
            Data::Number(number) => number.to_string(),
            _ => self.text(value)?,
        };
        if let Some(seconds) = super::text::span(&text) {
            Some((order, seconds))
        } else {
            self.complain(value.at, format!("`{text}` is no span of time"), Some("90d, 12h or 30m".into()));
            None
        }
    }
}

fn order(key: &str) -> Option<Order> {
    match key {
        "below" => Some(Order::Below),
        "at_most" => Some(Order::AtMost),
        "at_least" => Some(Order::AtLeast),
        "above" => Some(Order::Above),
        _ => None,
    }
}
