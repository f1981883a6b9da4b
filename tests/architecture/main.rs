//! The layout of the house, checked by reading the source: who may name whom, who may touch files and
//! endpoints, where exit codes live, and what stands at the top. `docs/architecture.md` has the reasons.
//!
//! Every check has planted violations that it must find: a check that can't fail guards nothing.

#![allow(clippy::unwrap_used, reason = "a test that can't read the tree has failed")]

mod checks;
mod planted;
mod syntax;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use checks::{
    empty_names, endpoints_in_rules, exits_outside_main, forbidden_imports, hidden_imports,
    outputs_reading_files, scattered_exit_codes, strangers,
};
use syntax::Source;

/// What stands in `src/`.
const ROOMS: &[&str] = &[
    "main.rs",
    "lib.rs",
    "scan.rs",
    "scan",
    "config.rs",
    "config",
    "cli",
    "azure",
    "source",
    "inventory",
    "analysis",
    "rule",
    "finding",
    "track",
    "output",
];

/// What stands at the top of the repository.
const TOP: &[&str] = &[
    ".ci",
    ".gitattributes",
    ".github",
    ".gitignore",
    ".pre-commit-hooks.yaml",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "SECURITY.md",
    "action.yml",
    "benches",
    "build.rs",
    "ci",
    "clippy.toml",
    "deny.toml",
    "docs",
    "fixtures",
    "fuzz",
    "rules",
    "rustfmt.toml",
    "src",
    "tests",
];

#[test]
fn no_room_names_what_it_must_not_know() {
    assert_none(&forbidden_imports(&sources("src")));
    assert_none(&hidden_imports(&sources("src")));
}

#[test]
fn outputs_read_no_file() {
    assert_none(&outputs_reading_files(&sources("src")));
}

#[test]
fn only_main_ends_the_process_and_exit_codes_have_one_home() {
    assert_none(&exits_outside_main(&sources("src")));
    assert_none(&scattered_exit_codes(&sources("src")));
}

#[test]
fn rules_know_no_endpoint() {
    assert_none(&endpoints_in_rules(&sources("src")));
}

#[test]
fn names_say_what_is_inside() {
    for folder in ["src", "tests", "benches"] {
        assert_none(&empty_names(&sources(folder)));
    }
}

#[test]
fn everything_stands_where_the_layout_has_it() {
    assert_none(&strangers(&tracked(""), TOP));
    assert_none(&strangers(&tracked("src"), ROOMS));
}

fn assert_none(violations: &[String]) {
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All Rust files below a folder, in order, without those that only tests are made of.
fn sources(folder: &str) -> Vec<Source> {
    let mut files = Vec::new();
    collect(&root().join(folder), folder, &mut files);
    assert!(folder != "src" || files.len() > 5, "hardly a file in src: {files:?}");
    let all: Vec<Source> =
        files.iter().map(|file| Source::new(file, &fs::read_to_string(root().join(file)).unwrap())).collect();
    let for_tests: Vec<_> = all.iter().flat_map(|source| source.test_modules.clone()).collect();
    all.into_iter()
        .filter(|source| !for_tests.iter().any(|module| source.module.starts_with(module)))
        .collect()
}

fn collect(folder: &Path, name: &str, files: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    let mut entries: Vec<_> = entries.map(|entry| entry.unwrap()).collect();
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = format!("{name}/{}", entry.file_name().to_string_lossy());
        if entry.file_type().unwrap().is_dir() {
            collect(&entry.path(), &name, files);
        } else if Path::new(&name).extension().is_some_and(|extension| extension == "rs") {
            files.push(name);
        }
    }
}

/// Names directly in a folder, of what git tracks: reports that somebody wrote into the checkout are no
/// part of it. Without git, of all that is there but the build's folder.
fn tracked(folder: &str) -> BTreeSet<String> {
    let inside = root().join(folder);
    let listed = Command::new("git").args(["ls-files", "-z"]).current_dir(&inside).output();
    let names: BTreeSet<String> = match listed {
        Ok(output) if output.status.success() && !output.stdout.is_empty() => {
            String::from_utf8_lossy(&output.stdout)
                .split('\0')
                .filter_map(|path| path.split('/').next())
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect()
        }
        _ => fs::read_dir(&inside)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .filter(|name| !matches!(name.as_str(), "target" | ".git"))
            .collect(),
    };
    assert!(!names.is_empty(), "nothing in {}", inside.display());
    names
}
