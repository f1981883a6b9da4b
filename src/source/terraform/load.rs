//! Reading a folder's files into one configuration.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::configuration::Configuration;
use super::syntax::{Body, SyntaxError, hcl, json};
use super::{overrides, shown};
use crate::source::code::file::{FileId, Files, Place, Span};
use crate::source::code::read::Reader;
use crate::source::code::resource::Unread;

/// Reads files, and keeps what could not be read.
#[derive(Debug)]
pub struct Loader<'a> {
    /// What may be read.
    pub reader: &'a Reader,
    /// The root's folder as the system names it.
    pub root: PathBuf,
    /// The root's folder as it is shown.
    pub shown: &'a str,
    /// All files.
    pub files: Files,
    /// What could not be read.
    pub unread: Vec<Unread>,
}

/// Which parser a file needs.
pub type Parse = fn(&str, FileId) -> Result<Body, SyntaxError>;

impl Loader<'_> {
    /// What the folder's `*.tf` and `*.tf.json` declare, override files laid over the others.
    pub fn folder(&mut self, folder: &Path) -> Configuration {
        let mut base = Body::default();
        let names = match names(folder) {
            Ok(names) => names,
            Err(error) => {
                self.unread(folder, None, String::new(), error.to_string());
                Vec::new()
            }
        };
        let (over, plain): (Vec<_>, Vec<_>) =
            names.into_iter().partition(|name| overrides::is_override(name));
        for body in plain.iter().filter_map(|name| self.configuration(&folder.join(name))).collect::<Vec<_>>()
        {
            base.blocks.extend(body.blocks);
        }
        for name in over {
            let Some(body) = self.configuration(&folder.join(name)) else { continue };
            for block in overrides::merge(&mut base, body) {
                let what = format!("{} {}", block.kind, block.labels.join("."));
                self.unread_at(block.span, what, "it overrides a block that is not there".to_owned());
            }
        }
        let (configuration, duplicates) = Configuration::new(folder.to_path_buf(), base);
        for duplicate in duplicates {
            let reason = "it is declared a second time; only the first counts".to_owned();
            self.unread_at(duplicate.span, duplicate.what, reason);
        }
        configuration
    }

    /// A configuration file's blocks.
    pub fn configuration(&mut self, path: &Path) -> Option<Body> {
        let parse: Parse =
            if path.extension().is_some_and(|end| end == "json") { json::parse } else { hcl::parse };
        self.body(path, parse)
    }

    /// The attributes of a file of variables.
    pub fn variables(&mut self, path: &Path) -> Option<Body> {
        let json = path.extension().is_some_and(|end| end == "json");
        self.body(path, if json { json::parse_attributes } else { hcl::parse })
    }

    /// A file's tree.
    pub fn body(&mut self, path: &Path, parse: Parse) -> Option<Body> {
        match self.reader.read(path) {
            Ok(text) => self.parsed(path, &text, parse),
            Err(error) => {
                self.unread(path, None, String::new(), error.to_string());
                None
            }
        }
    }

    fn parsed(&mut self, path: &Path, text: &Arc<str>, parse: Parse) -> Option<Body> {
        let file = self.files.add(&self.shown(path), Arc::clone(text));
        match parse(text, file) {
            Ok(body) => Some(body),
            Err(error) => {
                let place = self.files.place(file, u32::try_from(error.offset).unwrap_or(u32::MAX));
                self.unread(path, Some(place), String::new(), error.reason);
                None
            }
        }
    }

    /// How a file is shown.
    pub fn shown(&self, path: &Path) -> String {
        let real = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        shown::path(&self.root, self.shown, &real)
    }

    /// Notes that something in a file, or all of it, could not be read.
    pub fn unread(&mut self, path: &Path, place: Option<Place>, what: String, reason: String) {
        let file = self.shown(path);
        self.unread.push(Unread { file, place, what, reason });
    }

    /// Notes that a block could not be read.
    pub fn unread_at(&mut self, span: Span, what: String, reason: String) {
        let file = self.files.get(span.file).map(|file| file.path.clone()).unwrap_or_default();
        let place = Some(self.files.place(span.file, span.start));
        self.unread.push(Unread { file, place, what, reason });
    }
}

/// Names of the folder's configuration files, sorted; editors' leftovers are none.
pub fn names(folder: &Path) -> std::io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let Ok(name) = entry?.file_name().into_string() else { continue };
        if [".tf", ".tf.json"].iter().any(|end| name.ends_with(end)) && !name.starts_with('.') {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}
