//! Type constraints of variables, and values made to fit them.
//! <https://developer.hashicorp.com/terraform/language/expressions/type-constraints>

use std::collections::BTreeMap;
use std::rc::Rc;

use super::budget::{Budget, Failure};
use super::convert;
use super::function::set;
use super::syntax::{Expression, Kind as Syntax};
use super::value::{Kind, Outcome, Value};

/// A type.
#[derive(Clone, Debug)]
pub enum Type {
    /// Anything; also what isn't understood.
    Any,
    /// `string`.
    Text,
    /// `number`.
    Number,
    /// `bool`.
    Bool,
    /// `list(…)`.
    List(Box<Type>),
    /// `set(…)`.
    Set(Box<Type>),
    /// `map(…)`.
    Map(Box<Type>),
    /// `tuple([…])`.
    Tuple(Vec<Type>),
    /// `object({…})`.
    Object(Vec<Field>),
}

/// A member of an object type.
#[derive(Clone, Debug)]
pub struct Field {
    name: Rc<str>,
    kind: Type,
    optional: bool,
    default: Option<Expression>,
}

impl Type {
    /// The type that an expression stands for.
    pub fn parse(expression: &Expression) -> Self {
        match &expression.kind {
            Syntax::Variable(name) | Syntax::Text(name) => match name.as_str() {
                "string" => Self::Text,
                "number" => Self::Number,
                "bool" => Self::Bool,
                "list" => Self::List(Box::new(Self::Any)),
                "set" => Self::Set(Box::new(Self::Any)),
                "map" => Self::Map(Box::new(Self::Any)),
                _ => Self::Any,
            },
            Syntax::Call { name, arguments, .. } => {
                let Some(first) = arguments.first() else { return Self::Any };
                match (name.as_str(), &first.kind) {
                    ("list", _) => Self::List(Box::new(Self::parse(first))),
                    ("set", _) => Self::Set(Box::new(Self::parse(first))),
                    ("map", _) => Self::Map(Box::new(Self::parse(first))),
                    ("optional", _) => Self::parse(first),
                    ("tuple", Syntax::Array(items)) => Self::Tuple(items.iter().map(Self::parse).collect()),
                    ("object", Syntax::Object(members)) => {
                        Self::Object(members.iter().filter_map(Field::parse).collect())
                    }
                    _ => Self::Any,
                }
            }
            _ => Self::Any,
        }
    }

    /// The value as one of this type. `default` evaluates what `optional` names.
    ///
    /// # Errors
    /// When it can't be one.
    pub fn apply(&self, value: &Value, budget: &Budget, default: &dyn Fn(&Expression) -> Outcome) -> Outcome {
        budget.charge(1)?;
        if matches!(self, Self::Any)
            || matches!(value.kind, Kind::Null | Kind::Unknown(_) | Kind::Resource(_) | Kind::Module(_))
        {
            return Ok(value.clone());
        }
        let same = |kind| Value { kind, span: value.span, secret: value.secret };
        let each = |items: &[Value], kind: &Self| {
            items.iter().map(|item| kind.apply(item, budget, default)).collect::<Result<Vec<_>, _>>()
        };
        let mismatch = |what: &str| {
            Err(Failure::new(format!("{} is given where the variable's type is {what}", value.type_name())))
        };
        match self {
            Self::Any => Ok(value.clone()),
            Self::Text => Ok(same(Kind::Text(convert::text(value)?))),
            Self::Number => Ok(same(Kind::Number(convert::number(value)?))),
            Self::Bool => Ok(same(Kind::Bool(convert::bool(value)?))),
            Self::List(kind) => match value.items() {
                Some(items) => {
                    Value::list(each(items, kind)?, value.span).map(|list| list.with_secret(value.secret))
                }
                None => mismatch("a list"),
            },
            Self::Set(kind) => match value.items() {
                Some(items) => set::distinct(each(items, kind)?, value.span, budget)
                    .map(|set| set.with_secret(value.secret)),
                None => mismatch("a set"),
            },
            Self::Map(kind) => match value.members() {
                Some(members) => {
                    let members = members
                        .iter()
                        .map(|(name, member)| Ok((Rc::clone(name), kind.apply(member, budget, default)?)));
                    Value::object(members.collect::<Result<_, Failure>>()?, value.span)
                        .map(|map| map.with_secret(value.secret))
                }
                None => mismatch("a map"),
            },
            Self::Tuple(kinds) => match value.items() {
                Some(items) if items.len() == kinds.len() => {
                    let items = items.iter().zip(kinds).map(|(item, kind)| kind.apply(item, budget, default));
                    Value::list(items.collect::<Result<_, _>>()?, value.span)
                        .map(|list| list.with_secret(value.secret))
                }
                _ => mismatch("a tuple of another length"),
            },
            Self::Object(fields) => match value.members() {
                Some(members) => {
                    let mut fitted = BTreeMap::new();
                    for field in fields {
                        fitted.insert(Rc::clone(&field.name), field.apply(value, members, budget, default)?);
                    }
                    Value::object(fitted, value.span).map(|object| object.with_secret(value.secret))
                }
                None => mismatch("an object"),
            },
        }
    }
}

impl Field {
    fn parse((name, kind): &(Expression, Expression)) -> Option<Self> {
        let Syntax::Text(name) = &name.kind else { return None };
        let (optional, default) = match &kind.kind {
            Syntax::Call { name, arguments, .. } if name == "optional" => (true, arguments.get(1).cloned()),
            _ => (false, None),
        };
        Some(Self { name: name.as_str().into(), kind: Type::parse(kind), optional, default })
    }

    fn apply(
        &self,
        object: &Value,
        members: &BTreeMap<Rc<str>, Value>,
        budget: &Budget,
        default: &dyn Fn(&Expression) -> Outcome,
    ) -> Outcome {
        match (members.get(&self.name), &self.default) {
            (Some(member), None) => self.kind.apply(member, budget, default),
            (Some(member), Some(_)) if !member.is_null() => self.kind.apply(member, budget, default),
            (_, Some(expression)) => self.kind.apply(&default(expression)?, budget, default),
            (None, None) if self.optional => Ok(Value::null(object.span)),
            (None, None) => Err(Failure::new(format!("the object lacks '{}'", self.name))),
        }
    }
}
