//! What names stand for: variables, locals, outputs, resources and modules.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::block::Instance;
use super::expand::Expansion;
use super::module::{Caller, Module};
use super::scope::Scope;
use super::{Evaluator, Target};
use crate::source::code::file::Span;
use crate::source::terraform::budget::Failure;
use crate::source::terraform::configuration::{Call, Resource, Variable};
use crate::source::terraform::library;
use crate::source::terraform::value::{Kind, Outcome, Value};

/// Most instances of modules and resources of one root.
const MAX_INSTANCES: usize = 100_000;

impl<'c> Evaluator<'c> {
    /// `var.name`.
    pub(super) fn variable(&self, module: &Rc<Module<'c>>, name: &str, span: Span) -> Outcome {
        let Some((name, variable)) = module.configuration.variables.get_key_value(name) else {
            return Ok(undeclared(&format!("variable '{name}'"), span));
        };
        self.once(&module.variables, &name.as_str(), &format!("variable '{name}'"), || {
            self.assigned(module, name, variable, span)
        })
    }

    fn assigned(&self, module: &Rc<Module<'c>>, name: &str, variable: &'c Variable, span: Span) -> Outcome {
        let own = Scope::of(module);
        let assigned = match &module.caller {
            None => self.given.get(name).map(|value| self.eval(value, &own)),
            Some(caller) => caller.call.block.body.attribute(name).map(|value| {
                let scope = Scope::repeated(&caller.module, &caller.repetition);
                self.soften(self.eval(value, &scope), value.span)
            }),
        };
        let value = match (assigned.transpose()?, &variable.default) {
            (Some(value), Some(default)) if value.is_null() && !variable.nullable => {
                self.eval(default, &own)?
            }
            (Some(value), _) => value,
            (None, Some(default)) => self.eval(default, &own)?,
            (None, None) => Value::unknown(
                format!("depends on variable '{name}', which has no default and no value"),
                span,
            ),
        };
        let fitted = variable.kind.apply(&value, &self.budget, &|default| self.eval(default, &own));
        let fitted = fitted.map_err(|failure| Failure {
            reason: format!("the value of variable '{name}' doesn't fit: {failure}"),
            ..failure
        })?;
        Ok(fitted.with_secret(variable.sensitive))
    }

    /// `local.name`.
    pub(super) fn local(&self, module: &Rc<Module<'c>>, name: &str, span: Span) -> Outcome {
        let Some((name, value)) = module.configuration.locals.get_key_value(name) else {
            return Ok(undeclared(&format!("local '{name}'"), span));
        };
        self.once(&module.locals, &name.as_str(), &format!("local '{name}'"), || {
            self.eval(value, &Scope::of(module))
        })
    }

    /// An output of a module's instance.
    pub(super) fn output(&self, module: &Rc<Module<'c>>, name: &str, span: Span) -> Outcome {
        let Some((name, output)) = module.configuration.outputs.get_key_value(name) else {
            return Ok(undeclared(&format!("output '{name}' of {}", module.address), span));
        };
        self.once(&module.outputs, &name.as_str(), &format!("{}.{name}", module.address), || {
            let scope = Scope::of(module);
            Ok(self.eval(&output.value, &scope)?.with_secret(output.sensitive))
        })
    }

    /// A resource by its address inside the module: one instance, or a list or object of them.
    pub(super) fn resource(&self, module: &Rc<Module<'c>>, address: &str, span: Span) -> Outcome {
        let Some(resource) = module.configuration.resource(address) else {
            return Ok(undeclared(address, span));
        };
        if let Some(whole) = module.wholes.borrow().get(resource.address.as_str()) {
            return Ok(whole.clone());
        }
        let instances = self.instances(module, resource)?;
        let whole = Self::whole(&instances, span, |one| Kind::Resource(Rc::clone(&one.address)))?;
        module.wholes.borrow_mut().insert(&resource.address, whole.clone());
        Ok(whole)
    }

    /// `module.name`.
    pub(super) fn module(&self, module: &Rc<Module<'c>>, name: &str, span: Span) -> Outcome {
        let Some(call) = module.configuration.call(name) else {
            return Ok(undeclared(&format!("module '{name}'"), span));
        };
        if let Some(reason) = library::missing(call) {
            return Ok(Value::unknown(reason, span));
        }
        if let Some(whole) = module.wholes.borrow().get(call.name.as_str()) {
            return Ok(whole.clone());
        }
        let Some(children) = self.children(module, call)? else {
            return Ok(Value::unknown(format!("depends on module '{name}', which calls itself"), span));
        };
        let whole = Self::whole(&children, span, |one| Kind::Module(Rc::clone(&one.address)))?;
        module.wholes.borrow_mut().insert(&call.name, whole.clone());
        Ok(whole)
    }

    fn whole<T>(instances: &Expansion<T>, span: Span, kind: impl Fn(&T) -> Kind) -> Outcome {
        let value = |one: &T| Value::new(kind(one), span);
        match instances {
            Expansion::One(one) | Expansion::Unknown(one, _) => Ok(value(one)),
            Expansion::Count(all) => Value::list(all.iter().map(value).collect(), span),
            Expansion::Each(all) => {
                let members: BTreeMap<_, _> =
                    all.iter().map(|(key, one)| (Rc::clone(key), value(one))).collect();
                Value::object(members, span)
            }
        }
    }

    /// The instances of a resource.
    ///
    /// # Errors
    /// When its number depends on itself, or a bound is reached.
    pub fn instances(
        &self,
        module: &Rc<Module<'c>>,
        resource: &'c Resource,
    ) -> Result<Rc<Expansion<Rc<Instance<'c>>>>, Failure> {
        let key = resource.address.as_str();
        match module.resources.borrow().get(key) {
            Some(Some(known)) => return Ok(Rc::clone(known)),
            Some(None) => return Err(Failure::new(format!("how many {key} there are depends on itself"))),
            None => {}
        }
        module.resources.borrow_mut().insert(key, None);
        let scope = Scope::of(module);
        let expansion = self.expand(&resource.block.body, &scope);
        module.resources.borrow_mut().remove(key);
        self.count_instances(expansion.iter().count())?;
        let address = module.address_of(key);
        let expansion = expansion.map(|(suffix, repetition)| {
            let address: Rc<str> = format!("{address}{suffix}").into();
            let instance =
                Rc::new(Instance::new(Rc::clone(&address), resource, Rc::clone(module), repetition));
            self.targets.borrow_mut().insert(address, Target::Resource(Rc::clone(&instance)));
            instance
        });
        let expansion = Rc::new(expansion);
        module.resources.borrow_mut().insert(key, Some(Rc::clone(&expansion)));
        Ok(expansion)
    }

    /// The instances of a module that is called; none if it isn't read, or calls itself.
    ///
    /// # Errors
    /// When its number depends on itself, or a bound is reached.
    pub fn children(
        &self,
        module: &Rc<Module<'c>>,
        call: &'c Call,
    ) -> Result<Option<Rc<Expansion<Rc<Module<'c>>>>>, Failure> {
        let Ok(index) = call.target else { return Ok(None) };
        let Some(configuration) = self.library.modules.get(index) else { return Ok(None) };
        let key = call.name.as_str();
        if module.is_below(index) {
            let why = "it calls itself, directly or through other modules".to_owned();
            self.gap(call.block.span, format!("module.{key}"), why);
            return Ok(None);
        }
        match module.children.borrow().get(key) {
            Some(Some(known)) => return Ok(Some(Rc::clone(known))),
            Some(None) => {
                return Err(Failure::new(format!("how many module.{key} there are depends on itself")));
            }
            None => {}
        }
        module.children.borrow_mut().insert(key, None);
        let scope = Scope::of(module);
        let expansion = self.expand(&call.block.body, &scope);
        module.children.borrow_mut().remove(key);
        self.count_instances(expansion.iter().count())?;
        let address = module.address_of(&format!("module.{key}"));
        let expansion = Rc::new(expansion.map(|(suffix, repetition)| {
            let address: Rc<str> = format!("{address}{suffix}").into();
            let caller = Caller { module: Rc::clone(module), call, repetition };
            let child = Rc::new(Module::new(configuration, index, Rc::clone(&address), Some(caller)));
            self.targets.borrow_mut().insert(address, Target::Module(Rc::clone(&child)));
            child
        }));
        module.children.borrow_mut().insert(key, Some(Rc::clone(&expansion)));
        Ok(Some(expansion))
    }

    fn count_instances(&self, more: usize) -> Result<(), Failure> {
        let all = self.instances.get() + more;
        if all > MAX_INSTANCES {
            return Err(Failure::bound(format!(
                "there are more than {MAX_INSTANCES} instances of resources and modules"
            )));
        }
        self.instances.set(all);
        Ok(())
    }
}

/// What isn't declared may be so in a file that isn't here, or could not be read: never an error that `try`
/// would hide.
fn undeclared(what: &str, span: Span) -> Value {
    Value::unknown(format!("depends on {what}, which is not declared in what was read"), span)
}
