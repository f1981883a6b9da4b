//! Templates that others link to, read before anything is evaluated.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use super::template::{Declaration, Inner, Template};
use crate::source::code::file::Files;
use crate::source::code::resource::Unread;

/// Most linked templates of one root.
const MAX_LINKED: usize = 2_000;

/// Reads a template that another one links to, whatever its language.
pub trait Load {
    /// The template in the file `path`. The text goes into `files`, what can't be read of it into `unread`.
    ///
    /// # Errors
    /// Why there is no template, for people, ending a sentence that begins with "the template": `lies
    /// outside of …`, `is no valid JSON: …`.
    fn load(&mut self, path: &Path, files: &mut Files, unread: &mut Vec<Unread>) -> Result<Template, String>;
}

/// All linked templates of a root, by path.
#[derive(Debug, Default)]
pub(super) struct Library {
    /// The root's own file.
    root: PathBuf,
    templates: BTreeMap<PathBuf, Result<Template, String>>,
}

impl Library {
    /// Reads all templates that `root` links to, and those that they link to; `path` is its file.
    pub fn read(
        root: &Template,
        path: &Path,
        load: &mut dyn Load,
        files: &mut Files,
        unread: &mut Vec<Unread>,
    ) -> Self {
        let mut library = Self { root: normal(path), templates: BTreeMap::new() };
        let mut open = Vec::new();
        links(root, &mut open);
        open.reverse();
        while let Some(path) = open.pop() {
            if path == library.root || library.templates.contains_key(&path) {
                continue;
            }
            let loaded = if library.templates.len() < MAX_LINKED {
                load.load(&path, files, unread)
            } else {
                Err("is one of more than 2,000 linked templates".to_owned())
            };
            if let Ok(template) = &loaded {
                let from = open.len();
                links(template, &mut open);
                open.get_mut(from..).unwrap_or_default().reverse();
            }
            library.templates.insert(path, loaded);
        }
        library
    }

    /// The template that a link leads to.
    pub fn get(&self, path: &str, from: &Path) -> Result<&Template, &str> {
        let path = linked(path, from);
        if path == self.root {
            return Err("deploys itself");
        }
        match self.templates.get(&path) {
            Some(Ok(template)) => Ok(template),
            Some(Err(reason)) => Err(reason),
            None => Err("was not read"),
        }
    }
}

/// The file that `path` means in the file `from`.
pub fn linked(path: &str, from: &Path) -> PathBuf {
    normal(&from.parent().unwrap_or(Path::new("")).join(path))
}

/// A path without `.` and without `..` where what stands before is known.
fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(out.components().next_back(), Some(Component::Normal(_))) => {
                out.pop();
            }
            _ => out.push(part),
        }
    }
    out
}

/// How a file of a root is shown, whose first file is `root`, shown as `shown`.
pub fn shown_path(root: &Path, shown: &str, path: &Path) -> String {
    let (root, path) = (normal(root), normal(path));
    if root == path {
        return shown.to_owned();
    }
    let folder: Vec<Component<'_>> = root.parent().unwrap_or(Path::new("")).components().collect();
    let parts: Vec<Component<'_>> = path.components().collect();
    let same = folder.iter().zip(&parts).take_while(|(one, two)| one == two).count();
    let mut out: Vec<String> = shown.split('/').map(str::to_owned).collect();
    out.pop();
    for _ in same..folder.len() {
        match out.last().map(String::as_str) {
            None | Some("..") => out.push("..".to_owned()),
            Some(_) => {
                out.pop();
            }
        }
    }
    out.extend(parts.iter().skip(same).map(|part| part.as_os_str().to_string_lossy().into_owned()));
    out.join("/")
}

fn links(template: &Template, out: &mut Vec<PathBuf>) {
    template.resources.iter().for_each(|declaration| links_of(declaration, out));
}

fn links_of(declaration: &Declaration, out: &mut Vec<PathBuf>) {
    declaration.children.iter().for_each(|child| links_of(child, out));
    match declaration.nested.as_deref().map(|nested| &nested.template) {
        Some(Inner::Here(template)) => links(template, out),
        Some(Inner::Linked { path, from }) => out.push(linked(path, from)),
        Some(Inner::Elsewhere(_)) | None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_shown_as_the_root_is() {
        for (root, shown, path, expected) in [
            ("/r/infra/main.json", "infra/main.json", "/r/modules/x.json", "modules/x.json"),
            ("/r/infra/main.json", "infra/main.json", "/r/infra/sub/../x.json", "infra/x.json"),
            ("/r/main.json", "main.json", "/r/a/x.json", "a/x.json"),
            ("/r/main.json", "main.json", "/x.json", "../x.json"),
            ("infra/main.json", "infra/main.json", "../x.json", "../x.json"),
        ] {
            assert_eq!(shown_path(Path::new(root), shown, Path::new(path)), expected, "{path}");
        }
    }

    #[test]
    fn links_start_at_the_file_that_names_them() {
        assert_eq!(linked("../x/./y.json", Path::new("/a/b/main.json")), Path::new("/a/x/y.json"));
    }
}
