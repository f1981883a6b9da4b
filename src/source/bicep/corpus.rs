//! Real files: all of them parse, and what a file ends in is what the compiler's own output ends in.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::parser::parse;
use crate::source::arm;
use crate::source::code::file::{FileId, place_after};
use crate::source::code::node::{Content, Node};
use crate::source::code::read::Reader;
use crate::source::code::resource::{CodeResource, Root};

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

/// What comparing two evaluations counts.
#[derive(Debug, Default)]
struct Agreement {
    /// Resources that both have.
    resources: usize,
    /// Values without parts (texts, numbers, null) that both know, and that are the same.
    same: usize,
    /// Values that neither knows.
    neither: usize,
    /// Values that only one knows, and all that is different.
    differences: Vec<String>,
}

/// Compares the values of a resource as the Bicep file and the compiler's JSON have it.
fn compare(bicep: &Node, json: &Node, path: &str, agreement: &mut Agreement) {
    let shown = |node: &Node| match &node.content {
        Content::Unknown(why) => format!("unknown ({})", why.reason),
        content => format!("{content:?}").chars().take(120).collect(),
    };
    match (&bicep.content, &json.content) {
        (Content::Unknown(_), Content::Unknown(_)) => agreement.neither += 1,
        (Content::Object(one), Content::Object(_)) => {
            for (name, value) in one {
                let path = format!("{path}.{name}");
                match json.member(name) {
                    Some(other) => compare(value, other, &path, agreement),
                    None if value.content == Content::Null => {}
                    None => agreement.differences.push(format!("{path}: only in Bicep")),
                }
            }
            for (name, value) in json.members().unwrap_or_default() {
                if bicep.member(name).is_none() && value.content != Content::Null {
                    agreement.differences.push(format!("{path}.{name}: only in JSON"));
                }
            }
        }
        (Content::Array(one), Content::Array(other)) if one.len() == other.len() => {
            for (at, (one, other)) in one.iter().zip(other).enumerate() {
                compare(one, other, &format!("{path}[{at}]"), agreement);
            }
        }
        (one, other) if one == other => agreement.same += 1,
        _ => agreement.differences.push(format!("{path}: Bicep {}, JSON {}", shown(bicep), shown(json))),
    }
    if bicep.secret != json.secret {
        agreement.differences.push(format!("{path}: secret only in one"));
    }
}

/// Resources by type, name and place among those of the same type and name.
fn keyed(root: &Root) -> BTreeMap<(String, String, usize), &CodeResource> {
    let mut keyed = BTreeMap::new();
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    for resource in &root.resources {
        let name = resource.body.member("name").and_then(Node::as_str).unwrap_or("?").to_owned();
        let kind = resource.kind.to_ascii_lowercase();
        let count = counts.entry((kind.clone(), name.clone())).or_default();
        keyed.insert((kind, name, *count), resource);
        *count += 1;
    }
    keyed
}

#[test]
fn real_files_end_in_what_the_compiler_made_of_them() {
    let Some(corpus) = corpus() else { return };
    let folder = corpus.join("bicep-pairs");
    let reader = Reader::new(&folder).unwrap();
    let mut pairs = 0;
    let mut agreement = Agreement::default();
    for path in files(&folder, "bicep") {
        let compiled = path.with_extension("json");
        if !compiled.is_file() {
            continue;
        }
        pairs += 1;
        // The same for both, since made up ids begin with it.
        let shown = path.with_extension("").strip_prefix(&folder).unwrap().display().to_string();
        let short = shown.rsplit('/').take(2).collect::<Vec<_>>().join("<");
        let shown = "it";
        let bicep = super::read(&super::Request { path: &path, shown, reader: &reader, parameter_file: None });
        let json = arm::read(&arm::Request { path: &compiled, shown, reader: &reader, parameter_file: None });
        for unread in &bicep.unread {
            println!("{short} unread {:?} {}: {}", unread.place.map(|p| p.line), unread.what, unread.reason);
        }
        for unread in &json.unread {
            println!("{short} JSON unread {:?} {}: {}", unread.place.map(|p| p.line), unread.what, unread.reason);
        }
        let (one, other) = (keyed(&bicep), keyed(&json));
        for (key, resource) in &one {
            match other.get(key) {
                Some(there) => {
                    agreement.resources += 1;
                    let path = format!("{short} {} {}", resource.address, key.0);
                    compare(&resource.body, &there.body, &path, &mut agreement);
                }
                None => agreement.differences.push(format!("{short} only in Bicep: {key:?} {}", resource.address)),
            }
        }
        for (key, resource) in &other {
            if !one.contains_key(key) {
                agreement.differences.push(format!("{short} only in JSON: {key:?} {}", resource.address));
            }
        }
    }
    println!("{}", agreement.differences.join("\n"));
    println!(
        "{pairs} pairs, {} resources, {} values the same, {} unknown in both, {} differences",
        agreement.resources,
        agreement.same,
        agreement.neither,
        agreement.differences.len()
    );
}

#[test]
fn every_real_file_is_evaluated() {
    let Some(corpus) = corpus() else { return };
    let reader = Reader::new(&corpus).unwrap();
    let mut reasons: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let (mut resources, mut slowest) = (0, 0.0_f64);
    for path in files(&corpus, "bicep") {
        let shown = path.strip_prefix(&corpus).unwrap().display().to_string();
        let begun = std::time::Instant::now();
        let root = super::read(&super::Request { path: &path, shown: &shown, reader: &reader, parameter_file: None });
        let took = begun.elapsed().as_secs_f64();
        if took > slowest { slowest = took; println!("{took:.3} {shown}"); }
        resources += root.resources.len();
        for unread in root.unread {
            reasons.entry(unread.reason).or_default().push(format!("{}:{}", unread.file, unread.place.map_or(0, |place| place.line)));
        }
    }
    for (reason, places) in reasons {
        println!("UNREAD {} {reason} {}", places.len(), places[0]);
    }
    println!("{resources} resources, slowest {slowest:.3} s");
}
