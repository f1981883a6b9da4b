//! `a.b[c][*].d`: from a name along attributes, indexes and splats.

use std::rc::Rc;

use super::key::Key;
use super::scope::{Repetition, Scope};
use super::{Evaluator, Target};
use crate::source::code::file::Span;
use crate::source::code::node::{Reference, Unknown};
use crate::source::terraform::budget::Failure;
use crate::source::terraform::convert;
use crate::source::terraform::shown;
use crate::source::terraform::syntax::{Expression, Kind as Syntax, Step};
use crate::source::terraform::value::{Kind, Outcome, Value};

/// The attribute of a resource in which a value stands: what isn't set in code is read from there.
#[derive(Clone, Debug)]
struct Origin {
    address: Rc<str>,
    attribute: String,
}

impl<'c> Evaluator<'c> {
    pub(super) fn traverse(
        &self,
        root: &Expression,
        steps: &[Step],
        span: Span,
        scope: &Scope<'_, 'c>,
    ) -> Outcome {
        let Syntax::Variable(name) = &root.kind else {
            let value = self.eval(root, scope)?;
            return self.walk(value, steps, None, span, scope);
        };
        if let Some(value) = scope.bound(name) {
            return self.walk(value.clone(), steps, None, span, scope);
        }
        let (value, rest) = self.named(name, steps, span, scope)?;
        self.walk(value, rest, None, span, scope)
    }

    /// What the first name and steps stand for, and the steps that are left.
    fn named<'t>(
        &self,
        name: &str,
        steps: &'t [Step],
        span: Span,
        scope: &Scope<'_, 'c>,
    ) -> Result<(Value, &'t [Step]), Failure> {
        let attribute = |at: usize| match steps.get(at) {
            Some(Step::Attribute(attribute)) => Ok(attribute.as_str()),
            _ => Err(Failure::new(format!("'{name}' needs a name behind it"))),
        };
        let rest = |from: usize| steps.get(from..).unwrap_or_default();
        let module = scope.module;
        let value = match name {
            "var" => self.variable(module, attribute(0)?, span)?,
            "local" => self.local(module, attribute(0)?, span)?,
            "module" => self.module(module, attribute(0)?, span)?,
            "path" => self.path(attribute(0)?, span, scope)?,
            "each" | "count" => return Ok((repeated(name, attribute(0)?, span, scope)?, rest(1))),
            "terraform" => Value::unknown("depends on the workspace in which Terraform is run", span),
            "self" => {
                return Ok((Value::unknown("depends on the resource's state after deployment", span), &[]));
            }
            "ephemeral" => return Ok((Value::unknown("depends on an ephemeral resource", span), &[])),
            "data" => {
                let address = format!("data.{}.{}", attribute(0)?, attribute(1)?);
                return Ok((self.resource(module, &address, span)?, rest(2)));
            }
            kind => {
                let address = format!("{kind}.{}", attribute(0)?);
                self.resource(module, &address, span)?
            }
        };
        Ok((value, rest(1)))
    }

    fn path(&self, which: &str, span: Span, scope: &Scope<'_, 'c>) -> Outcome {
        match which {
            "root" => Ok(Value::text(".", span)),
            "module" => {
                let path = shown::path(&self.root, "", &scope.module.configuration.folder);
                Ok(Value::text(if path.is_empty() { ".".to_owned() } else { path }, span))
            }
            "cwd" => Ok(Value::unknown("depends on the folder in which Terraform is run", span)),
            _ => Err(Failure::new(format!("'path.{which}' is no path"))),
        }
    }

    fn walk(
        &self,
        value: Value,
        steps: &[Step],
        origin: Option<Origin>,
        span: Span,
        scope: &Scope<'_, 'c>,
    ) -> Outcome {
        let Some((step, rest)) = steps.split_first() else { return Ok(attributed(value, origin)) };
        self.budget.charge(1)?;
        match (&value.kind, step) {
            (Kind::Unknown(unknown), _) => {
                Ok(self.beyond(unknown, steps, span, scope)?.with_secret(value.secret))
            }
            (_, Step::AttributeSplat) => {
                let inner = rest.iter().take_while(|step| matches!(step, Step::Attribute(_))).count();
                let (inner, rest) = rest.split_at(inner);
                let list = self.splat(&value, inner, span, scope)?;
                self.walk(list, rest, None, span, scope)
            }
            (_, Step::FullSplat) => self.splat(&value, rest, span, scope),
            (Kind::Resource(_) | Kind::Module(_), _) => {
                let key = match self.key(step, scope)? {
                    Ok(key) => key,
                    Err(unknown) => return Ok(unknown),
                };
                self.part(&value, &key, rest, span, scope)
            }
            _ => {
                let key = match self.key(step, scope)? {
                    Ok(key) => key,
                    Err(unknown) => return Ok(unknown),
                };
                let origin = origin.map(|origin| Origin {
                    attribute: format!("{}{}", origin.attribute, key.written()),
                    ..origin
                });
                match (key.of(&value), origin) {
                    (Ok(found), Some(origin)) if found.is_null() => self.computed(&origin, rest, span, scope),
                    (Ok(found), origin) => {
                        let found = found.clone().with_secret(value.secret);
                        self.walk(found, rest, origin, span, scope)
                    }
                    (Err(_), Some(origin)) => self.computed(&origin, rest, span, scope),
                    (Err(failure), None) => Err(failure),
                }
            }
        }
    }

    /// One part of a resource or module.
    fn part(&self, value: &Value, key: &Key, rest: &[Step], span: Span, scope: &Scope<'_, 'c>) -> Outcome {
        let (Kind::Resource(address) | Kind::Module(address)) = &value.kind else {
            return Err(Failure::new(format!("{} has no parts", value.type_name())));
        };
        let target = self.targets.borrow().get(address).cloned();
        match (target, key) {
            // One instance stands for all when their number isn't known.
            (Some(Target::Resource(instance)), Key::Index(_) | Key::Member(_)) if instance.is_many() => {
                self.walk(value.clone(), rest, None, span, scope)
            }
            (Some(Target::Module(module)), Key::Index(_) | Key::Member(_)) if module.is_many() => {
                self.walk(value.clone(), rest, None, span, scope)
            }
            (Some(Target::Resource(instance)), Key::Attribute(name) | Key::Member(name)) => {
                let origin = Origin { address: Rc::clone(&instance.address), attribute: name.to_string() };
                match self.argument(&instance, name) {
                    Some(argument) => {
                        let argument = self.soften(argument, span)?;
                        if argument.is_null() {
                            return self.computed(&origin, rest, span, scope);
                        }
                        self.walk(argument, rest, Some(origin), span, scope)
                    }
                    None => self.computed(&origin, rest, span, scope),
                }
            }
            (Some(Target::Module(module)), Key::Attribute(name) | Key::Member(name)) => {
                let output = self.output(&module, name, span)?;
                self.walk(output, rest, None, span, scope)
            }
            // `x[0]` where there is one: an older configuration may have counted.
            (Some(_), Key::Index(0)) => self.walk(value.clone(), rest, None, span, scope),
            _ => Err(Failure::new(format!("{address} has no such instance"))),
        }
    }

    /// A list of what the steps lead to from each element; a single value is a list of one.
    fn splat(&self, value: &Value, steps: &[Step], span: Span, scope: &Scope<'_, 'c>) -> Outcome {
        if let Some(reason) = self.number_unknown(value) {
            return Ok(Value::unknown(reason, span));
        }
        let items = match value.items() {
            Some(items) => items,
            None if value.is_null() => &[],
            None => std::slice::from_ref(value),
        };
        self.budget.charge(items.len() as u64)?;
        let items = items.iter().map(|item| {
            let item = item.clone().with_secret(value.secret);
            self.soften(self.walk(item, steps, None, span, scope), span)
        });
        Value::list(items.collect::<Result<_, _>>()?, span)
    }

    /// Why it isn't known how many of a resource or module there are, if so.
    pub(super) fn number_unknown(&self, value: &Value) -> Option<String> {
        let (Kind::Resource(address) | Kind::Module(address)) = &value.kind else { return None };
        let repetition = match self.targets.borrow().get(address)? {
            Target::Resource(instance) => instance.repetition.clone(),
            Target::Module(module) => module.caller.as_ref()?.repetition.clone(),
        };
        match repetition {
            Repetition::Unknown(reason, _) => Some(reason),
            _ => None,
        }
    }

    /// Why a value, or part of it, isn't known.
    pub fn reason(&self, value: &Value) -> String {
        self.number_unknown(value).unwrap_or_else(|| value.reason())
    }

    /// Steps into what isn't known: a longer attribute of the same resource, if it is one.
    fn beyond(&self, unknown: &Rc<Unknown>, steps: &[Step], span: Span, scope: &Scope<'_, 'c>) -> Outcome {
        match &unknown.reference {
            Some(reference) => {
                let origin = Origin {
                    address: reference.address.as_str().into(),
                    attribute: reference.attribute.clone(),
                };
                self.computed(&origin, steps, span, scope)
            }
            None => Ok(Value::new(Kind::Unknown(Rc::clone(unknown)), span)),
        }
    }

    /// What is read from a resource once it is deployed.
    fn computed(&self, origin: &Origin, steps: &[Step], span: Span, scope: &Scope<'_, 'c>) -> Outcome {
        let mut attribute = origin.attribute.clone();
        for step in steps {
            let key = match step {
                Step::AttributeSplat | Step::FullSplat => None,
                step => self.key(step, scope)?.ok(),
            };
            let Some(key) = key else {
                let reason =
                    format!("is known only after deployment, from '{attribute}' of {}", origin.address);
                return Ok(Value::unknown(reason, span));
            };
            attribute.push_str(&key.written());
        }
        Ok(Value::computed(&origin.address, attribute, span))
    }

    /// The step's index, or what isn't known of it.
    fn key(&self, step: &Step, scope: &Scope<'_, 'c>) -> Result<Result<Key, Value>, Failure> {
        Ok(match step {
            Step::Attribute(name) => Ok(Key::Attribute(name.as_str().into())),
            Step::Index(index) => {
                let index = self.eval(index, scope)?;
                if index.has_unknown() {
                    return Ok(Err(Value::unknown(index.reason(), index.span)));
                }
                match &index.kind {
                    Kind::Number(number) => match number.as_i64() {
                        Some(whole) => Ok(Key::Index(whole)),
                        None => return Err(Failure::new(format!("{number} is no index"))),
                    },
                    _ => Ok(Key::Member(convert::text(&index)?)),
                }
            }
            Step::AttributeSplat | Step::FullSplat => return Err(Failure::new("a splat is no index")),
        })
    }
}

/// A value that is set in code but isn't known is still that attribute of that resource. What it is set to is
/// the better word for it, but for a name: that is the resource's own.
fn attributed(value: Value, origin: Option<Origin>) -> Value {
    let (Kind::Unknown(unknown), Some(origin)) = (&value.kind, origin) else { return value };
    if unknown.reference.is_some() && origin.attribute != "name" {
        return value;
    }
    let reference = Some(Reference { address: origin.address.to_string(), attribute: origin.attribute });
    let kind = Kind::Unknown(Rc::new(Unknown { reason: unknown.reason.clone(), reference }));
    Value { kind, ..value }
}

fn repeated(name: &str, which: &str, span: Span, scope: &Scope<'_, '_>) -> Outcome {
    match (scope.repetition, name, which) {
        (Repetition::Count(index), "count", "index") => Ok(index.clone()),
        (Repetition::Each(key, _), "each", "key") => Ok(key.clone()),
        (Repetition::Each(_, value) | Repetition::Unknown(_, Some(value)), "each", "value") => {
            Ok(value.clone())
        }
        (Repetition::Unknown(reason, _), ..) => Ok(Value::unknown(reason.as_str(), span)),
        _ => Err(Failure::new(format!("'{name}.{which}' has no meaning here"))),
    }
}
