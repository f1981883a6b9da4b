//! Arithmetic: exact for whole numbers, in double precision otherwise.

use hcl_edit::expr::BinaryOperator;
use serde_json::Number;
use std::cmp::Ordering;

use super::budget::Failure;
use super::convert::from_f64;

/// `left operator right`.
///
/// # Errors
/// For a division by zero, and what is no number afterwards.
pub fn arithmetic(operator: BinaryOperator, left: &Number, right: &Number) -> Result<Number, Failure> {
    if let (Some(left), Some(right)) = (left.as_i64(), right.as_i64()) {
        let exact = match operator {
            BinaryOperator::Plus => left.checked_add(right),
            BinaryOperator::Minus => left.checked_sub(right),
            BinaryOperator::Mul => left.checked_mul(right),
            BinaryOperator::Mod => left.checked_rem(right),
            BinaryOperator::Div => {
                (left.checked_rem(right) == Some(0)).then(|| left.checked_div(right)).flatten()
            }
            _ => None,
        };
        if let Some(exact) = exact {
            return Ok(exact.into());
        }
    }
    let (a, b) = (float(left), float(right));
    let result = match operator {
        BinaryOperator::Plus => a + b,
        BinaryOperator::Minus => a - b,
        BinaryOperator::Mul => a * b,
        BinaryOperator::Div => a / b,
        BinaryOperator::Mod => a % b,
        _ => f64::NAN,
    };
    from_f64(result).ok_or_else(|| match operator {
        BinaryOperator::Div | BinaryOperator::Mod if b == 0.0 => Failure::new("it divides by zero"),
        _ => Failure::new("the result is no number that can be written"),
    })
}

/// Which of two numbers is larger.
pub fn compare(left: &Number, right: &Number) -> Ordering {
    match (left.as_i64(), right.as_i64()) {
        (Some(left), Some(right)) => left.cmp(&right),
        _ => float(left).total_cmp(&float(right)),
    }
}

/// A number in double precision.
pub fn float(number: &Number) -> f64 {
    number.as_f64().unwrap_or(f64::NAN)
}

/// The number of the opposite sign.
pub fn negated(number: &Number) -> Option<Number> {
    match number.as_i64().and_then(i64::checked_neg) {
        Some(whole) => Some(whole.into()),
        None => from_f64(-float(number)),
    }
}
