//! Terraform: a folder's code evaluated into resources in their providers' own terms.

mod budget;
mod configuration;
mod constraint;
mod convert;
mod evaluate;
mod function;
mod library;
mod load;
mod manifest;
pub mod map;
mod number;
mod overrides;
pub mod plan;
mod provider_version;
pub mod read;
pub mod resource;
mod shown;
mod syntax;
#[cfg(test)]
mod tests;
mod value;
mod variable_files;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use self::evaluate::{Evaluator, Expansion, Module};
use self::library::Library;
use self::load::Loader;
use self::resource::{ProviderVersion, TerraformResource};
use self::syntax::Kind;
use crate::source::code::file::Files;
use crate::source::code::read::Reader;
use crate::source::code::resource::Unread;

/// Stack of the thread that evaluates: names that stand for names nest deeper than any stack a caller may have.
const STACK: usize = 64 << 20;

/// What is to be evaluated.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Folder of the root module.
    pub folder: &'a Path,
    /// The folder as it is shown.
    pub shown: &'a str,
    /// What may be read.
    pub reader: &'a Reader,
    /// Files with variables' values, beside those that Terraform finds itself; the last one wins.
    pub variable_files: &'a [PathBuf],
}

/// A root module's resources.
#[derive(Clone, Debug)]
pub struct Evaluated {
    /// All files that were read.
    pub files: Files,
    /// Resources and data sources, of called modules too, in the order of the code.
    pub resources: Vec<TerraformResource>,
    /// Which provider decides defaults.
    pub version: ProviderVersion,
    /// What could not be read or understood.
    pub unread: Vec<Unread>,
    /// What was assumed, for people.
    pub notes: Vec<String>,
}

/// Evaluates a root module and all that it calls. It never fails: what could not be read is in
/// [`Evaluated::unread`].
pub fn evaluate(request: &Request<'_>) -> Evaluated {
    std::thread::scope(|scope| {
        let deep = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, || root(request));
        deep.ok().and_then(|thread| thread.join().ok())
    })
    .unwrap_or_else(|| Evaluated {
        files: Files::default(),
        resources: Vec::new(),
        version: ProviderVersion {
            major: provider_version::NEWEST,
            why: "assumed, nothing is read".to_owned(),
        },
        unread: vec![Unread {
            file: request.shown.to_owned(),
            place: None,
            what: String::new(),
            reason: "the evaluation ended early; this is a defect, please report it".to_owned(),
        }],
        notes: Vec::new(),
    })
}

fn root(request: &Request<'_>) -> Evaluated {
    let mut loader = Loader {
        reader: request.reader,
        root: request.folder.to_path_buf(),
        shown: request.shown,
        files: Files::default(),
        unread: Vec::new(),
    };
    match request.reader.resolve(request.folder) {
        Ok(folder) => loader.root = folder,
        Err(error) => {
            let (file, reason) = (request.shown.to_owned(), error.to_string());
            loader.unread.push(Unread { file, place: None, what: String::new(), reason });
            let version = ProviderVersion {
                major: provider_version::NEWEST,
                why: "assumed, nothing is read".to_owned(),
            };
            let Loader { files, unread, .. } = loader;
            return Evaluated { files, resources: Vec::new(), version, unread, notes: Vec::new() };
        }
    }
    let folder = loader.root.clone();
    let library = Library::load(&folder, &mut loader);
    let given = variable_files::values(&folder, request.variable_files, &mut loader);
    let version = provider_version::decide(&folder, &library, &mut loader);
    let mut notes = vec![format!("defaults are those of azurerm {} ({})", version.major, version.why)];
    let evaluator = Evaluator::new(&library, request.reader, &folder, &given);
    let mut resources = Vec::new();
    let root = library.modules.first().map(|module| Rc::new(Module::new(module, 0, "".into(), None)));
    if let Some(root) = &root {
        collect(&evaluator, Rc::clone(root), &mut loader, &mut resources, &mut notes);
        root.forget();
    }
    for (span, what, why) in evaluator.gaps() {
        loader.unread_at(span, what, why);
    }
    if evaluator.budget.exhausted() {
        let reason = format!(
            "evaluating it takes more than {} steps; what came after that is not known. Scan a plan instead",
            budget::MAX_STEPS
        );
        loader.unread.push(Unread { file: loader.shown(&folder), place: None, what: String::new(), reason });
    }
    drop(evaluator);
    debug_assert!(root.is_none_or(|root| Rc::strong_count(&root) == 1), "a module is held by one below it");
    let Loader { files, unread, .. } = loader;
    Evaluated { files, resources, version, unread, notes }
}

/// All instances: a module's own in the order of the code, then those of the modules it calls.
fn collect<'c>(
    evaluator: &Evaluator<'c>,
    root: Rc<Module<'c>>,
    loader: &mut Loader<'_>,
    resources: &mut Vec<TerraformResource>,
    notes: &mut Vec<String>,
) {
    let mut waiting = vec![root];
    while let Some(module) = waiting.pop() {
        for resource in &module.configuration.resources {
            let address = module.address_of(&resource.address);
            match evaluator.instances(&module, resource) {
                Ok(instances) => {
                    note_unknown(&instances, &address, notes);
                    resources.extend(instances.iter().map(|instance| evaluator.evaluated(instance)));
                }
                Err(failure) => loader.unread_at(resource.block.span, address, failure.reason),
            }
        }
        let mut called = Vec::new();
        for call in &module.configuration.calls {
            let address = module.address_of(&format!("module.{}", call.name));
            match evaluator.children(&module, call) {
                Ok(Some(children)) => {
                    note_unknown(&children, &address, notes);
                    called.extend(children.iter().cloned());
                }
                Ok(None) => {}
                Err(failure) => loader.unread_at(call.block.span, address, failure.reason),
            }
        }
        waiting.extend(called.into_iter().rev());
    }
}

fn note_unknown<T>(instances: &Expansion<T>, address: &str, notes: &mut Vec<String>) {
    if let Expansion::Unknown(_, reason) = instances {
        notes.push(format!(
            "{address}: how many there are is not known, one stands for all of them: it {reason}"
        ));
    }
}

/// Folders that a folder's modules lie in, as the system names them: these are judged as part of who calls
/// them, with what they are given there. A file that can't be read calls nothing.
pub fn called_modules(folder: &Path, reader: &Reader) -> Vec<PathBuf> {
    let mut found = BTreeSet::new();
    let mut loader =
        Loader { reader, root: folder.to_path_buf(), shown: "", files: Files::default(), unread: Vec::new() };
    for name in load::names(folder).unwrap_or_default() {
        let path = folder.join(name);
        if !reader.read(&path).is_ok_and(|text| text.contains("module") && text.contains("source")) {
            continue;
        }
        let Some(body) = loader.configuration(&path) else { continue };
        for block in body.blocks("module") {
            if let Some(Kind::Text(source)) = block.body.attribute("source").map(|source| &source.kind)
                && library::is_local(source)
                && let Ok(target) = reader.resolve(&folder.join(source))
            {
                found.insert(target);
            }
        }
    }
    found.into_iter().collect()
}
