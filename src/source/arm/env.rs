//! What an expression sees: its template, and the loops and lambdas around it.

use std::rc::Rc;

use super::frame::{Frame, Value};

/// Why what a loop makes isn't known.
pub(super) const OPEN: &str = "is made by a loop whose length isn't known";

/// What an expression sees.
#[derive(Clone, Copy)]
pub(super) struct Env<'e, 't> {
    /// The template it stands in.
    pub frame: &'e Rc<Frame<'t>>,
    /// Loops and lambdas around it.
    pub locals: Option<&'e Locals<'e>>,
    /// Arguments, in a user-defined function.
    pub arguments: Option<&'e [(&'e str, Value)]>,
    /// Whether only the template itself is seen, not the one around it.
    pub own: bool,
}

/// Loops and arguments of lambdas around an expression, from the inside out.
pub(super) struct Locals<'e> {
    pub outer: Option<&'e Locals<'e>>,
    pub binding: Binding<'e>,
}

/// One of them.
pub(super) enum Binding<'e> {
    /// A named value.
    Named(&'e str, Value),
    /// A round of a loop.
    Round {
        /// The loop's name.
        name: Option<&'e str>,
        /// The round, from 0; None where the number of rounds isn't known.
        index: Option<usize>,
        /// Whether `copyIndex()` without a name means it: loops of resources and outputs, not of properties.
        plain: bool,
    },
}

impl<'e, 't> Env<'e, 't> {
    /// What the template itself sees.
    pub fn of(frame: &'e Rc<Frame<'t>>) -> Self {
        Self { frame, locals: None, arguments: None, own: false }
    }

    /// The frames whose parameters, variables and functions are seen. In a nested template of outer scope those
    /// are the outer template's; what only the nested one declares can mean nothing else.
    pub fn visible(self) -> impl Iterator<Item = &'e Rc<Frame<'t>>> {
        self.frame.values.iter().filter(move |_| !self.own).chain([self.frame])
    }

    /// The frame and declaration of a symbolic name.
    pub fn find_symbol(self, name: &str) -> Option<(Rc<Frame<'t>>, usize)> {
        let frames = [Some(self.frame), self.frame.values.as_ref()];
        frames.into_iter().flatten().find_map(|frame| Some((Rc::clone(frame), frame.symbol(name)?)))
    }

    fn bindings(self) -> impl Iterator<Item = &'e Binding<'e>> {
        std::iter::successors(self.locals, |locals| locals.outer).map(|locals| &locals.binding)
    }

    /// The value of a local name.
    pub fn local(self, name: &str) -> Option<Value> {
        let local = self.bindings().find_map(|binding| match binding {
            Binding::Named(own, value) if own.eq_ignore_ascii_case(name) => Some(value),
            _ => None,
        });
        let argument = || {
            let arguments = self.arguments.unwrap_or_default();
            arguments.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value)
        };
        local.or_else(argument).cloned()
    }

    /// The round of the loop of this name; without one, of the resource's or output's own loop.
    ///
    /// # Errors
    /// The reason why there is none, or why it isn't known.
    pub fn round(self, name: Option<&str>) -> Result<usize, &'static str> {
        let rounds = || {
            self.bindings().filter_map(|binding| match binding {
                Binding::Round { name, index, plain } => Some((*name, *index, *plain)),
                Binding::Named(..) => None,
            })
        };
        let found = match name {
            Some(name) => rounds().find(|(own, ..)| own.is_some_and(|own| own.eq_ignore_ascii_case(name))),
            None => rounds().find(|(.., plain)| *plain).or_else(|| rounds().next()),
        };
        let (_, index, _) = found.ok_or("depends on copyIndex() outside of its loop")?;
        index.ok_or(OPEN)
    }
}
