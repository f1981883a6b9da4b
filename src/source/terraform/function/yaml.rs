//! YAML as `yamldecode` reads it.

use std::collections::BTreeMap;
use std::rc::Rc;

use saphyr::{LoadableYamlNode, Scalar, Yaml};

use crate::source::code::file::Span;
use crate::source::terraform::budget::{Budget, Failure};
use crate::source::terraform::convert::from_f64;
use crate::source::terraform::syntax::depth;
use crate::source::terraform::value::{Outcome, Value};

/// Deepest indentation that is read, in characters: block style nests by it.
const MAX_INDENT: usize = 256;

/// The value of a YAML document; all of it stands at `span`.
///
/// # Errors
/// When it is no YAML, has several documents, or a bound is reached.
pub(super) fn decode(text: &str, span: Span, budget: &Budget) -> Outcome {
    budget.charge(text.len() as u64 / 4)?;
    depth::check(text).map_err(|error| Failure::bound(error.reason))?;
    let deep = |line: &str| line.len() - line.trim_start_matches([' ', '-', '?', '\t']).len() > MAX_INDENT;
    if text.lines().any(deep) {
        return Err(Failure::bound("nests too deep"));
    }
    // An alias stands for a copy, and copies of copies grow without bound.
    let alias = |word: &str| word.len() > 1 && word.starts_with('*');
    if text.split_whitespace().any(alias) && text.contains('&') {
        return Ok(Value::unknown("is YAML with aliases, which are not followed", span));
    }
    let documents = Yaml::load_from_str(text).map_err(|error| Failure::new(format!("no YAML: {error}")))?;
    match documents.as_slice() {
        [] => Ok(Value::null(span)),
        [only] => value(only, span, budget),
        _ => Err(Failure::new("more than one YAML document")),
    }
}

fn value(node: &Yaml<'_>, span: Span, budget: &Budget) -> Outcome {
    budget.charge(1)?;
    match node {
        Yaml::Value(scalar) => Ok(match scalar {
            Scalar::Null => Value::null(span),
            Scalar::Boolean(yes) => Value::bool(*yes, span),
            Scalar::Integer(number) => Value::number(*number, span),
            Scalar::FloatingPoint(number) => match from_f64(number.into_inner()) {
                Some(number) => Value::number(number, span),
                None => return Err(Failure::new("a number that can't be written")),
            },
            Scalar::String(text) => Value::text(text.as_ref(), span),
        }),
        Yaml::Sequence(items) => {
            let items = items.iter().map(|item| value(item, span, budget));
            Value::list(items.collect::<Result<_, _>>()?, span)
        }
        Yaml::Mapping(members) => {
            let mut object = BTreeMap::new();
            for (key, member) in members {
                let key = value(key, span, budget)?;
                let key: Rc<str> = crate::source::terraform::convert::text(&key)?;
                object.insert(key, value(member, span, budget)?);
            }
            Value::object(object, span)
        }
        _ => Ok(Value::unknown("is YAML of a kind that is not evaluated", span)),
    }
}
