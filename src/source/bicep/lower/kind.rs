//! What types and decorators say of a parameter's value.

use std::collections::HashSet;

use super::Lowering;
use crate::source::bicep::syntax::{Expr, ExprKind, StatementKind, Type, TypeKind};
use crate::source::bicep::unit::{Named, Unit};

/// Longest chain of type names that is followed.
const MAX_NAMES: usize = 16;

/// A type's name; empty for one that is made of others.
pub(super) fn words(kind: Option<&Type>) -> String {
    match kind.map(|kind| &kind.kind) {
        Some(TypeKind::Name(path)) => path.last().cloned().unwrap_or_default(),
        Some(TypeKind::Nullable(inner)) => words(Some(inner)),
        _ => String::new(),
    }
}

/// Whether a decorator is `@secure()`.
fn is_secure(decorator: &Expr) -> bool {
    match &decorator.kind {
        ExprKind::Call(name, _) | ExprKind::Method(_, name, _) => name.text == "secure",
        _ => false,
    }
}

impl Lowering<'_, '_> {
    /// Whether null may be passed, so that no value is null.
    pub(super) fn nullable(&self, kind: Option<&Type>) -> bool {
        let (mut unit, Some(mut kind)) = (self.unit, kind) else { return false };
        for _ in 0..MAX_NAMES {
            match &kind.kind {
                TypeKind::Nullable(_) => return true,
                TypeKind::Made(_) => return false,
                TypeKind::Name(path) => match self.declared(unit, path) {
                    Some((there, _, is)) => (unit, kind) = (there, is),
                    None => return false,
                },
            }
        }
        false
    }

    /// Whether anything in the value is secret: then all of it is taken as such.
    pub(super) fn secure(&self, kind: Option<&Type>, decorators: &[Expr]) -> bool {
        if decorators.iter().any(is_secure) {
            return true;
        }
        let mut seen = HashSet::new();
        let mut open: Vec<(&Unit, &Type)> = kind.into_iter().map(|kind| (self.unit, kind)).collect();
        while let Some((unit, kind)) = open.pop() {
            match &kind.kind {
                TypeKind::Nullable(inner) => open.push((unit, inner)),
                TypeKind::Made(parts) => {
                    for (decorators, part) in parts {
                        if decorators.iter().any(is_secure) {
                            return true;
                        }
                        open.push((unit, part));
                    }
                }
                TypeKind::Name(path) => {
                    if !seen.insert((unit.file, path)) {
                        continue;
                    }
                    if let Some((there, decorators, is)) = self.declared(unit, path) {
                        if decorators.iter().any(is_secure) {
                            return true;
                        }
                        open.push((there, is));
                    }
                }
            }
        }
        false
    }

    /// The type of a name, its decorators, and its file.
    fn declared<'u>(&'u self, unit: &'u Unit, path: &[String]) -> Option<(&'u Unit, &'u [Expr], &'u Type)> {
        let first = path.first()?;
        let (unit, _, named) = match unit.names.get(first)? {
            Named::Everything(at) => self.named_in(self.units.get(*at)?, path.get(1)?)?,
            _ => self.named_in(unit, first)?,
        };
        let Named::Type(at) = named else { return None };
        let statement = unit.syntax.statements.get(*at)?;
        match &statement.kind {
            StatementKind::Type { is, .. } => Some((unit, &statement.decorators, is)),
            _ => None,
        }
    }
}
