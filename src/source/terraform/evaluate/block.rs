//! Resources' blocks: arguments, nested blocks, and `dynamic` ones.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::module::Module;
use super::scope::{Binding, Repetition, Scope};
use super::{Evaluator, State, failed};
use crate::source::code::file::Span;
use crate::source::code::node::{Content, Node};
use crate::source::terraform::budget::Failure;
use crate::source::terraform::configuration::Resource;
use crate::source::terraform::resource::TerraformResource;
use crate::source::terraform::syntax::{Block, Body, Kind as Syntax};
use crate::source::terraform::value::{Outcome, Value};

/// Arguments and blocks that Terraform itself reads, and no provider.
const META: [&str; 7] =
    ["count", "for_each", "depends_on", "provider", "lifecycle", "provisioner", "connection"];

/// A resource's instance.
#[derive(Debug)]
pub struct Instance<'c> {
    /// `module.net["a"].azurerm_subnet.web[0]`.
    pub address: Rc<str>,
    /// Its block.
    pub resource: &'c Resource,
    /// Its module.
    pub module: Rc<Module<'c>>,
    /// Which of the block's instances it is.
    pub repetition: Repetition,
    arguments: RefCell<HashMap<String, State>>,
}

impl<'c> Instance<'c> {
    /// An instance of which nothing is evaluated yet.
    pub fn new(
        address: Rc<str>,
        resource: &'c Resource,
        module: Rc<Module<'c>>,
        repetition: Repetition,
    ) -> Self {
        Self { address, resource, module, repetition, arguments: RefCell::default() }
    }

    /// Whether it stands for an unknown number of instances.
    pub fn is_many(&self) -> bool {
        matches!(self.repetition, Repetition::Unknown(..))
    }
}

impl Module<'_> {
    /// Whether it stands for an unknown number of instances.
    pub fn is_many(&self) -> bool {
        self.caller.as_ref().is_some_and(|caller| matches!(caller.repetition, Repetition::Unknown(..)))
    }
}

impl<'c> Evaluator<'c> {
    /// A resource's argument, or its nested blocks of this name; nothing if the code doesn't set it.
    pub(super) fn argument(&self, instance: &Instance<'c>, name: &str) -> Option<Outcome> {
        let body = &instance.resource.block.body;
        if !body.attributes.iter().any(|attribute| attribute.name == name)
            && !body.blocks.iter().any(|block| makes(block) == Some(name))
        {
            return None;
        }
        let what = format!("'{name}' of {}", instance.address);
        Some(self.once(&instance.arguments, &name.to_owned(), &what, || {
            let scope = Scope::repeated(&instance.module, &instance.repetition);
            match body.attribute(name) {
                Some(value) => self.eval(value, &scope),
                None => self.nested(body, name, instance.resource.block.span, &scope),
            }
        }))
    }

    /// The resource as a whole. Each argument that fails is not known; the others are kept.
    pub fn evaluated(&self, instance: &Instance<'c>) -> TerraformResource {
        let resource = instance.resource;
        let (body, block) = (&resource.block.body, resource.block.span);
        let attributes = body.attributes.iter().map(|own| (own.name.as_str(), own.value.span));
        let blocks = body.blocks.iter().filter_map(|own| Some((makes(own)?, own.span)));
        let mut arguments: Vec<(String, Node)> = Vec::new();
        for (name, span) in attributes.chain(blocks) {
            if META.contains(&name) || arguments.iter().any(|(known, _)| known == name) {
                continue;
            }
            let Some(outcome) = self.argument(instance, name) else { continue };
            let node = outcome
                .and_then(|value| value.into_node(&self.budget))
                .unwrap_or_else(|failure| Node::unknown(format!("can't be evaluated: {failure}"), span));
            arguments.push((name.to_owned(), node));
        }
        TerraformResource {
            address: instance.address.to_string(),
            kind: resource.kind.clone(),
            data: resource.data,
            provider: provider(resource),
            arguments: Node::new(Content::Object(arguments), block),
            block,
        }
    }

    /// Nested blocks of one kind, as a list of objects.
    fn nested(&self, body: &Body, name: &str, whole: Span, scope: &Scope<'_, 'c>) -> Outcome {
        let mut all = Vec::new();
        let mut span: Option<Span> = None;
        for block in body.blocks.iter().filter(|block| makes(block) == Some(name)) {
            span = Some(span.map_or(block.span, |before| joined(before, block.span)));
            if block.kind != "dynamic" {
                all.push(self.block(&block.body, block.span, scope)?);
            } else if let Some(unknown) = self.dynamic(block, name, scope, &mut all)? {
                return Ok(unknown);
            }
        }
        Value::list(all, span.unwrap_or(whole))
    }

    /// Appends the blocks that a `dynamic` block makes; gives back what isn't known of their number.
    fn dynamic(
        &self,
        block: &Block,
        name: &str,
        scope: &Scope<'_, 'c>,
        all: &mut Vec<Value>,
    ) -> Result<Option<Value>, Failure> {
        let Some(for_each) = block.body.attribute("for_each") else {
            return Err(Failure::new(format!("the dynamic block '{name}' has no for_each")));
        };
        let Some(content) = block.body.blocks("content").next() else {
            return Err(Failure::new(format!("the dynamic block '{name}' has no content")));
        };
        let iterator = match block.body.attribute("iterator").map(|value| &value.kind) {
            Some(Syntax::Variable(iterator) | Syntax::Text(iterator)) => iterator,
            _ => name,
        };
        let collection = match self.eval(for_each, scope) {
            Ok(collection) => collection,
            Err(failure) if self.trying.get() == 0 => failed(&failure, for_each.span),
            Err(failure) => return Err(failure),
        };
        if collection.is_unknown() || Self::is_whole(&collection) {
            let reason = format!("stands in a dynamic block whose for_each {}", self.reason(&collection));
            return Ok(Some(Value::unknown(reason, block.span)));
        }
        if collection.is_null() {
            return Ok(None);
        }
        for (key, value) in self.pairs(&collection)? {
            let value = Self::pair(key, value, for_each.span)?;
            let binding = Binding { name: iterator, value, next: scope.bindings };
            let scope = Scope { bindings: Some(&binding), ..*scope };
            all.push(self.block(&content.body, content.span, &scope)?);
        }
        Ok(None)
    }

    fn block(&self, body: &Body, span: Span, scope: &Scope<'_, 'c>) -> Outcome {
        self.budget.deeper(|| {
            let mut members: BTreeMap<Rc<str>, Value> = BTreeMap::new();
            for attribute in &body.attributes {
                let value = self.soften(self.eval(&attribute.value, scope), attribute.value.span)?;
                members.insert(attribute.name.as_str().into(), value);
            }
            for block in &body.blocks {
                let Some(name) = makes(block) else { continue };
                if !members.contains_key(name) {
                    let nested = self.soften(self.nested(body, name, span, scope), block.span)?;
                    members.insert(name.into(), nested);
                }
            }
            Value::object(members, span)
        })
    }
}

/// The kind of block that a block makes, `dynamic` ones too.
fn makes(block: &Block) -> Option<&str> {
    if block.kind == "dynamic" { block.labels.first().map(String::as_str) } else { Some(&block.kind) }
}

fn joined(before: Span, after: Span) -> Span {
    if before.file == after.file { Span { end: after.end.max(before.end), ..before } } else { before }
}

/// The local name of the resource's provider.
fn provider(resource: &Resource) -> String {
    let own = || resource.kind.split('_').next().unwrap_or_default().to_owned();
    match resource.block.body.attribute("provider").map(|value| &value.kind) {
        Some(Syntax::Variable(name)) => name.clone(),
        Some(Syntax::Text(name)) => name.split('.').next().unwrap_or_default().to_owned(),
        Some(Syntax::Traversal(root, _)) => match &root.kind {
            Syntax::Variable(name) => name.clone(),
            _ => own(),
        },
        _ => own(),
    }
}
