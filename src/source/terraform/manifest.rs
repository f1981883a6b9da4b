//! `.terraform/modules/modules.json`: where `terraform init` put modules from registries and repositories.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::load::Loader;

/// Folders of installed modules, by the path of module names (`network.subnets`).
#[derive(Debug, Default)]
pub struct Manifest(BTreeMap<String, PathBuf>);

#[derive(Deserialize)]
struct File {
    #[serde(rename = "Modules", default)]
    modules: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "Key", default)]
    key: String,
    #[serde(rename = "Dir", default)]
    folder: String,
}

impl Manifest {
    /// The manifest of a root module; empty where there is none. Folders that can't be read are left out.
    pub fn read(root: &Path, loader: &mut Loader<'_>) -> Self {
        let path = root.join(".terraform/modules/modules.json");
        if !path.is_file() {
            return Self::default();
        }
        let parsed = loader
            .reader
            .read(&path)
            .map_err(|error| error.to_string())
            .and_then(|text| serde_json::from_str::<File>(&text).map_err(|error| error.to_string()));
        match parsed {
            Ok(file) => Self(
                file.modules
                    .into_iter()
                    .filter_map(|entry| {
                        let folder = loader.reader.resolve(&root.join(&entry.folder)).ok()?;
                        folder.is_dir().then_some((entry.key, folder))
                    })
                    .collect(),
            ),
            Err(reason) => {
                loader.unread(&path, None, String::new(), reason);
                Self::default()
            }
        }
    }

    /// Where the module of this key lies.
    pub fn folder(&self, key: &str) -> Option<PathBuf> {
        self.0.get(key).cloned()
    }
}
