//! From the parser's expressions to the tree's.

use std::collections::BTreeMap;

use hcl_edit::Span as _;
use hcl_edit::expr::{Expression as Parsed, ObjectKey, TraversalOperator};
use serde_json::Number;

use super::template::Lines;
use super::{Expression, For, Kind, Part, Step};
use crate::source::code::file::{FileId, Span};

/// Knows where the parser's text lies.
pub(super) struct Converter {
    /// The file.
    pub(super) file: FileId,
    /// Bytes before the parsed text.
    pub(super) base: usize,
    /// Where everything stands, when the parsed text isn't the file's own.
    pub(super) fixed: Option<Span>,
    /// Keys that the parser was given under another name, by that name.
    pub(super) keys: BTreeMap<String, String>,
}

impl Converter {
    /// The parser's range in the file.
    pub(super) fn span(&self, range: Option<std::ops::Range<usize>>, fallback: Span) -> Span {
        match (self.fixed, range) {
            (Some(fixed), _) => fixed,
            (None, Some(range)) => Span::new(self.file, range.start + self.base..range.end + self.base),
            (None, None) => fallback,
        }
    }

    /// An expression; `fallback` is where it stands if the parser doesn't say.
    pub(super) fn expression(&self, parsed: &Parsed, fallback: Span) -> Expression {
        let span = self.span(parsed.span(), fallback);
        let inner = |parsed: &Parsed| self.expression(parsed, span);
        let kind = match parsed {
            Parsed::Null(_) => Kind::Null,
            Parsed::Bool(value) => Kind::Bool(*value.value()),
            Parsed::Number(value) => number(value.value()),
            Parsed::String(value) => Kind::Text(value.value().clone()),
            Parsed::Array(array) => Kind::Array(array.iter().map(inner).collect()),
            Parsed::Object(object) => Kind::Object(
                object
                    .iter()
                    .map(|(key, value)| {
                        let name = match key {
                            ObjectKey::Ident(name) => Some(name.as_str()),
                            ObjectKey::Expression(Parsed::String(text)) => {
                                self.keys.get_key_value(text.as_str()).map(|(name, _)| name.as_str())
                            }
                            ObjectKey::Expression(_) => None,
                        };
                        let key = match (name, key) {
                            (Some(name), _) => {
                                let own = self.keys.get(name).map_or(name, String::as_str);
                                Expression { kind: Kind::Text(own.to_owned()), span }
                            }
                            (None, ObjectKey::Expression(key)) => inner(key),
                            (None, ObjectKey::Ident(name)) => {
                                Expression { kind: Kind::Text(name.as_str().to_owned()), span }
                            }
                        };
                        (key, inner(value.expr()))
                    })
                    .collect(),
            ),
            Parsed::StringTemplate(template) => text(self.parts(template, span, Lines::None)),
            Parsed::HeredocTemplate(heredoc) => {
                let lines = Lines::Indented(heredoc.indent().unwrap_or(0));
                text(self.parts(&heredoc.template, span, lines))
            }
            Parsed::Parenthesis(group) => return inner(group.inner()),
            Parsed::Variable(name) => Kind::Variable(name.as_str().to_owned()),
            Parsed::Conditional(parsed) => Kind::Conditional(Box::new((
                inner(&parsed.cond_expr),
                inner(&parsed.true_expr),
                inner(&parsed.false_expr),
            ))),
            Parsed::FuncCall(call) => {
                let name: Vec<&str> =
                    call.name.namespace.iter().chain([&call.name.name]).map(|part| part.as_str()).collect();
                Kind::Call {
                    name: name.join("::"),
                    arguments: call.args.iter().map(inner).collect(),
                    expand: call.args.expand_final(),
                }
            }
            Parsed::Traversal(traversal) => {
                let steps = traversal.operators.iter().map(|step| self.step(step.value(), span)).collect();
                Kind::Traversal(Box::new(inner(&traversal.expr)), steps)
            }
            Parsed::UnaryOp(parsed) => Kind::Unary(*parsed.operator.value(), Box::new(inner(&parsed.expr))),
            Parsed::BinaryOp(parsed) => Kind::Binary(
                *parsed.operator.value(),
                Box::new((inner(&parsed.lhs_expr), inner(&parsed.rhs_expr))),
            ),
            Parsed::ForExpr(parsed) => Kind::For(Box::new(For {
                key: parsed.intro.key_var.as_ref().map(|name| name.as_str().to_owned()),
                value: parsed.intro.value_var.as_str().to_owned(),
                collection: inner(&parsed.intro.collection_expr),
                result_key: parsed.key_expr.as_ref().map(inner),
                result: inner(&parsed.value_expr),
                grouping: parsed.grouping,
                condition: parsed.cond.as_ref().map(|condition| inner(&condition.expr)),
            })),
        };
        Expression { kind, span }
    }

    fn step(&self, operator: &TraversalOperator, span: Span) -> Step {
        match operator {
            TraversalOperator::AttrSplat(_) => Step::AttributeSplat,
            TraversalOperator::FullSplat(_) => Step::FullSplat,
            TraversalOperator::GetAttr(name) => Step::Attribute(name.as_str().to_owned()),
            TraversalOperator::Index(index) => Step::Index(self.expression(index, span)),
            TraversalOperator::LegacyIndex(index) => {
                Step::Index(Expression { kind: Kind::Number(Number::from(*index.value())), span })
            }
        }
    }
}

/// A text of one plain part is that part.
pub(super) fn text(mut parts: Vec<Part>) -> Kind {
    match parts.as_mut_slice() {
        [] => Kind::Text(String::new()),
        [Part::Text(only)] => Kind::Text(std::mem::take(only)),
        _ => Kind::Template(parts),
    }
}

fn number(parsed: &hcl_edit::Number) -> Kind {
    let whole = parsed.as_i64().map(Number::from).or_else(|| parsed.as_u64().map(Number::from));
    let number = whole.or_else(|| parsed.as_f64().and_then(Number::from_f64));
    number.map_or(Kind::Null, Kind::Number)
}
