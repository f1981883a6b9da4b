//! shim
use super::code::{file::Files, read::Reader, resource::*};
use std::path::{Path, PathBuf};
/// shim
pub struct Request<'a> {
    /** s */
    pub path: &'a Path,
    /** s */
    pub shown: &'a str,
    /** s */
    pub reader: &'a Reader,
    /** s */
    pub parameter_file: Option<&'a Path>,
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
pub fn modules(_t: &str, _f: &Path) -> Vec<PathBuf> {
    vec![]
}
