//! Loops: `copy` of ARM, `for` of Bicep.

use std::rc::Rc;

use super::env::{Binding, Env, Locals, OPEN};
use super::evaluate::{Interpreter, unknown};
use super::expression::{Kind, Loop, Over};
use super::frame::Value;
use crate::source::code::file::Span;
use crate::source::code::node::{Content, Node};

impl<'t> Interpreter<'t> {
    /// The list that a loop makes.
    pub fn list(&self, own: &Loop, span: Span, env: Env<'_, 't>) -> Value {
        let over = match &own.over {
            Over::Count(expression) | Over::Items(expression) => self.eval(expression, env),
        };
        let (length, items) = match rounds(&own.over, &over) {
            Ok(rounds) => rounds,
            Err(reason) => return unknown(reason, span),
        };
        let mut out = Vec::new();
        for index in 0..length {
            if !self.budget.round() {
                return self.spent(span);
            }
            let round = self.in_round(own, Some(index), items.get(index), env, |env| {
                let keep = own.filter.as_ref().map(|filter| self.eval(filter, env));
                match keep.as_deref().map(|node| &node.content) {
                    Some(Content::Bool(false)) => None,
                    Some(Content::Unknown(why)) => Some(Err(why.reason.clone())),
                    _ => Some(Ok(self.eval(&own.body, env))),
                }
            });
            match round {
                Some(Ok(value)) => out.push(self.own(value)),
                Some(Err(reason)) => return unknown(reason, span),
                None => {}
            }
        }
        Rc::new(Node { content: Content::Array(out), span, secret: over.secret })
    }

    /// Runs `inside` as one round of a loop.
    pub fn in_round<T>(
        &self,
        own: &Loop,
        index: Option<usize>,
        item: Option<&Node>,
        env: Env<'_, 't>,
        inside: impl FnOnce(Env<'_, 't>) -> T,
    ) -> T {
        let span = own.body.span;
        let plain = own.name.is_none() || own.body.kind == Kind::Null;
        let binding = Binding::Round { name: own.name.as_deref(), index, plain };
        let round = Locals { outer: env.locals, binding };
        let counted = match index {
            Some(index) => Rc::new(Node::new(Content::Number(index.into()), span)),
            None => unknown(OPEN, span),
        };
        let index = named(own.index.as_deref(), counted, &round);
        let item = if own.item.is_none() {
            None
        } else {
            Some(match item {
                Some(item) if self.budget.copy(item) => Rc::new(item.clone()),
                Some(item) => self.spent(item.span),
                None => unknown(OPEN, span),
            })
        };
        match item {
            Some(item) => {
                let item = named(own.item.as_deref(), item, &index);
                inside(Env { locals: Some(&item), ..env })
            }
            None => inside(Env { locals: Some(&index), ..env }),
        }
    }
}

/// How many rounds a loop has, and its elements; or why that isn't known.
pub(super) fn rounds<'v>(over: &Over, value: &'v Node) -> Result<(usize, &'v [Node]), String> {
    match (over, &value.content) {
        (_, Content::Unknown(why)) => Err(why.reason.clone()),
        (Over::Count(_), Content::Number(number)) => match number.as_u64() {
            Some(count) if count <= super::budget::MAX_ROUNDS => Ok((count as usize, &[])),
            _ => Err(format!("is made by a loop whose count {number} is out of bounds")),
        },
        (Over::Items(_), Content::Array(items)) => Ok((items.len(), items)),
        (Over::Count(_), _) => Err("is made by a loop whose count is no number".to_owned()),
        (Over::Items(_), _) => Err("is made by a loop over something that is no list".to_owned()),
    }
}

fn named<'e>(name: Option<&'e str>, value: Value, outer: &'e Locals<'e>) -> Locals<'e> {
    Locals { outer: Some(outer), binding: Binding::Named(name.unwrap_or_default(), value) }
}
