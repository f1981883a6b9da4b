//! `count` and `for_each`: how many instances a block has, and what each is called.

use std::rc::Rc;

use super::scope::{Repetition, Scope};
use super::{Evaluator, failed};
use crate::source::terraform::budget::Failure;
use crate::source::terraform::convert;
use crate::source::terraform::syntax::Body;
use crate::source::terraform::value::{Kind, Value};

/// Most instances of one block.
const MAX_INSTANCES: i64 = 100_000;

/// Instances of a block.
#[derive(Debug)]
pub enum Expansion<T> {
    /// It has neither `count` nor `for_each`.
    One(T),
    /// By index.
    Count(Vec<T>),
    /// By key, in the order of keys.
    Each(Vec<(Rc<str>, T)>),
    /// How many there are isn't known; one stands for all of them. Why.
    Unknown(T, String),
}

impl<T> Expansion<T> {
    /// All instances.
    pub fn iter(&self) -> Box<dyn Iterator<Item = &T> + '_> {
        match self {
            Self::One(one) | Self::Unknown(one, _) => Box::new(std::iter::once(one)),
            Self::Count(all) => Box::new(all.iter()),
            Self::Each(all) => Box::new(all.iter().map(|(_, one)| one)),
        }
    }

    /// Makes something of each instance.
    pub fn map<U>(self, make: impl Fn(T) -> U) -> Expansion<U> {
        match self {
            Self::One(one) => Expansion::One(make(one)),
            Self::Count(all) => Expansion::Count(all.into_iter().map(make).collect()),
            Self::Each(all) => Expansion::Each(all.into_iter().map(|(key, one)| (key, make(one))).collect()),
            Self::Unknown(one, reason) => Expansion::Unknown(make(one), reason),
        }
    }
}

impl<'c> Evaluator<'c> {
    /// Suffix of the address and repetition of each instance. What fails is not known.
    pub(super) fn expand(&self, body: &Body, scope: &Scope<'_, 'c>) -> Expansion<(String, Repetition)> {
        let unknown = |reason: String| {
            Expansion::Unknown((String::new(), Repetition::Unknown(reason.clone(), None)), reason)
        };
        let (expression, each) = match (body.attribute("count"), body.attribute("for_each")) {
            (Some(count), _) => (count, false),
            (None, Some(each)) => (each, true),
            (None, None) => return Expansion::One((String::new(), Repetition::None)),
        };
        let expanded = self.eval(expression, scope).and_then(|value| {
            if value.is_unknown() {
                return Ok(unknown(value.reason()));
            }
            if each { self.each(&value) } else { self.count(&value) }
        });
        expanded.unwrap_or_else(|failure| unknown(failed(&failure, expression.span).reason()))
    }

    fn count(&self, value: &Value) -> Result<Expansion<(String, Repetition)>, Failure> {
        let count = convert::integer(value)?;
        if !(0..=MAX_INSTANCES).contains(&count) {
            return Err(Failure::bound(format!("a count of {count} is not between 0 and {MAX_INSTANCES}")));
        }
        self.budget.charge(count.unsigned_abs())?;
        let instance = |index| (format!("[{index}]"), Repetition::Count(Value::number(index, value.span)));
        Ok(Expansion::Count((0..count).map(instance).collect()))
    }

    fn each(&self, value: &Value) -> Result<Expansion<(String, Repetition)>, Failure> {
        let mut all = Vec::new();
        let mut add = |key: Rc<str>, at: &Value, value: &Value| {
            let each = Repetition::Each(Value::text(Rc::clone(&key), at.span), value.clone());
            all.push((Rc::clone(&key), (format!("[{}]", quoted(&key)), each)));
        };
        match &value.kind {
            Kind::Object(object) => {
                self.budget.charge(object.members.len() as u64)?;
                for (key, member) in &object.members {
                    add(Rc::clone(key), member, &member.clone().with_secret(value.secret));
                }
            }
            // A list is refused by Terraform; it stands here for a set whose type a variable doesn't say.
            Kind::Set(list) | Kind::List(list) => {
                self.budget.charge(list.items.len() as u64)?;
                for item in &list.items {
                    if item.has_unknown() {
                        let reason = item.reason();
                        let each = Repetition::Unknown(reason.clone(), None);
                        return Ok(Expansion::Unknown((String::new(), each), reason));
                    }
                    add(convert::text(item)?, item, item);
                }
                all.sort_by(|(left, _), (right, _)| left.cmp(right));
                all.dedup_by(|(left, _), (right, _)| left == right);
            }
            Kind::Resource(_) | Kind::Module(_) => {
                let reason = self.reason(value);
                let each = Repetition::Unknown(reason.clone(), Some(value.clone()));
                return Ok(Expansion::Unknown((String::new(), each), reason));
            }
            _ => return Err(Failure::new(format!("for_each is {}", value.type_name()))),
        }
        Ok(Expansion::Each(all))
    }
}

/// A key in quotes, as addresses have it.
pub(super) fn quoted(key: &str) -> String {
    format!("\"{}\"", key.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
