//! What a declaration is called: type, id, name and address.

use super::env::Env;
use super::evaluate::Interpreter;
use super::expression::{Expression, Kind};
use super::frame::Value;
use super::template::{Declaration, Scope};
use crate::source::code::node::{Content, Node};

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
        let segments = parts_of(&kind);
        let (path, mut names, base) = match parent {
            // A child by `parent` may be written with its full type; one inside of its parent is not.
            Some(parent) => {
                let full = segments.len() > parent.path.len()
                    && segments.iter().zip(&parent.path).all(|(own, above)| own.eq_ignore_ascii_case(above));
                let above = if full { parent.path.len() } else { 0 };
                let rest: Vec<String> = segments.into_iter().skip(above).collect();
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
            // A deployment lies where it deploys to.
            _ if declaration.nested.is_some() => self.target(declaration, Scope::ResourceGroup, env).id,
            Some(scope) => self.scope_id(scope, env),
            None => env.frame.target.id.clone(),
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
                    segments.len() > 2 && segments.first().is_some_and(|first| !first.starts_with('~'));
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
        let (frame, at) = env.find_symbol(symbol)?;
        if !self.budget.enter() {
            self.budget.leave();
            return None;
        }
        let found = self.in_instance(&frame, (at, round), |env| self.identity(at, env));
        self.budget.leave();
        found.flatten()
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

/// The parts of a type; Resource Manager forgives a slash at its end.
pub(super) fn parts_of(kind: &str) -> Vec<String> {
    kind.trim_end_matches('/').split('/').map(str::to_owned).collect()
}

pub(super) fn is(one: &str, two: &str) -> bool {
    one.eq_ignore_ascii_case(two)
}

/// Type and the id below `providers/` of a type path and as many names; the old form of extensions
/// (`…/providers/locks`, named `…/Microsoft.Authorization/x`) is put right.
pub(super) fn interleaved(path: &[String], names: &[String]) -> Option<(String, String)> {
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
