//! The expressions of templates, whatever syntax they were written in.

use crate::source::code::file::Span;

/// An expression and its text.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    /// What it is.
    pub kind: Kind,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of expression. Operators of Bicep are calls of the functions that they stand for (`a == b` is
/// `equals(a, b)`, `a ? b : c` is `if(a, b, c)`, `a ?? b` is `coalesce(a, b)`, interpolation is `format`).
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// null.
    Null,
    /// true or false.
    Bool(bool),
    /// A number as it was written.
    Number(serde_json::Number),
    /// Text.
    Text(String),
    /// A list; a spread element stands for its own elements.
    Array(Vec<Element>),
    /// An object.
    Object(Vec<Member>),
    /// `name(arguments)`, or `namespace.name(arguments)` of a user-defined or Bicep's built-in namespace.
    Call {
        /// Namespace, where one is named.
        namespace: Option<String>,
        /// Function.
        name: String,
        /// Arguments.
        arguments: Vec<Expression>,
    },
    /// `of.name`, `of['name']`, `of[0]`; with `safe` (`of.?name`, `of[?0]`) what is missing is null.
    Access {
        /// What is looked into.
        of: Box<Expression>,
        /// Property name or index.
        at: Box<Expression>,
        /// Whether something missing is null instead of an error.
        safe: bool,
    },
    /// A resource or module of the template by its symbolic name. Its `id`, `name`, `type`, `apiVersion` are
    /// those of the declaration, other properties those of its body; `outputs` those of a module.
    Symbol(String),
    /// `lambda('x', body)` or `x => body`.
    Lambda {
        /// Names of the arguments.
        parameters: Vec<String>,
        /// Body, in which they are [`Kind::Local`].
        body: Box<Expression>,
    },
    /// A value of a lambda's argument or of a loop.
    Local(String),
    /// A list made by a loop: `copy` of properties, variables and outputs; `[for x in xs: body]`.
    Loop(Box<Loop>),
    /// In a nested template of outer scope an expression that the nested deployment evaluates itself, with its
    /// own parameters and variables (`[[parameters('x')]`).
    Inner(Box<Expression>),
    /// What the front end could not understand (and has reported as unread): its value is not known. With
    /// the reason, ending a sentence that begins with "it".
    Invalid(String),
}

/// An element of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Element {
    /// The value.
    pub value: Expression,
    /// Whether it is spread (`...value`).
    pub spread: bool,
}

/// A member of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// Name; an expression in ARM (`"[parameters('x')]": …`) and Bicep (`'${x}': …`). For a spread it is null.
    pub name: Expression,
    /// Value.
    pub value: Expression,
    /// Whether the value's members are spread (`...value`).
    pub spread: bool,
}

/// A loop.
#[derive(Clone, Debug, PartialEq)]
pub struct Loop {
    /// Name of the loop in ARM (`copyIndex('name')`).
    pub name: Option<String>,
    /// What is walked: a list, or for ARM's `count` the number of rounds.
    pub over: Over,
    /// Name by which the body sees the element.
    pub item: Option<String>,
    /// Name by which the body sees the index.
    pub index: Option<String>,
    /// Only elements for which this holds (`[for x in xs: if (condition) …]`).
    pub filter: Option<Expression>,
    /// The body; in a resource's own loop it is null, the declaration is the body.
    pub body: Expression,
}

/// What a loop walks.
#[derive(Clone, Debug, PartialEq)]
pub enum Over {
    /// That many rounds.
    Count(Expression),
    /// The elements of a list.
    Items(Expression),
}
