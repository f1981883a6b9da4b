//! Texts with interpolation.

use super::Evaluator;
use super::scope::Scope;
use crate::source::code::file::Span;
use crate::source::terraform::budget::Failure;
use crate::source::terraform::convert;
use crate::source::terraform::syntax::{Expression, Part};
use crate::source::terraform::value::{Outcome, Value};

/// A text in the making.
#[derive(Default)]
struct Text {
    written: String,
    secret: bool,
    /// Why it will not be known.
    unknown: Option<String>,
}

impl<'c> Evaluator<'c> {
    /// The text of a template; a template that is one interpolation is that value.
    pub fn template(&self, parts: &[Part], span: Span, scope: &Scope<'_, 'c>) -> Outcome {
        if let [Part::Value(only)] = parts {
            return self.eval(only, scope);
        }
        let mut text = Text::default();
        self.write(parts, &mut text, scope)?;
        let value = match text.unknown {
            Some(reason) => Value::unknown(reason, span),
            None => Value::text(text.written, span),
        };
        Ok(value.with_secret(text.secret))
    }

    fn write(&self, parts: &[Part], text: &mut Text, scope: &Scope<'_, 'c>) -> Result<(), Failure> {
        for part in parts {
            match part {
                Part::Text(plain) => self.budget.append(&mut text.written, plain)?,
                Part::Value(expression) => {
                    let Some(value) = self.known(expression, text, scope)? else { continue };
                    self.budget.append(&mut text.written, &convert::text(&value)?)?;
                }
                Part::If(condition, then, otherwise) => {
                    let Some(value) = self.known(condition, text, scope)? else { continue };
                    let chosen = if convert::bool(&value)? { then } else { otherwise };
                    self.budget.deeper(|| self.write(chosen, text, scope))?;
                }
                Part::For { key, value, collection, parts } => {
                    let Some(collection) = self.known(collection, text, scope)? else { continue };
                    self.each_pair(&collection, key.as_deref(), value, scope, &mut |scope| {
                        self.write(parts, text, scope)
                    })?;
                }
            }
        }
        Ok(())
    }

    /// The value of a part; nothing, and the text not known, if that isn't known.
    fn known(
        &self,
        expression: &Expression,
        text: &mut Text,
        scope: &Scope<'_, 'c>,
    ) -> Result<Option<Value>, Failure> {
        let value = self.eval(expression, scope)?;
        text.secret |= value.has_secret();
        if value.is_unknown() || (Self::is_whole(&value)) {
            text.unknown.get_or_insert_with(|| self.reason(&value));
            return Ok(None);
        }
        Ok(Some(value))
    }
}
