//! Texts with interpolation, white space stripped where `~` says so.

use hcl_edit::Span as _;
use hcl_edit::template::{Directive, Element, Template};

use super::Part;
use super::convert::Converter;
use crate::source::code::file::Span;

/// How a template's lines count.
#[derive(Clone, Copy)]
pub(super) enum Lines {
    /// It is in quotes, and has none: `~` strips all that is blank.
    None,
    /// `~` strips only as far as the line goes, its break included. The parser takes the indentation of a
    /// `<<-` from the outer parts only; from those inside of directives this much is still to be taken.
    Indented(usize),
}

impl Converter {
    /// The parts of a template.
    pub(super) fn parts(&self, template: &Template, span: Span, lines: Lines) -> Vec<Part> {
        self.inner(template, span, lines, false)
    }

    fn inner(&self, template: &Template, span: Span, lines: Lines, inside: bool) -> Vec<Part> {
        let mut parts = Vec::with_capacity(template.len());
        let mut strip_next = false;
        for element in template {
            let at = self.span(element.span(), span);
            match element {
                Element::Literal(text) => {
                    let text = if inside { lines.dedented(text) } else { text.to_string() };
                    push(&mut parts, if strip_next { lines.without_start(&text) } else { &text });
                    strip_next = false;
                }
                Element::Interpolation(interpolation) => {
                    lines.strip_end(&mut parts, interpolation.strip.strip_start());
                    parts.push(Part::Value(self.expression(&interpolation.expr, at)));
                    strip_next = interpolation.strip.strip_end();
                }
                Element::Directive(directive) => match directive.as_ref() {
                    Directive::If(directive) => {
                        let head = &directive.if_expr;
                        lines.strip_end(&mut parts, head.strip.strip_start());
                        let mut then = self.inner(&head.template, at, lines, true);
                        lines.strip_start(&mut then, head.strip.strip_end());
                        let mut otherwise = Vec::new();
                        let end = directive.endif_expr.strip;
                        if let Some(middle) = &directive.else_expr {
                            lines.strip_end(&mut then, middle.strip.strip_start());
                            otherwise = self.inner(&middle.template, at, lines, true);
                            lines.strip_start(&mut otherwise, middle.strip.strip_end());
                            lines.strip_end(&mut otherwise, end.strip_start());
                        } else {
                            lines.strip_end(&mut then, end.strip_start());
                        }
                        parts.push(Part::If(self.expression(&head.cond_expr, at), then, otherwise));
                        strip_next = end.strip_end();
                    }
                    Directive::For(directive) => {
                        let head = &directive.for_expr;
                        lines.strip_end(&mut parts, head.strip.strip_start());
                        let mut inner = self.inner(&head.template, at, lines, true);
                        lines.strip_start(&mut inner, head.strip.strip_end());
                        let end = directive.endfor_expr.strip;
                        lines.strip_end(&mut inner, end.strip_start());
                        parts.push(Part::For {
                            key: head.key_var.as_ref().map(|name| name.as_str().to_owned()),
                            value: head.value_var.as_str().to_owned(),
                            collection: self.expression(&head.collection_expr, at),
                            parts: inner,
                        });
                        strip_next = end.strip_end();
                    }
                },
            }
        }
        parts
    }
}

fn push(parts: &mut Vec<Part>, text: &str) {
    if !text.is_empty() {
        parts.push(Part::Text(text.to_owned()));
    }
}

impl Lines {
    fn strip_end(self, parts: &mut [Part], yes: bool) {
        if let (true, Some(Part::Text(text))) = (yes, parts.last_mut()) {
            let line = match self {
                Self::None => 0,
                Self::Indented(_) => {
                    let body = text.strip_suffix('\n').unwrap_or(text);
                    body.rfind('\n').map_or(0, |at| at + 1)
                }
            };
            let kept = text.get(line..).unwrap_or_default().trim_end().len();
            text.truncate(line + kept);
        }
    }

    fn strip_start(self, parts: &mut [Part], yes: bool) {
        if let (true, Some(Part::Text(text))) = (yes, parts.first_mut()) {
            *text = self.without_start(text).to_owned();
        }
    }

    fn without_start(self, text: &str) -> &str {
        let line = match self {
            Self::None => text.len(),
            Self::Indented(_) => text.find('\n').map_or(text.len(), |at| at + 1),
        };
        let blank = text.get(..line).unwrap_or_default();
        text.get(blank.len() - blank.trim_start().len()..).unwrap_or_default()
    }

    fn dedented(self, text: &str) -> String {
        let Self::Indented(width @ 1..) = self else { return text.to_owned() };
        let mut lines = text.split('\n');
        let mut dedented = lines.next().unwrap_or_default().to_owned();
        for line in lines {
            let blanks = line.chars().take(width).take_while(|c| c.is_whitespace()).count();
            dedented.push('\n');
            dedented.extend(line.chars().skip(blanks));
        }
        dedented
    }
}
