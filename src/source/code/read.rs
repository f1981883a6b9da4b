//! Reading files that code names, and no others: below a boundary, of bounded size.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Largest file of code that is read: 32 MiB. Resource Manager takes templates up to 4 MB; plans are larger.
pub const MAX_FILE: u64 = 32 << 20;

/// Why a file is not read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The system refuses.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// It lies outside of what is scanned. Where that is differs from machine to machine, so it isn't said.
    #[error(
        "it lies outside of the work tree, or of the folder that is scanned, and files elsewhere are not read"
    )]
    Outside,
    /// It is no plain file.
    #[error("it is not a plain file")]
    NotAFile,
    /// It is too large.
    #[error("it is larger than 32 MiB")]
    TooLarge,
    /// It is no text.
    #[error("it is not UTF-8 text")]
    NotText,
}

/// Texts that are read instead of the files' own, by the files' real paths: what an edit would make of them.
pub type Overlay = Arc<BTreeMap<PathBuf, Arc<str>>>;

/// Reads files below one folder; links are followed only as far as they stay below it.
#[derive(Clone, Debug)]
pub struct Reader {
    boundary: PathBuf,
    overlay: Overlay,
}

impl Reader {
    /// A reader of what lies below `boundary`.
    ///
    /// # Errors
    /// When the folder can't be found.
    pub fn new(boundary: &Path) -> Result<Self, ReadError> {
        Ok(Self { boundary: boundary.canonicalize()?, overlay: Overlay::default() })
    }

    /// The same, with other texts for some files.
    #[must_use]
    pub fn with_overlay(self, overlay: Overlay) -> Self {
        Self { overlay, ..self }
    }

    /// The folder below which is read, as the system names it.
    pub fn boundary(&self) -> &Path {
        &self.boundary
    }

    /// The path as the system names it, if it lies below the boundary.
    ///
    /// # Errors
    /// When it is not there, or lies outside.
    pub fn resolve(&self, path: &Path) -> Result<PathBuf, ReadError> {
        let real = path.canonicalize()?;
        if real.starts_with(&self.boundary) { Ok(real) } else { Err(ReadError::Outside) }
    }

    /// The text of a file.
    ///
    /// # Errors
    /// When it lies outside, is no plain file, is too large, or no text.
    pub fn read(&self, path: &Path) -> Result<Arc<str>, ReadError> {
        let real = self.resolve(path)?;
        if let Some(text) = self.overlay.get(&real) {
            return Ok(Arc::clone(text));
        }
        if !real.metadata()?.is_file() {
            return Err(ReadError::NotAFile);
        }
        let mut bytes = Vec::new();
        if File::open(&real)?.take(MAX_FILE + 1).read_to_end(&mut bytes)? as u64 > MAX_FILE {
            return Err(ReadError::TooLarge);
        }
        String::from_utf8(bytes).map(Arc::from).map_err(|_| ReadError::NotText)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_outside_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("in");
        std::fs::create_dir(&inside).unwrap();
        std::fs::write(folder.path().join("secret"), "s").unwrap();
        std::fs::write(inside.join("a.tf"), "a").unwrap();
        std::fs::write(inside.join("b.tf"), [0xFF]).unwrap();
        std::os::unix::fs::symlink(folder.path().join("secret"), inside.join("link")).unwrap();
        let reader = Reader::new(&inside).unwrap();
        let read = |name: &str| reader.read(&inside.join(name));
        assert_eq!(&*read("a.tf").unwrap(), "a");
        assert!(matches!(read("../secret"), Err(ReadError::Outside)));
        assert!(matches!(read("link"), Err(ReadError::Outside)));
        assert!(matches!(read("."), Err(ReadError::NotAFile)));
        assert!(matches!(read("b.tf"), Err(ReadError::NotText)));
        assert!(matches!(read("none"), Err(ReadError::Io(_))));
    }
}
