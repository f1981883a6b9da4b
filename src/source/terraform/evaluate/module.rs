//! A module's instance: its configuration and what is known of it so far.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::State;
use super::block::Instance;
use super::expand::Expansion;
use super::scope::Repetition;
use crate::source::terraform::configuration::{Call, Configuration};
use crate::source::terraform::value::Value;

/// Instances by the name of what they are of; nothing while they are being counted.
type Expansions<'c, T> = RefCell<HashMap<&'c str, Option<Rc<Expansion<Rc<T>>>>>>;

/// A module's instance.
#[derive(Debug)]
pub struct Module<'c> {
    /// What it declares.
    pub configuration: &'c Configuration,
    /// Its place in the library.
    pub index: usize,
    /// `module.net["a"]`; empty for the root.
    pub address: Rc<str>,
    /// Who calls it.
    pub caller: Option<Caller<'c>>,
    pub(super) variables: RefCell<HashMap<&'c str, State>>,
    pub(super) locals: RefCell<HashMap<&'c str, State>>,
    pub(super) outputs: RefCell<HashMap<&'c str, State>>,
    /// Resources and modules as values, by their address here.
    pub(super) wholes: RefCell<HashMap<&'c str, Value>>,
    pub(super) resources: Expansions<'c, Instance<'c>>,
    pub(super) children: Expansions<'c, Module<'c>>,
}

/// A call of a module.
#[derive(Debug)]
pub struct Caller<'c> {
    /// The module that calls.
    pub module: Rc<Module<'c>>,
    /// The call.
    pub call: &'c Call,
    /// Which of the call's instances it is.
    pub repetition: Repetition,
}

impl<'c> Module<'c> {
    /// An instance of which nothing is evaluated yet.
    pub fn new(
        configuration: &'c Configuration,
        index: usize,
        address: Rc<str>,
        caller: Option<Caller<'c>>,
    ) -> Self {
        Self {
            configuration,
            index,
            address,
            caller,
            variables: RefCell::default(),
            locals: RefCell::default(),
            outputs: RefCell::default(),
            wholes: RefCell::default(),
            resources: RefCell::default(),
            children: RefCell::default(),
        }
    }

    /// Lets go of all instances below: they hold the module that holds them, and would never be freed.
    pub fn forget(self: &Rc<Self>) {
        let mut open = vec![Rc::clone(self)];
        while let Some(module) = open.pop() {
            module.resources.take();
            let children = module.children.take();
            open.extend(children.values().flatten().flat_map(|all| all.iter()).map(Rc::clone));
        }
    }

    /// The address of what has this address inside the module.
    pub fn address_of(&self, inside: &str) -> String {
        if self.address.is_empty() { inside.to_owned() } else { format!("{}.{inside}", self.address) }
    }

    /// Whether the module of this index is this one, or one that led here.
    pub fn is_below(&self, index: usize) -> bool {
        let mut at = Some(self);
        while let Some(module) = at {
            if module.index == index {
                return true;
            }
            at = module.caller.as_ref().map(|caller| caller.module.as_ref());
        }
        false
    }
}
