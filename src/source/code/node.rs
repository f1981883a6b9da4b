//! Values of code: JSON with a place for each value, and values that aren't known.

use super::file::Span;

/// A value and the text that decides it: the literal, through variables, defaults and functions.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The value.
    pub content: Content,
    /// The literal that decides it; for objects and arrays all of it; for what is not known the expression.
    pub span: Span,
    /// Whether the value comes from something marked as a secret (`secureString`, `sensitive`).
    pub secret: bool,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// null: to a rule the same as absent.
    Null,
    /// true or false.
    Bool(bool),
    /// A number, as exact as it was written.
    Number(serde_json::Number),
    /// Text.
    Text(String),
    /// A list.
    Array(Vec<Node>),
    /// Members in the order of the code; names are unique.
    Object(Vec<(String, Node)>),
    /// Not known before deployment.
    Unknown(Unknown),
}

/// Why a value is not known before deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// For people, ending a sentence that begins with "it": `depends on parameter 'x', which has no default`.
    pub reason: String,
    /// What the value is read from at deployment, when it is exactly one attribute of one resource.
    pub reference: Option<Reference>,
}

/// An attribute of another resource of the same root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Address of the resource's instance, as in [`super::resource::CodeResource::address`] without its prefix.
    pub address: String,
    /// The attribute: `id`, `name`, `principal_id`, `identity[0].principal_id`.
    pub attribute: String,
}

impl Node {
    /// A value that is no secret.
    pub fn new(content: Content, span: Span) -> Self {
        Self { content, span, secret: false }
    }

    /// A value that isn't known.
    pub fn unknown(reason: impl Into<String>, span: Span) -> Self {
        Self::new(Content::Unknown(Unknown { reason: reason.into(), reference: None }), span)
    }

    /// Text at a place.
    pub fn text(text: impl Into<String>, span: Span) -> Self {
        Self::new(Content::Text(text.into()), span)
    }

    /// Text, if it is text.
    pub fn as_str(&self) -> Option<&str> {
        match &self.content {
            Content::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Members, if it is an object.
    pub fn members(&self) -> Option<&[(String, Node)]> {
        match &self.content {
            Content::Object(members) => Some(members),
            _ => None,
        }
    }

    /// Elements, if it is a list.
    pub fn elements(&self) -> Option<&[Node]> {
        match &self.content {
            Content::Array(elements) => Some(elements),
            _ => None,
        }
    }

    /// The member of this name, letter case aside, as Resource Manager compares names.
    pub fn member(&self, name: &str) -> Option<&Node> {
        self.members()?.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, node)| node)
    }

    /// Whether anything in it is not known.
    pub fn has_unknown(&self) -> bool {
        match &self.content {
            Content::Unknown(_) => true,
            Content::Array(elements) => elements.iter().any(Self::has_unknown),
            Content::Object(members) => members.iter().any(|(_, node)| node.has_unknown()),
            _ => false,
        }
    }
}
