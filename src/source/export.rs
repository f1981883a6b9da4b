//! Exports: a list of resources in one file, as `az rest`, `az graph query` and others print it.
//!
//! A bare array, `{"value": […]}`, `{"data": […]}`, one resource, or one resource a line. Children nested
//! in a parent's `properties` count as read; anything else that is not in the file was not read.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::snapshot::unread;
use crate::inventory::coverage::{Coverage, CoverageEntry, CoverageState};
use crate::inventory::index::{BodyRef, Builder};

/// Largest file that is read.
const MAX_FILE: u64 = 4 << 30;

/// Why a file gives no export.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The system refuses.
    #[error("{path}: {error}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The text is neither JSON nor JSON lines.
    #[error("{path}:{line}:{column}: {reason}. Expected a list of resources as `az rest` or `az graph query` print it", path = path.display())]
    NotJson {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What the parser says.
        reason: String,
    },
    /// It is JSON, but no list of resources.
    #[error("{path}: {reason}", path = path.display())]
    NoList {
        /// The file.
        path: PathBuf,
        /// What was found instead.
        reason: String,
    },
}

/// An export, in memory.
#[derive(Debug)]
pub struct Export {
    path: PathBuf,
    text: String,
    /// Offset and length of each element.
    elements: Vec<(usize, usize)>,
    /// Why the list is not whole, where the file itself says so.
    cut: Option<String>,
}

#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    value: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    data: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(rename = "nextLink", borrow)]
    next_link: Option<&'a RawValue>,
    #[serde(alias = "$skipToken", alias = "skipToken", borrow)]
    skip_token: Option<&'a RawValue>,
}

impl Export {
    /// Reads a file.
    ///
    /// # Errors
    /// When it can't be read, is no JSON, or holds no list of resources.
    pub fn open(path: &Path) -> Result<Self, ExportError> {
        let io = |error| ExportError::Io { path: path.to_owned(), error };
        let mut bytes = Vec::new();
        let read = File::open(path).map_err(io)?.take(MAX_FILE).read_to_end(&mut bytes).map_err(io)?;
        if read as u64 == MAX_FILE {
            return Err(io(io::Error::other("larger than 4 GiB; take a snapshot instead")));
        }
        Self::of(path, decode(bytes).map_err(io)?)
    }

    fn of(path: &Path, text: String) -> Result<Self, ExportError> {
        let no_list = |reason: &str| ExportError::NoList { path: path.to_owned(), reason: reason.to_owned() };
        let start = text.as_ptr() as usize;
        let place = |raw: &&RawValue| (raw.get().as_ptr() as usize - start, raw.get().len());
        let mut cut = None;
        let whole = match text.trim_start().as_bytes().first() {
            Some(b'[') => {
                serde_json::from_str::<Vec<&RawValue>>(&text).map(|all| all.iter().map(place).collect())
            }
            Some(b'{') => match serde_json::from_str::<Page<'_>>(&text) {
                Ok(page) => {
                    let more =
                        |raw: Option<&RawValue>| raw.is_some_and(|raw| !matches!(raw.get(), "null" | "\"\""));
                    if more(page.next_link) || more(page.skip_token) {
                        cut = Some("the file says that more pages follow it".to_owned());
                    }
                    match (page.value.or(page.data), page.id) {
                        (Some(all), _) => Ok(all.iter().map(place).collect()),
                        (None, Some(_)) => {
                            let one = text.trim();
                            Ok(vec![(one.as_ptr() as usize - start, one.len())])
                        }
                        (None, None) => {
                            return Err(no_list("the object has no \"value\", \"data\" or \"id\""));
                        }
                    }
                }
                Err(error) => Err(error),
            },
            None => return Err(no_list("the file is empty")),
            Some(_) => return Err(no_list("neither a JSON list nor an object")),
        };
        let elements = match whole {
            Ok(elements) => elements,
            // Not one JSON value: one on each line, or nothing that can be read.
            Err(error) => json_lines(&text).ok_or_else(|| ExportError::NotJson {
                path: path.to_owned(),
                line: error.line(),
                column: error.column(),
                reason: error.to_string().split(" at line ").next().unwrap_or_default().to_owned(),
            })?,
        };
        Ok(Self { path: path.to_owned(), text, elements, cut })
    }

    /// Reads all elements into `builder` and returns the coverage: an entry for each element that gives no
    /// resource, and one when the file says that it is not whole.
    pub fn fill(&self, builder: &mut Builder) -> Coverage {
        let mut coverage = Coverage::default();
        let file = self.path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        for (index, (offset, length)) in self.elements.iter().enumerate() {
            let at = BodyRef {
                file: 0,
                offset: *offset as u64,
                length: u32::try_from(*length).unwrap_or(u32::MAX),
            };
            let body = &self.text.as_bytes()[*offset..offset + length];
            if let Err(error) = builder.add(body, at) {
                coverage.add(unread(&format!("{file}[{index}]"), &error.to_string()));
            }
        }
        if let Some(reason) = &self.cut {
            coverage.add(CoverageEntry {
                code: Some("NotInFile".into()),
                message: Some(reason.clone()),
                ..CoverageEntry::new(file, "list", CoverageState::Partial)
            });
        }
        coverage
    }

    /// The raw body that a reference points at.
    pub fn body(&self, at: BodyRef) -> Vec<u8> {
        let start = usize::try_from(at.offset).unwrap_or(usize::MAX);
        let end = start.saturating_add(at.length as usize);
        self.text.as_bytes().get(start..end).map(<[u8]>::to_vec).unwrap_or_default()
    }
}

/// UTF-8 with or without a byte order mark, or UTF-16 as Windows PowerShell's `>` writes it.
fn decode(bytes: Vec<u8>) -> io::Result<String> {
    let wide = |bytes: &[u8], read: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| read([pair[0], pair[1]])).collect();
        String::from_utf16(&units).map_err(io::Error::other)
    };
    match bytes.as_slice() {
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8(rest.to_vec()).map_err(io::Error::other),
        [0xFF, 0xFE, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => wide(rest, u16::from_be_bytes),
        _ => String::from_utf8(bytes).map_err(io::Error::other),
    }
}

/// One JSON object on each line; `None` when the first line is none.
fn json_lines(text: &str) -> Option<Vec<(usize, usize)>> {
    let mut elements = Vec::new();
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim();
        if !content.is_empty() {
            let start = offset + (line.len() - line.trim_start().len());
            elements.push((start, content.len()));
        }
        offset += line.len();
    }
    let (start, length) = *elements.first()?;
    let first = serde_json::from_str::<&RawValue>(&text[start..start + length]).ok()?;
    (elements.len() > 1 && first.get().starts_with('{')).then_some(elements)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::reads::Reads;

    const ID: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a";

    fn open(text: &str) -> Result<(Vec<String>, Vec<String>), ExportError> {
        let export = Export::of(Path::new("dir/file.json"), text.to_owned())?;
        let mut builder = Builder::new(&Reads::default());
        let coverage = export.fill(&mut builder);
        let inventory = builder.finish(coverage, &[]);
        let ids = inventory.all().map(|at| {
            let resource = inventory.get(at);
            assert!(String::from_utf8(export.body(resource.body)).unwrap().contains(resource.id.as_str()));
            resource.id.name().to_owned()
        });
        let ids = ids.collect();
        let gaps = inventory.coverage.iter().map(|entry| format!("{} {}", entry.scope, entry.read)).collect();
        Ok((ids, gaps))
    }

    #[test]
    fn every_form_of_a_list() {
        let one = format!(r#"{{"id": "{ID}"}}"#);
        let two = format!(r#"{{"id": "{ID}2"}}"#);
        let cases = [
            format!("[{one}, {two}]"),
            format!(r#"{{"value": [{one},{two}], "nextLink": null}}"#),
            format!(r#"{{"count": 2, "data": [{one}, {two}], "skip_token": null}}"#),
            format!("{one}\n\n{two}\r\n"),
        ];
        for text in cases {
            assert_eq!(open(&text).unwrap(), (vec!["a".to_owned(), "a2".to_owned()], vec![]), "{text}");
        }
        assert_eq!(open(&one).unwrap().0, ["a"]);
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        let text = format!(r#"{{"value": [{{"id": "{ID}"}}, 7, {{"name": "x"}}], "nextLink": "https://x"}}"#);
        let (ids, gaps) = open(&text).unwrap();
        assert_eq!(ids, ["a"]);
        assert_eq!(gaps, ["file.json list", "file.json[1] record", "file.json[2] record"]);
    }

    #[test]
    fn what_is_no_list_is_an_error_with_a_place() {
        for (text, expected) in [
            ("", "empty"),
            ("  \n", "empty"),
            ("{}", "no \"value\""),
            ("hello", "neither"),
            ("[{\"id\": }]", "file.json:1:9"),
            ("{\"value\": 5}", "file.json:1:11"),
        ] {
            let error = open(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn windows_text_is_read() {
        let text = format!(r#"[{{"id": "{ID}"}}]"#);
        let wide: Vec<u8> =
            [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        assert_eq!(decode(wide).unwrap(), text);
        assert_eq!(decode([&[0xEF, 0xBB, 0xBF], text.as_bytes()].concat()).unwrap(), text);
    }
}
