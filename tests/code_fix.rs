//! `--fix` over the fixtures of code: what is written is read again without the finding, and a second run has
//! nothing left to do.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

use skytjek::finding::verdict::Verdict;
use skytjek::rule::pack::Pack;
use skytjek::scan::fix::{Fixed, fix};
use skytjek::scan::{Options, scan};
use skytjek::source::code::open::CodeOptions;
use skytjek::source::code::read::Overlay;
use skytjek::source::opened::{Source, SourceKind};

/// Fixtures and forms that an edit can fix; fewer would mean that edits are lost.
const FIXED: usize = 100;

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn fixed(path: &Path, pack: &Pack) -> Fixed {
    let options = Options { fail_on: None, all_verdicts: true, ..Options::default() };
    let open = |overlay| {
        let code = CodeOptions { overlay, ..CodeOptions::default() };
        Source::open(&[path.to_owned()], Some(SourceKind::Code), &code)
    };
    fix(&open(Overlay::default()).unwrap(), &open, pack, &options).unwrap()
}

fn failing(path: &Path, pack: &Pack) -> Vec<String> {
    let source = Source::open(&[path.to_owned()], Some(SourceKind::Code), &CodeOptions::default()).unwrap();
    let report = scan(&source, pack, &Options::default()).unwrap();
    report.results.into_iter().filter(|row| row.verdict == Verdict::Fail).map(|row| row.fingerprint).collect()
}

fn write(fixed: &Fixed) {
    for (path, change) in &fixed.files {
        assert_eq!(fs::read_to_string(path).unwrap(), *change.before);
        fs::write(path, &change.after).unwrap();
    }
}

#[test]
fn what_is_fixed_is_gone_and_stays_so() {
    let shipped = Pack::shipped().unwrap();
    let mut folders: Vec<PathBuf> =
        fs::read_dir("fixtures/code").unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.retain(|path| path.is_dir());
    folders.sort();
    let mut done = 0;
    for folder in folders {
        let rule = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let mut pack = shipped.clone();
        pack.retain(|one| one.id == rule);
        for file in ["main.json", "main.bicep", "main.tf"] {
            let work = tempfile::tempdir().unwrap();
            copy(&folder, work.path());
            let path = work.path().join(file);
            let before = failing(&path, &pack);
            let first = fixed(&path, &pack);
            write(&first);
            let after = failing(&path, &pack);
            assert_eq!(before.len() - after.len(), first.fixed, "{rule} {file}");
            assert!(after.iter().all(|finding| before.contains(finding)), "{rule} {file}: new findings");
            let second = fixed(&path, &pack);
            assert!(second.files.is_empty() && second.fixed == 0, "{rule} {file}: a second run changes more");
            done += usize::from(first.fixed > 0);
        }
    }
    assert!(done >= FIXED, "only {done} files could be fixed");
}

#[test]
fn comments_and_layout_stay() {
    let work = tempfile::tempdir().unwrap();
    let path = work.path().join("main.tf");
    let text = "\
# storage of the school\r
resource \"azurerm_storage_account\" \"a\" {\r
  name                       = \"a\" # short\r
  resource_group_name        = \"rg\"\r
  location                   = \"westeurope\"\r
  account_tier               = \"Standard\"\r
  account_replication_type   = \"LRS\"\r
  https_traffic_only_enabled = false // for the scanner\r
}\r
";
    fs::write(&path, text).unwrap();
    let mut pack = Pack::shipped().unwrap();
    pack.retain(|rule| rule.id == "storage-https-only");
    write(&fixed(&path, &pack));
    assert_eq!(fs::read_to_string(&path).unwrap(), text.replace("= false //", "= true //"));
}
