//! The words of a name that isn't known: what stands for it in ids, the same wherever the same name is built.
//!
//! `concat(parameters('p'), '/web')` has the words `~parameters('p')` and `web`, whether it is written so, kept
//! in a variable, or passed into a nested template.

use std::cell::Cell;
use std::rc::Rc;

use super::env::Env;
use super::evaluate::Interpreter;
use super::expression::{Expression, Kind};
use super::frame::{Frame, Supplied};
use crate::source::code::node::Content;
use crate::source::code::scope;

/// Around what isn't known.
const OPEN: char = '\u{1}';
const CLOSE: char = '\u{2}';
/// Expressions that are looked at for one name.
const FUEL: u32 = 100;
/// Longest words, in bytes; segments of ids are cut at 256 characters anyway.
const LONGEST: usize = 600;

impl<'t> Interpreter<'t> {
    /// The segments of a name, or of an id without its leading slash.
    pub fn segments(&self, expression: &Expression, env: Env<'_, 't>) -> Vec<String> {
        let words = self.words(expression, env);
        words.trim_start_matches('/').split('/').map(segment).collect()
    }

    /// The text of an expression, with words in marks for what isn't known.
    pub fn words(&self, expression: &Expression, env: Env<'_, 't>) -> String {
        self.worded(expression, env, &Cell::new(FUEL))
    }

    fn worded(&self, expression: &Expression, env: Env<'_, 't>, fuel: &Cell<u32>) -> String {
        let Some(left) = fuel.get().checked_sub(1) else { return mark("…") };
        fuel.set(left);
        let value = self.eval(expression, env);
        match &value.content {
            Content::Text(text) => return text.clone(),
            Content::Number(number) => return number.to_string(),
            Content::Bool(value) => return value.to_string(),
            // Lists and objects by their name, not by all that is in them.
            Content::Array(_) | Content::Object(_) => return mark(self.files.text(expression.span)),
            _ => {}
        }
        let mut words = match &expression.kind {
            Kind::Call { namespace, name, arguments } => {
                self.called(namespace.as_deref(), name, arguments, env, fuel)
            }
            Kind::Access { of, at, .. } => self.declared_name(of, at, env, fuel).unwrap_or_else(|| {
                let of = self.worded(of, env, fuel);
                mark(&format!("{}.{}", bare(&of), bare(&self.worded(at, env, fuel))))
            }),
            Kind::Local(name) | Kind::Symbol(name) => mark(name),
            Kind::Inner(inner) => self.worded(inner, Env { own: true, ..env }, fuel),
            _ => mark(self.files.text(expression.span)),
        };
        if words.len() > LONGEST {
            let cut = (0..LONGEST).rev().find(|at| words.is_char_boundary(*at)).unwrap_or_default();
            words.truncate(cut);
            words = mark(&bare(&words));
        }
        words
    }

    /// The words of `symbol.name` and `symbol[0].name`: those of the name that the resource is declared with.
    fn declared_name(
        &self,
        of: &Expression,
        at: &Expression,
        env: Env<'_, 't>,
        fuel: &Cell<u32>,
    ) -> Option<String> {
        if !matches!(&at.kind, Kind::Text(at) if at.eq_ignore_ascii_case("name")) {
            return None;
        }
        let (symbol, round) = match &of.kind {
            Kind::Symbol(symbol) => (symbol, None),
            Kind::Access { of, at, .. } => match (&of.kind, &self.eval(at, env).content) {
                (Kind::Symbol(symbol), Content::Number(round)) => (symbol, Some(round.as_u64()?)),
                _ => return None,
            },
            _ => return None,
        };
        let (frame, at) = env.find_symbol(symbol)?;
        let declaration = frame.entries.get(at)?.declaration;
        if declaration.copy.is_some() != round.is_some() {
            return None;
        }
        let round = round.and_then(|round| usize::try_from(round).ok());
        self.in_instance(&frame, (at, round), |env| self.worded(&declaration.name, env, fuel))
    }

    /// Words with the functions in the place of what was made up for them.
    fn without_root(&self, words: &str) -> String {
        let group = format!("{}/resourceGroups/{}", self.root, scope::GROUP);
        words.replace(&group, "resourceGroup().id").replace(&self.root, "subscription().id")
    }

    fn called(
        &self,
        namespace: Option<&str>,
        name: &str,
        arguments: &[Expression],
        env: Env<'_, 't>,
        fuel: &Cell<u32>,
    ) -> String {
        let literal = |at: usize| match arguments.get(at).map(|argument| &argument.kind) {
            Some(Kind::Text(text)) => Some(text.as_str()),
            _ => None,
        };
        match (name.to_ascii_lowercase().as_str(), literal(0)) {
            ("concat", _) => return arguments.iter().map(|part| self.worded(part, env, fuel)).collect(),
            ("format", Some(pattern)) => {
                let mut out = String::new();
                let mut rest = pattern;
                while let Some((plain, after)) = rest.split_once('{') {
                    let Some((index, after)) = after.split_once('}') else { break };
                    out.push_str(plain);
                    let part = index.parse().ok().and_then(|at: usize| arguments.get(at.checked_add(1)?));
                    out.push_str(&part.map_or_else(|| mark("?"), |part| self.worded(part, env, fuel)));
                    rest = after;
                }
                return out + rest;
            }
            ("parameters", Some(name)) => {
                let name = name.to_ascii_lowercase();
                let declared =
                    |frame: &Rc<Frame<'t>>| frame.template.parameters.get(*frame.parameter_index.get(&name)?);
                let found = env.visible().find_map(|frame| Some((frame, declared(frame)?)));
                if let Some((frame, declared)) = found {
                    match (frame.supplied.get(&name), &declared.default) {
                        (Some(Supplied { words: Some(words), .. }), _) => return words.clone(),
                        (None, Some(default)) => return self.worded(default, Env::of(frame), fuel),
                        _ => {}
                    }
                }
            }
            ("variables", Some(name)) => {
                let name = name.to_ascii_lowercase();
                let declared =
                    |frame: &Rc<Frame<'t>>| frame.template.variables.get(*frame.variable_index.get(&name)?);
                let found = env.visible().find_map(|frame| Some((frame, declared(frame)?)));
                if let Some((frame, declared)) = found {
                    return self.worded(&declared.value, Env::of(frame), fuel);
                }
            }
            _ => {}
        }
        let arguments: Vec<String> = arguments
            .iter()
            .map(|argument| match &argument.kind {
                Kind::Text(text) => format!("'{text}'"),
                _ => self.without_root(&bare(&self.worded(argument, env, fuel))),
            })
            .collect();
        let namespace = namespace.map(|namespace| format!("{namespace}.")).unwrap_or_default();
        mark(&format!("{namespace}{name}({})", arguments.join(", ")))
    }
}

/// Words for what isn't known: one segment, whatever it is.
fn mark(words: &str) -> String {
    format!("{OPEN}{}{CLOSE}", bare(words).replace('/', ":"))
}

/// Words without their marks.
fn bare(words: &str) -> String {
    words.replace([OPEN, CLOSE], "")
}

/// Whether words hold what isn't known.
pub(super) fn is_open(words: &str) -> bool {
    words.contains([OPEN, CLOSE])
}

/// Words as a segment of an id.
pub(super) fn segment(words: &str) -> String {
    if is_open(words) { scope::unknown_name(&bare(words)) } else { scope::segment(words) }
}
