//! Files that give the root's variables their values, the later ones winning.
//! <https://developer.hashicorp.com/terraform/language/values/variables#variable-definition-precedence>

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::load::Loader;
use super::syntax::Expression;

/// Values by name: `terraform.tfvars`, `*.auto.tfvars`, then the files given.
pub fn values(root: &Path, given: &[PathBuf], loader: &mut Loader<'_>) -> BTreeMap<String, Expression> {
    let mut paths: Vec<PathBuf> = ["terraform.tfvars", "terraform.tfvars.json"]
        .into_iter()
        .map(|name| root.join(name))
        .filter(|path| path.is_file())
        .collect();
    paths.extend(automatic(root));
    paths.extend(given.iter().cloned());
    let mut values = BTreeMap::new();
    for path in paths {
        let Some(body) = loader.variables(&path) else { continue };
        values.extend(body.attributes.into_iter().map(|attribute| (attribute.name, attribute.value)));
    }
    values
}

fn automatic(root: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(root) else { return Vec::new() };
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".auto.tfvars") || name.ends_with(".auto.tfvars.json"))
        .collect();
    names.sort();
    names.into_iter().map(|name| root.join(name)).collect()
}
