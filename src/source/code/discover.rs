//! What there is to read below the paths that were named: templates, Bicep files, Terraform folders, plans.
//! Kinds are told by content, and what version control ignores is left out.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use ignore::WalkBuilder;

use super::read::{ReadError, Reader};
use super::resource::Unread;

/// Most files that one run looks at.
const MAX_FILES: usize = 200_000;
/// Most levels of folders.
const MAX_DEPTH: usize = 64;

/// Something to read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    /// Where it lies.
    pub path: PathBuf,
    /// How it is shown: as it was named, with `/`.
    pub shown: String,
    /// The folder below which it was found, as shown; none for a file that was named itself.
    pub below: Option<String>,
    /// What it seems to be.
    pub form: Form,
}

/// What a candidate seems to be, before it is read whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// A folder with Terraform files.
    Terraform,
    /// A Bicep file.
    Bicep,
    /// A JSON file; only its content says more.
    Json,
}

/// What was found, and what could not be looked at.
#[derive(Debug, Default)]
pub struct Found {
    /// In order of their paths.
    pub candidates: Vec<Candidate>,
    /// Folders and files that the system would not show.
    pub unread: Vec<Unread>,
}

/// Looks below `path`.
pub fn discover(path: &Path) -> Found {
    let mut found = Found::default();
    if path.is_dir() {
        walk(path, &mut found);
    } else {
        let form = form_of(path).unwrap_or(Form::Json);
        let (path, form) = match form {
            // A module is all the files of its folder.
            Form::Terraform => (path.parent().map_or_else(PathBuf::new, Path::to_path_buf), form),
            form => (path.to_owned(), form),
        };
        found.candidates.push(Candidate { shown: shown(&path), path, below: None, form });
    }
    found
}

fn walk(folder: &Path, found: &mut Found) {
    let mut terraform = BTreeSet::new();
    let mut number = 0_usize;
    let below = shown(folder);
    let entries = WalkBuilder::new(folder)
        .require_git(false)
        .follow_links(false)
        .max_depth(Some(MAX_DEPTH))
        .sort_by_file_name(Ord::cmp)
        .build();
    for entry in entries {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                found.unread.push(Unread {
                    file: below.clone(),
                    place: None,
                    what: String::new(),
                    reason: format!("{error}; make it readable, or name the folders to scan"),
                });
                continue;
            }
        };
        if !entry.file_type().is_some_and(|kind| kind.is_file()) {
            continue;
        }
        number += 1;
        if number > MAX_FILES {
            found.unread.push(Unread {
                file: below.clone(),
                place: None,
                what: String::new(),
                reason: format!("more than {MAX_FILES} files; name the folders to scan"),
            });
            break;
        }
        let path = entry.path();
        match form_of(path) {
            Some(Form::Terraform) => {
                terraform.extend(path.parent().map(Path::to_path_buf));
            }
            Some(form) => found.candidates.push(Candidate {
                path: path.to_owned(),
                shown: shown(path),
                below: Some(below.clone()),
                form,
            }),
            None => {}
        }
    }
    found.candidates.extend(terraform.into_iter().map(|path| Candidate {
        shown: shown(&path),
        path,
        below: Some(below.clone()),
        form: Form::Terraform,
    }));
    found.candidates.sort();
}

/// By the file's name.
fn form_of(path: &Path) -> Option<Form> {
    let name = path.file_name()?.to_str()?.to_ascii_lowercase();
    let ends = |ending: &str| name.ends_with(ending);
    if ends(".tf") || ends(".tf.json") {
        Some(Form::Terraform)
    } else if ends(".bicep") {
        Some(Form::Bicep)
    } else if ends(".json") || ends(".jsonc") {
        Some(Form::Json)
    } else {
        None
    }
}

/// Whether a file is code, by its name, and a JSON file by what is in it.
pub fn is_code(path: &Path) -> bool {
    match form_of(path) {
        Some(Form::Terraform | Form::Bicep) => true,
        Some(Form::Json) => boundary(path).and_then(|reader| reader.read(path)).is_ok_and(|text| {
            crate::source::terraform::plan::looks_like_plan(&text)
                || crate::source::arm::looks_like_template(&text)
        }),
        None => false,
    }
}

/// A path as it is shown: with `/`, without `.`, relative to the working directory where it lies below it.
pub fn shown(path: &Path) -> String {
    let here = std::env::current_dir().ok();
    let path = here.as_deref().and_then(|here| path.strip_prefix(here).ok()).unwrap_or(path);
    let mut parts: Vec<String> = Vec::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if parts.last().is_some_and(|last| last != "..") => {
                parts.pop();
            }
            Component::ParentDir => parts.push("..".to_owned()),
            Component::RootDir => parts.push(String::new()),
            Component::Prefix(prefix) => parts.push(prefix.as_os_str().to_string_lossy().into_owned()),
            Component::Normal(name) => parts.push(name.to_string_lossy().into_owned()),
        }
    }
    parts.join("/")
}

/// The folder that code may name files in: the work tree in which `path` lies, else the folder itself.
///
/// # Errors
/// When `path` can't be found.
pub fn boundary(path: &Path) -> Result<Reader, ReadError> {
    let real = path.canonicalize()?;
    let folder = if real.is_dir() { real.as_path() } else { real.parent().unwrap_or(&real) };
    let tree = folder.ancestors().find(|above| above.join(".git").exists());
    Reader::new(tree.unwrap_or(folder))
}

/// A candidate's text, or what is to be said of it.
///
/// # Errors
/// When it can't be read.
pub fn text(candidate: &Candidate, reader: &Reader) -> Result<Arc<str>, Unread> {
    reader.read(&candidate.path).map_err(|error| Unread {
        file: candidate.shown.clone(),
        place: None,
        what: String::new(),
        reason: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_found_and_ignored_files_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        };
        let files = ["a/main.tf", "a/b.tf", "m.bicep", "t.json", "n.txt", "out/t.json", ".terraform/x/m.tf"];
        files.into_iter().for_each(write);
        std::fs::write(folder.path().join(".gitignore"), "out/\n").unwrap();
        let found = discover(folder.path());
        let below = shown(folder.path());
        let names: Vec<_> = found
            .candidates
            .iter()
            .map(|one| (one.shown.strip_prefix(&below).unwrap().to_owned(), one.form))
            .collect();
        assert_eq!(
            names,
            [
                ("/a".into(), Form::Terraform),
                ("/m.bicep".into(), Form::Bicep),
                ("/t.json".into(), Form::Json)
            ]
        );
        assert!(found.unread.is_empty());
        let one = discover(&folder.path().join("a/main.tf"));
        assert_eq!(one.candidates[0].path, folder.path().join("a"));
    }

    #[test]
    fn paths_are_shown_as_named() {
        let here = std::env::current_dir().unwrap();
        for (path, expected) in [
            (PathBuf::from("./infra/../x.tf"), "x.tf"),
            (PathBuf::from("."), ""),
            (PathBuf::from("../m/x"), "../m/x"),
            (here.join("infra/main.tf"), "infra/main.tf"),
            (PathBuf::from("/etc/x"), "/etc/x"),
        ] {
            assert_eq!(shown(&path), expected, "{}", path.display());
        }
    }
}
