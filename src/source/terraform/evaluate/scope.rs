//! Where an expression stands: which names it may use.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::module::Module;
use crate::source::terraform::value::Value;

/// Names that an expression may use.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'s, 'c> {
    /// The module: its variables, locals, resources.
    pub module: &'s Rc<Module<'c>>,
    /// `count.index`, `each.key`, `each.value`.
    pub repetition: &'s Repetition,
    /// Names that `for` and `dynamic` gave, the innermost first.
    pub bindings: Option<&'s Binding<'s>>,
    /// Names that `templatefile` gave.
    pub template: Option<&'s BTreeMap<Rc<str>, Value>>,
}

/// A name and its value.
#[derive(Clone, Debug)]
pub struct Binding<'s> {
    /// Name.
    pub name: &'s str,
    /// Value.
    pub value: Value,
    /// The name given before.
    pub next: Option<&'s Binding<'s>>,
}

/// Which instance of a block with `count` or `for_each` this is.
#[derive(Clone, Debug)]
pub enum Repetition {
    /// The block is there once.
    None,
    /// `count.index`.
    Count(Value),
    /// `each.key` and `each.value`.
    Each(Value, Value),
    /// How many there are isn't known, and why; `each.value` if it stands for all.
    Unknown(String, Option<Value>),
}

impl Scope<'_, '_> {
    /// The value of a name given by `for`, `dynamic` or `templatefile`.
    pub fn bound(&self, name: &str) -> Option<&Value> {
        let mut at = self.bindings;
        while let Some(binding) = at {
            if binding.name == name {
                return Some(&binding.value);
            }
            at = binding.next;
        }
        self.template?.get(name)
    }
}

impl<'s, 'c> Scope<'s, 'c> {
    /// A place where only the module's own names are known.
    pub fn of(module: &'s Rc<Module<'c>>) -> Self {
        Self::repeated(module, &Repetition::None)
    }

    /// A place in a block that may be there several times.
    pub fn repeated(module: &'s Rc<Module<'c>>, repetition: &'s Repetition) -> Self {
        Self { module, repetition, bindings: None, template: None }
    }
}
