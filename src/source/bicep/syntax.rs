//! A Bicep file as it is written.

use crate::source::code::file::Span;

/// A file.
#[derive(Clone, Debug, Default)]
pub struct File {
    /// What it declares, in order.
    pub statements: Vec<Statement>,
    /// What could not be read.
    pub errors: Vec<SyntaxError>,
}

/// Something that is not Bicep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// Where.
    pub span: Span,
    /// Name of the declaration that is lost by it, if it was read so far.
    pub symbol: Option<String>,
    /// What is wrong, and what would be right.
    pub reason: String,
}

/// A name and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Name {
    /// The name.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// A declaration with its decorators.
#[derive(Clone, Debug)]
pub struct Statement {
    /// `@secure()` and the like: calls.
    pub decorators: Vec<Expr>,
    /// What is declared.
    pub kind: StatementKind,
    /// All of it, decorators excluded.
    pub span: Span,
}

/// The kinds of declarations.
#[derive(Clone, Debug)]
pub enum StatementKind {
    /// `targetScope = '…'`.
    TargetScope(Expr),
    /// `param name type = value`.
    Parameter(Value),
    /// `var name = value`.
    Variable(Value),
    /// `output name type = value`.
    Output(Value),
    /// `type name = type`.
    Type {
        /// Name.
        name: Name,
        /// What it stands for.
        is: Type,
    },
    /// `func name(a type) type => body`.
    Function {
        /// Name.
        name: Name,
        /// Names of the arguments.
        parameters: Vec<Name>,
        /// Result.
        body: Expr,
    },
    /// `resource name '…' = …`.
    Resource(Declaration),
    /// `module name '…' = …`.
    Module(Declaration),
    /// `import … from '…'`.
    Import {
        /// What is taken.
        names: Imported,
        /// The path.
        from: Expr,
    },
    /// `extension …`, `provider …`, and `import` of an extension in its old form.
    Extension {
        /// How it is called.
        name: Name,
    },
    /// `using '…'` of a parameter file; none for `using none`.
    Using(Option<Expr>),
    /// `extends '…'` of a parameter file.
    Extends(Expr),
    /// `metadata`, `assert`, `test`, `extensionConfig`: say nothing of what is deployed.
    Other,
}

/// Something with a type and a value.
#[derive(Clone, Debug)]
pub struct Value {
    /// Name.
    pub name: Name,
    /// Type, where it is written.
    pub kind: Option<Type>,
    /// Value, where there is one.
    pub value: Option<Expr>,
}

/// A resource or module.
#[derive(Clone, Debug)]
pub struct Declaration {
    /// Symbolic name.
    pub name: Name,
    /// Type and API version, or the module's path: a string.
    pub kind: Expr,
    /// Whether it is only referred to.
    pub existing: bool,
    /// An object, a condition with one, or a loop.
    pub body: Expr,
}

/// What an import takes.
#[derive(Clone, Debug)]
pub enum Imported {
    /// `* as name`.
    All(Name),
    /// `{ name, other as name }`: the name there, and the name here.
    Some(Vec<(Name, Name)>),
}

/// An expression.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
    /// How deep it is; a name is 1.
    pub height: u16,
}

/// The kinds of expressions.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A number.
    Integer(u64),
    /// A string without holes.
    Text(String),
    /// A string with holes: texts and expressions.
    Interpolated(Vec<Part>),
    /// `[a, b]`.
    Array(Vec<Item>),
    /// `{ a: b }`.
    Object(Object),
    /// `[for x in xs: body]`.
    For(Box<For>),
    /// `if (condition) body` of a resource.
    If(Box<Expr>, Box<Expr>),
    /// A name.
    Name(String),
    /// `name(arguments)`.
    Call(Name, Vec<Expr>),
    /// `of.name(arguments)`.
    Method(Box<Expr>, Name, Vec<Expr>),
    /// `of.name`, `of[at]`, `of.?name`, `of[?at]`, `of[^1]`.
    Access(Box<Access>),
    /// `of::name`.
    Nested(Box<Expr>, Name),
    /// `of!`.
    NotNull(Box<Expr>),
    /// `(of)`: ends a chain of safe accesses.
    Group(Box<Expr>),
    /// `!of`.
    Not(Box<Expr>),
    /// `-of`.
    Minus(Box<Expr>),
    /// `left operator right`.
    Binary(Operator, Box<(Expr, Expr)>),
    /// `condition ? yes : no`.
    Choice(Box<(Expr, Expr, Expr)>),
    /// `(a, b) => body`.
    Lambda(Vec<Name>, Box<Expr>),
}

/// A part of a string with holes.
#[derive(Clone, Debug)]
pub enum Part {
    /// Text.
    Text(String),
    /// What stands in a hole.
    Hole(Expr),
}

/// An element of a list.
#[derive(Clone, Debug)]
pub struct Item {
    /// Its value.
    pub value: Expr,
    /// Whether it is spread.
    pub spread: bool,
}

/// An object.
#[derive(Clone, Debug, Default)]
pub struct Object {
    /// Members in order; a spread has no name.
    pub members: Vec<(Option<Expr>, Expr)>,
    /// Resources declared in it.
    pub resources: Vec<Statement>,
}

/// A loop.
#[derive(Clone, Debug)]
pub struct For {
    /// Name of the element.
    pub item: Name,
    /// Name of the index.
    pub index: Option<Name>,
    /// What is walked.
    pub over: Expr,
    /// What is made of each; [`ExprKind::If`] in resources.
    pub body: Expr,
}

/// A look into something.
#[derive(Clone, Debug)]
pub struct Access {
    /// What is looked into.
    pub of: Expr,
    /// Name or index.
    pub at: Expr,
    /// Whether something missing is null.
    pub safe: bool,
    /// Whether the index counts from the end, from 1.
    pub from_end: bool,
}

/// The operators between two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `??`
    Coalesce,
    /// `||`
    Or,
    /// `&&`
    And,
    /// `==`
    Equals,
    /// `!=`
    NotEquals,
    /// `=~`
    EqualsAnyCase,
    /// `!~`
    NotEqualsAnyCase,
    /// `<`
    Less,
    /// `<=`
    LessOrEquals,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEquals,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Modulo,
}

/// A type, as far as it says something of values.
#[derive(Clone, Debug)]
pub struct Type {
    /// What it is.
    pub kind: TypeKind,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of types.
#[derive(Clone, Debug)]
pub enum TypeKind {
    /// `string`, `myType`, `types.myType`.
    Name(Vec<String>),
    /// `type?`.
    Nullable(Box<Type>),
    /// All others, by the types in them, each with its decorators.
    Made(Vec<(Vec<Expr>, Type)>),
}
