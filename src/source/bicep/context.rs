//! What the reading of one root shares: files, what could not be read, and what may still be read.

use std::path::Path;
use std::sync::Arc;

use super::unit::Unit;
use crate::source::arm::library::shown_path;
use crate::source::code::file::{FileId, Files, Span};
use crate::source::code::read::Reader;
use crate::source::code::resource::Unread;

/// Most text that the files of one template may have in all, in bytes.
pub const MAX_BYTES: usize = 64 << 20;

/// Most messages about one template; one with more is wrong as a whole.
const MAX_UNREAD: usize = 400;

/// What is shared.
pub struct Context<'a> {
    /// Reads files.
    pub reader: &'a Reader,
    /// The root's first file.
    pub root: &'a Path,
    /// How that is shown.
    pub shown: &'a str,
    /// The files read so far.
    pub files: &'a mut Files,
    /// What could not be read.
    pub unread: &'a mut Vec<Unread>,
    /// Bytes that may still be read.
    pub left: &'a mut usize,
}

impl Context<'_> {
    /// Reads a file and takes it in: its id, its text, and how it is shown.
    ///
    /// # Errors
    /// Why not, for people.
    pub fn load(&mut self, path: &Path) -> Result<(FileId, Arc<str>, String), String> {
        let text = self.reader.read(path).map_err(|error| error.to_string())?;
        *self.left = self.left.checked_sub(text.len()).ok_or("the files read for it are more than 64 MiB")?;
        let shown = self.shown(path);
        Ok((self.files.add(&shown, Arc::clone(&text)), text, shown))
    }

    /// How a file is shown.
    pub fn shown(&self, path: &Path) -> String {
        shown_path(self.root, self.shown, path)
    }

    /// Notes what could not be read; once, if it is noted for several templates that use it.
    pub fn unread(&mut self, unit: &Unit, span: Span, what: String, reason: String) {
        if self.unread.len() > MAX_UNREAD {
            return;
        }
        let place = Some(self.files.place(span.file, span.start));
        let mut note = Unread { file: unit.shown.clone(), place, what, reason };
        if self.unread.len() >= MAX_UNREAD {
            "more can't be read than is listed here".clone_into(&mut note.reason);
            (note.place, note.what) = (None, String::new());
        }
        if !self.unread.contains(&note) {
            self.unread.push(note);
        }
    }
}
