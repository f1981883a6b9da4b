//! Which files have changed since a revision, as git has it.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::file::FileId;
use super::node::Content;
use super::resource::{CodeResource, Root};

/// Why git can't say what has changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangedError {
    /// No git.
    #[error("git could not be run: {0}. It is needed to tell what has changed")]
    NoGit(std::io::Error),
    /// Git refuses.
    #[error("git does not say what has changed since `{revision}` in {folder}: {said}")]
    Refused {
        /// The revision.
        revision: String,
        /// Where git was asked.
        folder: String,
        /// What it says.
        said: String,
    },
}

/// The files below the work tree of each path that differ from `revision`, new ones included, by their real
/// paths.
///
/// # Errors
/// When git is not there, or knows no such revision.
pub fn since(revision: &str, paths: &[PathBuf]) -> Result<BTreeSet<PathBuf>, ChangedError> {
    let mut changed = BTreeSet::new();
    for path in paths {
        let real = path.canonicalize().unwrap_or_else(|_| path.clone());
        let folder = if real.is_dir() { real.as_path() } else { real.parent().unwrap_or(Path::new(".")) };
        let ask = |arguments: &[&str]| git(folder, revision, arguments);
        let top = ask(&["rev-parse", "--show-toplevel"])?;
        let top = PathBuf::from(String::from_utf8_lossy(&top).trim_end_matches(['\r', '\n']));
        let diff = ["diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--no-textconv"];
        let differ = ask(&[&diff[..], &["--end-of-options", revision, "--"]].concat())?;
        let new = ask(&["ls-files", "--others", "--exclude-standard", "--full-name", "-z"])?;
        for name in [differ, new].iter().flat_map(|names| names.split(|byte| *byte == 0)) {
            let name = String::from_utf8_lossy(name);
            changed.extend(top.join(name.as_ref()).canonicalize().ok().filter(|real| real.is_file()));
        }
    }
    Ok(changed)
}

/// What git prints. Nothing that the repository configures is run.
fn git(folder: &Path, revision: &str, arguments: &[&str]) -> Result<Vec<u8>, ChangedError> {
    let quiet = ["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"];
    let output = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(quiet)
        .args(arguments)
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("LC_ALL", OsStr::new("C"))
        .output()
        .map_err(ChangedError::NoGit)?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(ChangedError::Refused {
        revision: revision.to_owned(),
        folder: folder.display().to_string(),
        said: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
    })
}

/// The files of a root that are among those that changed.
pub fn files(root: &Root, changed: &BTreeSet<PathBuf>) -> BTreeSet<FileId> {
    let is_changed = |path: &str| Path::new(path).canonicalize().is_ok_and(|path| changed.contains(&path));
    root.files.iter().filter(|(_, file)| is_changed(&file.path)).map(|(id, _)| id).collect()
}

/// Whether a resource is declared in one of the files, or has a value that one of them decides.
pub fn touches(resource: &CodeResource, files: &BTreeSet<FileId>) -> bool {
    let mut open = vec![&resource.body];
    let mut touched = files.contains(&resource.block.file);
    while let (Some(node), false) = (open.pop(), touched) {
        touched = files.contains(&node.span.file);
        match &node.content {
            Content::Array(elements) => open.extend(elements),
            Content::Object(members) => open.extend(members.iter().map(|(_, node)| node)),
            _ => {}
        }
    }
    touched
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn git_says_what_is_new_or_different() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let run = |arguments: &[&str]| {
            let identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
            let output =
                Command::new("git").arg("-C").arg(folder.path()).args(identity).args(arguments).output();
            assert!(output.unwrap().status.success(), "{arguments:?}");
        };
        for name in ["same.tf", "other.tf", "gone.tf"] {
            std::fs::write(at(name), "a").unwrap();
        }
        run(&["init", "-q"]);
        run(&["add", "."]);
        run(&["commit", "-qm", "one"]);
        std::fs::write(at("other.tf"), "b").unwrap();
        std::fs::write(at("new æ.tf"), "c").unwrap();
        std::fs::remove_file(at("gone.tf")).unwrap();
        let changed = since("HEAD", &[at("same.tf")]).unwrap();
        let names: Vec<_> = changed.iter().map(|path| path.file_name().unwrap().to_string_lossy()).collect();
        assert_eq!(names, ["new æ.tf", "other.tf"]);
        for revision in ["nothing", "--output=x"] {
            let error = since(revision, &[folder.path().to_owned()]).unwrap_err();
            assert!(matches!(error, ChangedError::Refused { .. }), "{error}");
        }
        assert!(!at("x").exists());
    }
}
