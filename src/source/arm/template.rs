//! A template, whatever syntax it was written in.

use std::path::PathBuf;

use super::expression::{Expression, Loop, Member};
use crate::source::code::file::Span;

/// A template, or a Bicep file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Template {
    /// What it is deployed to.
    pub scope: Scope,
    /// Parameters.
    pub parameters: Vec<Parameter>,
    /// Variables, with their loops.
    pub variables: Vec<Variable>,
    /// User-defined functions.
    pub functions: Vec<Function>,
    /// Resources and nested deployments, in order.
    pub resources: Vec<Declaration>,
    /// Outputs.
    pub outputs: Vec<Variable>,
}

/// What a template is deployed to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// A resource group.
    #[default]
    ResourceGroup,
    /// A subscription.
    Subscription,
    /// A management group.
    ManagementGroup,
    /// The tenant.
    Tenant,
}

/// A parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Name.
    pub name: String,
    /// Type as written: `string`, `secureString`, `object` …; empty where none is written.
    pub kind: String,
    /// Default.
    pub default: Option<Expression>,
    /// Whether it is secret: `secureString`, `secureObject`, `@secure()`.
    pub secure: bool,
    /// The declaration.
    pub span: Span,
}

/// A variable or an output.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// Name.
    pub name: String,
    /// Value.
    pub value: Expression,
}

/// A user-defined function: it sees its arguments (as `parameters('x')` and as locals) and nothing else.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// Namespace; none in Bicep.
    pub namespace: Option<String>,
    /// Name.
    pub name: String,
    /// Names of the arguments.
    pub parameters: Vec<String>,
    /// Result.
    pub output: Expression,
}

/// A resource or a nested deployment, as declared.
#[derive(Clone, Debug, PartialEq)]
pub struct Declaration {
    /// Symbolic name.
    pub symbol: Option<String>,
    /// Type; below a parent in nested form only the last part (`subnets`).
    pub kind: Expression,
    /// API version, where there is one.
    pub api_version: Option<Expression>,
    /// Name; in nested form or with `parent` only the last part.
    pub name: Expression,
    /// Whether it is only referred to (`existing`).
    pub existing: bool,
    /// Condition of being deployed.
    pub condition: Option<Expression>,
    /// Loop that makes many of it.
    pub copy: Option<Loop>,
    /// `scope`: of an extension resource the resource it extends, of a deployment where it goes.
    pub scope: Option<Expression>,
    /// Bicep's `parent`: an expression that is a symbol, or an element of one.
    pub parent: Option<Expression>,
    /// All other members: `location`, `tags`, `sku`, `properties` …
    pub body: Vec<Member>,
    /// Resources declared inside of this one.
    pub children: Vec<Declaration>,
    /// The template of a `Microsoft.Resources/deployments`, or a module.
    pub nested: Option<Box<Nested>>,
    /// The whole block.
    pub span: Span,
}

/// A nested deployment.
#[derive(Clone, Debug, PartialEq)]
pub struct Nested {
    /// Its template.
    pub template: Inner,
    /// Whether expressions in it are evaluated in its own scope (`inner`; always for linked ones and modules).
    pub inner: bool,
    /// Values of its parameters.
    pub parameters: Vec<Member>,
}

/// Where the template of a nested deployment is.
#[derive(Clone, Debug, PartialEq)]
pub enum Inner {
    /// In the same file.
    Here(Template),
    /// In a file: the path as written, relative to `from`'s folder.
    Linked {
        /// The path as written (a `relativePath`, or Bicep's module path).
        path: String,
        /// The file that names it.
        from: PathBuf,
    },
    /// Not to be had: an address on the Internet, a template spec, a registry; with the reason for people.
    Elsewhere(String),
}
