//! `format` and `formatlist`. <https://developer.hashicorp.com/terraform/language/functions/format>

use super::{Body, Call, Needs, json};
use crate::source::terraform::budget::{Budget, Failure};
use crate::source::terraform::convert;
use crate::source::terraform::number::float;
use crate::source::terraform::value::{Kind, Outcome, Value};

/// Widest padding and most digits.
const MAX_WIDTH: usize = 1_000;

pub(super) fn find(name: &str) -> Option<(Needs, Body)> {
    let body: Body = match name {
        "format" => |call| {
            let rest: Vec<&Value> = call.arguments.iter().skip(1).collect();
            let text = format(&call.text(0)?, &rest, &call.evaluator.budget)?;
            call.done_text(text)
        },
        "formatlist" => format_list,
        _ => return None,
    };
    Some((Needs::All, body))
}

fn format_list(call: &Call<'_, '_, '_>) -> Outcome {
    let spec = call.text(0)?;
    let rest = call.arguments.get(1..).unwrap_or_default();
    let Some(length) = rest.iter().filter_map(|value| value.items().map(<[Value]>::len)).max() else {
        let text = format(&spec, &rest.iter().collect::<Vec<_>>(), &call.evaluator.budget)?;
        return Value::list(vec![Value::text(text, call.span)], call.span);
    };
    let mut all = Vec::new();
    for at in 0..length {
        let mut row = Vec::new();
        for value in rest {
            row.push(match value.items() {
                Some(items) => {
                    items.get(at).ok_or_else(|| Failure::new("its lists are of different lengths"))?
                }
                None => value,
            });
        }
        let span = rest.iter().find_map(|value| Some(value.items()?.get(at)?.span)).unwrap_or(call.span);
        all.push(Value::text(format(&spec, &row, &call.evaluator.budget)?, span));
    }
    Value::list(all, call.span)
}

/// What stands between `%` and the verb.
#[derive(Default)]
struct Flags {
    minus: bool,
    plus: bool,
    space: bool,
    zero: bool,
    sharp: bool,
    width: usize,
    precision: Option<usize>,
}

/// The text of a format with its values.
fn format(spec: &str, values: &[&Value], budget: &Budget) -> Result<String, Failure> {
    let mut text = String::new();
    let mut chars = spec.chars().peekable();
    let mut next = 0;
    while let Some(c) = chars.next() {
        if c != '%' {
            budget.append(&mut text, c.encode_utf8(&mut [0; 4]))?;
            continue;
        }
        let mut flags = Flags::default();
        while let Some(flag) = chars.next_if(|c| "-+ 0#".contains(*c)) {
            match flag {
                '-' => flags.minus = true,
                '+' => flags.plus = true,
                ' ' => flags.space = true,
                '0' => flags.zero = true,
                _ => flags.sharp = true,
            }
        }
        let digits = |chars: &mut std::iter::Peekable<std::str::Chars<'_>>| {
            let mut number = None;
            while let Some(digit) = chars.next_if(char::is_ascii_digit) {
                let digit = digit.to_digit(10).unwrap_or_default() as usize;
                number = Some((number.unwrap_or(0) * 10 + digit).min(MAX_WIDTH));
            }
            number
        };
        flags.width = digits(&mut chars).unwrap_or(0);
        if chars.next_if_eq(&'.').is_some() {
            flags.precision = Some(digits(&mut chars).unwrap_or(0));
        }
        if chars.next_if_eq(&'[').is_some() {
            next = digits(&mut chars).unwrap_or(0).saturating_sub(1);
            if chars.next() != Some(']') {
                return Err(Failure::new("the format has '[' without ']'"));
            }
        }
        let verb = chars.next().ok_or_else(|| Failure::new("the format ends in '%'"))?;
        if verb == '%' {
            budget.append(&mut text, "%")?;
            continue;
        }
        let value = values.get(next).ok_or_else(|| Failure::new("the format wants more values"))?;
        next += 1;
        budget.append(&mut text, &one(verb, &flags, value, budget)?)?;
    }
    Ok(text)
}

fn one(verb: char, flags: &Flags, value: &Value, budget: &Budget) -> Result<String, Failure> {
    let integer = || -> Result<i64, Failure> {
        let number = float(&convert::number(value)?);
        if number.abs() > 9e18 { Err(Failure::new("the number is too large")) } else { Ok(number as i64) }
    };
    let (text, numeric) = match verb {
        's' => (precise(&convert::text(value)?, flags), false),
        'q' => (json::quoted(&convert::text(value)?), false),
        't' => (convert::bool(value)?.to_string(), false),
        'v' if flags.sharp => (json::encode(value, budget)?, false),
        'v' => match value.kind {
            Kind::List(_) | Kind::Set(_) | Kind::Object(_) => (json::encode(value, budget)?, false),
            Kind::Null => ("null".to_owned(), false),
            Kind::Number(_) => (convert::text(value)?.to_string(), true),
            _ => (convert::text(value)?.to_string(), false),
        },
        'd' => (integer()?.to_string(), true),
        'b' => (format!("{:b}", integer()?), true),
        'o' => (format!("{:o}", integer()?), true),
        'x' => (format!("{:x}", integer()?), true),
        'X' => (format!("{:X}", integer()?), true),
        'f' => (format!("{:.*}", flags.precision.unwrap_or(6), float(&convert::number(value)?)), true),
        'g' | 'G' if flags.precision.is_none() => (convert::text(value)?.to_string(), true),
        'e' | 'E' | 'g' | 'G' => return Err(Failure::bound(format!("the verb '%{verb}' is not evaluated"))),
        _ => return Err(Failure::new(format!("'%{verb}' is no verb of a format"))),
    };
    Ok(padded(text, numeric, flags))
}

fn precise(text: &str, flags: &Flags) -> String {
    text.chars().take(flags.precision.unwrap_or(usize::MAX)).collect()
}

fn padded(mut text: String, numeric: bool, flags: &Flags) -> String {
    if numeric && !text.starts_with('-') {
        if flags.plus {
            text.insert(0, '+');
        } else if flags.space {
            text.insert(0, ' ');
        }
    }
    let lacking = flags.width.saturating_sub(text.chars().count());
    if lacking == 0 {
        return text;
    }
    if flags.minus {
        text.push_str(&" ".repeat(lacking));
    } else if flags.zero && numeric {
        let sign = text.len() - text.trim_start_matches(['-', '+', ' ']).len();
        text.insert_str(sign, &"0".repeat(lacking));
    } else {
        text.insert_str(0, &" ".repeat(lacking));
    }
    text
}
