//! Operators, where a known side may decide what the other doesn't say.

use std::cmp::Ordering;

use super::Evaluator;
use super::scope::Scope;
use crate::source::code::file::Span;
use crate::source::terraform::budget::{Budget, Failure};
use crate::source::terraform::syntax::{BinaryOperator, Expression, UnaryOperator};
use crate::source::terraform::value::{Kind, Outcome, Value};
use crate::source::terraform::{convert, number};

impl<'c> Evaluator<'c> {
    pub(super) fn unary(
        &self,
        operator: UnaryOperator,
        operand: &Expression,
        span: Span,
        scope: &Scope<'_, 'c>,
    ) -> Outcome {
        let value = self.eval(operand, scope)?;
        if value.has_unknown() {
            return Ok(Value::unknown(value.reason(), span).with_secret(value.secret));
        }
        let result = match operator {
            UnaryOperator::Not => Value::bool(!convert::bool(&value)?, span),
            UnaryOperator::Neg => match number::negated(&convert::number(&value)?) {
                Some(negated) => Value::number(negated, span),
                None => return Err(Failure::new("the result is no number that can be written")),
            },
        };
        Ok(result.with_secret(value.secret))
    }

    pub(super) fn binary(
        &self,
        operator: BinaryOperator,
        left: &Expression,
        right: &Expression,
        span: Span,
        scope: &Scope<'_, 'c>,
    ) -> Outcome {
        let left = self.eval(left, scope)?;
        match operator {
            BinaryOperator::And => return self.logic(&left, right, false, span, scope),
            BinaryOperator::Or => return self.logic(&left, right, true, span, scope),
            _ => {}
        }
        let right = self.eval(right, scope)?;
        let secret = left.has_secret() || right.has_secret();
        let unknown = || {
            let reason = if left.has_unknown() { left.reason() } else { right.reason() };
            Ok(Value::unknown(reason, span).with_secret(secret))
        };
        if matches!(operator, BinaryOperator::Eq | BinaryOperator::NotEq) {
            return match equal(&left, &right, &self.budget)? {
                Some(same) => {
                    Ok(Value::bool(same == (operator == BinaryOperator::Eq), span).with_secret(secret))
                }
                None => unknown(),
            };
        }
        if left.has_unknown() || right.has_unknown() {
            return unknown();
        }
        let (left, right) = (convert::number(&left)?, convert::number(&right)?);
        let order = number::compare(&left, &right);
        let value = match operator {
            BinaryOperator::Less => Value::bool(order == Ordering::Less, span),
            BinaryOperator::LessEq => Value::bool(order != Ordering::Greater, span),
            BinaryOperator::Greater => Value::bool(order == Ordering::Greater, span),
            BinaryOperator::GreaterEq => Value::bool(order != Ordering::Less, span),
            _ => Value::number(number::arithmetic(operator, &left, &right)?, span),
        };
        Ok(value.with_secret(secret))
    }

    /// `&&` is decided by a false, `||` by a true.
    fn logic(
        &self,
        left: &Value,
        right: &Expression,
        decides: bool,
        span: Span,
        scope: &Scope<'_, 'c>,
    ) -> Outcome {
        let known = |value: &Value| {
            if value.has_unknown() { Ok(None) } else { convert::bool(value).map(Some) }
        };
        let first = known(left)?;
        if first == Some(decides) {
            return Ok(Value::bool(decides, span).with_secret(left.secret));
        }
        let right = self.eval(right, scope)?;
        let secret = left.secret || right.secret;
        Ok(match (first, known(&right)?) {
            (_, Some(second)) if second == decides => Value::bool(decides, span),
            (Some(_), Some(second)) => Value::bool(second, span),
            (None, _) => Value::unknown(left.reason(), span),
            (_, None) => Value::unknown(right.reason(), span),
        }
        .with_secret(secret))
    }
}

/// Whether two values are the same; nothing if what isn't known decides.
///
/// # Errors
/// When the budget ends.
pub fn equal(left: &Value, right: &Value, budget: &Budget) -> Result<Option<bool>, Failure> {
    budget.charge(1)?;
    Ok(match (&left.kind, &right.kind) {
        (Kind::Unknown(_) | Kind::Resource(_) | Kind::Module(_), _)
        | (_, Kind::Unknown(_) | Kind::Resource(_) | Kind::Module(_)) => None,
        (Kind::Null, Kind::Null) => Some(true),
        (Kind::Bool(left), Kind::Bool(right)) => Some(left == right),
        (Kind::Number(left), Kind::Number(right)) => Some(number::compare(left, right) == Ordering::Equal),
        (Kind::Text(left), Kind::Text(right)) => Some(left == right),
        (Kind::List(left), Kind::List(right)) | (Kind::Set(left), Kind::Set(right)) => {
            all_equal(left.items.iter().zip(&right.items), left.items.len() == right.items.len(), budget)?
        }
        // Of different types, but a list may stand for a set whose type nothing says.
        (Kind::List(left), Kind::Set(right)) | (Kind::Set(left), Kind::List(right)) => {
            let same = left.items.len() == right.items.len();
            all_equal(left.items.iter().zip(&right.items), same, budget)?.filter(|same| !same)
        }
        (Kind::Object(left), Kind::Object(right)) => {
            let same = left.members.keys().eq(right.members.keys());
            all_equal(left.members.values().zip(right.members.values()), same, budget)?
        }
        _ => Some(false),
    })
}

fn all_equal<'a>(
    pairs: impl Iterator<Item = (&'a Value, &'a Value)>,
    same_shape: bool,
    budget: &Budget,
) -> Result<Option<bool>, Failure> {
    if !same_shape {
        return Ok(Some(false));
    }
    let mut all = Some(true);
    for (left, right) in pairs {
        match equal(left, right, budget)? {
            Some(false) => return Ok(Some(false)),
            None => all = None,
            Some(true) => {}
        }
    }
    Ok(all)
}
