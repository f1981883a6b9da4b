//! What a template reads of its own resources: symbols, `reference()`, outputs of nested deployments. What the
//! template declares is known, what Azure adds is not.

use std::collections::HashMap;
use std::rc::Rc;

use super::env::Env;
use super::evaluate::{Interpreter, unknown};
use super::expression::{Expression, Kind, Member, Over};
use super::frame::{Frame, Ids, Instance, Value};
use super::loops::rounds;
use crate::source::code::file::Span;
use crate::source::code::node::{Content, Node, Reference, Unknown};

/// How a resource is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum View {
    /// By symbol: everything, and the names it has.
    Symbol,
    /// `reference(…, 'full')`: everything.
    Full,
    /// `reference(…)`: its properties.
    Properties,
}

/// A resource and where it is declared.
type Found<'t> = (Rc<Frame<'t>>, Instance);

impl<'t> Interpreter<'t> {
    /// Runs `inside` with what an instance of a declaration sees; None where there is no such instance.
    pub fn in_instance<T>(
        &self,
        frame: &Rc<Frame<'t>>,
        (at, round): Instance,
        inside: impl FnOnce(Env<'_, 't>) -> T,
    ) -> Option<T> {
        let env = Env::of(frame);
        let Some(own) = &frame.entries.get(at)?.declaration.copy else { return Some(inside(env)) };
        let Some(round) = round else { return Some(self.in_round(own, None, None, env, inside)) };
        let over = match &own.over {
            Over::Count(expression) | Over::Items(expression) => self.eval(expression, env),
        };
        let (length, items) = rounds(&own.over, &over).ok()?;
        (round < length).then(|| self.in_round(own, Some(round), items.get(round), env, inside))
    }

    /// The value at the end of a path into a resource.
    pub fn deployed(&self, base: &Expression, steps: &[(&Expression, bool)], env: Env<'_, 't>) -> Value {
        let span = base.span;
        let mut keys = Vec::with_capacity(steps.len());
        for (at, safe) in steps {
            keys.push((self.eval(at, env), *safe));
        }
        let found = match &base.kind {
            Kind::Symbol(name) => by_symbol(name, &mut keys, env).map(|found| (found, View::Symbol)),
            Kind::Call { name, arguments, .. } => self.by_call(name, arguments, env),
            _ => Err("is no resource".to_owned()),
        };
        match found {
            Ok(((frame, instance), view)) => self.part(&frame, instance, view, &keys, span),
            Err(reason) => unknown(reason, span),
        }
    }

    fn by_call(
        &self,
        name: &str,
        arguments: &[Expression],
        env: Env<'_, 't>,
    ) -> Result<(Found<'t>, View), String> {
        let first = arguments.first().ok_or("calls reference() without a resource")?;
        let value = self.eval(first, env);
        let text = match &value.content {
            Content::Text(text) => text.as_str(),
            Content::Unknown(why) => return Err(why.reason.clone()),
            _ => return Err("calls reference() with something that names no resource".to_owned()),
        };
        if name.eq_ignore_ascii_case("references") {
            return Err(format!("depends on all instances of '{text}'"));
        }
        let full = arguments.get(2).map(|argument| self.eval(argument, env));
        let full =
            full.as_deref().and_then(Node::as_str).is_some_and(|text| text.eq_ignore_ascii_case("full"));
        let view = match full {
            _ if name.eq_ignore_ascii_case("resourceInfo") => View::Symbol,
            true => View::Full,
            false => View::Properties,
        };
        let frames = [Some(env.frame), env.frame.values.as_ref()];
        let found = frames.into_iter().flatten().find_map(|frame| {
            let instance = self.named(frame, text)?;
            Some((Rc::clone(frame), instance))
        });
        let shown = text.rsplit('/').next().unwrap_or_default();
        let missing =
            || format!("depends on '{shown}' as it is in Azure, which this template doesn't declare");
        Ok((found.ok_or_else(missing)?, view))
    }

    /// The instance that a text names: a symbol (`vm`, `vm[2]`), an id, or a name that only one has.
    fn named(&self, frame: &Rc<Frame<'t>>, text: &str) -> Option<Instance> {
        let (symbol, round) = match text.strip_suffix(']').and_then(|text| text.rsplit_once('[')) {
            Some((symbol, round)) => (symbol, round.parse().ok()),
            None => (text, None),
        };
        if let Some(at) = frame.symbols.get(symbol) {
            return Some((*at, round));
        }
        let made = frame.ids.borrow().clone();
        let ids = made.unwrap_or_else(|| {
            // Whoever asks while names are evaluated finds nothing: names can't depend on deployed resources.
            *frame.ids.borrow_mut() = Some(Rc::new(HashMap::new()));
            let ids = Rc::new(self.ids(frame));
            *frame.ids.borrow_mut() = Some(Rc::clone(&ids));
            ids
        });
        ids.get(&text.to_ascii_lowercase()).copied().flatten()
    }

    fn ids(&self, frame: &Rc<Frame<'t>>) -> Ids {
        let mut ids = HashMap::new();
        for (at, entry) in frame.entries.iter().enumerate() {
            let rounds = match &entry.declaration.copy {
                None => vec![None],
                Some(own) => {
                    let over = match &own.over {
                        Over::Count(expression) | Over::Items(expression) => {
                            self.eval(expression, Env::of(frame))
                        }
                    };
                    let length = rounds(&own.over, &over).map_or(0, |(length, _)| length);
                    (0..length).map(Some).collect()
                }
            };
            for round in rounds {
                if !self.budget.round() {
                    return ids;
                }
                let identity = self.in_instance(frame, (at, round), |env| self.identity(at, env)).flatten();
                let Some(identity) = identity else { continue };
                ids.entry(identity.id.to_ascii_lowercase()).or_insert(Some((at, round)));
                if let Some(name) = identity.written.as_str() {
                    let name = name.to_ascii_lowercase();
                    ids.entry(name).and_modify(|earlier| *earlier = None).or_insert(Some((at, round)));
                }
            }
        }
        ids
    }

    /// What a view of a resource has at the end of a path.
    fn part(
        &self,
        frame: &Rc<Frame<'t>>,
        instance: Instance,
        view: View,
        keys: &[(Value, bool)],
        span: Span,
    ) -> Value {
        if !self.budget.enter() {
            self.budget.leave();
            return unknown("is nested too deeply to be evaluated", span);
        }
        let missing = || unknown("depends on an instance that its loop doesn't make", span);
        let value = self
            .in_instance(frame, instance, |env| self.part_of(instance, view, keys, span, env))
            .unwrap_or_else(missing);
        self.budget.leave();
        value
    }

    fn part_of(
        &self,
        (at, round): Instance,
        view: View,
        keys: &[(Value, bool)],
        span: Span,
        env: Env<'_, 't>,
    ) -> Value {
        let Some(entry) = env.frame.entries.get(at) else { return unknown("is no resource", span) };
        let declaration = entry.declaration;
        let mut path: Vec<&str> = Vec::new();
        for (key, _) in keys {
            match &key.content {
                Content::Unknown(why) => return unknown(why.reason.as_str(), span),
                Content::Text(text) => path.push(text),
                _ => path.push("*"),
            }
        }
        let first = path.first().copied().unwrap_or_default().to_ascii_lowercase();
        if declaration.nested.is_some() && first == "outputs" {
            return self.output((at, round), view, keys, span, env);
        }
        let Some(identity) = self.identity(at, env) else {
            return unknown("depends on a resource whose type isn't known", span);
        };
        match (view, first.as_str()) {
            (View::Symbol, "id") | (View::Full, "resourceid") => {
                return Rc::new(Node { secret: identity.written.secret, ..Node::text(identity.id, span) });
            }
            (View::Symbol, "name") => return Rc::clone(&identity.written),
            (View::Symbol, "type") => return Rc::new(Node::text(identity.kind, span)),
            (View::Symbol | View::Full, "apiversion") if declaration.api_version.is_some() => {
                return declaration
                    .api_version
                    .as_ref()
                    .map_or_else(|| unknown("has no API version", span), |version| self.eval(version, env));
            }
            _ => {}
        }
        let properties = Rc::new(Node::text("properties", span));
        let mut keys: Vec<(Value, bool)> = keys.to_vec();
        if view == View::Properties {
            keys.insert(0, (properties, false));
        }
        let declared = if declaration.existing { None } else { self.declared(&declaration.body, &keys, env) };
        if let Some(value) = declared
            && !matches!(value.content, Content::Null)
        {
            return value;
        }
        let path = written_path(&keys);
        let address = self.address(at, round, &identity.written, env);
        let reason = format!("depends on {path} of '{address}', which is known at deployment");
        let reference = Some(Reference { address, attribute: path });
        Rc::new(Node::new(Content::Unknown(Unknown { reason, reference }), span))
    }

    /// What a body declares at the end of a path: only where Azure adds nothing, in single values, lists of
    /// them, and tags.
    fn declared(&self, body: &[Member], keys: &[(Value, bool)], env: Env<'_, 't>) -> Option<Value> {
        let mut members = body;
        let mut keys = keys.iter();
        let tags = keys.as_slice().first().is_some_and(|(key, _)| key.as_str() == Some("tags"));
        let mut value = None;
        while let Some((key, _)) = keys.next() {
            let name = key.as_str()?;
            if !self.budget.steps(members.len() as u64 / 16) {
                return None;
            }
            if members.iter().any(|member| member.spread || !matches!(member.name.kind, Kind::Text(_))) {
                return None;
            }
            let member = members.iter().rfind(
                |member| matches!(&member.name.kind, Kind::Text(own) if own.eq_ignore_ascii_case(name)),
            )?;
            match &member.value.kind {
                Kind::Object(inner) if !keys.as_slice().is_empty() => members = inner,
                _ => {
                    value = Some(self.eval(&member.value, env));
                    break;
                }
            }
        }
        let rest = keys.as_slice();
        let value = self.walk(&value?, rest, body.first().map(|member| member.value.span)?);
        let open = match &value.content {
            Content::Unknown(_) => return rest.is_empty().then_some(value),
            Content::Object(_) => !tags,
            Content::Array(elements) => elements.iter().any(|node| {
                matches!(node.content, Content::Object(_) | Content::Array(_) | Content::Unknown(_))
            }),
            _ => false,
        };
        (!open).then_some(value)
    }

    /// An output of a nested deployment.
    fn output(
        &self,
        (at, round): Instance,
        view: View,
        keys: &[(Value, bool)],
        span: Span,
        env: Env<'_, 't>,
    ) -> Value {
        let Some((name, rest)) = keys.get(1..).and_then(<[_]>::split_first) else {
            return unknown("depends on all outputs of a deployment", span);
        };
        let (name, safe) = (name.0.as_str().unwrap_or_default(), name.1);
        let nested = match self.nested_frame(at, round, env) {
            Ok(nested) => nested,
            Err(reason) => {
                return unknown(
                    format!("depends on output '{name}' of a deployment that can't be read: {reason}"),
                    span,
                );
            }
        };
        if !self.budget.steps(nested.template.outputs.len() as u64 / 16) {
            return self.spent(span);
        }
        let mut outputs = nested.template.outputs.iter();
        let Some(output) = outputs.find(|output| output.name.eq_ignore_ascii_case(name)) else {
            if safe {
                return Rc::new(Node::new(Content::Null, span));
            }
            return unknown(format!("depends on output '{name}', which the deployment doesn't have"), span);
        };
        let inner = Env {
            frame: &nested,
            locals: nested.values.as_ref().and(env.locals),
            arguments: None,
            own: false,
        };
        let value = self.eval(&output.value, inner);
        // `reference()` gives `{"type": …, "value": …}`, a module's symbol the value.
        let rest = if view == View::Symbol {
            rest
        } else {
            match rest.split_first() {
                Some(((key, _), rest))
                    if key.as_str().is_some_and(|key| key.eq_ignore_ascii_case("value")) =>
                {
                    rest
                }
                _ => return unknown(format!("depends on output '{name}' as a whole"), span),
            }
        };
        self.walk(&value, rest, span)
    }
}

/// A symbol's resource; of a loop the instance that the first key names.
fn by_symbol<'t>(name: &str, keys: &mut Vec<(Value, bool)>, env: Env<'_, 't>) -> Result<Found<'t>, String> {
    let missing = || format!("depends on '{name}', which is not declared");
    let (frame, at) = env.find_symbol(name).ok_or_else(missing)?;
    let copied = frame.entries.get(at).is_some_and(|entry| entry.declaration.copy.is_some());
    if !copied {
        return Ok((frame, (at, None)));
    }
    let whole = || format!("depends on all instances of '{name}'");
    if keys.is_empty() {
        return Err(whole());
    }
    let (key, _) = keys.remove(0);
    match &key.content {
        Content::Number(round) => {
            let round = round.as_u64().and_then(|round| usize::try_from(round).ok());
            Ok((frame, (at, Some(round.ok_or_else(whole)?))))
        }
        Content::Unknown(why) => Err(why.reason.clone()),
        _ => Err(whole()),
    }
}

fn written_path(keys: &[(Value, bool)]) -> String {
    let mut out = String::new();
    for (key, _) in keys {
        match &key.content {
            Content::Number(index) => out += &format!("[{index}]"),
            Content::Text(name) if out.is_empty() => out += name,
            Content::Text(name) => out += &format!(".{name}"),
            _ => out += "[?]",
        }
    }
    if out.is_empty() { "all".to_owned() } else { out }
}
