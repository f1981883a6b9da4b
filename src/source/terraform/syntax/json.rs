//! The same language as JSON (`*.tf.json`, `*.tfvars.json`).
//! <https://developer.hashicorp.com/terraform/language/syntax/json>
//!
//! JSON doesn't tell nested blocks from arguments that are objects; without the provider's schema both are
//! arguments here.

use jsonc_parser::ast::{Object, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use serde_json::Number;

use super::{Attribute, Block, Body, Expression, Kind, SyntaxError, convert, depth, hcl};
use crate::source::code::file::{FileId, Span};

/// Top-level blocks and how many labels each has.
const LABELS: [(&str, usize); 12] = [
    ("resource", 2),
    ("data", 2),
    ("ephemeral", 2),
    ("variable", 1),
    ("output", 1),
    ("module", 1),
    ("provider", 1),
    ("check", 1),
    ("locals", 0),
    ("terraform", 0),
    ("moved", 0),
    ("import", 0),
];

/// Blocks inside blocks that Terraform itself defines.
const NESTED: [&str; 5] = ["required_providers", "lifecycle", "provisioner", "connection", "backend"];

/// The tree of a configuration file.
///
/// # Errors
/// Where the text is no JSON, nests too deep, or isn't an object.
pub fn parse(text: &str, file: FileId) -> Result<Body, SyntaxError> {
    read(text, file, |reader, object| {
        let mut body = Body::default();
        for property in &object.properties {
            let kind = property.name.as_str();
            let Some((_, labels)) = LABELS.iter().find(|(known, _)| *known == kind) else { continue };
            reader.blocks(kind, *labels, &mut Vec::new(), &property.value, &mut body.blocks);
        }
        body
    })
}

/// The attributes of a `*.tfvars.json`.
///
/// # Errors
/// As [`parse`].
pub fn parse_attributes(text: &str, file: FileId) -> Result<Body, SyntaxError> {
    read(text, file, |reader, object| {
        let attributes = object.properties.iter().map(|property| Attribute {
            name: property.name.as_str().to_owned(),
            value: Reader { plain: true, ..*reader }.expression(&property.value),
        });
        Body { attributes: attributes.collect(), blocks: Vec::new() }
    })
}

fn read(
    text: &str,
    file: FileId,
    tree: impl FnOnce(&Reader, &Object<'_>) -> Body,
) -> Result<Body, SyntaxError> {
    let (base, text) = match text.strip_prefix('\u{feff}') {
        Some(rest) => ('\u{feff}'.len_utf8(), rest),
        None => (0, text),
    };
    depth::check(text).map_err(|error| SyntaxError { offset: error.offset + base, ..error })?;
    let options = ParseOptions { allow_missing_commas: false, ..ParseOptions::default() };
    let parsed = parse_to_ast(text, &CollectOptions::default(), &options).map_err(|error| SyntaxError {
        offset: base + error.range().start,
        reason: format!("not valid JSON: {}", error.kind()),
    })?;
    let Some(Value::Object(object)) = parsed.value else {
        return Err(SyntaxError { offset: base, reason: "not a JSON object".to_owned() });
    };
    Ok(tree(&Reader { file, base, plain: false }, &object))
}

struct Reader {
    file: FileId,
    base: usize,
    /// Whether text is text, and no template.
    plain: bool,
}

impl Reader {
    fn span(&self, ranged: &impl Ranged) -> Span {
        let range = ranged.range();
        Span::new(self.file, range.start + self.base..range.end + self.base)
    }

    fn blocks(
        &self,
        kind: &str,
        labels: usize,
        path: &mut Vec<String>,
        value: &Value<'_>,
        found: &mut Vec<Block>,
    ) {
        match value {
            Value::Array(array) => {
                for element in &array.elements {
                    self.blocks(kind, labels, path, element, found);
                }
            }
            Value::Object(object) if path.len() < labels => {
                for property in &object.properties {
                    path.push(property.name.as_str().to_owned());
                    self.blocks(kind, labels, path, &property.value, found);
                    path.pop();
                }
            }
            Value::Object(object) => found.push(Block {
                kind: kind.to_owned(),
                labels: path.clone(),
                body: self.body(object),
                span: self.span(object),
            }),
            _ => {}
        }
    }

    fn body(&self, object: &Object<'_>) -> Body {
        let mut body = Body::default();
        for property in &object.properties {
            let name = property.name.as_str();
            if name == "dynamic" {
                self.blocks(name, 1, &mut Vec::new(), &property.value, &mut body.blocks);
            } else if name == "content" || NESTED.contains(&name) {
                self.blocks(name, 0, &mut Vec::new(), &property.value, &mut body.blocks);
            } else if name != "//" {
                body.attributes
                    .push(Attribute { name: name.to_owned(), value: self.expression(&property.value) });
            }
        }
        body
    }

    fn expression(&self, value: &Value<'_>) -> Expression {
        let span = self.span(value);
        let kind = match value {
            Value::NullKeyword(_) => Kind::Null,
            Value::BooleanLit(literal) => Kind::Bool(literal.value),
            Value::NumberLit(literal) => {
                literal.value.parse::<Number>().map_or(Kind::Text(literal.value.to_owned()), Kind::Number)
            }
            Value::StringLit(literal) => self.text(&literal.value, span),
            Value::Array(array) => {
                Kind::Array(array.elements.iter().map(|element| self.expression(element)).collect())
            }
            Value::Object(object) => Kind::Object(
                object
                    .properties
                    .iter()
                    .map(|property| {
                        let span = self.span(&property.name);
                        let key = Expression { kind: self.text(property.name.as_str(), span), span };
                        (key, self.expression(&property.value))
                    })
                    .collect(),
            ),
        };
        Expression { kind, span }
    }

    fn text(&self, text: &str, span: Span) -> Kind {
        if self.plain || !(text.contains("${") || text.contains("%{")) {
            return Kind::Text(text.to_owned());
        }
        hcl::parse_text(text, span).map_or_else(|error| Kind::Invalid(error.reason), convert::text)
    }
}
