//! `for`, in expressions and templates.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::Evaluator;
use super::scope::{Binding, Scope};
use crate::source::code::file::Span;
use crate::source::terraform::budget::Failure;
use crate::source::terraform::convert;
use crate::source::terraform::syntax::{Expression, For};
use crate::source::terraform::value::{Kind, Outcome, Value};

/// What is done with each element, in a place with its names.
type Visit<'v, 'c> = dyn FnMut(&Scope<'_, 'c>) -> Result<(), Failure> + 'v;

impl<'c> Evaluator<'c> {
    /// Whether a value is a resource or module as a whole.
    pub(super) fn is_whole(value: &Value) -> bool {
        matches!(value.kind, Kind::Resource(_) | Kind::Module(_))
    }

    /// Keys and values of a collection, in Terraform's order.
    ///
    /// # Errors
    /// When the value is none.
    pub(super) fn pairs(&self, collection: &Value) -> Result<Vec<(Value, Value)>, Failure> {
        let secret = collection.secret;
        let pairs: Vec<(Value, Value)> = match &collection.kind {
            Kind::List(list) => (0_u64..)
                .zip(&list.items)
                .map(|(index, item)| (Value::number(index, item.span), item.clone()))
                .collect(),
            Kind::Set(set) => set.items.iter().map(|item| (item.clone(), item.clone())).collect(),
            Kind::Object(object) => object
                .members
                .iter()
                .map(|(name, member)| (Value::text(Rc::clone(name), member.span), member.clone()))
                .collect(),
            _ => return Err(Failure::new(format!("{} can't be gone through", collection.type_name()))),
        };
        self.budget.charge(pairs.len() as u64)?;
        Ok(pairs.into_iter().map(|(key, value)| (key, value.with_secret(secret))).collect())
    }

    /// Goes through a collection with its elements under the given names.
    pub(super) fn each_pair(
        &self,
        collection: &Value,
        key_name: Option<&str>,
        value_name: &str,
        scope: &Scope<'_, 'c>,
        visit: &mut Visit<'_, 'c>,
    ) -> Result<(), Failure> {
        for (key, value) in self.pairs(collection)? {
            let outer = Binding { name: key_name.unwrap_or_default(), value: key, next: scope.bindings };
            let outer = if key_name.is_some() { Some(&outer) } else { scope.bindings };
            let inner = Binding { name: value_name, value, next: outer };
            visit(&Scope { bindings: Some(&inner), ..*scope })?;
        }
        Ok(())
    }

    pub(super) fn for_expression(&self, parts: &For, span: Span, scope: &Scope<'_, 'c>) -> Outcome {
        let collection = self.eval(&parts.collection, scope)?;
        if collection.is_unknown() {
            return Ok(collection);
        }
        if Self::is_whole(&collection) {
            return Ok(Value::unknown(self.reason(&collection), span));
        }
        let mut result = Gathered::default();
        self.each_pair(&collection, parts.key.as_deref(), &parts.value, scope, &mut |scope| {
            self.gather(parts, scope, &mut result)
        })?;
        let secret = collection.secret;
        if let Some(reason) = result.unknown {
            return Ok(Value::unknown(reason, span).with_secret(secret));
        }
        let value = if parts.result_key.is_none() {
            Value::list(result.items, span)?
        } else if parts.grouping {
            let groups = result.groups.into_iter().map(|(key, items)| Ok((key, Value::list(items, span)?)));
            Value::object(groups.collect::<Result<_, Failure>>()?, span)?
        } else {
            Value::object(result.members, span)?
        };
        Ok(value.with_secret(secret))
    }

    fn gather(&self, parts: &For, scope: &Scope<'_, 'c>, result: &mut Gathered) -> Result<(), Failure> {
        if let Some(condition) = &parts.condition {
            let keep = self.eval(condition, scope)?;
            if keep.has_unknown() {
                result.unknown.get_or_insert_with(|| keep.reason());
                return Ok(());
            }
            if !convert::bool(&keep)? {
                return Ok(());
            }
        }
        let value = |expression: &Expression| self.soften(self.eval(expression, scope), expression.span);
        let Some(key) = &parts.result_key else {
            result.items.push(value(&parts.result)?);
            return Ok(());
        };
        let key = self.eval(key, scope)?;
        if key.has_unknown() {
            result.unknown.get_or_insert_with(|| key.reason());
            return Ok(());
        }
        let (key, value) = (convert::text(&key)?, value(&parts.result)?);
        if parts.grouping {
            result.groups.entry(key).or_default().push(value);
        } else if result.members.insert(Rc::clone(&key), value).is_some() {
            return Err(Failure::new(format!("two elements of 'for' have the key '{key}'")));
        }
        Ok(())
    }
}

/// What a `for` expression has gathered.
#[derive(Default)]
struct Gathered {
    items: Vec<Value>,
    members: BTreeMap<Rc<str>, Value>,
    groups: BTreeMap<Rc<str>, Vec<Value>>,
    unknown: Option<String>,
}
