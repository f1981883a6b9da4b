//! Terraform's functions, one file a family.
//! <https://developer.hashicorp.com/terraform/language/functions>

mod collection;
mod csv;
mod date;
mod encoding;
mod file;
mod format;
mod hash;
mod json;
mod network;
mod numeric;
mod pattern;
mod select;
pub mod set;
mod text;
mod types;
mod yaml;

use serde_json::Number;

use super::budget::Failure;
use super::convert;
use super::evaluate::{Evaluator, Scope};
use super::value::{Kind, Outcome, Value};
use crate::source::code::file::Span;

/// A call whose arguments are evaluated.
pub struct Call<'e, 's, 'c> {
    /// Who evaluates.
    pub evaluator: &'e Evaluator<'c>,
    /// Where the call stands.
    pub scope: &'e Scope<'s, 'c>,
    /// The function.
    pub name: &'e str,
    /// Its arguments.
    pub arguments: &'e [Value],
    /// The whole call.
    pub span: Span,
}

/// How much of its arguments a function must know.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    /// All that is in them.
    All,
    /// Their shape: how many elements, which members.
    Shape,
    /// It looks for itself.
    Nothing,
}

type Body = fn(&Call<'_, '_, '_>) -> Outcome;

/// The value of a call. Secrets and what isn't known stay so.
///
/// # Errors
/// Where Terraform would report an error, or a bound is reached.
pub fn call(call: &Call<'_, '_, '_>) -> Outcome {
    let Some((needs, body)) = find(call.name) else {
        return Ok(Value::unknown(
            format!("depends on function '{}', which is not evaluated", call.name),
            call.span,
        ));
    };
    let lacking = call.arguments.iter().find(|argument| match needs {
        Needs::All => argument.has_unknown(),
        Needs::Shape => argument.is_unknown() || is_whole(argument),
        Needs::Nothing => false,
    });
    let secret = call.arguments.iter().any(|argument| match needs {
        Needs::All => argument.has_secret(),
        _ => argument.secret,
    });
    if let Some(lacking) = lacking {
        return Ok(Value::unknown(call.evaluator.reason(lacking), call.span).with_secret(secret));
    }
    let secret = secret && call.name != "nonsensitive" && call.name != "issensitive";
    let failed = |failure: Failure| Failure { reason: format!("in '{}': {failure}", call.name), ..failure };
    Ok(body(call).map_err(failed)?.with_secret(secret))
}

/// Whether a value is a resource or module as a whole, whose members nobody knows.
fn is_whole(value: &Value) -> bool {
    matches!(value.kind, Kind::Resource(_) | Kind::Module(_))
}

fn find(name: &str) -> Option<(Needs, Body)> {
    let name = name.strip_prefix("core::").unwrap_or(name);
    numeric::find(name)
        .or_else(|| text::find(name))
        .or_else(|| pattern::find(name))
        .or_else(|| format::find(name))
        .or_else(|| collection::find(name))
        .or_else(|| select::find(name))
        .or_else(|| set::find(name))
        .or_else(|| encoding::find(name))
        .or_else(|| date::find(name))
        .or_else(|| hash::find(name))
        .or_else(|| network::find(name))
        .or_else(|| types::find(name))
        .or_else(|| file::find(name))
}

#[allow(clippy::unnecessary_wraps)] // All functions end alike.
impl Call<'_, '_, '_> {
    /// An argument.
    fn value(&self, at: usize) -> Result<&Value, Failure> {
        self.arguments.get(at).ok_or_else(|| Failure::new(format!("argument {} is missing", at + 1)))
    }

    fn text(&self, at: usize) -> Result<std::rc::Rc<str>, Failure> {
        convert::text(self.value(at)?)
    }

    fn number(&self, at: usize) -> Result<Number, Failure> {
        convert::number(self.value(at)?)
    }

    fn integer(&self, at: usize) -> Result<i64, Failure> {
        convert::integer(self.value(at)?)
    }

    /// A list's or set's elements; their number is charged.
    fn items(&self, at: usize) -> Result<&[Value], Failure> {
        let value = self.value(at)?;
        let items = value
            .items()
            .ok_or_else(|| Failure::new(format!("{} is given where a list is wanted", value.type_name())))?;
        self.evaluator.budget.charge(items.len() as u64)?;
        Ok(items)
    }

    /// An object's members; their number is charged.
    fn members(&self, at: usize) -> Result<&std::collections::BTreeMap<std::rc::Rc<str>, Value>, Failure> {
        let value = self.value(at)?;
        let members = value
            .members()
            .ok_or_else(|| Failure::new(format!("{} is given where a map is wanted", value.type_name())))?;
        self.evaluator.budget.charge(members.len() as u64)?;
        Ok(members)
    }

    /// Where the result stands: at the only argument's literal, else at the call.
    fn span(&self) -> Span {
        match self.arguments {
            [only] => only.span,
            _ => self.span,
        }
    }

    fn done_text(&self, text: impl Into<std::rc::Rc<str>>) -> Outcome {
        let text = text.into();
        self.evaluator.budget.charge_text(text.len())?;
        Ok(Value::text(text, self.span()))
    }

    fn done_bool(&self, value: bool) -> Outcome {
        Ok(Value::bool(value, self.span()))
    }

    fn done_number(&self, value: impl Into<Number>) -> Outcome {
        Ok(Value::number(value, self.span()))
    }

    fn unknown(&self, reason: impl Into<String>) -> Outcome {
        Ok(Value::unknown(reason, self.span))
    }
}
