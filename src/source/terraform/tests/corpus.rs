//! Real code goes through.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::source::code::node::{Content, Node};
use crate::source::code::read::Reader;
use crate::source::terraform::{Request, evaluate};

fn folders(below: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(below).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    if entries.iter().any(|path| path.extension().is_some_and(|end| end == "tf")) {
        found.push(below.to_path_buf());
    }
    entries.iter().filter(|path| path.is_dir()).for_each(|path| folders(path, found));
}

#[test]
#[allow(clippy::print_stderr)]
fn the_corpus_goes_through() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/terraform");
    if !corpus.is_dir() {
        eprintln!("SKIPPED: {} is not there", corpus.display());
        return;
    }
    let reader = Reader::new(&corpus).unwrap();
    let mut all = Vec::new();
    folders(&corpus, &mut all);
    let (mut resources, mut known, mut unread) = (0, 0, Vec::new());
    for folder in &all {
        let start = Instant::now();
        let shown = folder.strip_prefix(&corpus).unwrap().display().to_string();
        let evaluated = evaluate(&Request { folder, shown: &shown, reader: &reader, variable_files: &[] });
        assert!(start.elapsed() < Duration::from_secs(10), "{shown} takes {:?}", start.elapsed());
        for resource in &evaluated.resources {
            assert!(evaluated.files.text(resource.block).ends_with('}'), "{}", resource.address);
            known += check(&evaluated.files, &resource.arguments);
        }
        resources += evaluated.resources.len();
        unread.extend(evaluated.unread.into_iter().map(|unread| unread.reason));
    }
    unread.sort();
    unread.dedup();
    eprintln!("{} folders, {resources} resources, {known} known values, unread: {unread:#?}", all.len());
    assert!(resources > 2_000 && known > 6_000, "{resources} resources, {known} values");
    assert!(!unread.iter().any(|reason| reason.contains("defect")));
}

/// Every value has a place; counts those that are known.
fn check(files: &crate::source::code::file::Files, node: &Node) -> usize {
    assert!(!files.text(node.span).is_empty(), "{node:?}");
    match &node.content {
        Content::Array(items) => items.iter().map(|item| check(files, item)).sum(),
        Content::Object(members) => members.iter().map(|(_, member)| check(files, member)).sum(),
        Content::Unknown(_) => 0,
        _ => 1,
    }
}
