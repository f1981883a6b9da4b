//! CSV with a line of names.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::source::code::file::Span;
use crate::source::terraform::budget::{Budget, Failure};
use crate::source::terraform::value::{Outcome, Value};

/// One object for each line.
///
/// # Errors
/// When it is no CSV, or a bound is reached.
pub(super) fn decode(text: &str, span: Span, budget: &Budget) -> Outcome {
    let broken = |error: csv::Error| Failure::new(format!("no CSV: {error}"));
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let names: Vec<Rc<str>> = reader.headers().map_err(broken)?.iter().map(Rc::from).collect();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(broken)?;
        budget.charge(names.len() as u64 + 1)?;
        let members: BTreeMap<Rc<str>, Value> =
            names.iter().cloned().zip(record.iter().map(|field| Value::text(field, span))).collect();
        rows.push(Value::object(members, span)?);
    }
    Value::list(rows, span)
}
