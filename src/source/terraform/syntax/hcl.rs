//! HCL as people write it.

use std::collections::BTreeMap;

use hcl_edit::Span as _;
use hcl_edit::parser::{parse_body, parse_template};
use hcl_edit::structure::{BlockLabel, Structure};

use super::convert::Converter;
use super::template::Lines;
use super::{Attribute, Block, Body, Part, SyntaxError, depth, newlines};
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
    if text.len() > MAX_TEXT {
        let reason = "the file is larger than 8 MiB; split it up".to_owned();
        return Err(SyntaxError { offset: 0, reason });
    }
    let mut keys = BTreeMap::new();
    let body = tolerant(text, &mut keys).map_err(|error| syntax_error(&error, base))?;
    let converter = Converter { file, base, fixed: None, keys };
    Ok(self::body(&converter, &body, converter.span(Some(0..text.len()), Span::new(file, 0..0))))
}

/// The parts of a text that isn't in quotes (`templatefile`, a JSON file's text); all of them stand at `span`.
///
/// # Errors
/// Where the text is no template, or nests too deep.
pub fn parse_text(text: &str, span: Span) -> Result<Vec<Part>, SyntaxError> {
    depth::check(text)?;
    let template = parse_template(text).map_err(|error| syntax_error(&error, 0))?;
    let converter = Converter { file: span.file, base: 0, fixed: Some(span), keys: BTreeMap::new() };
    Ok(converter.parts(&template, span, Lines::Indented(0)))
}

/// Largest file that is parsed: 8 MiB, some seconds' work.
const MAX_TEXT: usize = 8 << 20;
/// Most keys that one file may use twice in an object.
const MAX_REPEATED: usize = 32;
/// Most bytes that are parsed again for that.
const MAX_AGAIN: usize = 4 << 20;

/// Parses what HCL allows and the parser doesn't: line breaks where they mean nothing, and an object's key
/// that comes again (the last one counts). Such a key is given a first letter with which it stands nowhere;
/// `keys` tells what it is.
fn tolerant(
    text: &str,
    keys: &mut BTreeMap<String, String>,
) -> Result<hcl_edit::structure::Body, hcl_edit::parser::Error> {
    let mut error = match parse_body(text) {
        Ok(body) => return Ok(body),
        Err(error) => error,
    };
    let mut text = newlines::blanked(text);
    let most = MAX_REPEATED.min(MAX_AGAIN / text.len().max(1));
    loop {
        let again = match parse_body(&text) {
            Ok(body) => return Ok(body),
            Err(again) => again,
        };
        if again.location().offset() >= error.location().offset() {
            error = again;
        }
        let at = error.location().offset();
        let repeated = error.message().contains("redefined object key");
        let Some((at, key)) = key(&text, at).filter(|_| repeated && keys.len() < most) else { break };
        let letters = ('A'..='Z').chain('a'..='z');
        let other = letters.map(|letter| format!("{letter}{}", key.get(1..).unwrap_or_default()));
        let Some(other) = { other }.find(|other| !text.contains(other.as_str())) else { break };
        let key = key.to_owned();
        text.replace_range(at..=at, other.get(..1).unwrap_or_default());
        keys.insert(other, key);
    }
    keys.clear();
    Err(error)
}

/// The object's key at a place, without quotes, and where it begins. Its first letter takes one byte.
fn key(text: &str, at: usize) -> Option<(usize, &str)> {
    let rest = text.get(at..)?;
    let (at, key) = match rest.strip_prefix('"') {
        Some(inside) => (at + 1, inside.split('"').next()?),
        None => (at, rest.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-')).next()?),
    };
    key.starts_with(|c: char| c.is_ascii_alphabetic()).then_some((at, key))
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
