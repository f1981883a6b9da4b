//! From declarations to the resources that would be deployed.

use std::collections::HashSet;

use super::env::Env;
use super::evaluate::Interpreter;
use super::expression::{Kind, Over};
use super::frame::{Entry, Instance};
use super::function;
use super::identity::Identity;
use super::loops::rounds;
use super::members::Members;
use crate::source::code::file::Span;
use crate::source::code::node::{Content, Node};
use crate::source::code::resource::{CodeResource, Unread};

/// What a template deploys, as far as it has been gone through.
pub(super) struct Deployed<'a> {
    /// `arm:<file>#`, `bicep:<file>#`.
    pub prefix: &'a str,
    pub resources: Vec<CodeResource>,
    pub unread: Vec<Unread>,
    addresses: HashSet<String>,
    ids: HashSet<String>,
}

impl<'a> Deployed<'a> {
    pub fn new(prefix: &'a str) -> Self {
        Self {
            prefix,
            resources: Vec::new(),
            unread: Vec::new(),
            addresses: HashSet::new(),
            ids: HashSet::new(),
        }
    }
}

/// Most messages about what can't be read, for one root.
const MAX_UNREAD: usize = 200;

impl<'t> Interpreter<'t> {
    /// Goes through all declarations of a frame.
    pub fn deploy(&self, env: Env<'_, 't>, out: &mut Deployed<'_>) {
        for at in &env.frame.top {
            self.declare(*at, env, out);
        }
    }

    fn declare(&self, at: usize, env: Env<'_, 't>, out: &mut Deployed<'_>) {
        let Some(entry) = env.frame.entries.get(at) else { return };
        let Some(own) = &entry.declaration.copy else {
            self.instance((at, None), entry, env, out);
            return;
        };
        let over = match &own.over {
            Over::Count(expression) | Over::Items(expression) => self.eval(expression, env),
        };
        let Ok((length, items)) = rounds(&own.over, &over) else {
            // How many there will be isn't known; what they all have is.
            self.in_round(own, None, None, env, |env| self.instance((at, None), entry, env, out));
            return;
        };
        for round in 0..length {
            if !self.budget.round() {
                return;
            }
            self.in_round(own, Some(round), items.get(round), env, |env| {
                let keep = own.filter.as_ref().map(|filter| self.eval(filter, env));
                if !keep.is_some_and(|keep| keep.content == Content::Bool(false)) {
                    self.instance((at, Some(round)), entry, env, out);
                }
            });
        }
    }

    fn instance(&self, (at, round): Instance, entry: &Entry<'t>, env: Env<'_, 't>, out: &mut Deployed<'_>) {
        let declaration = entry.declaration;
        if let Some(condition) = &declaration.condition
            && function::bool_of(&self.eval(condition, env)).is_ok_and(|deployed| !deployed)
        {
            return;
        }
        if !declaration.existing {
            self.deploy_instance((at, round), entry, env, out);
        }
        for child in &entry.children {
            self.declare(*child, env, out);
        }
    }

    fn deploy_instance(
        &self,
        (at, round): Instance,
        entry: &Entry<'t>,
        env: Env<'_, 't>,
        out: &mut Deployed<'_>,
    ) {
        let declaration = entry.declaration;
        let written = self.eval(&declaration.name, env);
        let address = self.address(at, round, &written, env);
        if declaration.nested.is_some() {
            match self.nested_frame(at, round, env) {
                Ok(frame) => {
                    // Expressions of outer scope see the loops around the deployment.
                    let locals = frame.values.as_ref().and(env.locals);
                    self.deploy(Env { frame: &frame, locals, arguments: None, own: false }, out);
                }
                Err(reason) => self.unread(declaration.span, format!("{}{address}", out.prefix), reason, out),
            }
            return;
        }
        if !self.budget.resource() {
            return;
        }
        let Some(identity) = self.identity(at, env) else {
            let reason =
                "its type can't be found out: write it as a text such as 'Microsoft.Storage/storageAccounts'";
            self.unread(declaration.span, format!("{}{address}", out.prefix), reason.to_owned(), out);
            return;
        };
        let body = self.body(entry, &identity, env);
        let address = out.address(&address, &identity.kind);
        let id = out.id(&identity.id);
        out.resources.push(CodeResource { address, id, kind: identity.kind, body, block: declaration.span });
    }

    /// The body: the name, and all that is declared beside it.
    fn body(&self, entry: &Entry<'t>, identity: &Identity, env: Env<'_, 't>) -> Node {
        let span = entry.declaration.span;
        let mut out = Members::default();
        let mut name = identity.name.clone();
        if name.span.file != span.file || matches!(name.content, Content::Unknown(_)) {
            name.span = entry.declaration.name.span;
        }
        out.set("name".to_owned(), name);
        let mut open = None;
        for member in &entry.declaration.body {
            let value = self.eval(&member.value, env);
            if member.spread {
                match self.own(value).content {
                    Content::Object(more) => {
                        let more = more.into_iter().filter(|(name, _)| is_body(name));
                        more.for_each(|(name, node)| out.set(name, node));
                    }
                    Content::Null => {}
                    Content::Unknown(why) => open = Some(why.reason),
                    _ => open = Some("spreads something that is no object".to_owned()),
                }
                continue;
            }
            let name = match &member.name.kind {
                Kind::Text(name) => name.clone(),
                _ => match &self.eval(&member.name, env).content {
                    Content::Text(name) => name.clone(),
                    Content::Unknown(why) => {
                        open = Some(why.reason.clone());
                        continue;
                    }
                    _ => {
                        open = Some("has a member whose name is no text".to_owned());
                        continue;
                    }
                },
            };
            if is_body(&name) {
                out.set(name, self.own(value));
            }
        }
        // Which members there are isn't known: what seems absent may be one of them.
        if let Some(reason) = open {
            for name in ["location", "tags", "sku", "kind", "identity", "zones", "plan", "properties"] {
                if out.get_mut(name).is_none() {
                    out.set(name.to_owned(), Node::unknown(reason.as_str(), span));
                }
            }
        }
        Node::new(Content::Object(out.members), span)
    }

    fn unread(&self, span: Span, what: String, reason: String, out: &mut Deployed<'_>) {
        let file = self.files.get(span.file).map(|file| file.path.clone()).unwrap_or_default();
        if out.unread.len() < MAX_UNREAD {
            let place = Some(self.files.place(span.file, span.start));
            out.unread.push(Unread { file, place, what, reason });
        } else if out.unread.len() == MAX_UNREAD {
            let reason =
                format!("more than {MAX_UNREAD} declarations can't be read; the others are not listed");
            out.unread.push(Unread { file, place: None, what: String::new(), reason });
        }
    }
}

/// Whether a member of a declaration is part of the resource's body.
fn is_body(name: &str) -> bool {
    !["id", "type", "name"].iter().any(|other| name.eq_ignore_ascii_case(other))
}

impl Deployed<'_> {
    /// An address that no other resource has.
    fn address(&mut self, own: &str, kind: &str) -> String {
        let prefix = self.prefix;
        let typed = match own.rsplit_once('/') {
            Some((parents, last)) => format!("{prefix}{parents}/{kind}/{last}"),
            None => format!("{prefix}{kind}/{own}"),
        };
        let first = format!("{prefix}{own}");
        unique([first, typed.clone()], &typed, &mut self.addresses)
    }

    fn id(&mut self, own: &str) -> String {
        unique([own.to_owned()], own, &mut self.ids)
    }
}

/// The first of `tries` that isn't taken, else `last` with a number. Letter case tells nothing apart.
fn unique<const N: usize>(tries: [String; N], last: &str, taken: &mut HashSet<String>) -> String {
    let numbered = (2u32..).map(|number| format!("{last}#{number}"));
    let found = tries.into_iter().chain(numbered).find(|text| taken.insert(text.to_ascii_lowercase()));
    found.unwrap_or_default()
}
