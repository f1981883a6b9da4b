//! Snapshots: a recording written down, so that a scan can be repeated, compared and shown to others.
//!
//! A directory with `manifest.json`, `resources.ndjson`, `graph.ndjson`, `vault.ndjson` and
//! `coverage.ndjson`; each may be packed with zstd (`resources.ndjson.zst`). The manifest holds the
//! SHA-256 of each file's unpacked content.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::recording::{Record, Recording};
use crate::finding::fingerprint::hex;
use crate::inventory::coverage::{Coverage, CoverageEntry, CoverageState};
use crate::inventory::index::{BodyRef, Builder};

/// Name of the format in the manifest.
const FORMAT: &str = "skytjek-snapshot";
/// Version of the format.
const VERSION: u32 = 1;
/// Longest line that is read; Azure's own limit for one resource is far below.
const MAX_LINE: u64 = 64 << 20;
/// Most bytes that a packed file may unpack to.
const MAX_UNPACKED: u64 = 64 << 30;

/// The file that makes a folder a snapshot.
pub const MANIFEST: &str = "manifest.json";
const COVERAGE: &str = "coverage.ndjson";
/// Files with resources, in the order of [`BodyRef::file`].
const BODIES: [&str; 3] = ["resources.ndjson", "graph.ndjson", "vault.ndjson"];

/// `manifest.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// `skytjek-snapshot`.
    pub format: String,
    /// 1.
    pub version: u32,
    /// Entra tenant id, where known.
    pub tenant_id: Option<String>,
    /// Name of the cloud.
    pub cloud: String,
    /// Start of the acquisition, RFC 3339 in UTC.
    pub taken_at: String,
    /// Version of the program that took it.
    pub tool_version: String,
    /// Scopes that were asked for.
    pub scopes: Vec<String>,
    /// Digest and number of records of each file.
    pub files: BTreeMap<String, FileFacts>,
}

/// One file of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFacts {
    /// SHA-256 of the content, unpacked, hex.
    pub sha256: String,
    /// Number of lines.
    pub records: usize,
}

/// Why a snapshot can't be read or written.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The system refuses.
    #[error("{path}: {error}", path = path.display())]
    Io {
        /// File or directory.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The directory holds no manifest.
    #[error("{path} is no snapshot: it has no manifest.json. `skytjek snapshot --out DIR` writes one", path = .0.display())]
    NoManifest(PathBuf),
    /// The manifest can't be understood.
    #[error("{path}: {reason}", path = path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A file is not what the manifest says.
    #[error("{path} is damaged or was changed: its SHA-256 is {found}, the manifest says {expected}. Take the snapshot again", path = path.display())]
    Digest {
        /// The file.
        path: PathBuf,
        /// From the manifest.
        expected: String,
        /// Of the file.
        found: String,
    },
    /// The target exists and is no snapshot.
    #[error("{path} exists and is no snapshot; choose another directory", path = .0.display())]
    Occupied(PathBuf),
}

/// Where a file's bytes are.
#[derive(Debug)]
enum Content {
    Memory(Vec<u8>),
    File(Mutex<File>),
}

/// An open snapshot, in a directory or in memory.
#[derive(Debug)]
pub struct Snapshot {
    /// Its manifest.
    pub manifest: Manifest,
    /// Where it lies; the shown name of a recording in memory.
    location: PathBuf,
    bodies: Vec<Option<Content>>,
    coverage: Vec<CoverageEntry>,
}

impl Snapshot {
    /// A recording as a snapshot in memory. Records are ordered by their ids without letter case.
    pub fn of(recording: Recording, tool_version: &str) -> Self {
        let Recording { tenant_id, cloud, taken_at, scopes, resources, graph, vault, coverage } = recording;
        let mut files = BTreeMap::new();
        let mut bodies = Vec::new();
        for (name, records) in BODIES.into_iter().zip([resources, graph, vault]) {
            let records = ordered(records);
            let text = lines(records.iter().map(|record| record.body.as_str()));
            files.insert(name.to_owned(), facts(&text, records.len()));
            bodies.push(Some(Content::Memory(text)));
        }
        let mut all = Coverage::default();
        coverage.into_iter().for_each(|entry| all.add(entry));
        let coverage: Vec<CoverageEntry> = all.iter().cloned().collect();
        let written = coverage_lines(&coverage);
        files.insert(COVERAGE.to_owned(), facts(&written, coverage.len()));
        let manifest = Manifest {
            format: FORMAT.to_owned(),
            version: VERSION,
            tenant_id,
            cloud,
            taken_at,
            tool_version: tool_version.to_owned(),
            scopes,
            files,
        };
        Self { manifest, location: PathBuf::new(), bodies, coverage }
    }

    /// Opens a snapshot directory. Digests are verified while it is read, by [`Self::fill`].
    ///
    /// # Errors
    /// When there is no manifest, its format or version is another, or a file is missing.
    pub fn open(directory: &Path) -> Result<Self, SnapshotError> {
        let path = directory.join(MANIFEST);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(SnapshotError::NoManifest(directory.to_owned()));
            }
            Err(error) => return Err(SnapshotError::Io { path, error }),
        };
        let wrong = |reason: String| SnapshotError::Manifest { path: path.clone(), reason };
        let manifest: Manifest = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        if manifest.format != FORMAT {
            return Err(wrong(format!("format {:?} is not {FORMAT:?}", manifest.format)));
        }
        if manifest.version != VERSION {
            return Err(wrong(format!(
                "version {} of the format is not known here (this program reads {VERSION})",
                manifest.version
            )));
        }
        if let Some(name) =
            manifest.files.keys().find(|name| !BODIES.contains(&name.as_str()) && *name != COVERAGE)
        {
            return Err(wrong(format!("file {name:?} does not belong to a snapshot")));
        }
        let mut snapshot =
            Self { manifest, location: directory.to_owned(), bodies: Vec::new(), coverage: Vec::new() };
        for name in BODIES {
            let content = match snapshot.manifest.files.get(name) {
                Some(_) => Some(Content::File(Mutex::new(unpacked(directory, name)?))),
                None => None,
            };
            snapshot.bodies.push(content);
        }
        snapshot.read_coverage(directory)?;
        Ok(snapshot)
    }

    fn read_coverage(&mut self, directory: &Path) -> Result<(), SnapshotError> {
        let Some(expected) = self.manifest.files.get(COVERAGE) else {
            return Ok(());
        };
        let path = directory.join(COVERAGE);
        let mut text = Vec::new();
        unpacked(directory, COVERAGE)?
            .read_to_end(&mut text)
            .map_err(|error| SnapshotError::Io { path: path.clone(), error })?;
        check(&path, &expected.sha256, &hex(&Sha256::digest(&text)))?;
        for (number, line) in
            text.split(|byte| *byte == b'\n').enumerate().filter(|(_, line)| !line.is_empty())
        {
            let entry = serde_json::from_slice(line).map_err(|error| SnapshotError::Manifest {
                path: path.clone(),
                reason: format!("line {}: {error}", number + 1),
            })?;
            self.coverage.push(entry);
        }
        Ok(())
    }

    /// Reads all bodies into `builder` and returns the coverage: what the snapshot says, and an entry for
    /// each line that gives no resource.
    ///
    /// # Errors
    /// When a file can't be read or is not what the manifest says.
    pub fn fill(&self, builder: &mut Builder) -> Result<Coverage, SnapshotError> {
        let mut coverage = Coverage::default();
        self.coverage.iter().cloned().for_each(|entry| coverage.add(entry));
        for (index, (name, content)) in BODIES.into_iter().zip(&self.bodies).enumerate() {
            let Some(content) = content else { continue };
            let mut take = |number: usize, offset: u64, line: &[u8]| {
                let at = BodyRef {
                    file: u8::try_from(index).unwrap_or(u8::MAX),
                    offset,
                    length: u32::try_from(line.len()).unwrap_or(u32::MAX),
                };
                if let Err(error) = builder.add(line, at) {
                    coverage.add(unread(&format!("{name}:{number}"), &error.to_string()));
                }
            };
            match content {
                Content::Memory(text) => {
                    let mut offset = 0;
                    for (number, line) in text.split_inclusive(|byte| *byte == b'\n').enumerate() {
                        take(number + 1, offset, line.strip_suffix(b"\n").unwrap_or(line));
                        offset += line.len() as u64;
                    }
                }
                Content::File(file) => {
                    let path = self.location.join(name);
                    let io = |error| SnapshotError::Io { path: path.clone(), error };
                    let mut file = file.lock().map_err(|_| io(io::Error::other("another reader failed")))?;
                    file.seek(SeekFrom::Start(0)).map_err(io)?;
                    let found = each_line(&mut file, &mut take).map_err(io)?;
                    let expected = self.manifest.files.get(name).map_or("", |facts| facts.sha256.as_str());
                    check(&path, expected, &found)?;
                }
            }
        }
        Ok(coverage)
    }

    /// The raw body that a reference points at.
    ///
    /// # Errors
    /// When the file can't be read any more.
    pub fn body(&self, at: BodyRef) -> io::Result<Vec<u8>> {
        let missing = || io::Error::other("the body is not part of this snapshot");
        let content = self.bodies.get(usize::from(at.file)).and_then(Option::as_ref).ok_or_else(missing)?;
        match content {
            Content::Memory(text) => {
                let start = usize::try_from(at.offset).map_err(io::Error::other)?;
                text.get(start..start + at.length as usize).map(<[u8]>::to_vec).ok_or_else(missing)
            }
            Content::File(file) => {
                let mut file = file.lock().map_err(|_| missing())?;
                file.seek(SeekFrom::Start(at.offset))?;
                let mut body = vec![0; at.length as usize];
                file.read_exact(&mut body)?;
                Ok(body)
            }
        }
    }

    /// Writes a snapshot that is in memory into `directory`, whole or not at all. A snapshot that is
    /// already there is replaced.
    ///
    /// # Errors
    /// When the directory is something else, or the system refuses.
    pub fn save(&self, directory: &Path) -> Result<(), SnapshotError> {
        let io = |path: &Path| {
            let path = path.to_owned();
            move |error| SnapshotError::Io { path, error }
        };
        let replaces = match fs::read_dir(directory) {
            Ok(mut entries) => {
                let empty = entries.next().is_none();
                if !empty && Self::open(directory).is_err() {
                    return Err(SnapshotError::Occupied(directory.to_owned()));
                }
                true
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => false,
            Err(error) => return Err(io(directory)(error)),
        };
        let parent = match directory.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        fs::create_dir_all(parent).map_err(io(parent))?;
        let beside = tempfile::Builder::new().prefix(".skytjek-").tempdir_in(parent).map_err(io(parent))?;
        let put = |name: &str, text: &[u8]| {
            let path = beside.path().join(name);
            File::create(&path)
                .and_then(|mut file| file.write_all(text).and_then(|()| file.sync_all()))
                .map_err(io(&path))
        };
        for (name, content) in BODIES.into_iter().zip(&self.bodies) {
            if let Some(Content::Memory(text)) = content {
                put(name, text)?;
            }
        }
        put(COVERAGE, &coverage_lines(&self.coverage))?;
        let mut manifest = serde_json::to_vec_pretty(&self.manifest)
            .map_err(|error| io(directory)(io::Error::other(error)))?;
        manifest.push(b'\n');
        put(MANIFEST, &manifest)?;
        if replaces {
            let old = tempfile::Builder::new().prefix(".skytjek-").tempdir_in(parent).map_err(io(parent))?;
            fs::rename(directory, old.path().join("old")).map_err(io(directory))?;
        }
        fs::rename(beside.keep(), directory).map_err(io(directory))
    }
}

/// An entry for a record that gives no resource.
pub(super) fn unread(place: &str, reason: &str) -> CoverageEntry {
    CoverageEntry {
        code: Some("UnreadableRecord".into()),
        message: Some(reason.to_owned()),
        ..CoverageEntry::new(place, "record", CoverageState::Failed)
    }
}

fn ordered(mut records: Vec<Record>) -> Vec<Record> {
    records.sort_by_cached_key(|record| (record.id.to_ascii_lowercase(), record.body.clone()));
    records.dedup_by(|one, two| one.id.eq_ignore_ascii_case(&two.id) && one.body == two.body);
    records
}

fn lines<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<u8> {
    lines.fold(Vec::new(), |mut text, line| {
        text.extend_from_slice(line.as_bytes());
        text.push(b'\n');
        text
    })
}

fn coverage_lines(coverage: &[CoverageEntry]) -> Vec<u8> {
    let written: Vec<String> =
        coverage.iter().filter_map(|entry| serde_json::to_string(entry).ok()).collect();
    lines(written.iter().map(String::as_str))
}

fn facts(text: &[u8], records: usize) -> FileFacts {
    FileFacts { sha256: hex(&Sha256::digest(text)), records }
}

fn check(path: &Path, expected: &str, found: &str) -> Result<(), SnapshotError> {
    if expected.eq_ignore_ascii_case(found) {
        return Ok(());
    }
    Err(SnapshotError::Digest {
        path: path.to_owned(),
        expected: expected.to_owned(),
        found: found.to_owned(),
    })
}

/// Opens a file of a snapshot; a packed one is unpacked into a temporary file first.
fn unpacked(directory: &Path, name: &str) -> Result<File, SnapshotError> {
    let plain = directory.join(name);
    match File::open(&plain) {
        Ok(file) => return Ok(file),
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(SnapshotError::Io { path: plain, error });
        }
        Err(_) => {}
    }
    let packed = directory.join(format!("{name}.zst"));
    let io = |error| SnapshotError::Io { path: packed.clone(), error };
    let reader = zstd::Decoder::new(File::open(&packed).map_err(io)?).map_err(io)?;
    let mut file = tempfile::tempfile().map_err(io)?;
    let copied = io::copy(&mut reader.take(MAX_UNPACKED), &mut file).map_err(io)?;
    if copied == MAX_UNPACKED {
        return Err(io(io::Error::other("unpacks to more than 64 GiB")));
    }
    file.seek(SeekFrom::Start(0)).map_err(io)?;
    Ok(file)
}

/// Calls `take` with number, offset and content of each line, and returns the SHA-256 of everything.
fn each_line(file: &mut File, take: &mut dyn FnMut(usize, u64, &[u8])) -> io::Result<String> {
    let mut reader = BufReader::with_capacity(1 << 20, file);
    let mut hasher = Sha256::new();
    let mut line = Vec::new();
    let (mut number, mut offset) = (0, 0);
    loop {
        line.clear();
        let read = reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(hex(&hasher.finalize()));
        }
        if read as u64 == MAX_LINE {
            return Err(io::Error::other("a line is longer than 64 MiB"));
        }
        hasher.update(&line);
        number += 1;
        let content = line.strip_suffix(b"\n").unwrap_or(&line);
        let content = content.strip_suffix(b"\r").unwrap_or(content);
        if !content.is_empty() {
            take(number, offset, content);
        }
        offset += read as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::reads::Reads;

    fn record(name: &str) -> Record {
        let id =
            format!("/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/{name}");
        Record { body: format!(r#"{{"id":"{id}","properties":{{}}}}"#), id }
    }

    fn recording() -> Recording {
        Recording {
            cloud: "public".into(),
            taken_at: "2026-11-24T03:00:00Z".into(),
            scopes: vec!["/subscriptions/s".into()],
            resources: vec![record("b"), record("A")],
            coverage: vec![CoverageEntry::new("/subscriptions/s", "x", CoverageState::Denied)],
            ..Recording::default()
        }
    }

    fn ids(snapshot: &Snapshot) -> Vec<String> {
        let mut builder = Builder::new(&Reads::default());
        let coverage = snapshot.fill(&mut builder).unwrap();
        let inventory = builder.finish(coverage, &[]);
        let ids = inventory.all().map(|at| {
            let resource = inventory.get(at);
            let body = String::from_utf8(snapshot.body(resource.body).unwrap()).unwrap();
            assert!(body.contains(resource.id.as_str()), "the reference leads to another body");
            resource.id.name().to_owned()
        });
        ids.collect()
    }

    #[test]
    fn what_is_written_is_what_is_read() {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("snap");
        let snapshot = Snapshot::of(recording(), "1");
        snapshot.save(&target).unwrap();
        let read = Snapshot::open(&target).unwrap();
        assert_eq!(read.manifest, snapshot.manifest);
        assert_eq!(ids(&read), ["A", "b"]);
        assert_eq!(ids(&snapshot), ["A", "b"]);
        // Taken again, it replaces the old one and leaves nothing beside it.
        snapshot.save(&target).unwrap();
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_packed_file_is_read_too_and_a_changed_one_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("snap");
        Snapshot::of(recording(), "1").save(&target).unwrap();
        let plain = target.join("resources.ndjson");
        let text = fs::read(&plain).unwrap();
        fs::write(target.join("resources.ndjson.zst"), zstd::encode_all(text.as_slice(), 3).unwrap())
            .unwrap();
        fs::remove_file(&plain).unwrap();
        assert_eq!(ids(&Snapshot::open(&target).unwrap()), ["A", "b"]);

        fs::write(&plain, [text.as_slice(), b"\n"].concat()).unwrap();
        let changed = Snapshot::open(&target).unwrap();
        let error = changed.fill(&mut Builder::new(&Reads::default())).unwrap_err();
        assert!(error.to_string().contains("was changed"), "{error}");
    }

    #[test]
    fn a_foreign_directory_is_never_replaced() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("letter.txt"), "dear").unwrap();
        let error = Snapshot::of(recording(), "1").save(directory.path()).unwrap_err();
        assert!(matches!(error, SnapshotError::Occupied(_)), "{error}");
        assert!(matches!(Snapshot::open(directory.path()), Err(SnapshotError::NoManifest(_))));
    }
}
