//! The functions of templates that depend on nothing but their arguments, one file a family.
//! <https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions>
//!
//! A function needs of its arguments only what it looks at: an argument that isn't known makes the result
//! unknown where it would have mattered.

pub(super) mod array;
pub(super) mod cidr;
pub(super) mod compare;
pub(super) mod date;
pub(super) mod lambda;
pub(super) mod number;
pub(super) mod object;
pub(super) mod outside;
pub(super) mod string;
pub(super) mod text_building;
pub(super) mod uri;

use std::rc::Rc;

use super::budget::{Budget, MAX_TEXT};
use super::frame::Value;
use crate::source::code::file::Span;
use crate::source::code::node::{Content, Node, Unknown};

/// Why a call has no value.
#[derive(Debug)]
pub(super) struct Failure(Box<Unknown>, bool);

impl Failure {
    /// A reason that ends a sentence beginning with "it".
    pub fn reason(reason: impl Into<String>) -> Self {
        Self(Box::new(Unknown { reason: reason.into(), reference: None }), false)
    }

    /// Arguments that don't fit.
    pub fn arguments(name: &str) -> Self {
        Self::reason(format!("calls {name}() with arguments that don't fit"))
    }

    /// The value.
    pub fn into_value(self, span: Span) -> Value {
        Rc::new(Node { content: Content::Unknown(*self.0), span, secret: self.1 })
    }

    /// Because a value isn't known.
    fn unknown(why: &Unknown, secret: bool) -> Self {
        Self(Box::new(why.clone()), secret)
    }
}

/// What a call gives.
pub(super) type Outcome = Result<Value, Failure>;

/// Where a call stands.
pub(super) struct Site<'a> {
    /// Its place.
    pub span: Span,
    /// How made-up ids begin.
    pub root: &'a str,
    /// What may be spent.
    pub budget: &'a Budget,
}

impl Site<'_> {
    #[allow(clippy::unnecessary_wraps, reason = "every function ends in an outcome")]
    pub fn value(&self, content: Content) -> Outcome {
        Ok(Rc::new(Node::new(content, self.span)))
    }

    pub fn text(&self, text: impl Into<String>) -> Outcome {
        let text = text.into();
        if text.len() > MAX_TEXT || !self.budget.text(text.len()) {
            return Err(Failure::reason("is a text longer than 1 MiB, or one of too many"));
        }
        self.value(Content::Text(text))
    }

    pub fn bool(&self, value: bool) -> Outcome {
        self.value(Content::Bool(value))
    }

    pub fn integer(&self, value: i64) -> Outcome {
        self.value(Content::Number(value.into()))
    }

    pub fn list(&self, elements: Vec<Node>) -> Outcome {
        self.value(Content::Array(elements))
    }

    pub fn object(&self, members: Vec<(String, Node)>) -> Outcome {
        self.value(Content::Object(members))
    }

    /// A copy of a part of an argument.
    pub fn copy(&self, node: &Node) -> Result<Node, Failure> {
        let spent = || Failure::reason("isn't evaluated, since the template makes too many values");
        if self.budget.copy(node) { Ok(node.clone()) } else { Err(spent()) }
    }

    /// Copies of elements.
    pub fn copies<'n>(&self, nodes: impl IntoIterator<Item = &'n Node>) -> Result<Vec<Node>, Failure> {
        nodes.into_iter().map(|node| self.copy(node)).collect()
    }

    /// Steps for work that grows with its input.
    pub fn work(&self, amount: usize) -> Result<(), Failure> {
        let spent = || Failure::reason("isn't evaluated, since the template takes too long to evaluate");
        if self.budget.steps(amount as u64) { Ok(()) } else { Err(spent()) }
    }

    /// Text in which every character is known: ids that were made up for what has none yet are not.
    pub fn exact<'n>(&self, node: &'n Node) -> Result<&'n str, Failure> {
        let text = text_of(node)?;
        if text.contains(self.root) {
            return Err(Failure::reason(
                "depends on the subscription and the resource group, which are known at deployment",
            ));
        }
        Ok(text)
    }

    /// Whether it is an id that was made up.
    pub fn is_made_up(&self, text: &str) -> bool {
        text.contains(self.root)
    }
}

/// Calls a function by its name in lower case.
///
/// # Errors
/// The reason why its value isn't known.
pub(super) fn call(folded: &str, name: &str, arguments: &[Value], site: &Site<'_>) -> Outcome {
    let families = [
        string::call,
        array::call,
        object::call,
        compare::call,
        number::call,
        uri::call,
        cidr::call,
        date::call,
        outside::call,
    ];
    families.iter().find_map(|family| family(folded, arguments, site)).unwrap_or_else(|| {
        Err(Failure::reason(format!("depends on {name}(), which is not a known function")))
    })
}

fn open(node: &Node) -> Option<Failure> {
    match &node.content {
        Content::Unknown(why) => Some(Failure::unknown(why, node.secret)),
        _ => None,
    }
}

/// Fails where anything in a value isn't known.
pub(super) fn known(node: &Node) -> Result<(), Failure> {
    match &node.content {
        Content::Unknown(why) => Err(Failure::unknown(why, node.secret)),
        Content::Array(elements) => elements.iter().try_for_each(known),
        Content::Object(members) => members.iter().try_for_each(|(_, node)| known(node)),
        _ => Ok(()),
    }
}

fn wrong(node: &Node, wanted: &str) -> Failure {
    open(node).unwrap_or_else(|| Failure::reason(format!("needs {wanted} where something else stands")))
}

/// Text.
pub(super) fn text_of(node: &Node) -> Result<&str, Failure> {
    node.as_str().ok_or_else(|| wrong(node, "a text"))
}

/// true or false; also as text, as Resource Manager takes them.
pub(super) fn bool_of(node: &Node) -> Result<bool, Failure> {
    match &node.content {
        Content::Bool(value) => Ok(*value),
        Content::Text(text) if text.eq_ignore_ascii_case("true") => Ok(true),
        Content::Text(text) if text.eq_ignore_ascii_case("false") => Ok(false),
        _ => Err(wrong(node, "true or false")),
    }
}

/// A whole number.
pub(super) fn integer_of(node: &Node) -> Result<i64, Failure> {
    match &node.content {
        Content::Number(number) => number.as_i64().ok_or_else(|| wrong(node, "a whole number")),
        _ => Err(wrong(node, "a whole number")),
    }
}

/// A list.
pub(super) fn list_of(node: &Node) -> Result<&[Node], Failure> {
    node.elements().ok_or_else(|| wrong(node, "a list"))
}

/// An object's members.
pub(super) fn members_of(node: &Node) -> Result<&[(String, Node)], Failure> {
    node.members().ok_or_else(|| wrong(node, "an object"))
}

/// The argument at this place.
pub(super) fn argument<'v>(arguments: &'v [Value], at: usize, name: &str) -> Result<&'v Node, Failure> {
    arguments.get(at).map(|value| &**value).ok_or_else(|| Failure::arguments(name))
}

/// A value as text, as `string()` and `format()` write it.
pub(super) fn written(node: &Node) -> Result<String, Failure> {
    match &node.content {
        Content::Text(text) => Ok(text.clone()),
        // .NET's own spelling: <https://learn.microsoft.com/dotnet/api/system.boolean.tostring>
        Content::Bool(true) => Ok("True".to_owned()),
        Content::Bool(false) => Ok("False".to_owned()),
        Content::Number(number) => Ok(number.to_string()),
        Content::Null => Ok(String::new()),
        Content::Array(_) | Content::Object(_) => {
            let mut out = String::new();
            json(node, &mut out)?;
            Ok(out)
        }
        Content::Unknown(why) => Err(Failure::unknown(why, node.secret)),
    }
}

/// A value as JSON without blanks.
fn json(node: &Node, out: &mut String) -> Result<(), Failure> {
    let quoted = |text: &str| serde_json::to_string(text).unwrap_or_default();
    if out.len() > MAX_TEXT {
        return Err(Failure::reason("is a text longer than 1 MiB"));
    }
    match &node.content {
        Content::Null => out.push_str("null"),
        Content::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Content::Number(number) => out.push_str(&number.to_string()),
        Content::Text(text) => out.push_str(&quoted(text)),
        Content::Array(elements) => {
            out.push('[');
            for (at, element) in elements.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                json(element, out)?;
            }
            out.push(']');
        }
        Content::Object(members) => {
            out.push('{');
            for (at, (name, member)) in members.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                out.push_str(&quoted(name));
                out.push(':');
                json(member, out)?;
            }
            out.push('}');
        }
        Content::Unknown(why) => return Err(Failure::unknown(why, node.secret)),
    }
    Ok(())
}
