//! Numbers.

use std::cmp::Ordering;

use super::{Body, Call, Needs};
use crate::source::terraform::budget::Failure;
use crate::source::terraform::convert::{self, from_f64};
use crate::source::terraform::number::{compare, float, negated};
use crate::source::terraform::value::{Outcome, Value};

pub(super) fn find(name: &str) -> Option<(Needs, Body)> {
    let body: Body = match name {
        "abs" => |call| {
            let number = call.number(0)?;
            let negative = float(&number) < 0.0;
            finite(call, if negative { negated(&number) } else { Some(number) })
        },
        "ceil" => |call| finite(call, from_f64(float(&call.number(0)?).ceil())),
        "floor" => |call| finite(call, from_f64(float(&call.number(0)?).floor())),
        "log" => |call| finite(call, from_f64(float(&call.number(0)?).log(float(&call.number(1)?)))),
        "pow" => |call| finite(call, from_f64(float(&call.number(0)?).powf(float(&call.number(1)?)))),
        "signum" => |call| {
            let number = float(&call.number(0)?);
            call.done_number(if number > 0.0 { 1 } else { -i64::from(number < 0.0) })
        },
        "max" => |call| extreme(call, Ordering::Greater),
        "min" => |call| extreme(call, Ordering::Less),
        "parseint" => parse_int,
        "sum" => sum,
        _ => return None,
    };
    Some((Needs::All, body))
}

fn finite(call: &Call<'_, '_, '_>, number: Option<serde_json::Number>) -> Outcome {
    match number {
        Some(number) => call.done_number(number),
        None => Err(Failure::new("the result is no number that can be written")),
    }
}

/// The argument itself, so that its own place is shown.
fn extreme(call: &Call<'_, '_, '_>, wanted: Ordering) -> Outcome {
    let mut best: Option<(serde_json::Number, &Value)> = None;
    for argument in call.arguments {
        let number = convert::number(argument)?;
        if best.as_ref().is_none_or(|(so_far, _)| compare(&number, so_far) == wanted) {
            best = Some((number, argument));
        }
    }
    let (number, argument) = best.ok_or_else(|| Failure::new("it wants an argument"))?;
    Ok(Value::number(number, argument.span))
}

fn parse_int(call: &Call<'_, '_, '_>) -> Outcome {
    let (text, base) = (call.text(0)?, call.integer(1)?);
    let radix = u32::try_from(base).ok().filter(|radix| (2..=36).contains(radix));
    let Some(radix) = radix else { return Err(Failure::new(format!("{base} is no base between 2 and 36"))) };
    match i64::from_str_radix(&text, radix) {
        Ok(number) => call.done_number(number),
        Err(_) => Err(Failure::new(format!("the text is no whole number of base {radix}"))),
    }
}

fn sum(call: &Call<'_, '_, '_>) -> Outcome {
    let mut total = serde_json::Number::from(0);
    for item in call.items(0)? {
        let number = convert::number(item)?;
        total = crate::source::terraform::number::arithmetic(
            hcl_edit::expr::BinaryOperator::Plus,
            &total,
            &number,
        )?;
    }
    call.done_number(total)
}
