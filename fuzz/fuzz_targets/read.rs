//! What the targets for code share: a folder with one file in it, read and judged.

use std::sync::LazyLock;

use skytjek::rule::pack::Pack;
use skytjek::scan::{Options, scan};
use skytjek::source::code::open::CodeOptions;
use skytjek::source::opened::{Source, SourceKind};

/// A few rules with conditions of most kinds: with all of them a run would be the pack's, not the reader's.
static PACK: LazyLock<Pack> = LazyLock::new(|| {
    let mut pack = Pack::shipped().expect("the shipped pack loads");
    pack.retain(|rule| ["storage-", "nsg-rdp", "app-"].iter().any(|start| rule.id.starts_with(start)));
    pack
});

/// Reads `data` as the file `name` and judges it. Whatever it is, that ends in a report or an error.
pub fn judge(name: &str, data: &[u8]) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    std::fs::write(&path, data).expect("a file");
    let Ok(source) = Source::open(&[path], Some(SourceKind::Code), &CodeOptions::default()) else {
        return;
    };
    let options = Options { all_verdicts: true, ..Options::default() };
    let report = scan(&source, &PACK, &options).expect("code that was opened is judged");
    for row in &report.results {
        assert!(row.location.is_some(), "{} without a place", row.rule);
    }
}
