//! Files whole or not at all: each is written beside its target and then renamed over it.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Component, Path};

use crate::finding::report::{EvidenceFile, Report};

use super::OutputError;
use super::coverage_file::coverage_file;

/// Writes a file whole or not at all: after a failure the target is as it was before. Directories
/// above it are made. A symbolic link is followed, and what is no file (`/dev/stdout`, a named pipe)
/// is written to as it is: a rename would put a file in its place.
pub fn file(path: &Path, text: &str) -> Result<(), OutputError> {
    let failed = |source| OutputError::File { path: path.to_owned(), source };
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    match fs::metadata(&target) {
        Ok(found) if !found.is_file() && !found.is_dir() => fs::write(&target, text).map_err(failed),
        _ => replace(&target, text, Durable::Yes).map_err(failed),
    }
}

/// Writes new texts of files that are there, each with the rights it had. All are written beside their files
/// before the first is put in its place, so that a full disk changes none of them.
pub fn rewrite<'a>(files: impl IntoIterator<Item = (&'a Path, &'a str)>) -> Result<(), OutputError> {
    let mut ready = Vec::new();
    for (path, text) in files {
        let failed = |source| OutputError::File { path: path.to_owned(), source };
        let write = || -> io::Result<tempfile::NamedTempFile> {
            let mut beside = new_file(path.parent().unwrap_or(Path::new(".")))?;
            beside.write_all(text.as_bytes())?;
            beside.as_file().set_permissions(fs::metadata(path)?.permissions())?;
            beside.as_file().sync_data()?;
            Ok(beside)
        };
        ready.push((path, write().map_err(failed)?));
    }
    for (path, beside) in ready {
        beside
            .persist(path)
            .map_err(|error| OutputError::File { path: path.to_owned(), source: error.error })?;
    }
    Ok(())
}

/// Whether a file has to outlive a power cut. Syncing thousands of evidence files takes minutes on
/// slow disks, and the next scan writes them again.
#[derive(Clone, Copy, PartialEq)]
enum Durable {
    Yes,
    No,
}

fn replace(target: &Path, text: &str, durable: Durable) -> io::Result<()> {
    let directory = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(directory)?;
    let mut beside = new_file(directory)?;
    beside.write_all(text.as_bytes())?;
    if durable == Durable::Yes {
        beside.as_file().sync_data()?;
    }
    beside.persist(target)?;
    Ok(())
}

/// A temporary file with the rights of any new file, not of a private one: a report is there to be
/// read by the next step of a pipeline.
fn new_file(directory: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".skytjek-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(directory)
}

/// Writes to standard output. A reader that went away is an error of its own, so that the caller can
/// choose the exit code.
pub fn stdout(text: &str) -> Result<(), OutputError> {
    to_stream(&mut io::stdout().lock(), text)
}

fn to_stream(stream: &mut impl io::Write, text: &str) -> Result<(), OutputError> {
    stream.write_all(text.as_bytes()).and_then(|()| stream.flush()).map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => OutputError::ClosedPipe,
        _ => OutputError::Stdout(error),
    })
}

/// Writes a report's evidence, and the list of what was not read, below `directory`.
///
/// Files of an earlier scan and of others stay: the directory may be shared, and no result points at
/// a stale file. Symbolic links below the directory are refused.
pub fn evidence(directory: &Path, report: &Report) -> Result<(), OutputError> {
    for (path, file) in &report.evidence {
        below(directory, path, file)?;
    }
    match coverage_file(report)? {
        Some(coverage) => below(directory, coverage.path, &coverage.file),
        None => Ok(()),
    }
}

/// Writes a page of documentation whole or not at all; it can be made again, so nothing waits for the disk.
pub fn page(path: &Path, text: &str) -> Result<(), OutputError> {
    replace(path, text, Durable::No).map_err(|source| OutputError::File { path: path.to_owned(), source })
}

fn below(directory: &Path, path: &str, evidence: &EvidenceFile) -> Result<(), OutputError> {
    let relative = Path::new(path);
    let stays_below = relative.components().all(|component| matches!(component, Component::Normal(_)));
    if path.is_empty() || !stays_below {
        return Err(OutputError::OutsideDirectory(directory.join(relative)));
    }
    let mut target = directory.to_owned();
    for component in relative.components() {
        target.push(component);
        if fs::symlink_metadata(&target).is_ok_and(|found| found.is_symlink()) {
            return Err(OutputError::OutsideDirectory(target));
        }
    }
    replace(&target, &evidence.text, Durable::No).map_err(|source| OutputError::File { path: target, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evidence_file(text: &str) -> EvidenceFile {
        EvidenceFile { text: text.into(), sha256: String::new(), resource: String::new() }
    }

    fn names(directory: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_replaced_whole_and_nothing_else_is_left() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("deep/report.json");
        file(&path, "one").unwrap();
        file(&path, "two").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(names(path.parent().unwrap()), ["report.json"]);
    }

    #[test]
    fn after_a_failure_nothing_is_left_behind() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("taken");
        fs::create_dir_all(path.join("full")).unwrap();
        assert!(matches!(file(&path, "x"), Err(OutputError::File { .. })));
        assert_eq!(names(directory.path()), ["taken"]);
        assert!(file(Path::new("/dev/null/x"), "x").is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_followed_and_a_device_stays_one() {
        let directory = tempfile::tempdir().unwrap();
        let (real, link) = (directory.path().join("real"), directory.path().join("link"));
        fs::write(&real, "old").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        file(&link, "new").unwrap();
        assert_eq!(fs::read_to_string(&real).unwrap(), "new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());

        let device = directory.path().join("device");
        std::os::unix::fs::symlink("/dev/null", &device).unwrap();
        file(&device, "x").unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }

    #[test]
    fn a_closed_pipe_is_told_from_other_failures() {
        struct Failing(io::ErrorKind);
        impl io::Write for Failing {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(self.0.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let to = |kind| to_stream(&mut Failing(kind), "x");
        assert!(matches!(to(io::ErrorKind::BrokenPipe), Err(OutputError::ClosedPipe)));
        assert!(matches!(to(io::ErrorKind::StorageFull), Err(OutputError::Stdout(_))));
    }

    #[test]
    fn evidence_stays_in_its_directory_and_leaves_other_files_alone() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("evidence");
        fs::create_dir_all(&root).unwrap();
        fs::write(root.join("mine.txt"), "mine").unwrap();
        let body = evidence_file("{}\n");
        below(&root, "azure/s/g/t/n.json", &body).unwrap();
        below(&root, "azure/s/g/t/n.json", &body).unwrap();
        assert_eq!(fs::read_to_string(root.join("azure/s/g/t/n.json")).unwrap(), "{}\n");
        assert_eq!(names(&root), ["azure", "mine.txt"]);
        for path in ["../out.json", "/out.json", "a/../../out.json", "", "."] {
            assert!(matches!(below(&root, path, &body), Err(OutputError::OutsideDirectory(_))), "{path}");
        }
        assert_eq!(names(directory.path()), ["evidence"]);
    }

    #[test]
    fn a_report_writes_what_its_locations_name() {
        let directory = tempfile::tempdir().unwrap();
        let report = crate::output::sample::small();
        evidence(directory.path(), &report).unwrap();
        for row in &report.results {
            let location = row.location.as_ref().unwrap();
            assert!(directory.path().join(&location.file).is_file(), "{}", location.file);
        }
        assert!(directory.path().join("azure/coverage.json").is_file());
    }

    #[cfg(unix)]
    #[test]
    fn evidence_follows_no_symbolic_link() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("evidence");
        let outside = directory.path().join("outside");
        fs::create_dir_all(&root).unwrap();
        fs::create_dir_all(&outside).unwrap();
        std::os::unix::fs::symlink(&outside, root.join("azure")).unwrap();
        let body = evidence_file("{}\n");
        assert!(below(&root, "azure/s.json", &body).is_err());
        assert!(names(&outside).is_empty());
    }
}
