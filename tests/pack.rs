//! The shipped rules: every example comes out as its rule file says.
#![allow(missing_docs)]

use skytjek::rule::files::compile_all;
use skytjek::rule::pack::Pack;
use skytjek::rule::properties::PropertyTable;
use skytjek::rule::prove::prove;

#[test]
fn every_example_comes_out_as_its_rule_says() {
    let table = PropertyTable::shipped().unwrap();
    let compiled = compile_all(&Pack::shipped_sources().unwrap(), table).unwrap();
    assert!(!compiled.is_empty());
    let surprises: Vec<String> = compiled
        .iter()
        .flat_map(prove)
        .map(|surprise| {
            format!("{}:{} {}: {}", surprise.rule, surprise.line, surprise.example, surprise.text)
        })
        .collect();
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
}

#[test]
fn a_command_that_names_a_resource_group_names_its_subscription() {
    // Pasted into a shell that is signed in elsewhere, it would change another subscription.
    for rule in Pack::shipped().unwrap().rules() {
        let command = rule.fix.azure_cli.to_string();
        let named = !command.contains("--resource-group") || command.contains("--subscription");
        assert!(named, "{}: {command}", rule.id);
    }
}

#[test]
fn what_the_rules_read_is_what_a_live_scan_knows_how_to_get() {
    use skytjek::inventory::reads::{Supply, supply};
    let reads = Pack::shipped().unwrap().reads();
    for reads in reads.iter() {
        let needs_version =
            matches!(supply(&reads.name), Supply::Child | Supply::Subscription | Supply::Extension);
        assert!(!needs_version || reads.api_version.is_some(), "{}: no api-version to ask with", reads.name);
    }
}

/// `skytjek rules docs --out docs/rules` rewrites them.
#[test]
fn the_committed_rule_pages_are_those_of_the_rules() {
    use skytjek::rule::pages::pages;
    let sources = Pack::shipped_sources().unwrap();
    let compiled = compile_all(&sources, PropertyTable::shipped().unwrap()).unwrap();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules");
    let pages = pages(&compiled, &sources);
    let committed: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let strange: Vec<&String> = committed.iter().filter(|name| !pages.contains_key(*name)).collect();
    assert!(strange.is_empty(), "no rule stands behind {strange:?}");
    for (name, text) in &pages {
        let found = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
        assert!(found == *text, "docs/rules/{name} is not what its rule says; run `rules docs`");
    }
}
