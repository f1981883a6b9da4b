//! Terraform's configuration language as a tree in which everything has its place, whether it was written in
//! HCL or in JSON.

mod convert;
pub mod depth;
pub mod hcl;
pub mod json;
mod newlines;
mod template;

pub use hcl_edit::expr::{BinaryOperator, UnaryOperator};
use serde_json::Number;

use crate::source::code::file::Span;

/// What stands between braces, or in a file.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// `name = value`, in the order of the code; names are unique.
    pub attributes: Vec<Attribute>,
    /// Nested blocks in the order of the code.
    pub blocks: Vec<Block>,
}

/// `name = value`.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// Name.
    pub name: String,
    /// Value.
    pub value: Expression,
}

/// `kind "label" { … }`.
#[derive(Clone, Debug)]
pub struct Block {
    /// First word: `resource`, `identity`.
    pub kind: String,
    /// Labels, without quotes.
    pub labels: Vec<String>,
    /// What it holds.
    pub body: Body,
    /// All of it, from the first word to the closing brace.
    pub span: Span,
}

impl Body {
    /// The value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&Expression> {
        self.attributes.iter().find(|attribute| attribute.name == name).map(|attribute| &attribute.value)
    }

    /// Nested blocks of one kind.
    pub fn blocks<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Block> {
        self.blocks.iter().filter(move |block| block.kind == kind)
    }
}

/// An expression.
#[derive(Clone, Debug)]
pub struct Expression {
    /// What it is.
    pub kind: Kind,
    /// Its text.
    pub span: Span,
}

/// What an expression is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// `1`, `1.5`.
    Number(Number),
    /// Text without interpolation.
    Text(String),
    /// Text with interpolation; a single [`Part::Value`] is that value itself.
    Template(Vec<Part>),
    /// `[…]`.
    Array(Vec<Expression>),
    /// `{…}`.
    Object(Vec<(Expression, Expression)>),
    /// A name: `var`, `each`, `azurerm_subnet`, a name that a `for` gave.
    Variable(String),
    /// `a.b[c][*].d`.
    Traversal(Box<Expression>, Vec<Step>),
    /// `f(…)`.
    Call {
        /// Name, with its namespace: `provider::azurerm::x`.
        name: String,
        /// Arguments.
        arguments: Vec<Expression>,
        /// Whether the last one ends in `...`.
        expand: bool,
    },
    /// `!a`, `-a`.
    Unary(UnaryOperator, Box<Expression>),
    /// `a && b`.
    Binary(BinaryOperator, Box<(Expression, Expression)>),
    /// `a ? b : c`.
    Conditional(Box<(Expression, Expression, Expression)>),
    /// `[for …]`, `{for …}`.
    For(Box<For>),
    /// Text of a JSON file that is no template, and why.
    Invalid(String),
}

/// `[for key, value in collection : result if condition]`.
#[derive(Clone, Debug)]
pub struct For {
    /// Name of the key or index.
    pub key: Option<String>,
    /// Name of the element.
    pub value: String,
    /// What is gone through.
    pub collection: Expression,
    /// Key of the result, when that is an object.
    pub result_key: Option<Expression>,
    /// Element of the result.
    pub result: Expression,
    /// Whether elements of one key are gathered (`...`).
    pub grouping: bool,
    /// Which elements are kept.
    pub condition: Option<Expression>,
}

/// A step of a traversal.
#[derive(Clone, Debug)]
pub enum Step {
    /// `.name`.
    Attribute(String),
    /// `[expression]`, and `.0`.
    Index(Expression),
    /// `.*`.
    AttributeSplat,
    /// `[*]`.
    FullSplat,
}

/// Part of a text with interpolation.
#[derive(Clone, Debug)]
pub enum Part {
    /// As it stands.
    Text(String),
    /// `${…}`.
    Value(Expression),
    /// `%{if …}`.
    If(Expression, Vec<Part>, Vec<Part>),
    /// `%{for …}`.
    For {
        /// Name of the key or index.
        key: Option<String>,
        /// Name of the element.
        value: String,
        /// What is gone through.
        collection: Expression,
        /// What is written for each element.
        parts: Vec<Part>,
    },
}

/// Why a file is no configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct SyntaxError {
    /// Byte of the file.
    pub offset: usize,
    /// What is wrong, and what to do.
    pub reason: String,
}
