//! Planted violations that each check must find, and look-alikes that it must let be.

use crate::checks::{
    empty_names, endpoints_in_rules, exits_outside_main, forbidden_imports, hidden_imports,
    outputs_reading_files, scattered_exit_codes, strangers,
};
use crate::syntax::Source;
use crate::{ROOMS, TOP};

type Check = fn(&[Source]) -> Vec<String>;

/// Asserts how many violations a check finds in one planted file.
fn finds(check: Check, file: &str, text: &str, expected: usize) {
    let found = check(&[Source::new(file, text)]);
    assert_eq!(found.len(), expected, "{file}:\n{text}\nfound: {found:#?}");
}

#[test]
fn planted_imports_are_found() {
    let cases = [
        ("src/inventory/index.rs", "use crate::azure::rest;", 1),
        ("src/inventory/mod.rs", "use super::source::recording::Record;", 1),
        ("src/analysis/exposure/mod.rs", "use super::super::output::table;", 1),
        ("src/rule/check.rs", "use crate::{inventory::id, output::{sarif, table as t}};", 2),
        ("src/rule/check.rs", "use {crate::finding, crate::cli::args};", 1),
        ("src/rule/check.rs", "fn f() -> crate::track::store::Store { todo() }", 1),
        ("src/rule/check.rs", "fn f(a: Vec<crate::source::recording::Record>) {}", 1),
        ("src/rule/check.rs", "mod deep { use super::super::super::cli::args; }", 1),
        ("src/rule/check.rs", "mod deep {} use super::super::cli::args;", 1),
        ("src/finding/report.rs", "pub use crate::*;", 1),
        ("src/finding/report.rs", "use crate as root;", 1),
        ("src/finding/report.rs", "macro_rules! m { () => { $crate::output::csv() } }", 1),
        ("src/azure/rest.rs", "use crate\n    :: rule :: pack;", 1),
        ("src/source/live/planner.rs", "use crate::rule::Pack;", 1),
        ("src/output/sarif.rs", "use crate::rule::model::Rule;\nuse crate::scan;", 2),
        ("src/output/sarif.rs", "use skytjek::analysis::exposure;", 1),
        ("src/rule/check.rs", "#[cfg(not(test))] use crate::azure::rest;", 1),
        ("src/rule/check.rs", "const QUOTE: char = '\"'; use crate::azure::rest; // \"", 1),
        ("src/rule/check.rs", "fn f<'a>(x: &'a str) {} use crate::azure::rest;", 1),
        ("src/rule/check.rs", "#[cfg(test)] mod t { fn a() {} } use crate::azure::rest;", 1),
        ("src/rule/check.rs", "const WORD: &str = \"æ€🦀\"; fn €() {} /* € */ use crate::azure::rest;", 1),
        ("src/rule/check.rs", "#[cfg(test)] use a::{b, c}; use crate::azure::rest;", 1),
    ];
    for (file, text, expected) in cases {
        finds(forbidden_imports, file, text, expected);
    }
}

#[test]
fn look_alikes_are_no_imports() {
    let cases = [
        ("src/inventory/index.rs", "// use crate::azure::rest;"),
        ("src/inventory/index.rs", "/* a /* b */ use crate::azure::rest; */"),
        ("src/inventory/index.rs", "//! [`crate::output::table`] prints it."),
        ("src/inventory/index.rs", "const HELP: &str = \"use \\\"crate::azure::rest\\\"\";"),
        ("src/inventory/index.rs", "const HELP: &str = r#\"a \" use crate::azure::rest;\"#;"),
        ("src/inventory/index.rs", "#[cfg(test)]\n#[allow(x)]\nmod tests { use crate::azure::rest; }"),
        ("src/inventory/index.rs", "#[cfg(all(test, unix))] use crate::{azure, cli};"),
        ("src/inventory/index.rs", "#![cfg(test)]\nuse crate::azure;"),
        ("src/inventory/index.rs", "pub(crate) fn azure(source: u8) -> u8 { source }"),
        ("src/inventory/index.rs", "use std::process::Output; use other::azure::rest;"),
        ("src/rule/source.rs", "use self::source::x; use super::source::y;"),
        ("src/rule/check.rs", "fn f() { self.source.output::<u8>() }"),
        ("src/output/table.rs", "use crate::finding::{report::Report, verdict};"),
        ("src/source/live/mod.rs", "use crate::azure::rest; use crate::inventory::reads::Reads;"),
        ("src/scan.rs", "use crate::{source, inventory, analysis, rule, finding};"),
        ("src/cli/scan.rs", "use crate::{azure, output, scan};"),
    ];
    for (file, text) in cases {
        finds(forbidden_imports, file, text, 0);
    }
}

#[test]
fn a_re_export_of_the_root_hides_nothing() {
    let library = "pub mod output; pub use output::table::print; pub use crate::azure::Rest as Wire;";
    let user = "use crate::print; fn f(wire: crate::Wire) {}";
    let planted = [Source::new("src/lib.rs", library), Source::new("src/rule/check.rs", user)];
    assert_eq!(forbidden_imports(&planted).len(), 2);
    finds(hidden_imports, "src/lib.rs", "pub use output::*;", 1);
    finds(hidden_imports, "src/rule/x.rs", "#[path = \"../output/csv.rs\"] mod csv;", 1);
}

#[test]
fn planted_file_reads_and_exits_are_found() {
    let cases: [(Check, &str, &str, usize); 13] = [
        (outputs_reading_files, "src/output/csv.rs", "let a = std::fs::read_to_string(b);", 1),
        (outputs_reading_files, "src/output/csv.rs", "use std::fs::{self, read as r};", 1),
        (outputs_reading_files, "src/output/csv.rs", "use std::fs; fn f() { fs::read_dir(a); }", 1),
        (outputs_reading_files, "src/output/csv.rs", "use std::fs::*;", 1),
        (outputs_reading_files, "src/output/csv.rs", "use std::fs::File; fn f() { File::open(a); }", 1),
        (
            outputs_reading_files,
            "src/output/csv.rs",
            "File::create(a); fs::write(a, b); fs::rename(a, b);",
            0,
        ),
        (
            outputs_reading_files,
            "src/output/csv.rs",
            "#[test] fn f() {} #[cfg(test)] mod t { fs::read(a); }",
            0,
        ),
        (outputs_reading_files, "src/source/snapshot.rs", "fs::read(a);", 0),
        (exits_outside_main, "src/cli/scan.rs", "std::process::exit(code);", 1),
        (exits_outside_main, "src/cli/scan.rs", "use std::process::{exit, Command};", 1),
        (exits_outside_main, "src/main.rs", "std::process::exit(code);", 0),
        (exits_outside_main, "src/cli/scan.rs", "// std::process::exit(1)", 0),
        (exits_outside_main, "src/cli/scan.rs", "use std::process::ExitCode;", 0),
    ];
    for (check, file, text, expected) in cases {
        finds(check, file, text, expected);
    }
}

#[test]
fn exit_codes_in_two_files_are_found() {
    let home = Source::new("src/scan.rs", "let exit_code = 3; let other = ExitCode::from(4);");
    let second = [
        "ExitCode::from(2)",
        "const EXIT_DENIED: u8 = 3;",
        "Summary { exit_code: 1 }",
        "if summary.exit_code == 3 {}",
        "process::exit(2)",
    ];
    for text in second {
        let planted = [Source::new("src/cli/scan.rs", text)];
        assert!(scattered_exit_codes(&planted).is_empty(), "one file may: {text}");
        let planted = [Source::new(&home.file, &home.code), Source::new("src/cli/scan.rs", text)];
        assert_eq!(scattered_exit_codes(&planted).len(), 2, "{text}");
    }
    let innocent = "Summary { exit_code: code } ExitCode::from(report.summary.exit_code); // exit_code: 3";
    assert!(scattered_exit_codes(&[home, Source::new("src/cli/scan.rs", innocent)]).is_empty());
}

#[test]
fn planted_endpoints_and_names_are_found() {
    let cases: [(Check, &str, &str, usize); 11] = [
        (endpoints_in_rules, "src/rule/compile.rs", "let a = \"https://management.azure.com/\";", 1),
        (endpoints_in_rules, "src/rule/compile.rs", "let a = \"?api-version=2024-01-01\";", 1),
        (endpoints_in_rules, "src/rule/compile.rs", "// https://management.azure.com\nlet a = 1;", 0),
        (endpoints_in_rules, "src/rule/compile.rs", "let a = \"https://learn.microsoft.com/azure/\";", 0),
        (endpoints_in_rules, "src/azure/rest.rs", "let a = \"https://management.azure.com/\";", 0),
        (empty_names, "src/rule/utils.rs", "", 1),
        (empty_names, "src/helpers/mod.rs", "", 1),
        (empty_names, "src/rule/mod.rs", "mod common;", 1),
        (empty_names, "src/rule/mod.rs", "mod misc { fn a() {} }", 1),
        (empty_names, "tests/common/mod.rs", "", 1),
        (empty_names, "src/analysis/exposure/address.rs", "mod intervals; // mod utils;", 0),
    ];
    for (check, file, text, expected) in cases {
        finds(check, file, text, expected);
    }
}

#[test]
fn strangers_at_the_top_are_found() {
    let entries = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    assert!(strangers(&entries(&["src", "Cargo.toml"]), TOP).is_empty());
    assert_eq!(strangers(&entries(&["src", "scripts"]), TOP).len(), 1);
    assert_eq!(strangers(&entries(&["rule", "utils"]), ROOMS).len(), 1);
}

#[test]
fn modules_for_tests_in_files_of_their_own_are_known() {
    let source = Source::new("src/rule/check.rs", "#[cfg(test)]\nmod tests;\nmod parse;");
    assert_eq!(source.test_modules, [["rule", "check", "tests"]]);
    assert_eq!(source.declared_modules(), [("parse".to_owned(), 3)]);
}
