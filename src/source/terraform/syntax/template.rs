//! Texts with interpolation, white space stripped where `~` says so.

use hcl_edit::Span as _;
use hcl_edit::template::{Directive, Element, Template};

use super::Part;
use super::convert::Converter;
use crate::source::code::file::Span;

impl Converter {
    /// The parts of a template.
    pub(super) fn parts(&self, template: &Template, span: Span) -> Vec<Part> {
        let mut parts = Vec::with_capacity(template.len());
        let mut strip_next = false;
        for element in template {
            let at = self.span(element.span(), span);
            match element {
                Element::Literal(text) => {
                    let text = text.as_str();
                    let text = if strip_next { text.trim_start() } else { text };
                    push(&mut parts, text);
                    strip_next = false;
                }
                Element::Interpolation(interpolation) => {
                    strip_end(&mut parts, interpolation.strip.strip_start());
                    parts.push(Part::Value(self.expression(&interpolation.expr, at)));
                    strip_next = interpolation.strip.strip_end();
                }
                Element::Directive(directive) => match directive.as_ref() {
                    Directive::If(directive) => {
                        let head = &directive.if_expr;
                        strip_end(&mut parts, head.strip.strip_start());
                        let mut then = self.parts(&head.template, at);
                        strip_start(&mut then, head.strip.strip_end());
                        let mut otherwise = Vec::new();
                        let end = directive.endif_expr.strip;
                        if let Some(middle) = &directive.else_expr {
                            strip_end(&mut then, middle.strip.strip_start());
                            otherwise = self.parts(&middle.template, at);
                            strip_start(&mut otherwise, middle.strip.strip_end());
                            strip_end(&mut otherwise, end.strip_start());
                        } else {
                            strip_end(&mut then, end.strip_start());
                        }
                        parts.push(Part::If(self.expression(&head.cond_expr, at), then, otherwise));
                        strip_next = end.strip_end();
                    }
                    Directive::For(directive) => {
                        let head = &directive.for_expr;
                        strip_end(&mut parts, head.strip.strip_start());
                        let mut inner = self.parts(&head.template, at);
                        strip_start(&mut inner, head.strip.strip_end());
                        let end = directive.endfor_expr.strip;
                        strip_end(&mut inner, end.strip_start());
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

fn strip_end(parts: &mut [Part], yes: bool) {
    if let (true, Some(Part::Text(text))) = (yes, parts.last_mut()) {
        text.truncate(text.trim_end().len());
    }
}

fn strip_start(parts: &mut [Part], yes: bool) {
    if let (true, Some(Part::Text(text))) = (yes, parts.first_mut()) {
        *text = text.trim_start().to_owned();
    }
}
