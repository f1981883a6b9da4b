//! What one folder declares.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use super::constraint::Type;
use super::syntax::{Block, Body, Expression, Kind};
use crate::source::code::file::Span;

/// A module's declarations.
#[derive(Debug, Default)]
pub struct Configuration {
    /// The folder, as the system names it.
    pub folder: PathBuf,
    /// Variables by name.
    pub variables: BTreeMap<String, Variable>,
    /// Locals by name.
    pub locals: BTreeMap<String, Expression>,
    /// Outputs by name.
    pub outputs: BTreeMap<String, Output>,
    /// Resources and data sources in the order of the code.
    pub resources: Vec<Resource>,
    /// Calls of other modules in the order of the code.
    pub calls: Vec<Call>,
    /// What `required_providers` says of `azurerm`.
    pub required: Vec<String>,
    resource_at: HashMap<String, usize>,
    call_at: HashMap<String, usize>,
}

/// A `variable` block.
#[derive(Debug)]
pub struct Variable {
    /// Its type.
    pub kind: Type,
    /// Its default.
    pub default: Option<Expression>,
    /// Whether its value is a secret.
    pub sensitive: bool,
    /// Whether it may be `null`.
    pub nullable: bool,
}

/// An `output` block.
#[derive(Debug)]
pub struct Output {
    /// Its value.
    pub value: Expression,
    /// Whether its value is a secret.
    pub sensitive: bool,
}

/// A `resource` or `data` block.
#[derive(Debug)]
pub struct Resource {
    /// `azurerm_subnet`.
    pub kind: String,
    /// `azurerm_subnet.web`, `data.azurerm_subnet.web`.
    pub address: String,
    /// Whether it is a data source.
    pub data: bool,
    /// The block.
    pub block: Block,
}

/// A `module` block.
#[derive(Debug)]
pub struct Call {
    /// Name.
    pub name: String,
    /// The block.
    pub block: Block,
    /// The module in [`super::library::Library`], or why it is not there.
    pub target: Result<usize, String>,
}

/// Declared twice.
#[derive(Debug)]
pub struct Duplicate {
    /// What.
    pub what: String,
    /// The second block.
    pub span: Span,
}

impl Configuration {
    /// Sorts a folder's blocks. What is declared twice counts once, as it stands first.
    pub fn new(folder: PathBuf, body: Body) -> (Self, Vec<Duplicate>) {
        let mut own = Self { folder, ..Self::default() };
        let mut duplicates = Vec::new();
        for block in body.blocks {
            let span = block.span;
            if let Some(what) = own.take(block) {
                duplicates.push(Duplicate { what, span });
            }
        }
        (own, duplicates)
    }

    /// The resource with this address inside the module.
    pub fn resource(&self, address: &str) -> Option<&Resource> {
        self.resources.get(*self.resource_at.get(address)?)
    }

    /// The call of this name.
    pub fn call(&self, name: &str) -> Option<&Call> {
        self.calls.get(*self.call_at.get(name)?)
    }

    /// Takes a block in; gives back what is declared already.
    fn take(&mut self, mut block: Block) -> Option<String> {
        let labels = std::mem::take(&mut block.labels);
        match (block.kind.as_str(), labels.as_slice()) {
            ("resource" | "data", [kind, name]) => {
                let data = block.kind == "data";
                let address = format!("{}{kind}.{name}", if data { "data." } else { "" });
                if self.resource_at.contains_key(&address) {
                    return Some(address);
                }
                self.resource_at.insert(address.clone(), self.resources.len());
                self.resources.push(Resource { kind: kind.clone(), address, data, block });
            }
            ("module", [name]) => {
                if self.call_at.contains_key(name) {
                    return Some(format!("module.{name}"));
                }
                self.call_at.insert(name.clone(), self.calls.len());
                let target = Err("was not looked for".to_owned());
                self.calls.push(Call { name: name.clone(), block, target });
            }
            ("variable", [name]) => {
                if self.variables.contains_key(name) {
                    return Some(format!("var.{name}"));
                }
                self.variables.insert(name.clone(), Variable::new(block));
            }
            ("output", [name]) => {
                if self.outputs.contains_key(name) {
                    return Some(format!("output.{name}"));
                }
                let sensitive = flag(&block.body, "sensitive", false);
                let value = block.body.attributes.into_iter().find(|attribute| attribute.name == "value");
                if let Some(value) = value {
                    self.outputs.insert(name.clone(), Output { value: value.value, sensitive });
                }
            }
            ("locals", []) => {
                let mut twice = None;
                for attribute in block.body.attributes {
                    match self.locals.entry(attribute.name) {
                        Entry::Occupied(first) => twice = Some(format!("local.{}", first.key())),
                        Entry::Vacant(free) => drop(free.insert(attribute.value)),
                    }
                }
                return twice;
            }
            ("terraform", []) => self.require(&block.body),
            _ => {}
        }
        None
    }

    fn require(&mut self, terraform: &Body) {
        for attribute in terraform.blocks("required_providers").flat_map(|block| &block.body.attributes) {
            let member = |wanted: &str| match &attribute.value.kind {
                Kind::Object(members) => {
                    members.iter().find_map(|(name, value)| match (&name.kind, &value.kind) {
                        (Kind::Text(name), Kind::Text(value)) if name == wanted => Some(value.as_str()),
                        _ => None,
                    })
                }
                Kind::Text(version) if wanted == "version" => Some(version.as_str()),
                _ => None,
            };
            let azurerm = member("source").map_or(attribute.name == "azurerm", |source| {
                source.to_ascii_lowercase().ends_with("hashicorp/azurerm")
            });
            if let (true, Some(version)) = (azurerm, member("version")) {
                self.required.push(version.to_owned());
            }
        }
    }
}

impl Variable {
    fn new(block: Block) -> Self {
        let mut body = block.body;
        let kind = body.attribute("type").map_or(Type::Any, Type::parse);
        let sensitive = flag(&body, "sensitive", false);
        let nullable = flag(&body, "nullable", true);
        let default = body.attributes.iter().position(|attribute| attribute.name == "default");
        let default = default.map(|at| body.attributes.swap_remove(at).value);
        Self { kind, default, sensitive, nullable }
    }
}

fn flag(body: &Body, name: &str, default: bool) -> bool {
    match body.attribute(name).map(|value| &value.kind) {
        Some(Kind::Bool(yes)) => *yes,
        Some(Kind::Text(text)) => text == "true",
        _ => default,
    }
}
