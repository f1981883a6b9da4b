//! The interpreter: expressions to values, lazily, each value at most once, within a budget.

use std::cell::RefCell;
use std::rc::Rc;

use super::budget::Budget;
use super::env::Env;
use super::expression::{Expression, Kind, Member};
use super::frame::{Memo, Value};
use super::library::Library;
use super::members::Members;
use crate::source::code::file::{Files, Span};
use crate::source::code::node::{Content, Node};

/// What the evaluation of a root shares.
pub(super) struct Interpreter<'t> {
    /// The files, for the words of names that aren't known.
    pub files: &'t Files,
    /// Linked templates.
    pub library: &'t Library,
    /// The root as a subscription: every id that is made up begins with it.
    pub root: String,
    /// What may still be spent.
    pub budget: Budget,
}

/// A value that isn't known.
pub(super) fn unknown(reason: impl Into<String>, span: Span) -> Value {
    Rc::new(Node::unknown(reason, span))
}

/// A value, with the place of the expression where it isn't known.
pub(super) fn at(value: Value, span: Span) -> Value {
    if value.span == span || !matches!(value.content, Content::Unknown(_)) {
        return value;
    }
    Rc::new(Node { span, ..(*value).clone() })
}

impl<'t> Interpreter<'t> {
    /// The value of an expression.
    pub fn eval(&self, expression: &Expression, env: Env<'_, 't>) -> Value {
        if !self.budget.step() {
            return self.spent(expression.span);
        }
        let value = if self.budget.enter() {
            self.kind(expression, env)
        } else {
            unknown("is nested too deeply to be evaluated", expression.span)
        };
        self.budget.leave();
        value
    }

    pub fn spent(&self, span: Span) -> Value {
        let reason = self.budget.spent().unwrap_or("takes too long to evaluate");
        unknown(format!("isn't evaluated, since the template {reason}"), span)
    }

    fn kind(&self, expression: &Expression, env: Env<'_, 't>) -> Value {
        let span = expression.span;
        let content = match &expression.kind {
            Kind::Null => Content::Null,
            Kind::Bool(value) => Content::Bool(*value),
            Kind::Number(number) => Content::Number(number.clone()),
            Kind::Text(text) => return self.literal(text, span),
            Kind::Array(elements) => return self.array(elements, span, env),
            Kind::Object(members) => return self.object(members, span, env),
            Kind::Call { namespace, name, arguments } => {
                return at(self.call(namespace.as_deref(), name, arguments, span, env), span);
            }
            Kind::Access { .. } => return at(self.access(expression, env), span),
            Kind::Symbol(_) => return at(self.deployed(expression, &[], env), span),
            Kind::Local(name) => {
                let missing = || unknown(format!("depends on '{name}', which is defined nowhere"), span);
                return at(env.local(name).unwrap_or_else(missing), span);
            }
            Kind::Loop(own) => return self.list(own, span, env),
            Kind::Lambda { .. } => return unknown("is a lambda where a value is needed", span),
            Kind::Inner(inner) => return at(self.eval(inner, Env { own: true, ..env }), span),
            Kind::Invalid(reason) => return unknown(reason.as_str(), span),
        };
        Rc::new(Node::new(content, span))
    }

    fn literal(&self, text: &str, span: Span) -> Value {
        if self.budget.text(text.len()) { Rc::new(Node::text(text, span)) } else { self.spent(span) }
    }

    /// A value of one's own; copied only when others have it too.
    pub fn own(&self, value: Value) -> Node {
        if Rc::strong_count(&value) > 1 && !self.budget.copy(&value) {
            return Rc::unwrap_or_clone(self.spent(value.span));
        }
        Rc::unwrap_or_clone(value)
    }

    fn array(&self, elements: &[super::expression::Element], span: Span, env: Env<'_, 't>) -> Value {
        let mut out = Vec::with_capacity(elements.len());
        let mut secret = false;
        for element in elements {
            let value = self.eval(&element.value, env);
            if !element.spread {
                out.push(self.own(value));
                continue;
            }
            secret |= value.secret;
            match self.own(value).content {
                Content::Array(more) => out.extend(more),
                Content::Null => {}
                Content::Unknown(why) => return unknown(why.reason, span),
                _ => return unknown("spreads something that is no list", span),
            }
        }
        Rc::new(Node { content: Content::Array(out), span, secret })
    }

    fn object(&self, members: &[Member], span: Span, env: Env<'_, 't>) -> Value {
        let mut out = Members::default();
        let mut secret = false;
        for member in members {
            let value = self.eval(&member.value, env);
            if member.spread {
                secret |= value.secret;
                match self.own(value).content {
                    Content::Object(more) => more.into_iter().for_each(|(name, node)| out.set(name, node)),
                    Content::Null => {}
                    Content::Unknown(why) => return unknown(why.reason, span),
                    _ => return unknown("spreads something that is no object", span),
                }
                continue;
            }
            let name = match &member.name.kind {
                Kind::Text(name) => name.clone(),
                _ => match &self.eval(&member.name, env).content {
                    Content::Text(name) => name.clone(),
                    Content::Unknown(why) => return unknown(why.reason.as_str(), span),
                    _ => return unknown("has a member whose name is no text", span),
                },
            };
            out.set(name, self.own(value));
        }
        Rc::new(Node { content: Content::Object(out.members), span, secret })
    }

    /// `of.a.b[0]`: the chain is followed from its beginning, without copies in between.
    fn access(&self, expression: &Expression, env: Env<'_, 't>) -> Value {
        let mut steps = Vec::new();
        let mut base = expression;
        while let Kind::Access { of, at, safe } = &base.kind {
            steps.push((&**at, *safe));
            base = of;
        }
        steps.reverse();
        let is_deployed = match &base.kind {
            Kind::Symbol(_) => true,
            Kind::Call { namespace: None, name, .. } => {
                name.eq_ignore_ascii_case("reference") || name.eq_ignore_ascii_case("resourceInfo")
            }
            _ => false,
        };
        if is_deployed {
            return self.deployed(base, &steps, env);
        }
        let value = self.eval(base, env);
        let mut keys = Vec::with_capacity(steps.len());
        for (at, safe) in steps {
            keys.push((self.eval(at, env), safe));
        }
        self.walk(&value, &keys, expression.span)
    }

    /// What lies at the end of a path into a value.
    pub fn walk(&self, value: &Value, keys: &[(Value, bool)], span: Span) -> Value {
        if keys.is_empty() {
            return Rc::clone(value);
        }
        let mut node: &Node = value;
        let mut secret = node.secret;
        for (key, safe) in keys {
            // Members are looked for one after the other.
            if !self.budget.steps(node.members().map_or(0, <[_]>::len) as u64 / 16) {
                return self.spent(span);
            }
            match step(node, key, *safe) {
                Step::To(next) => node = next,
                Step::Null => return Rc::new(Node { content: Content::Null, span, secret }),
                Step::Unknown(reason) => {
                    return Rc::new(Node { secret, ..Node::unknown(reason, span) });
                }
            }
            secret |= node.secret;
        }
        if !self.budget.copy(node) {
            return self.spent(span);
        }
        let mut node = node.clone();
        node.secret = secret;
        Rc::new(node)
    }

    /// A parameter's value.
    pub fn parameter(&self, name: &str, span: Span, env: Env<'_, 't>) -> Value {
        if env.arguments.is_some() {
            let missing =
                || unknown(format!("depends on parameter '{name}', which its function lacks"), span);
            return env.local(name).unwrap_or_else(missing);
        }
        let folded = name.to_ascii_lowercase();
        let found = env.visible().find_map(|frame| {
            let at = *frame.parameter_index.get(&folded)?;
            Some((frame, frame.template.parameters.get(at)?, frame.parameters.get(at)?))
        });
        let Some((frame, declared, memo)) = found else {
            return unknown(format!("depends on parameter '{name}', which is not declared"), span);
        };
        once(memo, &format!("parameter '{name}'"), span, || {
            let value = match (frame.supplied.get(&folded), &declared.default) {
                (Some(supplied), _) => Rc::clone(&supplied.value),
                (None, _) if frame.missing.is_some() => {
                    unknown(frame.missing.clone().unwrap_or_default(), declared.span)
                }
                (None, Some(default)) => self.eval(default, Env::of(frame)),
                (None, None) => {
                    unknown(format!("depends on parameter '{name}', which has no default"), declared.span)
                }
            };
            if declared.secure && !value.secret {
                let mut node = self.own(value);
                node.secret = true;
                return Rc::new(node);
            }
            value
        })
    }

    /// A variable's value.
    pub fn variable(&self, name: &str, span: Span, env: Env<'_, 't>) -> Value {
        let folded = name.to_ascii_lowercase();
        let found = env.visible().find_map(|frame| {
            let at = *frame.variable_index.get(&folded)?;
            Some((frame, frame.template.variables.get(at)?, frame.variables.get(at)?))
        });
        let Some((frame, declared, memo)) = found else {
            return unknown(format!("depends on variable '{name}', which is not declared"), span);
        };
        once(memo, &format!("variable '{name}'"), span, || self.eval(&declared.value, Env::of(frame)))
    }
}

fn once(memo: &RefCell<Memo>, what: &str, span: Span, make: impl FnOnce() -> Value) -> Value {
    match &*memo.borrow() {
        Memo::Known(value) => return Rc::clone(value),
        Memo::Running => return unknown(format!("depends on {what}, which depends on itself"), span),
        Memo::Unasked => {}
    }
    *memo.borrow_mut() = Memo::Running;
    let value = make();
    *memo.borrow_mut() = Memo::Known(Rc::clone(&value));
    value
}

/// Where a step of a path leads.
enum Step<'n> {
    To(&'n Node),
    Null,
    Unknown(String),
}

fn step<'n>(node: &'n Node, key: &Node, safe: bool) -> Step<'n> {
    let missing = |reason: String| if safe { Step::Null } else { Step::Unknown(reason) };
    match (&node.content, &key.content) {
        (Content::Unknown(why), _) | (_, Content::Unknown(why)) => Step::Unknown(why.reason.clone()),
        (Content::Object(_), Content::Text(name)) => match node.member(name) {
            Some(next) => Step::To(next),
            None => missing(format!("depends on member '{name}', which the object doesn't have")),
        },
        (Content::Array(elements), Content::Number(index)) => {
            let at = index.as_u64().and_then(|at| usize::try_from(at).ok());
            match at.and_then(|at| elements.get(at)) {
                Some(next) => Step::To(next),
                None => missing(format!("depends on element {index} of a list of {}", elements.len())),
            }
        }
        (Content::Null, _) => missing("depends on a member of null".to_owned()),
        _ => Step::Unknown("depends on a member of something that is neither object nor list".to_owned()),
    }
}
