//! HCL as people write it.

use hcl_edit::Span as _;
use hcl_edit::parser::{parse_body, parse_template};
use hcl_edit::structure::{BlockLabel, Structure};

use super::convert::Converter;
use super::{Attribute, Block, Body, Part, SyntaxError, depth};
use crate::source::code::file::{FileId, Span};

/// The tree of a file's text.
///
/// # Errors
/// Where the text is no HCL, or nests too deep.
pub fn parse(text: &str, file: FileId) -> Result<Body, SyntaxError> {
    let (base, text) = match text.strip_prefix('\u{feff}') {
        Some(rest) => ('\u{feff}'.len_utf8(), rest),
        None => (0, text),
    };
    depth::check(text).map_err(|error| SyntaxError { offset: error.offset + base, ..error })?;
    let body = parse_body(text).map_err(|error| syntax_error(&error, base))?;
    let converter = Converter { file, base, fixed: None };
    Ok(self::body(&converter, &body, converter.span(Some(0..text.len()), Span::new(file, 0..0))))
}

/// The parts of a text that isn't in quotes (`templatefile`, a JSON file's text); all of them stand at `span`.
///
/// # Errors
/// Where the text is no template, or nests too deep.
pub fn parse_text(text: &str, span: Span) -> Result<Vec<Part>, SyntaxError> {
    depth::check(text)?;
    let template = parse_template(text).map_err(|error| syntax_error(&error, 0))?;
    let converter = Converter { file: span.file, base: 0, fixed: Some(span) };
    Ok(converter.parts(&template, span))
}

fn syntax_error(error: &hcl_edit::parser::Error, base: usize) -> SyntaxError {
    let message = error.message().replace('\n', "; ");
    SyntaxError { offset: base + error.location().offset(), reason: format!("not valid HCL: {message}") }
}

fn body(converter: &Converter, body: &hcl_edit::structure::Body, fallback: Span) -> Body {
    let mut tree = Body::default();
    for structure in body {
        match structure {
            Structure::Attribute(attribute) => {
                let span = converter.span(attribute.span(), fallback);
                tree.attributes.push(Attribute {
                    name: attribute.key.as_str().to_owned(),
                    value: converter.expression(&attribute.value, span),
                });
            }
            Structure::Block(block) => {
                let span = converter.span(block.span(), fallback);
                tree.blocks.push(Block {
                    kind: block.ident.as_str().to_owned(),
                    labels: block.labels.iter().map(|label| BlockLabel::as_str(label).to_owned()).collect(),
                    body: self::body(converter, &block.body, span),
                    span,
                });
            }
        }
    }
    tree
}
