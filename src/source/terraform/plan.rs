//! shim
use super::super::code::{file::Files, read::Reader, resource::*};
use std::path::Path;
/// shim
pub struct Request<'a> {
    /** s */
    pub path: &'a Path,
    /** s */
    pub shown: &'a str,
    /** s */
    pub reader: &'a Reader,
    /** s */
    pub terraform_dir: Option<&'a Path>,
    /** s */
    pub all_resources: bool,
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
        origins: std::collections::BTreeMap::new(),
    }
}
/// shim
pub fn looks_like_plan(_t: &str) -> bool {
    false
}
