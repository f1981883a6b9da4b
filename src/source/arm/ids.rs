//! `resourceId()` and its relatives, and the scopes that ids begin with.

use std::rc::Rc;

use super::env::Env;
use super::evaluate::Interpreter;
use super::expression::Expression;
use super::frame::Target;
use super::function::{Failure, Outcome};
use super::identity::{interleaved, is, parts_of};
use super::scope_call::{GROUP_NAME, SUBSCRIPTION_ID};
use super::template::Scope;
use super::words::segment;
use crate::source::code::file::Span;
use crate::source::code::node::{Content, Node};
use crate::source::code::scope::GROUP;

impl<'t> Interpreter<'t> {
    /// The resource group of a scope, as what is deployed to.
    pub fn group_target(
        &self,
        subscription: Option<&Expression>,
        group: Option<&Expression>,
        env: Env<'_, 't>,
    ) -> Target {
        let other = match subscription {
            Some(expression) => self.other_subscription(expression, env),
            None => env.frame.target.subscription.clone(),
        };
        let group = match group {
            Some(expression) => self.group_segment(expression, env),
            None => GROUP.to_owned(),
        };
        let name = match &other {
            Some(other) => format!("{other}:{group}"),
            None => group,
        };
        let id = format!("{}/resourceGroups/{name}", self.root);
        Target { scope: Scope::ResourceGroup, id, subscription: other }
    }

    /// The segment of a subscription that isn't the root's own.
    pub fn other_subscription(&self, expression: &Expression, env: Env<'_, 't>) -> Option<String> {
        let value = self.eval(expression, env);
        match &value.content {
            Content::Unknown(why) if why.reason == SUBSCRIPTION_ID => None,
            Content::Text(text) if *text == self.root => None,
            _ => Some(segment(&self.words(expression, env))),
        }
    }

    fn group_segment(&self, expression: &Expression, env: Env<'_, 't>) -> String {
        let value = self.eval(expression, env);
        match &value.content {
            Content::Unknown(why) if why.reason == GROUP_NAME => {
                let own = env.frame.target.id.split_once("/resourceGroups/");
                own.and_then(|(_, rest)| rest.split('/').next()).unwrap_or(GROUP).to_owned()
            }
            _ => segment(&self.words(expression, env)),
        }
    }

    /// A management group as what is deployed to.
    pub fn management_group_target(&self, name: Option<&Expression>, env: Env<'_, 't>) -> Target {
        let name = name.map_or_else(|| GROUP.to_owned(), |name| segment(&self.words(name, env)));
        let id = format!("{}/providers/Microsoft.Management/managementGroups/{name}", self.root);
        Target { scope: Scope::ManagementGroup, id, subscription: None }
    }

    /// `resourceId` and its relatives.
    pub fn id_call(&self, folded: &str, arguments: &[Expression], span: Span, env: Env<'_, 't>) -> Outcome {
        let (base, rest) = match (folded, arguments.split_first()) {
            ("extensionresourceid", Some((scope, rest))) => (Some(self.scope_id(scope, env)), rest),
            _ => (None, arguments),
        };
        let mut secret = false;
        let mut before: Vec<&Expression> = Vec::new();
        let mut kind = None;
        let mut names = Vec::new();
        for argument in rest {
            let value = self.eval(argument, env);
            secret |= value.secret;
            match (&kind, value.as_str()) {
                (None, Some(text)) if text.contains('/') && !text.starts_with('/') => {
                    kind = Some(text.to_owned());
                }
                (None, _) => before.push(argument),
                // A name may carry several parts.
                (Some(_), _) => names.extend(self.segments(argument, env)),
            }
        }
        let Some(kind) = kind else {
            let open = before.iter().map(|argument| self.eval(argument, env));
            let open = open.into_iter().find_map(|value| match &value.content {
                Content::Unknown(why) => Some(why.reason.clone()),
                _ => None,
            });
            return Err(Failure::reason(
                open.unwrap_or_else(|| "is the id of a resource without a type".to_owned()),
            ));
        };
        let path = parts_of(&kind);
        if path.len() != names.len() + 1 {
            return Err(Failure::reason(format!(
                "is the id of a resource of type {kind} with {} names instead of {}",
                names.len(),
                path.len() - 1
            )));
        }
        let (_, tail) = interleaved(&path, &names).ok_or_else(|| Failure::reason("is no id"))?;
        let target = &env.frame.target;
        let base = match (folded, base, before.as_slice()) {
            (_, Some(base), _) => base,
            // Built-in definitions live in the tenant: their ids are what they are everywhere.
            ("tenantresourceid", ..) => String::new(),
            ("managementgroupresourceid", _, [group]) => self.management_group_target(Some(group), env).id,
            ("managementgroupresourceid", ..) => match target.scope {
                Scope::ManagementGroup => target.id.clone(),
                _ => self.management_group_target(None, env).id,
            },
            ("subscriptionresourceid", _, [subscription, ..]) => {
                match self.other_subscription(subscription, env) {
                    Some(other) => format!("/subscriptions/{other}"),
                    None => self.root.clone(),
                }
            }
            ("subscriptionresourceid", ..) => self.root.clone(),
            (_, _, []) => target.id.clone(),
            (_, _, [group]) => self.group_target(None, Some(group), env).id,
            (_, _, [subscription, group, ..]) => self.group_target(Some(subscription), Some(group), env).id,
        };
        let id = match path.as_slice() {
            [namespace, group] if is(namespace, "Microsoft.Resources") && is(group, "resourceGroups") => {
                format!("{}/resourceGroups/{}", self.root, names.first().map_or("", String::as_str))
            }
            _ => format!("{base}/providers/{tail}"),
        };
        Ok(Rc::new(Node { content: Content::Text(id), span, secret }))
    }
}
