//! Nested deployments while they are evaluated: their template, what it is given, where it goes.

use std::collections::HashMap;
use std::rc::Rc;

use super::env::Env;
use super::evaluate::Interpreter;
use super::expression::{Expression, Kind};
use super::frame::{Frame, Supplied, Target};
use super::template::{Declaration, Inner, Nested, Scope, Template};
use crate::source::code::node::{Content, Node};

/// Deepest nesting of deployments in each other.
const MAX_NESTED: usize = 16;

impl<'t> Interpreter<'t> {
    /// The frame of the template of a nested deployment; `env` is that of the deployment's instance.
    ///
    /// # Errors
    /// Why there is none, for people.
    pub fn nested_frame(
        &self,
        at: usize,
        round: Option<usize>,
        env: Env<'_, 't>,
    ) -> Result<Rc<Frame<'t>>, String> {
        let entry = env.frame.entries.get(at).ok_or("there is no such deployment")?;
        let nested = entry.declaration.nested.as_deref().ok_or("it is no deployment")?;
        if let Some(made) = env.frame.nested.borrow().get(&(at, round)) {
            return made.clone().ok_or_else(|| "it depends on itself".to_owned());
        }
        env.frame.nested.borrow_mut().insert((at, round), None);
        let made = self.make_frame(at, round, entry.declaration, nested, env).map(Rc::new);
        match &made {
            Ok(frame) => {
                env.frame.nested.borrow_mut().insert((at, round), Some(Rc::clone(frame)));
            }
            Err(_) => {
                env.frame.nested.borrow_mut().remove(&(at, round));
            }
        }
        made
    }

    fn make_frame(
        &self,
        at: usize,
        round: Option<usize>,
        declaration: &'t Declaration,
        nested: &'t Nested,
        env: Env<'_, 't>,
    ) -> Result<Frame<'t>, String> {
        let template: &'t Template = match &nested.template {
            Inner::Here(template) => template,
            Inner::Linked { path, from } => {
                let found = self.library.get(path, from);
                found.map_err(|reason| format!("its template {reason}"))?
            }
            Inner::Elsewhere(reason) => return Err(reason.clone()),
        };
        let above = || std::iter::successors(Some(env.frame), |frame| frame.outer.as_ref());
        if above().any(|frame| std::ptr::eq(frame.template, template)) {
            return Err("its template deploys itself".to_owned());
        }
        if above().count() > MAX_NESTED {
            return Err(format!("deployments are nested more than {MAX_NESTED} deep"));
        }
        if !self.budget.steps(template.resources.len() as u64 + 1) {
            return Err("the template takes too long to evaluate".to_owned());
        }
        let written = self.eval(&declaration.name, env);
        let prefix = format!("{}/", self.address(at, round, &written, env));
        let mut frame = Frame::new(template, self.target(declaration, template.scope, env), prefix);
        frame.outer = Some(Rc::clone(env.frame));
        self.supply(&mut frame, nested, env);
        if !nested.inner {
            frame.values = Some(Rc::clone(env.frame.values.as_ref().unwrap_or(env.frame)));
        }
        Ok(frame)
    }

    fn supply(&self, frame: &mut Frame<'t>, nested: &'t Nested, env: Env<'_, 't>) {
        let mut supplied = HashMap::new();
        for member in &nested.parameters {
            let value = self.eval(&member.value, env);
            if member.spread {
                match &value.content {
                    Content::Object(members) => {
                        for (name, node) in members {
                            let key = (Rc::new(Node::text("value", node.span)), false);
                            let inner = self.walk(&Rc::new(node.clone()), &[key], node.span);
                            let name = name.to_ascii_lowercase();
                            supplied.insert(name, Supplied { value: inner, words: None });
                        }
                    }
                    Content::Unknown(why) => frame.missing = Some(why.reason.clone()),
                    _ => {}
                }
                continue;
            }
            let name = self.eval(&member.name, env);
            match &name.content {
                Content::Text(name) => {
                    let open = matches!(value.content, Content::Unknown(_));
                    let words = open.then(|| self.words(&member.value, env));
                    supplied.insert(name.to_ascii_lowercase(), Supplied { value, words });
                }
                _ => frame.missing = Some("depends on a parameter whose name isn't known".to_owned()),
            }
        }
        frame.supplied = supplied;
    }

    /// Where the resources of a nested deployment go.
    pub fn target(&self, declaration: &Declaration, own: Scope, env: Env<'_, 't>) -> Target {
        if let Some(scope) = &declaration.scope {
            return self.scope_target(scope, own, env);
        }
        let named = |name: &str| {
            declaration.body.iter().find_map(|member| match &member.name.kind {
                Kind::Text(own) if own.eq_ignore_ascii_case(name) => Some(&member.value),
                _ => None,
            })
        };
        match (named("subscriptionId"), named("resourceGroup")) {
            (None, None) => env.frame.target.clone(),
            (subscription, Some(group)) => self.group_target(subscription, Some(group), env),
            (Some(subscription), None) => Target {
                scope: Scope::Subscription,
                id: self.root.clone(),
                subscription: self.other_subscription(subscription, env),
            },
        }
    }

    fn scope_target(&self, scope: &Expression, own: Scope, env: Env<'_, 't>) -> Target {
        let id = self.scope_id(scope, env);
        let last = id.rsplit('/').nth(1).unwrap_or_default();
        let scope = if last.eq_ignore_ascii_case("resourceGroups") {
            Scope::ResourceGroup
        } else if last.eq_ignore_ascii_case("managementGroups") {
            Scope::ManagementGroup
        } else if id == self.root {
            match own {
                Scope::Tenant => Scope::Tenant,
                _ => Scope::Subscription,
            }
        } else {
            own
        };
        // `Microsoft.Management/managementGroups/x` names the group wherever it is said.
        let id = match id.find("/providers/Microsoft.Management/managementGroups/") {
            Some(at) => format!("{}{}", self.root, id.get(at..).unwrap_or_default()),
            None => id,
        };
        Target { scope, id, subscription: None }
    }
}
