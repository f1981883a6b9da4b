//! Expressions.

use serde_json::Number;

use super::{Lowering, call, invalid, text, variable};
use crate::source::arm::expression::{Element, Expression, Kind, Loop, Member, Over};
use crate::source::bicep::syntax::{Access, Expr, ExprKind, For, Name, Object, Operator, Part};
use crate::source::bicep::unit::Named;
use crate::source::code::file::Span;

impl Lowering<'_, '_> {
    /// An expression of the template.
    pub(super) fn expression(&mut self, expr: &Expr) -> Expression {
        let span = expr.span;
        let kind = match &expr.kind {
            ExprKind::Null => Kind::Null,
            ExprKind::Bool(is) => Kind::Bool(*is),
            ExprKind::Integer(number) => Kind::Number(Number::from(*number)),
            ExprKind::Text(text) => Kind::Text(text.clone()),
            ExprKind::Interpolated(parts) => return self.interpolated(parts, span),
            ExprKind::Array(items) => Kind::Array(
                items
                    .iter()
                    .map(|item| Element { value: self.expression(&item.value), spread: item.spread })
                    .collect(),
            ),
            ExprKind::Object(object) => Kind::Object(self.object(object)),
            ExprKind::For(each) => Kind::Loop(Box::new(self.value_loop(each))),
            ExprKind::If(_, then) => {
                self.expression(then);
                return invalid("has a condition where only resources have one", span);
            }
            ExprKind::Name(name) => return self.name(name, span),
            ExprKind::Call(name, arguments) => return self.call(name, arguments, span),
            ExprKind::Method(of, name, arguments) => return self.method(of, name, arguments, span),
            ExprKind::Access(access) => return self.access(access, span),
            ExprKind::Nested(of, name) => return self.nested(of, name, span),
            ExprKind::NotNull(of) | ExprKind::Group(of) => return self.expression(of),
            ExprKind::Not(of) => return call("not", vec![self.expression(of)], span),
            ExprKind::Minus(of) => return self.minus(of, span),
            ExprKind::Binary(operator, sides) => return self.binary(*operator, &sides.0, &sides.1, span),
            ExprKind::Choice(parts) => {
                let parts = [&parts.0, &parts.1, &parts.2].map(|part| self.expression(part));
                return call("if", parts.into(), span);
            }
            ExprKind::Lambda(names, body) => {
                let before = self.locals.len();
                let parameters = names.iter().map(|name| self.local(&name.text)).collect();
                let body = Box::new(self.expression(body));
                self.locals.truncate(before);
                Kind::Lambda { parameters, body }
            }
        };
        Expression { kind, span }
    }

    fn interpolated(&mut self, parts: &[Part], span: Span) -> Expression {
        let mut format = String::new();
        let mut arguments = vec![text("", span)];
        for part in parts {
            match part {
                // Braces of the text itself are doubled, as `format` wants them.
                Part::Text(text) => format.push_str(&text.replace('{', "{{").replace('}', "}}")),
                Part::Hole(hole) => {
                    format.push_str(&format!("{{{}}}", arguments.len() - 1));
                    arguments.push(self.expression(hole));
                }
            }
        }
        if let Some(first) = arguments.first_mut() {
            first.kind = Kind::Text(format);
        }
        call("format", arguments, span)
    }

    /// The members of an object.
    pub(super) fn object(&mut self, object: &Object) -> Vec<Member> {
        for statement in &object.resources {
            self.unread(statement.span, "", "resources are declared only at the top of other resources");
        }
        object.members.iter().map(|(name, value)| self.member(name.as_ref(), value)).collect()
    }

    /// A member; without a name it is spread.
    pub(super) fn member(&mut self, name: Option<&Expr>, value: &Expr) -> Member {
        let spread = name.is_none();
        let name = match name {
            Some(name) => self.expression(name),
            None => Expression { kind: Kind::Null, span: value.span },
        };
        Member { name, value: self.expression(value), spread }
    }

    fn value_loop(&mut self, each: &For) -> Loop {
        self.each(each, |lowering, filter, body| {
            let filter = filter.map(|filter| lowering.expression(filter));
            (filter, lowering.expression(body))
        })
    }

    /// A loop, in whose names `inside` lowers its condition and body.
    pub(super) fn each(
        &mut self,
        each: &For,
        inside: impl FnOnce(&mut Self, Option<&Expr>, &Expr) -> (Option<Expression>, Expression),
    ) -> Loop {
        let over = Over::Items(self.expression(&each.over));
        let before = self.locals.len();
        let item = Some(self.local(&each.item.text));
        let index = each.index.as_ref().map(|index| self.local(&index.text));
        let (filter, body) = match &each.body.kind {
            ExprKind::If(condition, body) => inside(self, Some(condition), body),
            _ => inside(self, None, &each.body),
        };
        self.locals.truncate(before);
        Loop { name: None, over, item, index, filter, body }
    }

    /// What a name stands for.
    fn name(&mut self, name: &str, span: Span) -> Expression {
        if let Some((_, inside)) = self.locals.iter().rev().find(|(written, _)| written == name) {
            return Expression { kind: Kind::Local(inside.clone()), span };
        }
        if let Some(symbol) = self.nested_symbol(name) {
            return Expression { kind: Kind::Symbol(symbol), span };
        }
        let Some((unit, there, named)) = self.named(name) else {
            return invalid(format!("uses '{name}', which is not declared here, or could not be read"), span);
        };
        match named {
            Named::Variable => variable(&format!("{}{there}", unit.prefix), span),
            // In a parameter file it is the value that the file gives.
            Named::Parameter if unit.is_parameter_file() => {
                variable(&super::parameter_variable(unit, &there), span)
            }
            Named::Parameter => call("parameters", vec![text(there, span)], span),
            Named::Symbol if unit.file == self.unit.file => Expression { kind: Kind::Symbol(there), span },
            Named::Lost(reason) => invalid(reason.clone(), span),
            _ => invalid(format!("uses '{name}', which is no value"), span),
        }
    }

    /// The symbol of a resource declared inside of those around this place.
    fn nested_symbol(&self, name: &str) -> Option<String> {
        let symbols = self.nesting.iter().rev().map(|outer| format!("{outer}::{name}"));
        symbols.into_iter().find(|symbol| self.unit.nested.contains(symbol))
    }

    fn nested(&mut self, of: &Expr, name: &Name, span: Span) -> Expression {
        let symbol = match self.expression(of).kind {
            Kind::Symbol(of) => format!("{of}::{}", name.text),
            Kind::Invalid(reason) => return invalid(reason, span),
            _ => String::new(),
        };
        if self.unit.nested.contains(&symbol) {
            Expression { kind: Kind::Symbol(symbol), span }
        } else {
            invalid(format!("uses '{}', which is no nested resource there", name.text), span)
        }
    }

    fn access(&mut self, access: &Access, span: Span) -> Expression {
        if let Some(value) = self.imported_value(access, span) {
            return value;
        }
        let of = self.expression(&access.of);
        let at = self.expression(&access.at);
        let safe = access.safe || goes_on_safely(&access.of);
        if access.from_end {
            return call(if safe { "tryIndexFromEnd" } else { "indexFromEnd" }, vec![of, at], span);
        }
        Expression { kind: Kind::Access { of: Box::new(of), at: Box::new(at), safe }, span }
    }

    /// `file.name` of `import * as file`.
    fn imported_value(&mut self, access: &Access, span: Span) -> Option<Expression> {
        let (ExprKind::Name(file), ExprKind::Text(name)) = (&access.of.kind, &access.at.kind) else {
            return None;
        };
        if self.locals.iter().any(|(written, _)| written == file) {
            return None;
        }
        let Named::Everything(at) = self.unit.names.get(file)? else { return None };
        let found = self.units.get(*at).and_then(|unit| self.named_in(unit, name));
        Some(match found {
            Some((unit, there, Named::Variable)) => variable(&format!("{}{there}", unit.prefix), span),
            Some((unit, there, Named::Parameter)) if unit.is_parameter_file() => {
                variable(&super::parameter_variable(unit, &there), span)
            }
            Some((_, _, Named::Lost(reason))) => invalid(reason.clone(), span),
            _ => invalid(format!("uses '{file}.{name}', which that file does not declare"), span),
        })
    }

    fn minus(&mut self, of: &Expr, span: Span) -> Expression {
        if let ExprKind::Integer(number) = of.kind
            && let Ok(number) = i64::try_from(-i128::from(number))
        {
            return Expression { kind: Kind::Number(Number::from(number)), span };
        }
        let zero = Expression { kind: Kind::Number(Number::from(0)), span };
        call("sub", vec![zero, self.expression(of)], span)
    }

    fn binary(&mut self, operator: Operator, left: &Expr, right: &Expr, span: Span) -> Expression {
        let (left, right) = (self.expression(left), self.expression(right));
        let lower = |side: Expression| {
            let span = side.span;
            call("toLower", vec![side], span)
        };
        let (function, negated, sides) = match operator {
            Operator::Coalesce => ("coalesce", false, vec![left, right]),
            Operator::Or => ("or", false, vec![left, right]),
            Operator::And => ("and", false, vec![left, right]),
            Operator::Equals => ("equals", false, vec![left, right]),
            Operator::NotEquals => ("equals", true, vec![left, right]),
            Operator::EqualsAnyCase => ("equals", false, vec![lower(left), lower(right)]),
            Operator::NotEqualsAnyCase => ("equals", true, vec![lower(left), lower(right)]),
            Operator::Less => ("less", false, vec![left, right]),
            Operator::LessOrEquals => ("lessOrEquals", false, vec![left, right]),
            Operator::Greater => ("greater", false, vec![left, right]),
            Operator::GreaterOrEquals => ("greaterOrEquals", false, vec![left, right]),
            Operator::Add => ("add", false, vec![left, right]),
            Operator::Subtract => ("sub", false, vec![left, right]),
            Operator::Multiply => ("mul", false, vec![left, right]),
            Operator::Divide => ("div", false, vec![left, right]),
            Operator::Modulo => ("mod", false, vec![left, right]),
        };
        let value = call(function, sides, span);
        if negated { call("not", vec![value], span) } else { value }
    }
}

/// Whether a chain was safe before: `a.?b.c` is null where `a.b` is missing.
fn goes_on_safely(of: &Expr) -> bool {
    let mut of = of;
    while let ExprKind::Access(access) = &of.kind {
        if access.safe {
            return true;
        }
        of = &access.of;
    }
    false
}
