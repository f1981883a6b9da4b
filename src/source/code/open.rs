//! Reading all code below the paths that were named, in parallel, in an order that only depends on the paths.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use super::body::body;
use super::changed;
use super::discover::{self, Candidate, Form, discover};
use super::edit;
use super::file::{FileId, SourceFile};
use super::locate;
use super::read::{Overlay, ReadError, Reader};
use super::resource::{CodeResource, Language, Root, Unread};
use super::settings;
use crate::finding::report::Edit;
use crate::inventory::coverage::{Coverage, CoverageEntry, CoverageState};
use crate::inventory::index::{BodyRef, Builder};
use crate::inventory::reads::Reads;
use crate::source::terraform::plan::{self, Plan};
use crate::source::{arm, bicep, terraform};

/// Files that say more than the code itself.
#[derive(Clone, Debug, Default)]
pub struct CodeOptions {
    /// Parameters of a template or Bicep file; without it, those beside the file.
    pub parameter_file: Option<PathBuf>,
    /// Values of Terraform's variables.
    pub variable_files: Vec<PathBuf>,
    /// Where the sources of a plan lie.
    pub terraform_folder: Option<PathBuf>,
    /// Whether resources of a plan that don't change are judged.
    pub all_resources: bool,
    /// Texts that stand for those of files, by their real paths.
    pub overlay: Overlay,
    /// Whether every JSON file is one of code; without it, files that seem to be none are left alone.
    pub strict: bool,
}

/// Why no code can be read.
#[derive(Debug, thiserror::Error)]
pub enum CodeError {
    /// The path can't be read.
    #[error("{path}: {error}", path = path.display())]
    Path {
        /// The path.
        path: PathBuf,
        /// Why.
        error: ReadError,
    },
    /// There is no code.
    #[error(
        "{0} holds no ARM template, Bicep file, Terraform code or plan, and no snapshot. Name a folder or a file that does"
    )]
    Nothing(String),
}

/// All code of one run.
#[derive(Debug)]
pub struct Code {
    /// Roots in order of their paths.
    roots: Vec<Root>,
    /// Where each resource lies, by the number that its [`BodyRef`] carries.
    places: Vec<(usize, usize)>,
    /// Files and folders that gave no root.
    unread: Vec<Unread>,
    location: String,
    /// Numbers of resources that are only there for others to refer to.
    bystanders: BTreeSet<usize>,
    /// Resources of which not everything that is read can be known from their blocks, by their number.
    completed: OnceLock<BTreeMap<usize, CodeResource>>,
}

impl Code {
    /// Reads everything below `paths`.
    ///
    /// # Errors
    /// When a path can't be read or nothing below it is code.
    pub fn open(paths: &[PathBuf], options: &CodeOptions) -> Result<Self, CodeError> {
        let mut jobs = Vec::new();
        let mut unread = Vec::new();
        for path in paths {
            let reader = discover::boundary(path)
                .map_err(|error| CodeError::Path { path: path.clone(), error })?
                .with_overlay(Arc::clone(&options.overlay));
            let found = discover(path);
            unread.extend(found.unread);
            let called = called(&found.candidates, &reader);
            let own = found.candidates.into_iter().filter(|candidate| {
                candidate.below.is_none()
                    || reader.resolve(&candidate.path).map_or(true, |real| !called.contains(&real))
            });
            jobs.extend(own.map(|candidate| Job { candidate, reader: reader.clone() }));
        }
        jobs.sort_by(|one, two| one.candidate.cmp(&two.candidate));
        jobs.dedup_by(|one, two| one.candidate == two.candidate);
        // Of each root the addresses that nobody judges: other roots may have the same.
        let (mut roots, mut unchanged) = (Vec::new(), Vec::new());
        for outcome in in_parallel(&jobs, |job| job.read(options)) {
            match outcome {
                Outcome::Root(root) => {
                    roots.push(*root);
                    unchanged.push(BTreeSet::new());
                }
                Outcome::Plan(mut plan) => {
                    if options.all_resources {
                        plan.unchanged.clear();
                    }
                    if !plan.unchanged.is_empty() {
                        let count = plan.unchanged.len();
                        let note = format!("{count} unchanged resources are not judged (--all-resources)");
                        plan.root.notes.push(note);
                    }
                    roots.push(plan.root);
                    unchanged.push(plan.unchanged);
                }
                Outcome::Unread(gap) => unread.push(gap),
                Outcome::NoCode => {}
            }
        }
        let location = paths.iter().map(|path| shown_or_dot(path)).collect::<Vec<_>>().join(", ");
        if roots.is_empty() && unread.is_empty() {
            return Err(CodeError::Nothing(location));
        }
        for root in &mut roots {
            settings::complete(&mut root.resources);
        }
        let mut places = Vec::new();
        let mut bystanders = BTreeSet::new();
        for (number, (root, unchanged)) in roots.iter().zip(&unchanged).enumerate() {
            for (at, resource) in root.resources.iter().enumerate() {
                // Settings that Azure makes with a resource are as unchanged as it is.
                let address = resource.address.as_str();
                let mut wholes = address.match_indices('/').filter_map(|(end, _)| address.get(..end));
                if unchanged.contains(address) || wholes.any(|whole| unchanged.contains(whole)) {
                    bystanders.insert(places.len());
                }
                places.push((number, at));
            }
        }
        unique_addresses(&mut roots);
        Ok(Self { roots, places, unread, location, bystanders, completed: OnceLock::new() })
    }

    /// What was read, as it was named.
    pub fn location(&self) -> &str {
        &self.location
    }

    /// The one language of all roots; none when there are several.
    pub fn language(&self) -> Option<Language> {
        let first = self.roots.first()?.language;
        self.roots.iter().all(|root| root.language == first).then_some(first)
    }

    /// What was assumed, for people.
    pub fn notes(&self) -> Vec<String> {
        let notes = |root: &Root| {
            let path = if root.path.is_empty() { ".".to_owned() } else { root.path.clone() };
            root.notes.iter().map(move |note| format!("{path}: {note}")).collect::<Vec<_>>()
        };
        self.roots.iter().flat_map(notes).collect()
    }

    /// The roots.
    pub fn roots(&self) -> &[Root] {
        &self.roots
    }

    /// All files that were read, each once.
    pub fn files(&self) -> impl Iterator<Item = &SourceFile> {
        let mut seen = BTreeSet::new();
        self.roots
            .iter()
            .flat_map(|root| root.files.iter().map(|(_, file)| file))
            .filter(move |file| seen.insert(file.path.clone()))
    }

    /// Adds every resource, and returns the coverage: an entry for everything that could not be read. What
    /// `reads` names and a provider's block can't say is unknown from then on.
    pub fn fill(&self, builder: &mut Builder, reads: &Reads) -> Coverage {
        self.completed.get_or_init(|| self.complete(reads));
        let mut coverage = Coverage::default();
        for number in 0..self.places.len() {
            let Some((_, resource)) = self.numbered(number) else { continue };
            let at = BodyRef { file: 0, offset: number as u64, length: 0 };
            if let Err(error) = builder.add_code(body(resource).as_bytes(), at, &resource.address) {
                coverage.add(entry(&self.unread_resource(number, &error.to_string())));
            }
        }
        for gap in self.roots.iter().flat_map(|root| &root.unread).chain(&self.unread) {
            coverage.add(entry(gap));
        }
        coverage
    }

    fn complete(&self, reads: &Reads) -> BTreeMap<usize, CodeResource> {
        let mut completed = BTreeMap::new();
        for (number, (root, at)) in self.places.iter().enumerate() {
            let found = self.roots.get(*root).and_then(|root| Some((root, root.resources.get(*at)?)));
            let Some((root, resource)) = found else { continue };
            let Some(read) = reads.of(&resource.kind) else { continue };
            let is_mapped = matches!(root.language, Language::Terraform | Language::Plan);
            if !is_mapped && read.set_by_azure.is_empty() {
                continue;
            }
            let mut resource = resource.clone();
            for path in &read.set_by_azure {
                settings::leave_to_azure(&mut resource, path);
            }
            if is_mapped {
                terraform::map::complete(&mut resource, &read.paths);
            }
            completed.insert(number, resource);
        }
        completed
    }

    fn numbered(&self, number: usize) -> Option<(&Root, &CodeResource)> {
        let (root, at) = self.places.get(number)?;
        let root = self.roots.get(*root)?;
        let completed = self.completed.get().and_then(|completed| completed.get(&number));
        Some((root, completed.or_else(|| root.resources.get(*at))?))
    }

    fn unread_resource(&self, number: usize, reason: &str) -> Unread {
        let (file, place, what) = self.numbered(number).map_or_else(Default::default, |(root, resource)| {
            let file = root.files.get(resource.block.file).map(|file| file.path.clone());
            let place = root.files.place(resource.block.file, resource.block.start);
            (file.unwrap_or_default(), Some(place), resource.address.clone())
        });
        Unread { file, place, what, reason: reason.to_owned() }
    }

    /// The root and the resource of a body.
    pub fn at(&self, at: BodyRef) -> Option<(&Root, &CodeResource)> {
        self.numbered(usize::try_from(at.offset).ok()?)
    }

    /// A resource's body as the inventory read it.
    pub fn body(&self, at: BodyRef) -> Vec<u8> {
        self.at(at).map(|(_, resource)| body(resource).into_bytes()).unwrap_or_default()
    }

    /// Numbers of the resources that the files declare or decide; the files by their real paths.
    pub fn touched(&self, changed: &BTreeSet<PathBuf>) -> BTreeSet<u64> {
        let files: Vec<BTreeSet<FileId>> =
            self.roots.iter().map(|root| changed::files(root, changed)).collect();
        let is_touched = |(_, (root, at)): &(u64, &(usize, usize))| {
            let resource = self.roots.get(*root).and_then(|root| root.resources.get(*at));
            let files = files.get(*root);
            resource.zip(files).is_some_and(|(resource, files)| changed::touches(resource, files))
        };
        (0..).zip(&self.places).filter(is_touched).map(|(number, _)| number).collect()
    }

    /// Whether a resource is judged, and not only there for others to refer to.
    pub fn is_judged(&self, at: BodyRef) -> bool {
        usize::try_from(at.offset).is_ok_and(|number| !self.bystanders.contains(&number))
    }

    /// Where a property of a resource stands; of a nested child, `nested` is its place in its parent.
    pub fn locate(&self, at: BodyRef, nested: Option<(usize, usize)>, path: &str) -> Option<locate::Found> {
        let (root, resource) = self.at(at)?;
        Some(locate::find(root, resource, nested, path))
    }

    /// The edits that set properties of a resource; none when one of them can't be set by an edit.
    pub fn edits(
        &self,
        at: BodyRef,
        nested: Option<(usize, usize)>,
        set: &BTreeMap<String, serde_json::Value>,
    ) -> Vec<Edit> {
        let Some((root, resource)) = self.at(at).filter(|(root, _)| root.language != Language::Plan) else {
            return Vec::new();
        };
        let edit = |(path, value): (&String, &serde_json::Value)| {
            let found = locate::find(root, resource, nested, path);
            let replacement = edit::set(&root.files, &found, value)?;
            Some(Edit { at: locate::location(&root.files, replacement.span), text: replacement.text })
        };
        set.iter().map(edit).collect::<Option<Vec<_>>>().unwrap_or_default()
    }
}

/// One thing to read.
struct Job {
    candidate: Candidate,
    reader: Reader,
}

enum Outcome {
    Root(Box<Root>),
    Plan(Box<Plan>),
    Unread(Unread),
    NoCode,
}

impl Job {
    fn read(&self, options: &CodeOptions) -> Outcome {
        let Self { candidate, reader } = self;
        let (path, shown) = (candidate.path.as_path(), candidate.shown.as_str());
        let parameter_file = options.parameter_file.as_deref();
        let root = match candidate.form {
            Form::Terraform => terraform::read::read(&terraform::read::Request {
                folder: path,
                shown,
                prefix: &self.prefix(),
                reader,
                variable_files: &options.variable_files,
            }),
            Form::Bicep => bicep::read(&bicep::Request { path, shown, reader, parameter_file }),
            Form::Json => {
                let text = match discover::text(candidate, reader) {
                    Ok(text) => text,
                    Err(gap) if candidate.below.is_none() || options.strict => return Outcome::Unread(gap),
                    // Not text, or too large: no code that was meant for us.
                    Err(_) => return Outcome::NoCode,
                };
                if plan::looks_like_plan(&text) {
                    let terraform_dir = options.terraform_folder.as_deref();
                    let request = plan::Request { path, shown, reader, terraform_dir };
                    return Outcome::Plan(Box::new(plan::read(&request)));
                }
                if !options.strict && !arm::looks_like_template(&text) {
                    return Outcome::NoCode;
                }
                arm::read(&arm::Request { path, shown, reader, parameter_file })
            }
        };
        Outcome::Root(Box::new(root))
    }

    /// What tells the addresses of one Terraform root from those of another below the same folder.
    fn prefix(&self) -> String {
        let Candidate { shown, below: Some(below), .. } = &self.candidate else { return String::new() };
        match shown.strip_prefix(below.as_str()).unwrap_or(shown).trim_matches('/') {
            "" => String::new(),
            inner => format!("{inner}#"),
        }
    }
}

/// Files and folders that others call as their modules: they are judged with the values that callers give.
fn called(candidates: &[Candidate], reader: &Reader) -> BTreeSet<PathBuf> {
    let mut called = BTreeSet::new();
    for candidate in candidates {
        let modules = match candidate.form {
            Form::Terraform => terraform::called_modules(&candidate.path, reader),
            Form::Bicep => discover::text(candidate, reader)
                .map(|text| bicep::modules(&text))
                .unwrap_or_default()
                .iter()
                .map(|module| candidate.path.parent().unwrap_or(Path::new("")).join(module))
                .collect(),
            Form::Json => Vec::new(),
        };
        let own = reader.resolve(&candidate.path).ok();
        called.extend(
            modules
                .iter()
                .filter_map(|path| reader.resolve(path).ok())
                .filter(|path| own.as_ref() != Some(path)),
        );
    }
    called
}

/// Runs `work` over all of `jobs` on all cores; results come in the order of the jobs.
fn in_parallel<J: Sync, R: Send>(jobs: &[J], work: impl Fn(&J) -> R + Sync) -> Vec<R> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(jobs.len());
    if workers <= 1 {
        return jobs.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(jobs.len()));
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(job) = jobs.get(at) else { break };
                    let result = work(job);
                    done.lock().unwrap_or_else(PoisonError::into_inner).push((at, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Addresses are identities: where two resources of a run have the same, the later ones are numbered.
fn unique_addresses(roots: &mut [Root]) {
    let mut seen: HashMap<Arc<str>, usize> = HashMap::new();
    for resource in roots.iter_mut().flat_map(|root| &mut root.resources) {
        let number = seen.entry(resource.address.as_str().into()).or_insert(0);
        *number += 1;
        if *number > 1 {
            resource.address = format!("{}#{number}", resource.address);
        }
    }
}

/// What could not be read, as coverage.
fn entry(gap: &Unread) -> CoverageEntry {
    let place = gap.place.map(|place| format!(":{}:{}", place.line, place.column)).unwrap_or_default();
    let read = if gap.what.is_empty() { "file" } else { gap.what.as_str() };
    CoverageEntry {
        code: Some("Unreadable".into()),
        message: Some(gap.reason.clone()),
        ..CoverageEntry::new(format!("{}{place}", gap.file), read, CoverageState::Failed)
    }
}

fn shown_or_dot(path: &Path) -> String {
    match discover::shown(path) {
        shown if shown.is_empty() => ".".to_owned(),
        shown => shown,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const GROUP: &str =
        "resource \"azurerm_resource_group\" \"a\" {\n  name = \"a\"\n  location = \"x\"\n}\n";

    fn job(shown: &str, below: Option<&str>) -> Job {
        let candidate = Candidate {
            path: PathBuf::from(shown),
            shown: shown.to_owned(),
            below: below.map(str::to_owned),
            form: Form::Terraform,
        };
        Job { candidate, reader: Reader::new(Path::new(".")).unwrap() }
    }

    #[test]
    fn roots_below_a_folder_are_told_apart_by_their_folders() {
        for (shown, below, expected) in [
            ("infra", None, ""),
            ("infra", Some("infra"), ""),
            ("", Some(""), ""),
            ("envs/prod", Some(""), "envs/prod#"),
            ("infra/envs/prod", Some("infra"), "envs/prod#"),
        ] {
            assert_eq!(job(shown, below).prefix(), expected, "{shown} below {below:?}");
        }
    }

    #[test]
    fn a_folder_that_is_named_holds_its_roots() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["one", "two"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
            std::fs::write(folder.path().join(name).join("main.tf"), GROUP).unwrap();
        }
        let code = Code::open(&[folder.path().to_owned()], &CodeOptions::default()).unwrap();
        let mut addresses: Vec<&str> =
            code.roots.iter().flat_map(|root| &root.resources).map(|one| one.address.as_str()).collect();
        addresses.sort_unstable();
        assert_eq!(
            addresses,
            ["terraform:one#azurerm_resource_group.a", "terraform:two#azurerm_resource_group.a"]
        );
    }

    /// A plan that does `action` to a storage account.
    fn plan(action: &str) -> String {
        let values = json!({"name": "a", "resource_group_name": "g", "location": "x"});
        let resource = json!({
            "address": "azurerm_storage_account.a", "mode": "managed", "type": "azurerm_storage_account",
            "name": "a", "provider_name": "registry.terraform.io/hashicorp/azurerm", "values": values,
        });
        let change = json!({
            "address": "azurerm_storage_account.a", "mode": "managed", "type": "azurerm_storage_account",
            "name": "a", "change": {"actions": [action], "before": null, "after": values},
        });
        json!({
            "format_version": "1.2", "terraform_version": "1.9.0",
            "planned_values": {"root_module": {"resources": [resource]}},
            "resource_changes": [change], "configuration": {"root_module": {}},
        })
        .to_string()
    }

    #[test]
    fn what_one_plan_leaves_alone_another_may_change() {
        for (first, second) in [("no-op", "update"), ("update", "no-op")] {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join("1.json"), plan(first)).unwrap();
            std::fs::write(folder.path().join("2.json"), plan(second)).unwrap();
            let code = Code::open(&[folder.path().to_owned()], &CodeOptions::default()).unwrap();
            for number in 0..code.places.len() {
                let at = BodyRef { file: 0, offset: number as u64, length: 0 };
                let (root, resource) = code.at(at).unwrap();
                // The account's services go with it.
                let is_changed = root.path.ends_with(if first == "update" { "1.json" } else { "2.json" });
                assert_eq!(code.is_judged(at), is_changed, "{first}, {second}: {}", resource.address);
            }
            assert!(code.places.len() >= 4, "{}", code.places.len());
        }
    }
}
