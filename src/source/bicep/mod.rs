//! Bicep: from its text to what would be deployed, by a lexer and parser of our own. No compiler is called.
//!
//! A file becomes the same [`Template`](crate::source::arm::template::Template) that ARM's JSON becomes, and
//! ARM's evaluator does the rest; so a value points at the literal in the Bicep file that decides it.

pub mod context;
#[cfg(test)]
mod corpus;
pub mod lexer;
pub mod lower;
mod parameters;
pub mod parser;
pub mod string;
pub mod syntax;
#[cfg(test)]
mod tests;
pub mod unit;

use std::path::{Path, PathBuf};

use self::context::{Context, MAX_BYTES};
use self::lexer::{Lexer, TokenKind};
use self::unit::{Unit, elsewhere};
pub use crate::source::arm::Request;
use crate::source::arm::library::{Load, shown_path};
use crate::source::arm::template::Template;
use crate::source::arm::{self, Evaluation};
use crate::source::code::file::Files;
use crate::source::code::read::Reader;
use crate::source::code::resource::{Language, Root, Unread};

/// Reads and evaluates a Bicep file with its modules. Without a parameter file `<stem>.bicepparam`, else
/// `<stem>.parameters.json` beside the file is taken. What can't be read is in [`Root::unread`]; the rest comes
/// through.
pub fn read(request: &Request<'_>) -> Root {
    let mut files = Files::default();
    let mut unread = Vec::new();
    let mut notes = Vec::new();
    let mut modules =
        Modules { reader: request.reader, root: request.path, shown: request.shown, left: MAX_BYTES };
    let template = match modules.bicep(request.path, &mut files, &mut unread) {
        Ok(template) => template,
        Err(reason) => {
            let (file, what) = (request.shown.to_owned(), String::new());
            let reason = format!("the file can't be read: {reason}");
            let lost = Unread { file, place: None, what, reason };
            return Root::lost(Language::Bicep, request.shown, files, lost);
        }
    };
    let mut context = modules.context(&mut files, &mut unread);
    let values = parameters::values(request, &mut context, &mut notes);
    arm::evaluate(Evaluation {
        language: Language::Bicep,
        path: request.path,
        shown: request.shown,
        template,
        values,
        files,
        unread,
        notes,
        load: &mut modules,
    })
}

/// The paths of modules in files that a Bicep file names, as written, in order. A file that others have as a
/// module is read with their values, and need not be read as a root of its own.
pub fn modules(text: &str) -> Vec<PathBuf> {
    let mut lexer = Lexer::new(text);
    let mut found = Vec::new();
    let mut begins = true;
    loop {
        let token = lexer.token();
        let word = token.kind == TokenKind::Identifier && text.get(token.range) == Some("module");
        match token.kind {
            TokenKind::End => return found,
            TokenKind::NewLine => begins = true,
            TokenKind::Identifier if begins && word => {
                begins = false;
                let name = lexer.token();
                let path = lexer.token();
                if let (TokenKind::Identifier, TokenKind::Text(path)) = (name.kind, path.kind)
                    && path.begins
                    && path.ends
                    && elsewhere(&path.text).is_none()
                {
                    found.push(PathBuf::from(path.text));
                }
            }
            _ => begins = false,
        }
    }
}

/// The template that a parameter file is for, as written: what stands behind `using`. None for `using none`,
/// and where none is named.
pub fn using(text: &str) -> Option<PathBuf> {
    let mut lexer = Lexer::new(text);
    let mut begins = true;
    loop {
        let token = lexer.token();
        let word = token.kind == TokenKind::Identifier && text.get(token.range) == Some("using");
        match token.kind {
            TokenKind::End => return None,
            TokenKind::NewLine => begins = true,
            _ if begins && word => {
                return match lexer.token().kind {
                    TokenKind::Text(path) if path.begins && path.ends => Some(PathBuf::from(path.text)),
                    _ => None,
                };
            }
            _ => begins = false,
        }
    }
}

/// Reads the files of a root.
struct Modules<'a> {
    reader: &'a Reader,
    root: &'a Path,
    shown: &'a str,
    /// Bytes that may still be read.
    left: usize,
}

impl Modules<'_> {
    fn context<'c>(&'c mut self, files: &'c mut Files, unread: &'c mut Vec<Unread>) -> Context<'c> {
        Context {
            reader: self.reader,
            root: self.root,
            shown: self.shown,
            files,
            unread,
            left: &mut self.left,
        }
    }

    fn bicep(
        &mut self,
        path: &Path,
        files: &mut Files,
        unread: &mut Vec<Unread>,
    ) -> Result<Template, String> {
        let mut context = self.context(files, unread);
        let (file, text, shown) = context.load(path)?;
        let unit = Unit::new(&text, file, path, &shown);
        Ok(lower::template(unit, &mut context))
    }
}

impl Load for Modules<'_> {
    fn load(&mut self, path: &Path, files: &mut Files, unread: &mut Vec<Unread>) -> Result<Template, String> {
        let shown = shown_path(self.root, self.shown, path);
        if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("bicep")) {
            return self
                .bicep(path, files, unread)
                .map_err(|reason| format!("({shown}) can't be read: {reason}"));
        }
        arm::load(self.reader, path, &shown, files, unread).map_err(|lost| {
            let reason = format!("({shown}) can't be read: {}", lost.reason);
            unread.push(lost);
            reason
        })
    }
}
