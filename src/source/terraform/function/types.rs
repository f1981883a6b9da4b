//! Types and marks.

use super::{Body, Call, Needs, set};
use crate::source::terraform::budget::Failure;
use crate::source::terraform::convert;
use crate::source::terraform::value::{Kind, Outcome, Value};

pub(super) fn find(name: &str) -> Option<(Needs, Body)> {
    let (needs, body): (Needs, Body) = match name {
        "tostring" => (Needs::Shape, |call| same(call, |value| Ok(Kind::Text(convert::text(value)?)))),
        "tonumber" => (Needs::Shape, |call| same(call, |value| Ok(Kind::Number(convert::number(value)?)))),
        "tobool" => (Needs::Shape, |call| same(call, |value| Ok(Kind::Bool(convert::bool(value)?)))),
        "tolist" => (Needs::Shape, |call| {
            let span = call.value(0)?.span;
            if call.value(0)?.is_null() {
                Ok(Value::null(span))
            } else {
                Value::list(call.items(0)?.to_vec(), span)
            }
        }),
        "toset" => (Needs::Shape, |call| {
            let span = call.value(0)?.span;
            if call.value(0)?.is_null() {
                return Ok(Value::null(span));
            }
            set::distinct(call.items(0)?.to_vec(), span, &call.evaluator.budget)
        }),
        "tomap" => (Needs::Shape, |call| {
            let value = call.value(0)?;
            if !value.is_null() {
                call.members(0)?;
            }
            Ok(value.clone())
        }),
        "sensitive" => (Needs::Nothing, |call| Ok(call.value(0)?.clone().with_secret(true))),
        "nonsensitive" => (Needs::Nothing, |call| Ok(Value { secret: false, ..call.value(0)?.clone() })),
        "issensitive" => (Needs::Nothing, |call| call.done_bool(call.value(0)?.secret)),
        "ephemeralasnull" => (Needs::Nothing, |call| Ok(call.value(0)?.clone())),
        "type" => (Needs::Nothing, |call| call.unknown("is a type")),
        _ => return None,
    };
    Some((needs, body))
}

/// The argument converted, at its own place.
fn same(call: &Call<'_, '_, '_>, convert: impl Fn(&Value) -> Result<Kind, Failure>) -> Outcome {
    let value = call.value(0)?;
    if value.is_null() {
        return Ok(value.clone());
    }
    Ok(Value::new(convert(value)?, value.span))
}
