//! What a declaration is called: type, id, name and address.

use std::rc::Rc;

use super::evaluate::{Env, Interpreter};
use super::expression::{Expression, Kind};
use super::frame::{Frame, Target, Value};
use super::function::{Failure, Outcome};
use super::scope_call::{GROUP_NAME, SUBSCRIPTION_ID};
use super::template::{Declaration, Scope};
use super::words::segment;
use crate::source::code::file::Span;
use crate::source::code::node::{Content, Node};
use crate::source::code::scope::GROUP;

/// What an instance of a declaration is called.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    /// Its type.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// Its name: the last part, as Azure returns it.
    pub name: Node,
    /// Its name as it is written, with the names of its parents where they are part of it.
    pub written: Value,
    /// Type with all parents, as written in templates.
    path: Vec<String>,
    /// Names with all parents.
    names: Vec<String>,
    /// What the resource hangs below.
    base: String,
}

impl<'t> Interpreter<'t> {
    /// What the instance is called; `env` is its own.
    pub fn identity(&self, at: usize, env: Env<'_, 't>) -> Option<Identity> {
        let entry = env.frame.entries.get(at)?;
        let declaration = entry.declaration;
        let kind = self.eval(&declaration.kind, env);
        let kind = match &kind.content {
            Content::Text(kind) => kind.split('@').next().unwrap_or_default().to_owned(),
            _ => return None,
        };
        let written = self.eval(&declaration.name, env);
        let own: Vec<String> = self.segments(&declaration.name, env);
        let parent = match (entry.parent, &declaration.parent) {
            (Some(parent), _) => self.identity(parent, env),
            (None, Some(parent)) => self.identity_of(parent, env),
            (None, None) => None,
        };
        let segments: Vec<String> = kind.split('/').map(str::to_owned).collect();
        let (path, mut names, base) = match parent {
            // A child by `parent` may be written with its full type; one inside of its parent is not.
            Some(parent) => {
                let full = segments.len() > parent.path.len()
                    && segments.iter().zip(&parent.path).all(|(own, above)| own.eq_ignore_ascii_case(above));
                let rest =
                    if full { segments.iter().skip(parent.path.len()) } else { segments.iter().skip(0) };
                let rest: Vec<String> = rest.cloned().collect();
                let path = [parent.path, rest.clone()].concat();
                let own = if own.len() > rest.len() {
                    own.into_iter().skip(parent.names.len()).collect()
                } else {
                    own
                };
                (path, [parent.names, own].concat(), parent.base)
            }
            None => (segments, own, self.base(declaration, env)),
        };
        // Names that aren't known as a whole may have any number of parts.
        let wanted = path.len().saturating_sub(1);
        if names.len() != wanted {
            let whole = names.join(":");
            let open = if whole.starts_with('~') { whole } else { format!("~{whole}") };
            names = (0..wanted).map(|_| open.clone()).collect();
        }
        let (kind, tail) = interleaved(&path, &names)?;
        let id = match path.as_slice() {
            [namespace, group] if is(namespace, "Microsoft.Resources") && is(group, "resourceGroups") => {
                format!("{}/resourceGroups/{}", self.root, names.first()?)
            }
            [namespace, _, group] if is(namespace, "Microsoft.Resources") && is(group, "resourceGroups") => {
                format!("{}/resourceGroups/{}", self.root, names.last()?)
            }
            _ => format!("{base}/providers/{tail}"),
        };
        let last = names.last().cloned().unwrap_or_default();
        let name = match &written.content {
            Content::Text(_) if !last.starts_with('~') => {
                Node { secret: written.secret, ..Node::text(last, written.span) }
            }
            Content::Unknown(_) if names.len() > 1 && !last.starts_with('~') => {
                Node::text(last, written.span)
            }
            Content::Unknown(_) => (*written).clone(),
            _ => Node::unknown("has a name that is no text, or has parts that aren't known", written.span),
        };
        Some(Identity { kind, id, name, written, path, names, base })
    }

    /// What a declaration without a parent hangs below.
    fn base(&self, declaration: &Declaration, env: Env<'_, 't>) -> String {
        match &declaration.scope {
            Some(scope) if declaration.nested.is_none() => self.scope_id(scope, env),
            _ => env.frame.target.id.clone(),
        }
    }

    /// The id that a `scope` names.
    pub fn scope_id(&self, expression: &Expression, env: Env<'_, 't>) -> String {
        if let Some(identity) = self.identity_of(expression, env) {
            return identity.id;
        }
        let value = self.eval(expression, env);
        let text = match &value.content {
            Content::Object(_) => value.member("id").and_then(Node::as_str).map(str::to_owned),
            Content::Text(text) => Some(text.clone()),
            _ => None,
        };
        match text {
            Some(text) if text == "/" => self.root.clone(),
            Some(text) if text.starts_with(&self.root) => text.trim_end_matches('/').to_owned(),
            Some(text) if text.starts_with("/providers/") => {
                format!("{}{}", self.root, text.trim_end_matches('/'))
            }
            Some(text) if text.starts_with('/') => text.trim_end_matches('/').to_owned(),
            // `Microsoft.Storage/storageAccounts/x`: as seen from what is deployed to.
            Some(_) => {
                format!("{}/providers/{}", env.frame.target.id, self.segments(expression, env).join("/"))
            }
            None => {
                let segments = self.segments(expression, env);
                let provider =
                    segments.first().is_some_and(|first| first.contains('.') && !first.starts_with('~'));
                let between = if provider { "/providers" } else { "" };
                format!("{}{between}/{}", env.frame.target.id, segments.join("/"))
            }
        }
    }

    /// What an expression that is a symbol, or an element of one, is called.
    pub fn identity_of(&self, expression: &Expression, env: Env<'_, 't>) -> Option<Identity> {
        let (symbol, round) = match &expression.kind {
            Kind::Symbol(symbol) => (symbol, None),
            Kind::Access { of, at, .. } => match &of.kind {
                Kind::Symbol(symbol) => {
                    let at = self.eval(at, env);
                    let Content::Number(at) = &at.content else { return None };
                    (symbol, Some(usize::try_from(at.as_u64()?).ok()?))
                }
                _ => return None,
            },
            _ => return None,
        };
        let (frame, at) = self.find_symbol(symbol, env)?;
        if !self.budget.enter() {
            self.budget.leave();
            return None;
        }
        let found = self.in_instance(&frame, (at, round), |env| self.identity(at, env));
        self.budget.leave();
        found.flatten()
    }

    /// The frame and declaration of a symbolic name.
    pub fn find_symbol(&self, name: &str, env: Env<'_, 't>) -> Option<(Rc<Frame<'t>>, usize)> {
        let frames = [Some(env.frame), env.frame.values.as_ref()];
        frames.into_iter().flatten().find_map(|frame| Some((Rc::clone(frame), frame.symbol(name)?)))
    }

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
                (None, Some(text)) if text.contains('/') => kind = Some(text.to_owned()),
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
        let path: Vec<String> = kind.split('/').map(str::to_owned).collect();
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

    /// The address of an instance, without what the language stands for; `env` is its own.
    pub fn address(&self, at: usize, round: Option<usize>, written: &Value, env: Env<'_, 't>) -> String {
        let Some(entry) = env.frame.entries.get(at) else { return String::new() };
        let declaration = entry.declaration;
        let known = written.as_str().filter(|text| !text.contains(&self.root));
        let mut label = match (&declaration.symbol, known) {
            // Bicep's nested resources have their parent's symbol before their own: `net::sub`.
            (Some(symbol), _) if entry.parent.is_some() => {
                symbol.rsplit_once("::").map_or(symbol.as_str(), |(_, own)| own).to_owned()
            }
            (Some(symbol), _) => symbol.clone(),
            (None, Some(name)) => name.to_owned(),
            (None, None) => self.files.text(declaration.name.span).trim_matches('"').to_owned(),
        };
        if declaration.copy.is_some() && (declaration.symbol.is_some() || known.is_none()) {
            label += &round.map_or_else(|| "[*]".to_owned(), |round| format!("[{round}]"));
        }
        match entry.parent.and_then(|parent| Some((parent, self.identity(parent, env)?))) {
            Some((parent, identity)) => {
                format!("{}/{label}", self.address(parent, None, &identity.written, env))
            }
            None => format!("{}{label}", env.frame.prefix),
        }
    }
}

fn is(one: &str, two: &str) -> bool {
    one.eq_ignore_ascii_case(two)
}

/// Type and the id below `providers/` of a type path and as many names; the old form of extensions
/// (`…/providers/locks`, named `…/Microsoft.Authorization/x`) is put right.
fn interleaved(path: &[String], names: &[String]) -> Option<(String, String)> {
    let (namespace, types) = path.split_first()?;
    if types.is_empty() || types.len() != names.len() {
        return None;
    }
    let mut tail = namespace.clone();
    let mut kind = namespace.clone();
    for (own, name) in types.iter().zip(names) {
        tail += &format!("/{own}/{name}");
        if is(own, "providers") {
            kind.clone_from(name);
        } else {
            kind += &format!("/{own}");
        }
    }
    Some((kind, tail))
}
