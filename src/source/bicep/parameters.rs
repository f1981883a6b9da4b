//! The values a Bicep file is deployed with: `.bicepparam` files, and ARM's parameter files.
//! <https://learn.microsoft.com/azure/azure-resource-manager/bicep/parameter-files>

use std::path::{Path, PathBuf};

use super::Request;
use super::context::Context;
use super::lower;
use super::syntax::{ExprKind, StatementKind};
use super::unit::Unit;
use crate::source::arm::parameters;
use crate::source::arm::template::Template;
use crate::source::code::resource::Unread;

/// The values of the parameter file that was named, or lies beside the template; or why they can't be had,
/// ending a sentence that begins with "it".
pub fn values(
    request: &Request<'_>,
    context: &mut Context<'_>,
    notes: &mut Vec<String>,
) -> Option<Result<Template, String>> {
    let path = match request.parameter_file {
        Some(path) => path.to_path_buf(),
        None => beside(request, context)?,
    };
    let shown = context.shown(&path);
    Some(match read(&path, context) {
        Ok(values) => {
            notes.push(format!("parameters have the values of {shown}"));
            Ok(values)
        }
        Err(lost) => {
            context.unread.push(lost);
            Err(format!("depends on the parameter file {shown}, which can't be read"))
        }
    })
}

fn read(path: &Path, context: &mut Context<'_>) -> Result<Template, Unread> {
    let lost = |shown: String, reason: String| Unread {
        file: shown,
        place: None,
        what: String::new(),
        reason: format!("the parameter file can't be read: {reason}"),
    };
    let (file, text, shown) = context.load(path).map_err(|reason| lost(context.shown(path), reason))?;
    if !is_bicep(path) {
        return parameters::read(&text, file, &shown, path, context.unread);
    }
    let unit = Unit::new(&text, file, path, &shown);
    lower::values(unit, context).map_err(|reason| lost(shown, reason))
}

fn is_bicep(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("bicepparam"))
}

/// The parameter file beside a template: Bicep's own before ARM's.
fn beside(request: &Request<'_>, context: &mut Context<'_>) -> Option<PathBuf> {
    let own = request.path.with_extension("bicepparam");
    let there = |path: &PathBuf| request.reader.resolve(path).is_ok_and(|path| path.is_file());
    let of_this = there(&own) && is_for(&own, request.path, context);
    if of_this {
        return Some(own);
    }
    parameters::beside(request.path).into_iter().find(there)
}

/// Whether a parameter file is for this template, or for none in particular, or can't be read.
fn is_for(own: &Path, template: &Path, context: &mut Context<'_>) -> bool {
    let Ok((file, text, shown)) = context.load(own) else { return true };
    let unit = Unit::new(&text, file, own, &shown);
    let using = unit.syntax.statements.iter().find_map(|statement| match &statement.kind {
        StatementKind::Using(Some(path)) => Some(path),
        _ => None,
    });
    let Some(ExprKind::Text(using)) = using.map(|using| &using.kind) else { return true };
    let named = own.parent().unwrap_or(Path::new("")).join(using);
    match (context.reader.resolve(&named), context.reader.resolve(template)) {
        (Ok(named), Ok(template)) => named == template,
        _ => false,
    }
}
