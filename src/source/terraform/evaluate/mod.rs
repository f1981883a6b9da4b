//! Evaluation: lazily, each name once, whatever isn't known staying unknown.

mod block;
mod expand;
mod expression;
mod iterate;
mod key;
mod module;
mod names;
mod operator;
mod scope;
mod template;
mod traverse;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::rc::Rc;

pub use self::block::Instance;
pub use self::expand::Expansion;
pub use self::module::Module;
pub use self::operator::equal;
pub use self::scope::Scope;
use super::budget::{Budget, Failure};
use super::library::Library;
use super::syntax::Expression;
use super::value::{Outcome, Value};
use crate::source::code::file::Span;
use crate::source::code::read::Reader;

/// Evaluates one root module and what it calls.
#[derive(Debug)]
pub struct Evaluator<'c> {
    /// All modules.
    pub library: &'c Library,
    /// What may be read by functions.
    pub reader: &'c Reader,
    /// What it may cost.
    pub budget: Budget,
    /// The root's folder: relative paths start there.
    pub root: PathBuf,
    given: &'c BTreeMap<String, Expression>,
    /// What an address stands for.
    targets: RefCell<HashMap<Rc<str>, Target<'c>>>,
    /// How many `try` and `can` are being evaluated: in these an error in a part is an error of the whole.
    trying: Cell<u32>,
    /// Calls that come back to themselves.
    gaps: RefCell<BTreeMap<Span, (String, String)>>,
    instances: Cell<usize>,
}

#[derive(Clone, Debug)]
enum Target<'c> {
    Resource(Rc<Instance<'c>>),
    Module(Rc<Module<'c>>),
}

/// Something that is evaluated once.
#[derive(Clone, Debug)]
enum State {
    /// It is being evaluated: who asks now goes in a circle.
    Pending,
    /// What it gave.
    Done(Outcome),
}

impl<'c> Evaluator<'c> {
    /// `given` are the values of the root's variables from files.
    pub fn new(
        library: &'c Library,
        reader: &'c Reader,
        root: &Path,
        given: &'c BTreeMap<String, Expression>,
    ) -> Self {
        Self {
            library,
            reader,
            budget: Budget::default(),
            root: root.to_path_buf(),
            given,
            targets: RefCell::default(),
            trying: Cell::new(0),
            gaps: RefCell::default(),
            instances: Cell::new(0),
        }
    }

    /// Blocks of which less could be evaluated than stands there: what, and why.
    pub fn gaps(&self) -> Vec<(Span, String, String)> {
        self.gaps.borrow().iter().map(|(span, (what, why))| (*span, what.clone(), why.clone())).collect()
    }

    fn gap(&self, span: Span, what: String, why: String) {
        self.gaps.borrow_mut().insert(span, (what, why));
    }

    /// In a collection or block, a part that fails is not known, and its neighbours are kept; inside `try`
    /// the failure is what `try` waits for.
    fn soften(&self, outcome: Outcome, span: Span) -> Outcome {
        match outcome {
            Err(failure) if self.trying.get() == 0 => Ok(failed(&failure, span)),
            other => other,
        }
    }

    /// Evaluates with failures of parts as failures of the whole.
    pub fn strictly(&self, inner: impl FnOnce() -> Outcome) -> Outcome {
        self.trying.set(self.trying.get() + 1);
        let outcome = inner();
        self.trying.set(self.trying.get().saturating_sub(1));
        outcome
    }

    /// Evaluates a named thing once. `cell` is where its state is kept under `key`.
    fn once<K: std::hash::Hash + Eq + Clone>(
        &self,
        cell: &RefCell<HashMap<K, State>>,
        key: &K,
        what: &str,
        evaluate: impl FnOnce() -> Outcome,
    ) -> Outcome {
        match cell.borrow().get(key) {
            Some(State::Done(outcome)) => return outcome.clone(),
            Some(State::Pending) => return Err(Failure::new(format!("{what} depends on itself"))),
            None => {}
        }
        cell.borrow_mut().insert(key.clone(), State::Pending);
        let trying = self.trying.replace(0);
        let outcome = evaluate();
        self.trying.set(trying);
        match &outcome {
            // Asked from elsewhere it may lie less deep.
            Err(failure) if failure.bound => drop(cell.borrow_mut().remove(key)),
            _ => drop(cell.borrow_mut().insert(key.clone(), State::Done(outcome.clone()))),
        }
        outcome
    }
}

/// A value that isn't known since it could not be evaluated.
pub fn failed(failure: &Failure, span: Span) -> Value {
    Value::unknown(format!("can't be evaluated: {failure}"), span)
}
