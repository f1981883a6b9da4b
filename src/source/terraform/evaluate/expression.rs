//! Expressions.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::Evaluator;
use super::scope::Scope;
use crate::source::code::file::Span;
use crate::source::terraform::budget::Failure;
use crate::source::terraform::syntax::{Expression, Kind as Syntax};
use crate::source::terraform::value::{Outcome, Value};
use crate::source::terraform::{convert, function};

impl<'c> Evaluator<'c> {
    /// The value of an expression. What is not known stands where the expression stands.
    ///
    /// # Errors
    /// Where Terraform would report an error, or a bound is reached.
    pub fn eval(&self, expression: &Expression, scope: &Scope<'_, 'c>) -> Outcome {
        let value = self.budget.deeper(|| self.kind(expression, scope))?;
        Ok(value.used_at(expression.span))
    }

    fn kind(&self, expression: &Expression, scope: &Scope<'_, 'c>) -> Outcome {
        let span = expression.span;
        match &expression.kind {
            Syntax::Null => Ok(Value::null(span)),
            Syntax::Bool(yes) => Ok(Value::bool(*yes, span)),
            Syntax::Number(number) => Ok(Value::number(number.clone(), span)),
            Syntax::Text(text) => {
                self.budget.charge_text(text.len())?;
                Ok(Value::text(text.as_str(), span))
            }
            Syntax::Template(parts) => self.template(parts, span, scope),
            Syntax::Array(items) => {
                let items = items.iter().map(|item| self.soften(self.eval(item, scope), item.span));
                Value::list(items.collect::<Result<_, _>>()?, span)
            }
            Syntax::Object(members) => self.object(members, span, scope),
            Syntax::Variable(_) => self.traverse(expression, &[], span, scope),
            Syntax::Traversal(root, steps) => self.traverse(root, steps, span, scope),
            Syntax::Call { name, arguments, expand } => self.call(name, arguments, *expand, span, scope),
            Syntax::Unary(operator, operand) => self.unary(*operator, operand, span, scope),
            Syntax::Binary(operator, sides) => self.binary(*operator, &sides.0, &sides.1, span, scope),
            Syntax::Conditional(parts) => self.conditional(&parts.0, &parts.1, &parts.2, scope),
            Syntax::For(parts) => self.for_expression(parts, span, scope),
            Syntax::Invalid(reason) => Err(Failure::new(reason.as_str())),
        }
    }

    fn object(&self, members: &[(Expression, Expression)], span: Span, scope: &Scope<'_, 'c>) -> Outcome {
        let mut object = BTreeMap::new();
        for (key, value) in members {
            let key = self.eval(key, scope)?;
            if key.has_unknown() {
                return Ok(Value::unknown(key.reason(), span));
            }
            object.insert(convert::text(&key)?, self.soften(self.eval(value, scope), value.span)?);
        }
        Value::object(object, span)
    }

    fn conditional(
        &self,
        condition: &Expression,
        then: &Expression,
        otherwise: &Expression,
        scope: &Scope<'_, 'c>,
    ) -> Outcome {
        let condition = self.eval(condition, scope)?;
        if condition.has_unknown() {
            // Both ways may come to the same.
            let (then, otherwise) = (self.eval(then, scope), self.eval(otherwise, scope));
            return Ok(match (then, otherwise) {
                (Ok(then), Ok(otherwise)) if super::equal(&then, &otherwise, &self.budget)? == Some(true) => {
                    then
                }
                _ => Value::unknown(condition.reason(), condition.span).with_secret(condition.secret),
            });
        }
        let chosen = if convert::bool(&condition)? { then } else { otherwise };
        Ok(self.eval(chosen, scope)?.with_secret(condition.secret))
    }

    fn call(
        &self,
        name: &str,
        arguments: &[Expression],
        expand: bool,
        span: Span,
        scope: &Scope<'_, 'c>,
    ) -> Outcome {
        match name {
            "try" => return self.try_each(arguments, scope),
            "can" => {
                let Some(argument) = arguments.first() else {
                    return Err(Failure::new("'can' wants an argument"));
                };
                return match self.strictly(|| self.eval(argument, scope)) {
                    Ok(value) if value.is_unknown() => Ok(value),
                    Ok(value) => Ok(Value::bool(true, span).with_secret(value.secret)),
                    Err(failure) if failure.bound => Err(failure),
                    Err(_) => Ok(Value::bool(false, span)),
                };
            }
            _ => {}
        }
        let mut values = Vec::with_capacity(arguments.len());
        for argument in arguments {
            values.push(self.eval(argument, scope)?);
        }
        if expand && let Some(last) = values.pop() {
            if last.is_unknown() {
                return Ok(last);
            }
            let Some(items) = last.items() else {
                return Err(Failure::new(format!("{} is given before '...'", last.type_name())));
            };
            self.budget.charge(items.len() as u64)?;
            values.extend(items.iter().map(|item| item.clone().with_secret(last.secret)));
        }
        function::call(&function::Call { evaluator: self, scope, name, arguments: &values, span })
    }

    /// The first argument that has a value. One that isn't known could be either.
    fn try_each(&self, arguments: &[Expression], scope: &Scope<'_, 'c>) -> Outcome {
        let mut last = Failure::new("'try' wants an argument");
        for argument in arguments {
            match self.strictly(|| self.eval(argument, scope)) {
                Err(failure) if !failure.bound => last = failure,
                other => return other,
            }
        }
        Err(last)
    }

    /// The members of a binding for `dynamic` and the like.
    pub(super) fn pair(key: Value, value: Value, span: Span) -> Outcome {
        let members: BTreeMap<Rc<str>, Value> = [("key".into(), key), ("value".into(), value)].into();
        Value::object(members, span)
    }
}
