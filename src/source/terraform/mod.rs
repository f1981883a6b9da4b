//! shim
pub mod plan;
use super::code::{file::Files, read::Reader, resource::*};
use std::path::{Path, PathBuf};
/// shim
pub struct Request<'a> {
    /** s */
    pub folder: &'a Path,
    /** s */
    pub shown: &'a str,
    /** s */
    pub prefix: &'a str,
    /** s */
    pub reader: &'a Reader,
    /** s */
    pub variable_files: &'a [PathBuf],
}
/// shim
pub fn read(r: &Request<'_>) -> Root {
    Root {
        language: Language::Terraform,
        path: r.shown.into(),
        files: Files::default(),
        resources: vec![],
        unread: vec![],
        notes: vec![],
    }
}
/// shim
pub fn called_modules(_f: &Path, _r: &Reader) -> Vec<PathBuf> {
    vec![]
}
