//! From declarations to a template.
//!
//! Operators become the functions that the compiler makes of them, names what they mean. Variables and
//! functions of files that are imported from join the template under a prefix (`_1.name`).

mod call;
mod expression;
mod kind;
mod load;
mod resource;

use std::collections::HashSet;

use super::context::Context;
use super::syntax::{Expr, ExprKind, Statement, StatementKind, Value};
use super::unit::{Base, Named, Unit, units};
use crate::source::arm::expression::{Expression, Kind};
use crate::source::arm::template::{Function, Parameter, Scope, Template, Variable};
use crate::source::code::file::Span;

/// The template that a file declares.
pub fn template(first: Unit, context: &mut Context<'_>) -> Template {
    let units = units(first, context);
    let mut template = Template::default();
    for (at, unit) in units.iter().enumerate() {
        let mut lowering = Lowering { units: &units, unit, context, locals: Vec::new(), nesting: Vec::new() };
        for statement in &unit.syntax.statements {
            lowering.shared(statement, &mut template);
            if at == 0 {
                lowering.own(statement, &mut template);
            }
        }
    }
    template
}

/// The values that a parameter file gives: a template whose outputs they are.
///
/// # Errors
/// When the file, or one that it extends, can't be read so far that its values are known.
pub fn values(first: Unit, context: &mut Context<'_>) -> Result<Template, String> {
    let units = units(first, context);
    let mut template = Template::default();
    for unit in &units {
        let mut lowering = Lowering { units: &units, unit, context, locals: Vec::new(), nesting: Vec::new() };
        for statement in &unit.syntax.statements {
            lowering.shared(statement, &mut template);
            if let StatementKind::Parameter(Value { name, value: Some(value), .. }) = &statement.kind {
                // A variable, so that the values of other parameters may use it.
                let name = parameter_variable(unit, &name.text);
                let value = lowering.expression(value);
                template.variables.push(Variable { name, value });
            }
        }
    }
    let mut seen = HashSet::new();
    let mut given = HashSet::new();
    let mut next = units.first();
    while let Some(unit) = next {
        outputs(unit, &mut given, &mut template)?;
        if !seen.insert(unit.file) {
            return Err(format!("{} extends itself", unit.shown));
        }
        next = match &unit.base {
            None => None,
            Some(Base::Unit(at)) => units.get(*at),
            Some(Base::Lost(reason)) => return Err(format!("the file that it extends {reason}")),
        };
    }
    Ok(template)
}

/// Adds the values of a file's parameters where there are none yet.
fn outputs(unit: &Unit, given: &mut HashSet<String>, template: &mut Template) -> Result<(), String> {
    let mut add = |name: &str, value: Expression| {
        if given.insert(name.to_owned()) {
            template.outputs.push(Variable { name: name.to_owned(), value });
        }
    };
    for statement in &unit.syntax.statements {
        if let StatementKind::Parameter(Value { name, value: Some(_), .. }) = &statement.kind {
            add(&name.text, variable(&parameter_variable(unit, &name.text), name.span));
        }
    }
    for error in unit.errors() {
        // A value that can't be read is no reason to take the default.
        let Some(symbol) = &error.symbol else { return Err(error.reason.clone()) };
        add(symbol, invalid(format!("has a value in {} that can't be read", unit.shown), error.span));
    }
    Ok(())
}

/// The name under which a parameter file's value is a variable; no name in Bicep.
fn parameter_variable(unit: &Unit, name: &str) -> String {
    format!("{}param {name}", unit.prefix)
}

/// `variables('name')`.
fn variable(name: &str, span: Span) -> Expression {
    call("variables", vec![text(name, span)], span)
}

/// A text.
fn text(text: impl Into<String>, span: Span) -> Expression {
    Expression { kind: Kind::Text(text.into()), span }
}

/// A call of a built-in function.
fn call(name: &str, arguments: Vec<Expression>, span: Span) -> Expression {
    Expression { kind: Kind::Call { namespace: None, name: name.to_owned(), arguments }, span }
}

/// What isn't known, with the reason, ending a sentence that begins with "it".
fn invalid(reason: impl Into<String>, span: Span) -> Expression {
    Expression { kind: Kind::Invalid(reason.into()), span }
}

/// One file while it is lowered.
struct Lowering<'a, 'c> {
    units: &'a [Unit],
    unit: &'a Unit,
    context: &'a mut Context<'c>,
    /// Names of loops, lambdas and arguments around the expression: as written, and as in the template.
    locals: Vec<(String, String)>,
    /// Symbols of the resources around the expression, from the outside in: `a`, `a::b`.
    nesting: Vec<String>,
}

impl Lowering<'_, '_> {
    /// What other files may use too.
    fn shared(&mut self, statement: &Statement, template: &mut Template) {
        match &statement.kind {
            StatementKind::Variable(Value { name, value: Some(value), .. }) => {
                let name = format!("{}{}", self.unit.prefix, name.text);
                let value = self.expression(value);
                template.variables.push(Variable { name, value });
            }
            StatementKind::Function { name, parameters, body } => {
                let before = self.locals.len();
                let parameters: Vec<String> =
                    parameters.iter().map(|parameter| self.local(&parameter.text)).collect();
                let output = self.expression(body);
                self.locals.truncate(before);
                let name = format!("{}{}", self.unit.prefix, name.text);
                template.functions.push(Function { namespace: None, name, parameters, output });
            }
            _ => {}
        }
    }

    /// What only the file itself has.
    fn own(&mut self, statement: &Statement, template: &mut Template) {
        match &statement.kind {
            StatementKind::TargetScope(scope) => template.scope = self.scope(scope),
            StatementKind::Parameter(own) => {
                template.parameters.push(self.parameter(own, &statement.decorators, statement.span));
            }
            StatementKind::Output(Value { name, value: Some(value), .. }) => {
                let value = self.expression(value);
                template.outputs.push(Variable { name: name.text.clone(), value });
            }
            StatementKind::Resource(own) => {
                template.resources.extend(self.resource(own, statement.span));
            }
            StatementKind::Module(own) => {
                template.resources.extend(self.module(own, statement.span));
            }
            _ => {}
        }
    }

    fn scope(&mut self, scope: &Expr) -> Scope {
        if let ExprKind::Text(name) = &scope.kind {
            match name.as_str() {
                "resourceGroup" => return Scope::ResourceGroup,
                "subscription" => return Scope::Subscription,
                "managementGroup" => return Scope::ManagementGroup,
                "tenant" => return Scope::Tenant,
                _ => {}
            }
        }
        let reason = "targetScope is none of 'resourceGroup', 'subscription', 'managementGroup', 'tenant'";
        self.unread(scope.span, "targetScope", reason);
        Scope::default()
    }

    fn parameter(&mut self, own: &Value, decorators: &[Expr], span: Span) -> Parameter {
        let default = match &own.value {
            Some(value) => Some(self.expression(value)),
            // <https://learn.microsoft.com/azure/azure-resource-manager/bicep/data-types#nullable-types>
            None if self.nullable(own.kind.as_ref()) => Some(Expression { kind: Kind::Null, span }),
            None => None,
        };
        let secure = self.secure(own.kind.as_ref(), decorators);
        Parameter { name: own.name.text.clone(), kind: kind::words(own.kind.as_ref()), default, secure, span }
    }

    fn unread(&mut self, span: Span, symbol: &str, reason: impl Into<String>) {
        self.context.unread(self.unit, span, self.unit.address(symbol), reason.into());
    }

    /// Takes in a local name, and gives the one it has in the template: there letter case says nothing.
    fn local(&mut self, name: &str) -> String {
        let mut inside = name.to_owned();
        while self.locals.iter().any(|(written, own)| own.eq_ignore_ascii_case(&inside) && written != name) {
            inside.push('_');
        }
        self.locals.push((name.to_owned(), inside.clone()));
        inside
    }

    /// What a name of this file means, through imports; with the file in which it means that.
    fn named(&self, name: &str) -> Option<(&Unit, String, &Named)> {
        self.named_in(self.unit, name)
    }

    fn named_in<'u>(&'u self, unit: &'u Unit, name: &str) -> Option<(&'u Unit, String, &'u Named)> {
        let (mut unit, mut name) = (unit, name.to_owned());
        // Names pass through as many files as there are, unless they go in a circle.
        for _ in 0..=self.units.len() {
            match unit.names.get(&name)? {
                Named::Imported(at, there) => {
                    unit = self.units.get(*at)?;
                    name.clone_from(there);
                }
                found => return Some((unit, name, found)),
            }
        }
        None
    }
}
