//! A Terraform folder as a root: its code evaluated, its resources in Resource Manager's shape.

use std::path::{Path, PathBuf};

use super::map;
use crate::source::code::read::Reader;
use crate::source::code::resource::{Language, Root};

/// What is to be read.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Folder of the root module.
    pub folder: &'a Path,
    /// The folder as it is shown.
    pub shown: &'a str,
    /// What tells this root's addresses from those of others: empty, or `envs/prod#`.
    pub prefix: &'a str,
    /// What may be read.
    pub reader: &'a Reader,
    /// Files with variables' values, beside those that Terraform finds itself; the last one wins.
    pub variable_files: &'a [PathBuf],
}

/// Reads a root module and all that it calls. What can't be read is in [`Root::unread`].
pub fn read(request: &Request<'_>) -> Root {
    let Request { folder, shown, prefix, reader, variable_files } = *request;
    let evaluated = super::evaluate(&super::Request { folder, shown, reader, variable_files });
    let mapped = map::resources(&evaluated.resources, &evaluated.version, shown, prefix);
    let (files, mut unread, mut notes) = (evaluated.files, evaluated.unread, evaluated.notes);
    unread.extend(mapped.unread(&files));
    notes.extend(mapped.notes);
    let (language, path, resources) = (Language::Terraform, shown.to_owned(), mapped.resources);
    Root { language, path, files, resources, unread, notes }
}
