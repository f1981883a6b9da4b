//! Files that were read, and places in them.

use std::sync::Arc;

/// A file of one [`super::resource::Root`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// Part of a file's text: bytes from `start` up to, not including, `end`; both lie on character boundaries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// Byte after the last.
    pub end: u32,
}

impl Span {
    /// The span of `range` in `file`; offsets above 4 GiB do not occur, since no such file is read.
    pub fn new(file: FileId, range: std::ops::Range<usize>) -> Self {
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self { file, start: offset(range.start), end: offset(range.end) }
    }
}

/// One file's text as it was read (a byte order mark is part of it).
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Path with `/`, relative to what was scanned, or as it was named.
    pub path: String,
    /// The text.
    pub text: Arc<str>,
}

/// The files of one root, in the order in which they were read.
#[derive(Clone, Debug, Default)]
pub struct Files(Vec<SourceFile>);

/// A place as people count: lines and columns from 1, columns in UTF-16 code units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
}

impl Files {
    /// Takes a file in; a path that is there already keeps its id.
    pub fn add(&mut self, path: &str, text: Arc<str>) -> FileId {
        let at = self.0.iter().position(|file| file.path == path).unwrap_or_else(|| {
            self.0.push(SourceFile { path: path.to_owned(), text });
            self.0.len() - 1
        });
        FileId(u32::try_from(at).unwrap_or(u32::MAX))
    }

    /// The file with this id.
    pub fn get(&self, id: FileId) -> Option<&SourceFile> {
        self.0.get(id.0 as usize)
    }

    /// All files.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        (0..).map(FileId).zip(&self.0)
    }

    /// The text of a span; empty where there is none.
    pub fn text(&self, span: Span) -> &str {
        self.get(span.file)
            .and_then(|file| file.text.get(span.start as usize..span.end as usize))
            .unwrap_or_default()
    }

    /// Where a byte of a file stands.
    pub fn place(&self, file: FileId, offset: u32) -> Place {
        let before = self.get(file).and_then(|file| file.text.get(..offset as usize)).unwrap_or_default();
        place_after(before)
    }
}

/// The place behind `before`, a file's beginning. A byte order mark takes no column.
pub fn place_after(before: &str) -> Place {
    let line = before.rsplit_once('\n').map_or(before, |(_, line)| line);
    let line = line.strip_prefix('\u{feff}').unwrap_or(line);
    Place { line: before.matches('\n').count() + 1, column: line.encode_utf16().count() + 1 }
}

/// The byte at which a place stands in a text, the inverse of [`place_after`]; none where there is no such
/// place.
pub fn offset_of(text: &str, place: Place) -> Option<usize> {
    let before = text.split_inclusive('\n').take(place.line.checked_sub(1)?).map(str::len).sum::<usize>();
    let line = text.get(before..)?;
    let mark = if before == 0 && line.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut units = place.column.checked_sub(1)?;
    for (at, c) in line.get(mark..)?.char_indices() {
        if units == 0 {
            return Some(before + mark + at);
        }
        units = units.checked_sub(c.len_utf16())?;
    }
    (units == 0).then_some(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_as_sarif_counts() {
        for (before, line, column) in [("", 1, 1), ("\u{feff}a", 1, 2), ("a\r\nø😀", 2, 4), ("\n\n", 3, 1)]
        {
            assert_eq!(place_after(before), Place { line, column }, "{before:?}");
            for after in ["", "x\ny"] {
                let text = format!("{before}{after}");
                assert_eq!(offset_of(&text, Place { line, column }), Some(before.len()), "{before:?}");
            }
        }
    }

    #[test]
    fn a_file_is_taken_once() {
        let mut files = Files::default();
        let one = files.add("a.tf", "x = 1".into());
        assert_eq!(files.add("a.tf", "y".into()), one);
        assert_eq!(files.text(Span::new(one, 4..5)), "1");
        assert_eq!(files.text(Span::new(one, 4..50)), "");
    }
}
