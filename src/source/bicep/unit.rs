//! A Bicep file and the names in it.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::context::Context;
use super::parser::parse;
use super::syntax::{ExprKind, File, Imported, Statement, StatementKind, SyntaxError};
use crate::source::code::file::FileId;

/// Most files that one file may import from, directly or not.
const MAX_UNITS: usize = 512;

/// A file while it is lowered: the first of a template, or one that it imports from.
#[derive(Debug)]
pub struct Unit {
    /// Its id.
    pub file: FileId,
    /// Its path.
    pub path: PathBuf,
    /// Its path as it is shown.
    pub shown: String,
    /// What it says.
    pub syntax: File,
    /// What stands before the names of its variables and functions in the template: nothing for the first.
    pub prefix: String,
    /// What its names mean.
    pub names: HashMap<String, Named>,
    /// Nested resources, as `parent::child`.
    pub nested: HashSet<String>,
    /// The parameter file that it extends.
    pub base: Option<Base>,
}

/// The parameter file that another one extends.
#[derive(Clone, Debug, PartialEq)]
pub enum Base {
    /// It is this unit.
    Unit(usize),
    /// It can't be had, for this reason.
    Lost(String),
}

/// What a name means.
#[derive(Clone, Debug, PartialEq)]
pub enum Named {
    /// A parameter.
    Parameter,
    /// A variable.
    Variable,
    /// A function.
    Function,
    /// A resource or module.
    Symbol,
    /// A type: the statement that declares it.
    Type(usize),
    /// A name of another file.
    Imported(usize, String),
    /// All names of another file.
    Everything(usize),
    /// A name whose meaning is not to be had, with the reason.
    Lost(String),
}

impl Unit {
    /// Reads a text that was taken in as `file`.
    pub fn new(text: &str, file: FileId, path: &Path, shown: &str) -> Self {
        let mut unit = Self {
            file,
            path: path.to_owned(),
            shown: shown.to_owned(),
            syntax: parse(text, file),
            prefix: String::new(),
            names: HashMap::new(),
            nested: HashSet::new(),
            base: None,
        };
        for at in 0..unit.syntax.statements.len() {
            unit.declare(at);
        }
        unit
    }

    fn declare(&mut self, at: usize) {
        let Some(statement) = self.syntax.statements.get(at) else { return };
        let (name, named) = match &statement.kind {
            StatementKind::Parameter(own) => (&own.name.text, Named::Parameter),
            StatementKind::Variable(own) => (&own.name.text, Named::Variable),
            StatementKind::Function { name, .. } => (&name.text, Named::Function),
            StatementKind::Type { name, .. } => (&name.text, Named::Type(at)),
            StatementKind::Module(own) => (&own.name.text, Named::Symbol),
            StatementKind::Resource(own) => {
                nested(statement, "", &mut self.nested);
                (&own.name.text, Named::Symbol)
            }
            _ => return,
        };
        self.names.entry(name.clone()).or_insert(named);
    }

    /// What could not be read of the file.
    pub fn errors(&self) -> &[SyntaxError] {
        &self.syntax.errors
    }

    /// Whether it gives values and declares no template.
    pub fn is_parameter_file(&self) -> bool {
        self.path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("bicepparam"))
    }

    /// How a declaration of the file is named in reports; without a symbol the file.
    pub fn address(&self, symbol: &str) -> String {
        if symbol.is_empty() {
            format!("bicep:{}", self.shown)
        } else {
            format!("bicep:{}#{symbol}", self.shown)
        }
    }
}

/// The names of the resources in a resource, and in those.
fn nested(statement: &Statement, before: &str, names: &mut HashSet<String>) {
    let StatementKind::Resource(own) = &statement.kind else { return };
    let symbol = format!("{before}{}", own.name.text);
    let mut body = &own.body;
    loop {
        body = match &body.kind {
            ExprKind::For(each) => &each.body,
            ExprKind::If(_, body) => body,
            _ => break,
        };
    }
    let ExprKind::Object(object) = &body.kind else { return };
    let inside = format!("{symbol}::");
    for statement in &object.resources {
        nested(statement, &inside, names);
    }
    if !before.is_empty() {
        names.insert(symbol);
    }
}

/// A file and all that it imports from, in the order in which they are met.
pub fn units(first: Unit, context: &mut Context<'_>) -> Vec<Unit> {
    let mut units = vec![first];
    let mut known = HashMap::new();
    if let Some(Ok(real)) = units.first().map(|unit| context.reader.resolve(&unit.path)) {
        known.insert(real, 0);
    }
    let mut at = 0;
    while at < units.len() {
        let Some(unit) = units.get(at) else { break };
        report(unit, context);
        let mut names = Vec::new();
        let mut more = Vec::new();
        let mut base = None;
        for statement in &unit.syntax.statements {
            let (taken, from) = match &statement.kind {
                StatementKind::Import { names, from } => (names, from),
                StatementKind::Extends(from) => {
                    let found =
                        imported(unit, from, units.len() + more.len(), &mut known, &mut more, context);
                    base = Some(found.map_or_else(Base::Lost, Base::Unit));
                    continue;
                }
                _ => continue,
            };
            let found = imported(unit, from, units.len() + more.len(), &mut known, &mut more, context);
            match (taken, found) {
                (Imported::All(here), Ok(found)) => {
                    names.push((here.text.clone(), Named::Everything(found)));
                }
                (Imported::Some(list), Ok(found)) => {
                    let named = |there: &super::syntax::Name| Named::Imported(found, there.text.clone());
                    names.extend(list.iter().map(|(there, here)| (here.text.clone(), named(there))));
                }
                (Imported::All(here), Err(reason)) => names.push((here.text.clone(), Named::Lost(reason))),
                (Imported::Some(list), Err(reason)) => names
                    .extend(list.iter().map(|(_, here)| (here.text.clone(), Named::Lost(reason.clone())))),
            }
        }
        if let Some(unit) = units.get_mut(at) {
            unit.names.extend(names);
            // <https://learn.microsoft.com/azure/azure-resource-manager/bicep/parameter-files>: `base.name`.
            if let Some(Base::Unit(base)) = base {
                unit.names.entry("base".to_owned()).or_insert(Named::Everything(base));
            }
            unit.base = base;
        }
        units.append(&mut more);
        at += 1;
    }
    units
}

fn report(unit: &Unit, context: &mut Context<'_>) {
    for error in unit.errors() {
        let what = unit.address(error.symbol.as_deref().unwrap_or_default());
        context.unread(unit, error.span, what, error.reason.clone());
    }
}

/// The unit that an import names; read and added to `more` when it is new.
fn imported(
    unit: &Unit,
    from: &super::syntax::Expr,
    next: usize,
    known: &mut HashMap<PathBuf, usize>,
    more: &mut Vec<Unit>,
    context: &mut Context<'_>,
) -> Result<usize, String> {
    let ExprKind::Text(path) = &from.kind else {
        return Err("comes from a file whose name is not known".to_owned());
    };
    if let Some(place) = elsewhere(path) {
        return Err(format!("comes from '{path}', {place}, which is not read"));
    }
    let extension = Path::new(path).extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    if !["bicep", "bicepparam"].iter().any(|own| extension.eq_ignore_ascii_case(own)) {
        return Err(format!("comes from '{path}', which is no Bicep file"));
    }
    let there = unit.path.parent().unwrap_or(Path::new("")).join(path);
    let fail = |context: &mut Context<'_>, reason: String| {
        context.unread(unit, from.span, unit.address(""), format!("'{path}' is not read: {reason}"));
        Err(format!("comes from '{path}', which could not be read"))
    };
    let real = match context.reader.resolve(&there) {
        Ok(real) => real,
        Err(error) => return fail(context, error.to_string()),
    };
    if let Some(at) = known.get(&real) {
        return Ok(*at);
    }
    if next >= MAX_UNITS {
        return fail(context, format!("more than {MAX_UNITS} files are imported from"));
    }
    let (file, text, shown) = match context.load(&there) {
        Ok(loaded) => loaded,
        Err(reason) => return fail(context, reason),
    };
    let mut own = Unit::new(&text, file, &there, &shown);
    own.prefix = format!("_{next}.");
    more.push(own);
    known.insert(real, next);
    Ok(next)
}

/// Where a module or import lies that isn't a file beside this one.
pub fn elsewhere(path: &str) -> Option<&'static str> {
    let before = path.split([':', '/']).next().unwrap_or_default();
    match before {
        "br" => Some("a registry"),
        "ts" => Some("a template spec"),
        _ => None,
    }
}
