//! The CI kit (`action.yml`, `ci/`, `.pre-commit-hooks.yaml`, `docs/ci.md`) says nothing that the
//! program doesn't know, and its scan steps do what they promise: they are run here, in a bash, as the
//! CI systems run them.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

#[cfg(unix)]
mod steps;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use saphyr::{LoadableYamlNode as _, Yaml};

const FILES: [&str; 4] = ["action.yml", "ci/azure-pipelines.yml", "ci/gitlab.yml", ".pre-commit-hooks.yaml"];

fn read(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}

fn yaml(text: &str) -> Yaml<'_> {
    let mut documents = Yaml::load_from_str(text).unwrap();
    assert_eq!(documents.len(), 1);
    documents.remove(0)
}

/// All texts of a document: values of mappings and members of lists.
fn texts(node: &Yaml<'_>, found: &mut Vec<String>) {
    if let Some(text) = node.as_str() {
        found.push(text.to_owned());
    }
    for item in node.as_sequence().into_iter().flatten() {
        texts(item, found);
    }
    for (_, value) in node.as_mapping().into_iter().flatten() {
        texts(value, found);
    }
}

fn help() -> String {
    let output =
        assert_cmd::Command::cargo_bin("skytjek").unwrap().args(["scan", "--help"]).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// Words of a command line that are options: `--flag` and `-o`.
fn options(line: &str) -> Vec<String> {
    line.split([' ', '(', ')', '"', '`', '=', ';', '|'])
        .filter(|word| word.starts_with("--") && word.len() > 2 || *word == "-o")
        .map(str::to_owned)
        .collect()
}

/// The formats that a command line asks for: `-o sarif=x`, `-o "junit=$out/x"`.
fn formats(line: &str) -> Vec<String> {
    line.split("-o ")
        .skip(1)
        .map(|rest| rest.trim_start_matches('"').chars().take_while(char::is_ascii_alphanumeric).collect())
        .collect()
}

fn known_options() -> BTreeSet<String> {
    let help = help();
    let words = help.split([' ', ',', '\n', '<', '[']);
    words.filter(|word| word.starts_with('-')).map(|word| word.trim_end_matches("...").to_owned()).collect()
}

/// What a command line says that the program doesn't know.
fn mistakes(line: &str, known: &BTreeSet<String>) -> Vec<String> {
    let words = ["table", "json", "sarif", "csv", "junit", "markdown"];
    let options = options(line).into_iter().filter(|option| !known.contains(option));
    let formats = formats(line).into_iter().filter(|format| !words.contains(&format.as_str()));
    options.chain(formats).map(|wrong| format!("{wrong}: {line}")).collect()
}

#[test]
fn every_option_that_is_used_is_one_of_the_program() {
    let known = known_options();
    assert!(known.contains("--baseline") && known.contains("-o"), "{known:?}");
    for file in FILES {
        let text = read(file);
        let mut found = Vec::new();
        texts(&yaml(&text), &mut found);
        let commands: Vec<&str> = found
            .iter()
            .flat_map(|text| text.lines())
            .filter(|line| {
                line.contains("args+=(") || line.contains("args=(") || line.contains("skytjek scan")
            })
            .collect();
        let wrong: Vec<String> = commands.iter().flat_map(|line| mistakes(line, &known)).collect();
        assert!(wrong.is_empty(), "{file}: {wrong:?}");
        let used: usize = commands.iter().map(|line| options(line).len()).sum();
        assert!(used >= 2, "{file}: hardly an option in {commands:?}");
    }
}

#[test]
fn a_mistake_in_the_kit_would_be_found() {
    let known = known_options();
    for wrong in ["args+=(--base-line \"$file\")", "skytjek scan -o junit5=x", "args=(--quiet --failon high)"]
    {
        assert_eq!(mistakes(wrong, &known).len(), 1, "{wrong}");
    }
    let right = "args+=(-o table -o \"sarif=$out/x\" --baseline \"$file\")";
    assert_eq!((mistakes(right, &known).len(), options(right).len()), (0, 3));
    assert!(help().contains("table, json, sarif, csv, junit or markdown"), "the list of formats here is old");
}

#[test]
fn what_others_made_is_pinned_to_a_major_version() {
    let mut pinned = 0;
    for file in ["action.yml", "ci/azure-pipelines.yml"] {
        let text = read(file);
        for line in text.lines().map(str::trim) {
            let line = line.trim_start_matches("- ");
            if let Some(used) = line.strip_prefix("uses: ").or_else(|| line.strip_prefix("task: ")) {
                let (_, version) = used.split_once('@').unwrap_or_else(|| panic!("{file}: {line}"));
                let number = version.trim_start_matches('v');
                assert!(number.parse::<u16>().is_ok(), "{file}: {line}");
                pinned += 1;
            }
        }
    }
    assert_eq!(pinned, 3);
}

#[test]
fn every_input_of_the_action_is_used_and_explained() {
    let text = read("action.yml");
    let action = yaml(&text);
    let page = read("docs/ci.md");
    let inputs: Vec<String> = action["inputs"]
        .as_mapping()
        .unwrap()
        .iter()
        .map(|(name, input)| {
            assert!(input["description"].as_str().is_some() && input["default"].as_str().is_some());
            name.as_str().unwrap().to_owned()
        })
        .collect();
    assert!(inputs.len() >= 6);
    for name in &inputs {
        assert!(text.contains(&format!("inputs.{name} ")), "the input {name} is not used");
        assert!(page.contains(&format!("| `{name}` |")), "docs/ci.md does not explain {name}");
    }
    let mut used = BTreeSet::new();
    for part in text.split("inputs.").skip(1) {
        used.insert(part.chars().take_while(|c| c.is_ascii_lowercase() || *c == '-').collect::<String>());
    }
    for name in used.iter().filter(|name| !name.is_empty()) {
        assert!(inputs.contains(name), "inputs.{name} is used and not there");
    }
    // Written into a script, an input could be more than a value.
    for step in action["runs"]["steps"].as_sequence().unwrap() {
        let script = step.as_mapping_get("run").and_then(|script| script.as_str()).unwrap_or_default();
        assert!(!script.contains("${{"), "{script}");
    }
}

#[test]
fn the_page_shows_only_what_the_program_knows() {
    let known = known_options();
    let page = read("docs/ci.md");
    let commands: Vec<&str> = page
        .lines()
        .filter(|line| line.contains("skytjek scan"))
        .filter_map(|line| line.split('#').next())
        .collect();
    let wrong: Vec<String> = commands.iter().flat_map(|line| mistakes(line, &known)).collect();
    assert!(wrong.is_empty() && commands.len() >= 3, "{wrong:?}");
    for code in 0..=4 {
        assert!(page.contains(&format!("| {code} |")), "docs/ci.md does not explain exit code {code}");
    }
    for file in FILES {
        assert!(page.contains(&format!("../{file}")), "docs/ci.md does not name {file}");
    }
}
