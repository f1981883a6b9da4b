//! The configuration in a plan: which expression an argument has, and what that refers to.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::source::code::node::{Content, Node, Reference};

/// Longest way through variables and outputs that is followed.
const MAX_HOPS: u32 = 16;

/// The plan's `configuration`.
pub struct Configuration<'a> {
    root: Option<&'a Node>,
    calls: Option<&'a Node>,
    /// Expressions of blocks by module and `type.name`, indexed when a module is first asked for.
    blocks: RefCell<BTreeMap<Vec<String>, BTreeMap<String, &'a Node>>>,
}

impl<'a> Configuration<'a> {
    /// Of a plan's `configuration` member.
    pub fn new(configuration: Option<&'a Node>) -> Self {
        Self {
            root: configuration.and_then(|own| own.member("root_module")),
            calls: configuration,
            blocks: RefCell::default(),
        }
    }

    /// The constraint on the provider's version: `~> 3.0`.
    pub fn constraint(&self, provider: &str) -> Option<&'a str> {
        let providers = self.calls?.member("provider_config")?.members()?;
        let named = |config: &Node| config.member("name").and_then(Node::as_str) == Some(provider);
        providers
            .iter()
            .filter(|(_, config)| named(config))
            .find_map(|(_, config)| config.member("version_constraint").and_then(Node::as_str))
    }

    fn module(&self, path: &[String]) -> Option<&'a Node> {
        path.iter().try_fold(self.root?, |module, name| {
            module.member("module_calls")?.member(name)?.member("module")
        })
    }

    /// The expressions of a resource's block.
    pub fn expressions(&self, path: &[String], kind: &str, name: &str) -> Option<&'a Node> {
        let mut blocks = self.blocks.borrow_mut();
        if !blocks.contains_key(path) {
            blocks.insert(path.to_vec(), self.module(path).map(index).unwrap_or_default());
        }
        blocks.get(path)?.get(&format!("{kind}.{name}")).copied()
    }

    /// The one attribute of one resource that an expression refers to, if it is just one.
    pub fn reference(
        &self,
        at: &Instance,
        expression: &Node,
        exists: &dyn Fn(&str) -> bool,
    ) -> Option<Reference> {
        self.follow(at, expression, exists, 0)
    }

    fn follow(
        &self,
        at: &Instance,
        expression: &Node,
        exists: &dyn Fn(&str) -> bool,
        hops: u32,
    ) -> Option<Reference> {
        if hops > MAX_HOPS {
            return None;
        }
        let all: Vec<&str> =
            expression.member("references")?.elements()?.iter().filter_map(Node::as_str).collect();
        // Of `azurerm_subnet.a.id` the plan also names `azurerm_subnet.a`.
        let longest = all.iter().filter(|own| {
            !all.iter().any(|other| {
                other.len() > own.len()
                    && other.starts_with(**own)
                    && other.as_bytes().get(own.len()).is_some_and(|c| b".[".contains(c))
            })
        });
        let (keys, others): (Vec<&str>, Vec<&str>) =
            longest.partition(|own| ["each.key", "count.index"].contains(*own));
        let [one] = others.as_slice() else { return None };
        if let Some(name) = one.strip_prefix("var.") {
            let name = name.split(['.', '[']).next()?;
            let (call, above) = at.modules.split_last()?;
            let names: Vec<String> = above.iter().map(|step| step.name.clone()).collect();
            let argument = self
                .module(&names)?
                .member("module_calls")?
                .member(&call.name)?
                .member("expressions")?
                .member(name)?;
            let at = Instance { modules: above.to_vec(), key: call.key.clone() };
            return self.follow(&at, argument, exists, hops + 1);
        }
        if let Some(rest) = one.strip_prefix("module.") {
            let (call, rest) = step(rest)?;
            let output = rest.strip_prefix('.')?.split(['.', '[']).next()?;
            let mut modules = at.modules.clone();
            modules.push(call);
            let names: Vec<String> = modules.iter().map(|step| step.name.clone()).collect();
            let value = self.module(&names)?.member("outputs")?.member(output)?.member("expression")?;
            return self.follow(&Instance { modules, key: None }, value, exists, hops + 1);
        }
        if ["local.", "each.", "count.", "path.", "terraform.", "self."]
            .iter()
            .any(|own| one.starts_with(own))
        {
            return None;
        }
        let (kind, rest) = one.split_once('.')?;
        let (data, kind, rest) = match kind {
            "data" => rest.split_once('.').map(|(kind, rest)| ("data.", kind, rest))?,
            _ => ("", kind, rest),
        };
        let (resource, attribute) = step(rest)?;
        let attribute = attribute.strip_prefix('.').unwrap_or("id").to_owned();
        let plain = format!("{}{data}{kind}.{}", at.prefix(), resource.name);
        let address = match (&resource.key, keys.is_empty()) {
            (Some(key), _) => format!("{plain}[{key}]"),
            (None, false) => format!("{plain}[{}]", at.key.as_ref()?),
            (None, true) => plain,
        };
        exists(&address).then_some(Reference { address, attribute })
    }
}

/// The expressions of a module's resources by `type.name`.
fn index(module: &Node) -> BTreeMap<String, &Node> {
    let mut blocks = BTreeMap::new();
    let managed = |own: &&Node| own.member("mode").and_then(Node::as_str) != Some("data");
    for resource in
        module.member("resources").and_then(Node::elements).unwrap_or_default().iter().filter(managed)
    {
        let text = |name: &str| resource.member(name).and_then(Node::as_str);
        if let (Some(kind), Some(name), Some(expressions)) =
            (text("type"), text("name"), resource.member("expressions"))
        {
            blocks.entry(format!("{kind}.{name}")).or_insert(expressions);
        }
    }
    blocks
}

/// Where an expression is evaluated: in which instance of which module, for which instance of its block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// Modules from the outside in.
    pub modules: Vec<Step>,
    /// `0` or `"a"` of `[0]` or `["a"]`.
    pub key: Option<String>,
}

/// A name and perhaps a key: `net`, `net["a"]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The name.
    pub name: String,
    /// The key as the address has it.
    pub key: Option<String>,
}

impl Instance {
    /// What stands before addresses in this module.
    pub fn prefix(&self) -> String {
        let mut prefix = String::new();
        for step in &self.modules {
            prefix.push_str("module.");
            prefix.push_str(&step.name);
            if let Some(key) = &step.key {
                prefix.push('[');
                prefix.push_str(key);
                prefix.push(']');
            }
            prefix.push('.');
        }
        prefix
    }

    /// The modules' names.
    pub fn names(&self) -> Vec<String> {
        self.modules.iter().map(|step| step.name.clone()).collect()
    }

    /// The module instance of `module.a["k"].module.b`, or of an address in it.
    pub fn of(address: &str) -> Self {
        let mut modules = Vec::new();
        let mut rest = address;
        while let Some(after) = rest.strip_prefix("module.") {
            let Some((own, after)) = step(after) else { break };
            modules.push(own);
            rest = after.strip_prefix('.').unwrap_or(after);
        }
        let rest = rest.strip_prefix("data.").unwrap_or(rest);
        let key = rest.split_once('.').and_then(|(_, rest)| step(rest)).and_then(|(step, _)| step.key);
        Self { modules, key }
    }
}

/// A name with its key, and what follows.
fn step(text: &str) -> Option<(Step, &str)> {
    let end = text.find(['.', '[']).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if name.is_empty() {
        return None;
    }
    let Some(inner) = rest.strip_prefix('[') else {
        return Some((Step { name: name.to_owned(), key: None }, rest));
    };
    let mut quoted = false;
    let mut escaped = false;
    let end = inner.find(|c| {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ']' => return !quoted,
            _ => {}
        }
        false
    })?;
    let key = inner.get(..end)?;
    // A key that is itself an expression is not this one key.
    let literal = key.starts_with('"') || key.bytes().all(|byte| byte.is_ascii_digit());
    let key = literal.then(|| key.to_owned());
    Some((Step { name: name.to_owned(), key }, inner.get(end + 1..)?))
}

/// The expression of an argument: a block has them by element.
pub fn inner<'a>(expressions: Option<&'a Node>, name: &str) -> Option<&'a Node> {
    expressions?.members()?.iter().find(|(own, _)| own == name).map(|(_, node)| node)
}

/// Whether expressions are those of a block, and not an expression.
pub fn is_block(expressions: &Node) -> bool {
    match &expressions.content {
        Content::Array(_) => true,
        Content::Object(members) => {
            !members.iter().any(|(name, _)| name == "references" || name == "constant_value")
                && !members.is_empty()
        }
        _ => false,
    }
}
