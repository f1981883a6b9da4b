//! Values while they are computed: cheap to pass on, and with what JSON doesn't have (sets, resources as a whole).

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::Number;

use super::budget::{Budget, Failure};
use crate::source::code::file::Span;
use crate::source::code::node::{Content, Node, Reference, Unknown};

/// Deepest nesting of a computed value.
const MAX_DEPTH: usize = 128;

/// What an expression gives, or why it gives nothing.
pub type Outcome = Result<Value, Failure>;

/// A value and the text that decides it.
#[derive(Clone, Debug)]
pub struct Value {
    /// What it is.
    pub kind: Kind,
    /// The literal that decides it, or the expression that computes it.
    pub span: Span,
    /// Whether it comes from something `sensitive`.
    pub secret: bool,
}

/// What a value is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text.
    Text(Rc<str>),
    /// A list or tuple.
    List(Rc<List>),
    /// A set: its elements differ, and are in Terraform's order.
    Set(Rc<List>),
    /// A map or object.
    Object(Rc<Object>),
    /// Not known before deployment.
    Unknown(Rc<Unknown>),
    /// A resource's instance as a whole, by its address.
    Resource(Rc<str>),
    /// A module's instance as a whole, by its address.
    Module(Rc<str>),
}

/// Elements, and what is known of all of them.
#[derive(Clone, Debug)]
pub struct List {
    /// Elements.
    pub items: Vec<Value>,
    inside: Inside,
}

/// Members by name, which is the order in which Terraform goes through them.
#[derive(Clone, Debug)]
pub struct Object {
    /// Members.
    pub members: BTreeMap<Rc<str>, Value>,
    inside: Inside,
}

/// What is known of all that a collection holds.
#[derive(Clone, Copy, Debug, Default)]
struct Inside {
    depth: usize,
    unknown: bool,
    secret: bool,
}

impl Inside {
    fn of<'a>(values: impl Iterator<Item = &'a Value>) -> Result<Self, Failure> {
        let mut all = Self::default();
        for value in values {
            let one = value.inside();
            all.depth = all.depth.max(one.depth);
            all.unknown |= one.unknown;
            all.secret |= one.secret;
        }
        all.depth += 1;
        if all.depth > MAX_DEPTH {
            return Err(Failure::new(format!("the value nests deeper than {MAX_DEPTH} levels")));
        }
        Ok(all)
    }
}

impl Value {
    /// A value that is no secret.
    pub fn new(kind: Kind, span: Span) -> Self {
        Self { kind, span, secret: false }
    }

    /// `null`.
    pub fn null(span: Span) -> Self {
        Self::new(Kind::Null, span)
    }

    /// `true` or `false`.
    pub fn bool(value: bool, span: Span) -> Self {
        Self::new(Kind::Bool(value), span)
    }

    /// A number.
    pub fn number(value: impl Into<Number>, span: Span) -> Self {
        Self::new(Kind::Number(value.into()), span)
    }

    /// Text.
    pub fn text(value: impl Into<Rc<str>>, span: Span) -> Self {
        Self::new(Kind::Text(value.into()), span)
    }

    /// A list.
    ///
    /// # Errors
    /// When it nests too deep.
    pub fn list(items: Vec<Self>, span: Span) -> Outcome {
        let inside = Inside::of(items.iter())?;
        Ok(Self::new(Kind::List(Rc::new(List { items, inside })), span))
    }

    /// A set of elements that differ already and are in order.
    ///
    /// # Errors
    /// When it nests too deep.
    pub fn set(items: Vec<Self>, span: Span) -> Outcome {
        let inside = Inside::of(items.iter())?;
        Ok(Self::new(Kind::Set(Rc::new(List { items, inside })), span))
    }

    /// An object.
    ///
    /// # Errors
    /// When it nests too deep.
    pub fn object(members: BTreeMap<Rc<str>, Self>, span: Span) -> Outcome {
        let inside = Inside::of(members.values())?;
        Ok(Self::new(Kind::Object(Rc::new(Object { members, inside })), span))
    }

    /// A value that isn't known; `reason` ends a sentence that begins with "it".
    pub fn unknown(reason: impl Into<String>, span: Span) -> Self {
        Self::new(Kind::Unknown(Rc::new(Unknown { reason: reason.into(), reference: None })), span)
    }

    /// An attribute that a resource has only once it is deployed.
    pub fn computed(address: &str, attribute: String, span: Span) -> Self {
        let reason = format!("is known only after deployment, as attribute '{attribute}' of {address}");
        let reference = Some(Reference { address: address.to_owned(), attribute });
        Self::new(Kind::Unknown(Rc::new(Unknown { reason, reference })), span)
    }

    /// The same value, secret if `secret`.
    #[must_use]
    pub fn with_secret(mut self, secret: bool) -> Self {
        self.secret |= secret;
        self
    }

    /// The same value at another place if it is not known: people are shown the expression.
    #[must_use]
    pub fn used_at(mut self, span: Span) -> Self {
        if self.is_unknown() {
            self.span = span;
        }
        self
    }

    /// What isn't known of it, when it is the value as a whole.
    pub fn as_unknown(&self) -> Option<&Rc<Unknown>> {
        match &self.kind {
            Kind::Unknown(unknown) => Some(unknown),
            _ => None,
        }
    }

    /// Whether the value as a whole is not known.
    pub fn is_unknown(&self) -> bool {
        matches!(self.kind, Kind::Unknown(_))
    }

    /// Whether it is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Null)
    }

    /// Elements, of a list or a set.
    pub fn items(&self) -> Option<&[Self]> {
        match &self.kind {
            Kind::List(list) | Kind::Set(list) => Some(&list.items),
            _ => None,
        }
    }

    /// Members, of an object.
    pub fn members(&self) -> Option<&BTreeMap<Rc<str>, Self>> {
        match &self.kind {
            Kind::Object(object) => Some(&object.members),
            _ => None,
        }
    }

    /// Whether anything in it is not known.
    pub fn has_unknown(&self) -> bool {
        self.inside().unknown
    }

    /// Whether anything in it is a secret.
    pub fn has_secret(&self) -> bool {
        self.inside().secret
    }

    /// The first thing in it that isn't known.
    pub fn first_unknown(&self) -> Option<&Unknown> {
        match &self.kind {
            Kind::Unknown(unknown) => Some(unknown),
            Kind::List(list) | Kind::Set(list) if list.inside.unknown => {
                list.items.iter().find_map(Self::first_unknown)
            }
            Kind::Object(object) if object.inside.unknown => {
                object.members.values().find_map(Self::first_unknown)
            }
            _ => None,
        }
    }

    /// Why something in it isn't known; the words of a whole resource for that.
    pub fn reason(&self) -> String {
        self.first_unknown().map_or_else(
            || "depends on a resource as a whole, of which much is known only after deployment".to_owned(),
            |unknown| unknown.reason.clone(),
        )
    }

    fn inside(&self) -> Inside {
        let own = Inside { depth: 0, unknown: false, secret: self.secret };
        match &self.kind {
            Kind::Unknown(_) | Kind::Resource(_) | Kind::Module(_) => Inside { unknown: true, ..own },
            Kind::List(list) | Kind::Set(list) => {
                Inside { secret: self.secret || list.inside.secret, ..list.inside }
            }
            Kind::Object(object) => Inside { secret: self.secret || object.inside.secret, ..object.inside },
            _ => own,
        }
    }

    /// What it is called in messages.
    pub fn type_name(&self) -> &'static str {
        match &self.kind {
            Kind::Null => "null",
            Kind::Bool(_) => "a bool",
            Kind::Number(_) => "a number",
            Kind::Text(_) => "text",
            Kind::List(_) => "a list",
            Kind::Set(_) => "a set",
            Kind::Object(_) => "an object",
            Kind::Unknown(_) => "not known",
            Kind::Resource(_) => "a resource",
            Kind::Module(_) => "a module",
        }
    }

    /// The value as rules see it. Everything in a secret is a secret.
    ///
    /// # Errors
    /// When the budget ends.
    pub fn into_node(self, budget: &Budget) -> Result<Node, Failure> {
        self.node(false, budget)
    }

    fn node(&self, secret: bool, budget: &Budget) -> Result<Node, Failure> {
        budget.charge(1)?;
        let secret = secret || self.secret;
        let content = match &self.kind {
            Kind::Null => Content::Null,
            Kind::Bool(value) => Content::Bool(*value),
            Kind::Number(value) => Content::Number(value.clone()),
            Kind::Text(text) => {
                budget.charge_text(text.len())?;
                Content::Text(text.to_string())
            }
            Kind::List(list) | Kind::Set(list) => Content::Array(
                list.items.iter().map(|item| item.node(secret, budget)).collect::<Result<_, _>>()?,
            ),
            Kind::Object(object) => Content::Object(
                object
                    .members
                    .iter()
                    .map(|(name, value)| Ok((name.to_string(), value.node(secret, budget)?)))
                    .collect::<Result<_, Failure>>()?,
            ),
            Kind::Unknown(unknown) => Content::Unknown(unknown.as_ref().clone()),
            Kind::Resource(address) | Kind::Module(address) => Content::Unknown(Unknown {
                reason: format!("is all of {address}, of which much is known only after deployment"),
                reference: None,
            }),
        };
        Ok(Node { content, span: self.span, secret })
    }
}
