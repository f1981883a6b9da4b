//! Every real template goes through: no panic, no hang, and nothing lost silently.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::*;
use crate::source::arm::looks_like_template;

fn json_files(folder: &Path, out: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            json_files(&path, out);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            out.push(path);
        }
    }
}

#[derive(Default)]
struct Count {
    files: usize,
    templates: usize,
    resources: usize,
    values: usize,
    unknown: usize,
    unread: BTreeMap<String, usize>,
    reasons: BTreeMap<String, usize>,
    slowest: Duration,
}

/// Reasons without what they name.
fn kind_of(reason: &str) -> String {
    let mut out = String::new();
    for (at, part) in reason.split('\'').enumerate() {
        out += if at % 2 == 0 { part } else { "'…'" };
    }
    out.chars().take(110).collect()
}

fn count(node: &Node, counts: &mut Count) {
    match &node.content {
        Content::Array(elements) => elements.iter().for_each(|node| count(node, counts)),
        Content::Object(members) => members.iter().for_each(|(_, node)| count(node, counts)),
        Content::Unknown(why) => {
            counts.values += 1;
            counts.unknown += 1;
            *counts.reasons.entry(kind_of(&why.reason)).or_default() += 1;
        }
        _ => counts.values += 1,
    }
}

fn go_through(folder: &str) -> Option<Count> {
    let shared = shared()?;
    let mut files = Vec::new();
    json_files(&shared.join(folder), &mut files);
    let mut counts = Count { files: files.len(), ..Count::default() };
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        if !looks_like_template(&text) {
            continue;
        }
        let shown = path.strip_prefix(&shared).unwrap().display().to_string();
        let begin = Instant::now();
        let root = root_at(&path, &shared, &shown);
        let took = begin.elapsed();
        assert!(took < Duration::from_secs(10), "{shown} took {took:?}");
        counts.slowest = counts.slowest.max(took);
        counts.templates += 1;
        counts.resources += root.resources.len();
        for unread in &root.unread {
            *counts.unread.entry(kind_of(&unread.reason)).or_default() += 1;
        }
        let mut ids: Vec<_> = root.resources.iter().map(|resource| resource.id.to_lowercase()).collect();
        let mut addresses: Vec<_> = root.resources.iter().map(|resource| &resource.address).collect();
        for resource in &root.resources {
            check_spans(&resource.body, &root);
            assert!(!root.files.text(resource.block).is_empty(), "{}", resource.address);
            assert!(resource.id.starts_with('/') && !resource.id.contains("//"), "{}", resource.id);
            count(&resource.body, &mut counts);
        }
        ids.sort_unstable();
        ids.dedup();
        addresses.sort_unstable();
        addresses.dedup();
        assert_eq!((ids.len(), addresses.len()), (root.resources.len(), root.resources.len()), "{shown}");
    }
    Some(counts)
}

/// Every value's text is in a file.
fn check_spans(node: &Node, root: &Root) {
    assert!(!root.files.text(node.span).is_empty(), "{} has no text", shown(node));
    match &node.content {
        Content::Array(elements) => elements.iter().for_each(|node| check_spans(node, root)),
        Content::Object(members) => members.iter().for_each(|(_, node)| check_spans(node, root)),
        _ => {}
    }
}

#[allow(clippy::print_stderr, reason = "the counts are what people ask for")]
fn report(folder: &str, counts: &Count) {
    eprintln!(
        "{folder}: {} files, {} templates, {} resources, {} of {} values unknown ({:.1} %), slowest {:?}",
        counts.files,
        counts.templates,
        counts.resources,
        counts.unknown,
        counts.values,
        100.0 * counts.unknown as f64 / counts.values.max(1) as f64,
        counts.slowest
    );
    for (title, map) in [("unread", &counts.unread), ("unknown", &counts.reasons)] {
        let mut sorted: Vec<_> = map.iter().collect();
        sorted.sort_by_key(|(reason, count)| (std::cmp::Reverse(**count), *reason));
        for (reason, count) in sorted.iter().take(40) {
            eprintln!("  {title} {count:5} {reason}");
        }
    }
}

#[test]
fn real_templates_go_through() {
    let Some(counts) = go_through("arm") else { return };
    report("arm", &counts);
    assert!(counts.resources > 0);
}

#[test]
fn what_the_bicep_compiler_makes_goes_through() {
    let Some(counts) = go_through("bicep-pairs") else { return };
    report("bicep-pairs", &counts);
    assert!(counts.resources > 0);
}
