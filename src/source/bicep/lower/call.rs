//! Calls: built-in functions, functions of the file and of others, and what is done with resources.

use super::{Lowering, call, invalid, text};
use crate::source::arm::expression::{Expression, Kind};
use crate::source::bicep::syntax::{Expr, ExprKind, Name};
use crate::source::bicep::unit::Named;
use crate::source::code::file::Span;

impl Lowering<'_, '_> {
    /// `name(arguments)`.
    pub(super) fn call(&mut self, name: &Name, arguments: &[Expr], span: Span) -> Expression {
        match self.named(&name.text) {
            Some((unit, there, Named::Function)) => {
                let name = format!("{}{there}", unit.prefix);
                return self.plain(&name, arguments, span);
            }
            Some((_, _, Named::Lost(reason))) => return invalid(reason.clone(), span),
            _ => {}
        }
        self.built_in(name, arguments, span)
    }

    /// `of.name(arguments)`: of a namespace, of a file, of a resource.
    pub(super) fn method(&mut self, of: &Expr, name: &Name, arguments: &[Expr], span: Span) -> Expression {
        if let ExprKind::Name(space) = &of.kind
            && !self.locals.iter().any(|(written, _)| written == space)
        {
            match self.unit.names.get(space) {
                None if matches!(space.as_str(), "sys" | "az") => {
                    return self.built_in_over_own(name, arguments, span);
                }
                Some(Named::Everything(at)) => {
                    let found = self.units.get(*at).and_then(|unit| self.named_in(unit, &name.text));
                    return match found {
                        Some((unit, there, Named::Function)) => {
                            let name = format!("{}{there}", unit.prefix);
                            self.plain(&name, arguments, span)
                        }
                        Some((_, _, Named::Lost(reason))) => invalid(reason.clone(), span),
                        _ => invalid(
                            format!("calls '{space}.{}', which that file does not declare", name.text),
                            span,
                        ),
                    };
                }
                Some(Named::Lost(reason)) => return invalid(reason.clone(), span),
                _ => {}
            }
        }
        let of = self.expression(of);
        let is_list = name.text.to_ascii_lowercase().starts_with("list");
        if !is_list && name.text != "getSecret" {
            return invalid(
                format!("calls '{}' of a resource, which is done at deployment", name.text),
                span,
            );
        }
        let mut all: Vec<Expression> = Vec::new();
        if is_list {
            for part in ["id", "apiVersion"] {
                let (of, at) = (Box::new(of.clone()), Box::new(text(part, name.span)));
                all.push(Expression { kind: Kind::Access { of, at, safe: false }, span });
            }
        }
        all.extend(arguments.iter().map(|argument| self.expression(argument)));
        call(&name.text, all, span)
    }

    fn plain(&mut self, name: &str, arguments: &[Expr], span: Span) -> Expression {
        let arguments = arguments.iter().map(|argument| self.expression(argument)).collect();
        call(name, arguments, span)
    }

    /// `sys.name(arguments)`, which is meant even where the file has a function of that name.
    fn built_in_over_own(&mut self, name: &Name, arguments: &[Expr], span: Span) -> Expression {
        let own = matches!(self.named(&name.text), Some((_, _, Named::Function)));
        let mut value = self.built_in(name, arguments, span);
        if own && let Kind::Call { namespace, .. } = &mut value.kind {
            *namespace = Some("sys".to_owned());
        }
        value
    }

    fn built_in(&mut self, name: &Name, arguments: &[Expr], span: Span) -> Expression {
        match (name.text.as_str(), arguments) {
            ("any", [value]) => self.expression(value),
            ("nameof", [of]) => match named_last(of) {
                Some(name) => text(name, span),
                None => invalid("asks for the name of something that has none", span),
            },
            ("loadTextContent", _) => self.load_text(arguments, span),
            ("loadJsonContent", _) => self.load_json(arguments, span),
            ("loadFileAsBase64", _) => self.load_base64(arguments, span),
            ("loadYamlContent" | "loadDirectoryFileInfo", _) => {
                invalid(format!("comes from a file through {}, which is not followed", name.text), span)
            }
            ("readEnvironmentVariable" | "externalInput", _) => {
                let which = match arguments.first().map(|argument| &argument.kind) {
                    Some(ExprKind::Text(name)) => format!(" '{name}'"),
                    _ => String::new(),
                };
                let what =
                    if name.text == "externalInput" { "external input" } else { "environment variable" };
                invalid(format!("depends on the {what}{which} of whoever deploys it"), span)
            }
            _ => self.plain(&name.text, arguments, span),
        }
    }
}

/// The last name in an expression, for `nameof`.
fn named_last(of: &Expr) -> Option<&str> {
    match &of.kind {
        ExprKind::Name(name) => Some(name),
        ExprKind::Nested(_, name) => Some(&name.text),
        ExprKind::Access(access) => match &access.at.kind {
            ExprKind::Text(name) => Some(name),
            _ => named_last(&access.of),
        },
        ExprKind::Group(of) | ExprKind::NotNull(of) => named_last(of),
        _ => None,
    }
}
