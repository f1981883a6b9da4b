//! Calls: those that decide which of their arguments are evaluated, those that see the template, and all
//! others by [`super::function`].

use std::rc::Rc;

use super::env::{Binding, Env, Locals};
use super::evaluate::{Interpreter, at, unknown};
use super::expression::{Expression, Kind};
use super::frame::Value;
use super::function::{self, Failure, Outcome, Site};
use crate::source::code::file::Span;
use crate::source::code::node::{Content, Node};

impl<'t> Interpreter<'t> {
    /// The value of a call.
    pub fn call(
        &self,
        namespace: Option<&str>,
        name: &str,
        arguments: &[Expression],
        span: Span,
        env: Env<'_, 't>,
    ) -> Value {
        let built_in = matches!(namespace, None | Some("az" | "sys"));
        if let Some(value) = self.user_function(namespace, name, arguments, span, env) {
            return value;
        }
        if !built_in {
            let namespace = namespace.unwrap_or_default();
            return unknown(format!("depends on {namespace}.{name}(), which is defined nowhere"), span);
        }
        let folded = name.to_ascii_lowercase();
        let outcome = match folded.as_str() {
            "parameters" | "variables" => self.declared_value(&folded, arguments, span, env),
            "if" => self.choice(arguments, env),
            "and" => self.both(arguments, span, env, false),
            "or" => self.both(arguments, span, env, true),
            "coalesce" => self.coalesce(arguments, env),
            "copyindex" => self.copy_index(arguments, span, env),
            "filter" | "map" | "reduce" | "sort" | "toobject" | "groupby" | "mapvalues" => {
                self.with_lambda(&folded, arguments, span, env)
            }
            "resourceid"
            | "subscriptionresourceid"
            | "tenantresourceid"
            | "managementgroupresourceid"
            | "extensionresourceid" => self.id_call(&folded, arguments, span, env),
            "resourcegroup" | "subscription" | "managementgroup" | "tenant" | "deployment" => {
                Ok(self.scope_call(&folded, arguments, span, env))
            }
            "reference" | "references" | "resourceinfo" => {
                let kind = Kind::Call { namespace: None, name: folded, arguments: arguments.to_vec() };
                Ok(self.deployed(&Expression { kind, span }, &[], env))
            }
            "concat" | "format" => self.built_text(&folded, arguments, span, env),
            _ => self.plain(&folded, name, arguments, span, env),
        };
        outcome.unwrap_or_else(|failure| failure.into_value(span))
    }

    fn site(&self, span: Span) -> Site<'_> {
        Site { span, root: &self.root, budget: &self.budget }
    }

    fn values(&self, arguments: &[Expression], env: Env<'_, 't>) -> Vec<Value> {
        arguments.iter().map(|argument| self.eval(argument, env)).collect()
    }

    /// A function of its arguments alone.
    fn plain(
        &self,
        folded: &str,
        name: &str,
        arguments: &[Expression],
        span: Span,
        env: Env<'_, 't>,
    ) -> Outcome {
        let values = self.values(arguments, env);
        let value = function::call(folded, name, &values, &self.site(span))?;
        Ok(with_secret(value, values.iter().any(|value| value.secret)))
    }

    fn user_function(
        &self,
        namespace: Option<&str>,
        name: &str,
        arguments: &[Expression],
        span: Span,
        env: Env<'_, 't>,
    ) -> Option<Value> {
        let count: usize = env.visible().map(|frame| frame.template.functions.len()).sum();
        if !self.budget.steps(count as u64 / 16) {
            return Some(self.spent(span));
        }
        let same = |own: Option<&str>| match (own, namespace) {
            (Some(own), Some(namespace)) => own.eq_ignore_ascii_case(namespace),
            (None, None) => true,
            _ => false,
        };
        let mut functions = env.visible().flat_map(|frame| &frame.template.functions);
        let found =
            functions.find(|own| own.name.eq_ignore_ascii_case(name) && same(own.namespace.as_deref()))?;
        let values = self.values(arguments, env);
        let given: Vec<(&str, Value)> = found.parameters.iter().map(String::as_str).zip(values).collect();
        let value = self.eval(&found.output, Env { locals: None, arguments: Some(&given), ..env });
        Some(at(value, span))
    }

    fn declared_value(
        &self,
        folded: &str,
        arguments: &[Expression],
        span: Span,
        env: Env<'_, 't>,
    ) -> Outcome {
        let name = self.eval(arguments.first().ok_or_else(|| Failure::arguments(folded))?, env);
        let name = function::text_of(&name)?;
        Ok(match folded {
            "parameters" => self.parameter(name, span, env),
            _ => self.variable(name, span, env),
        })
    }

    fn choice(&self, arguments: &[Expression], env: Env<'_, 't>) -> Outcome {
        let [condition, then, otherwise] = arguments else { return Err(Failure::arguments("if")) };
        let decided = self.eval(condition, env);
        let value = self.eval(if function::bool_of(&decided)? { then } else { otherwise }, env);
        Ok(with_secret(value, decided.secret))
    }

    /// `and`, `or`: decided by one part that is known, whatever the others are.
    fn both(&self, arguments: &[Expression], span: Span, env: Env<'_, 't>, decisive: bool) -> Outcome {
        let mut open = None;
        let mut secret = false;
        for argument in arguments {
            let value = self.eval(argument, env);
            secret |= value.secret;
            match function::bool_of(&value) {
                Ok(value) if value == decisive => {
                    let node = Node { content: Content::Bool(decisive), span, secret };
                    return Ok(Rc::new(node));
                }
                Ok(_) => {}
                Err(failure) => open = open.or(Some(failure)),
            }
        }
        match open {
            Some(failure) => Err(failure),
            None => Ok(Rc::new(Node { content: Content::Bool(!decisive), span, secret })),
        }
    }

    fn coalesce(&self, arguments: &[Expression], env: Env<'_, 't>) -> Outcome {
        let mut last = Err(Failure::arguments("coalesce"));
        for argument in arguments {
            let value = self.eval(argument, env);
            if !matches!(value.content, Content::Null) {
                return Ok(value);
            }
            last = Ok(value);
        }
        last
    }

    fn copy_index(&self, arguments: &[Expression], span: Span, env: Env<'_, 't>) -> Outcome {
        let values = self.values(arguments, env);
        let (name, offset) = match values.as_slice() {
            [] => (None, 0),
            [one] if one.as_str().is_some() => (one.as_str(), 0),
            [one] => (None, function::integer_of(one)?),
            [name, offset, ..] => (Some(function::text_of(name)?), function::integer_of(offset)?),
        };
        let index = env.round(name).map_err(Failure::reason)?;
        let number = i64::try_from(index).ok().and_then(|index| index.checked_add(offset));
        let number = number.ok_or_else(|| Failure::reason("is a number out of bounds"))?;
        Ok(Rc::new(Node::new(Content::Number(number.into()), span)))
    }

    /// `concat` and `format`: also ids written out by hand, in which the subscription and the group stand
    /// for the root's own.
    fn built_text(&self, folded: &str, arguments: &[Expression], span: Span, env: Env<'_, 't>) -> Outcome {
        let values = self.values(arguments, env);
        let value = if folded == "concat" {
            function::text_building::concat(&values, &self.site(span))?
        } else {
            function::text_building::format(&values, &self.site(span))?
        };
        Ok(with_secret(value, values.iter().any(|value| value.secret)))
    }

    fn with_lambda(&self, folded: &str, arguments: &[Expression], span: Span, env: Env<'_, 't>) -> Outcome {
        let mut values = Vec::new();
        let mut lambdas = Vec::new();
        for argument in arguments {
            match &argument.kind {
                Kind::Lambda { parameters, body } => lambdas.push((parameters.as_slice(), &**body)),
                _ => values.push(self.eval(argument, env)),
            }
        }
        let apply = |which: usize, given: &[Value]| -> Outcome {
            let (parameters, body) = lambdas.get(which).ok_or_else(|| Failure::arguments(folded))?;
            if !self.budget.round() {
                return Ok(self.spent(span));
            }
            Ok(self.bound(parameters, given, body, env))
        };
        let value = function::lambda::call(folded, &values, lambdas.len(), &apply, &self.site(span))?;
        Ok(with_secret(value, values.iter().any(|value| value.secret)))
    }

    /// Evaluates a lambda's body with its arguments bound, one after the other.
    fn bound(&self, names: &[String], given: &[Value], body: &Expression, env: Env<'_, 't>) -> Value {
        match (names.split_first(), given.split_first()) {
            (Some((name, names)), Some((value, given))) => {
                let binding = Binding::Named(name, Rc::clone(value));
                let locals = Locals { outer: env.locals, binding };
                self.bound(names, given, body, Env { locals: Some(&locals), ..env })
            }
            _ => self.eval(body, env),
        }
    }
}

/// A value that is secret where what it comes from is.
fn with_secret(value: Value, secret: bool) -> Value {
    if !secret || value.secret {
        return value;
    }
    let mut value = value;
    Rc::make_mut(&mut value).secret = true;
    value
}
