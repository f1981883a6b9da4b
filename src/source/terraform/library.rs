//! All modules that a root module calls, each read once.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::configuration::{Call, Configuration};
use super::load::Loader;
use super::manifest::Manifest;
use super::syntax::Kind;

/// Most modules of one root.
const MAX_MODULES: usize = 1_000;

/// Modules; the first is the root.
#[derive(Debug, Default)]
pub struct Library {
    /// The modules in the order in which they were found.
    pub modules: Vec<Configuration>,
}

impl Library {
    /// Reads a folder and all that it calls.
    pub fn load(folder: &Path, loader: &mut Loader<'_>) -> Self {
        let manifest = Manifest::read(folder, loader);
        let mut own = Self::default();
        let mut keys = vec![String::new()];
        let mut found = HashMap::from([(folder.to_path_buf(), 0)]);
        own.modules.push(loader.folder(folder));
        let mut at = 0;
        while let Some(module) = own.modules.get_mut(at) {
            let key = keys.get(at).cloned().unwrap_or_default();
            let (from, mut calls) = (module.folder.clone(), std::mem::take(&mut module.calls));
            for call in &mut calls {
                let call_key =
                    if key.is_empty() { call.name.clone() } else { format!("{key}.{}", call.name) };
                let target = target(call, &from, manifest.folder(&call_key), loader);
                call.target = target.and_then(|folder| match found.get(&folder) {
                    Some(index) => Ok(*index),
                    None if own.modules.len() >= MAX_MODULES => {
                        Err(format!("there are more than {MAX_MODULES} modules"))
                    }
                    None => {
                        found.insert(folder.clone(), own.modules.len());
                        own.modules.push(loader.folder(&folder));
                        keys.push(call_key);
                        Ok(own.modules.len() - 1)
                    }
                });
                if let Err(reason) = &call.target {
                    loader.unread_at(call.block.span, format!("module.{}", call.name), reason.clone());
                }
            }
            if let Some(module) = own.modules.get_mut(at) {
                module.calls = calls;
            }
            at += 1;
        }
        own
    }
}

/// The folder of the module that is called.
fn target(
    call: &Call,
    from: &Path,
    installed: Option<PathBuf>,
    loader: &Loader<'_>,
) -> Result<PathBuf, String> {
    let source = match call.block.body.attribute("source").map(|value| &value.kind) {
        Some(Kind::Text(source)) => source,
        Some(_) => return Err("its source is not plain text".to_owned()),
        None => return Err("it has no source".to_owned()),
    };
    if is_local(source) {
        let folder = from.join(source);
        return match loader.reader.resolve(&folder) {
            Ok(folder) if folder.is_dir() => Ok(folder),
            Ok(_) => Err(format!("its source '{source}' is not a folder")),
            Err(error) => Err(format!("its source '{source}' is not read: {error}")),
        };
    }
    installed.ok_or_else(|| {
        format!("its source '{source}' is not in this directory; run 'terraform init' before the scan, or scan a plan")
    })
}

/// Whether a module's source is a folder beside the caller.
pub fn is_local(source: &str) -> bool {
    source == "." || source == ".." || source.starts_with("./") || source.starts_with("../")
}

/// Whether a call's module is not there, and need not be: it comes from a registry or from git.
pub fn is_elsewhere(call: &Call) -> bool {
    let source = call.block.body.attribute("source").map(|value| &value.kind);
    call.target.is_err() && matches!(source, Some(Kind::Text(source)) if !is_local(source))
}

/// What a module call loses when its module isn't there, for values that come from it.
pub fn missing(call: &Call) -> Option<String> {
    let reason = call.target.as_ref().err()?;
    Some(format!("depends on module '{}', which is not read: {reason}", call.name))
}
