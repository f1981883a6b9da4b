//! Terraform's conversions between types.
//! <https://developer.hashicorp.com/terraform/language/expressions/types#type-conversion>

use std::rc::Rc;

use serde_json::Number;

use super::budget::Failure;
use super::value::{Kind, Value};

/// The text of a text, number or bool.
///
/// # Errors
/// For anything else.
pub fn text(value: &Value) -> Result<Rc<str>, Failure> {
    match &value.kind {
        Kind::Text(text) => Ok(Rc::clone(text)),
        Kind::Number(number) => Ok(number_text(number).into()),
        Kind::Bool(yes) => Ok(if *yes { "true".into() } else { "false".into() }),
        _ => Err(wanted(value, "text")),
    }
}

/// A number, or a text that is one.
///
/// # Errors
/// For anything else.
pub fn number(value: &Value) -> Result<Number, Failure> {
    match &value.kind {
        Kind::Number(number) => Ok(number.clone()),
        Kind::Text(text) => parse_number(text).ok_or_else(|| wanted(value, "a number")),
        _ => Err(wanted(value, "a number")),
    }
}

/// A bool, or `"true"` or `"false"`.
///
/// # Errors
/// For anything else.
pub fn bool(value: &Value) -> Result<bool, Failure> {
    match &value.kind {
        Kind::Bool(yes) => Ok(*yes),
        Kind::Text(text) => match text.as_ref() {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            _ => Err(wanted(value, "true or false")),
        },
        _ => Err(wanted(value, "true or false")),
    }
}

/// The number that a text is.
pub fn parse_number(text: &str) -> Option<Number> {
    let whole = text.parse::<i64>().ok().map(Number::from);
    whole.or_else(|| text.parse::<u64>().ok().map(Number::from)).or_else(|| {
        let plain = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
        plain.then(|| text.parse::<f64>().ok().and_then(from_f64)).flatten()
    })
}

/// Whole numbers below 2⁵³ as integers; nothing for what isn't finite.
pub fn from_f64(value: f64) -> Option<Number> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() <= EXACT {
        return Some(Number::from(value as i64));
    }
    Number::from_f64(value)
}

/// A number as Terraform writes it: never with an exponent.
pub fn number_text(number: &Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() => float.to_string(),
        _ => number.to_string(),
    }
}

/// A whole number.
///
/// # Errors
/// For anything else.
pub fn integer(value: &Value) -> Result<i64, Failure> {
    let number = number(value)?;
    number.as_i64().ok_or_else(|| wanted(value, "a whole number"))
}

fn wanted(value: &Value, what: &str) -> Failure {
    let is = match &value.kind {
        Kind::Text(text) if !value.secret && text.len() <= 64 => format!("'{text}'"),
        _ => value.type_name().to_owned(),
    };
    Failure::new(format!("{is} is given where {what} is wanted"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_without_exponent() {
        for (text, written) in
            [("1", "1"), ("-0.50", "-0.5"), ("1e3", "1000"), ("1e21", "1000000000000000000000"), ("007", "7")]
        {
            assert_eq!(parse_number(text).map(|number| number_text(&number)).as_deref(), Some(written));
        }
        for text in ["", "x", "inf", "NaN", "0x1", "1 "] {
            assert_eq!(parse_number(text), None, "{text}");
        }
    }
}
