//! Real files: all of them parse, and what a file ends in is what the compiler's own output ends in.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "what is skipped, and how much is read, is to be seen"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::Modules;
use super::context::MAX_BYTES;
use super::parser::parse;
use super::syntax::{ExprKind, File, Statement, StatementKind};
use super::unit::elsewhere;
use crate::source::arm::expression::{Expression, Kind, Member};
use crate::source::arm::template::{Declaration, Template, Variable};
use crate::source::arm::{self, Evaluation};
use crate::source::code::file::{FileId, Files, Span, place_after};
use crate::source::code::node::{Content, Node};
use crate::source::code::read::Reader;
use crate::source::code::resource::{CodeResource, Language, Root};

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

/// The modules in files that the parser finds.
fn local_modules(file: &File) -> Vec<PathBuf> {
    let path = |statement: &Statement| match &statement.kind {
        StatementKind::Module(own) => match &own.kind.kind {
            ExprKind::Text(path) if elsewhere(path).is_none() => Some(PathBuf::from(path)),
            _ => None,
        },
        _ => None,
    };
    file.statements.iter().filter_map(path).collect()
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
        if file.errors.is_empty() {
            assert_eq!(super::modules(&text), local_modules(&file), "{}", path.display());
        }
        whole += usize::from(file.errors.is_empty());
        let shown = path.strip_prefix(&corpus).unwrap().display().to_string();
        errors.extend(file.errors.iter().map(|error| {
            let place = place_after(&text[..error.span.start as usize]);
            format!("{shown}:{}:{}: {}", place.line, place.column, error.reason)
        }));
    }
    println!("{whole} of {all} files parse wholly\n{}", errors.join("\n"));
    // The others: placeholders in documentation (`module <symbolic-name>`), and the compiler's own test of
    // lambdas that are wrong.
    let wrong = ["-definition.bicep", "InvalidLambdas_LF/main.bicep"];
    let strange: Vec<_> =
        errors.iter().filter(|error| !wrong.iter().any(|own| error.contains(own))).collect();
    assert_eq!(strange, Vec::<&String>::new());
    assert!(all >= 311 && whole >= 306, "{whole} of {all}");
}

/// What comparing two evaluations counts.
#[derive(Debug, Default)]
struct Agreement {
    /// Files compared.
    pairs: usize,
    /// Resources that both have.
    resources: usize,
    /// Values without parts (texts, numbers, null) that both know, and that are the same.
    same: usize,
    /// Values that neither knows.
    neither: usize,
    /// Values that only the JSON knows, and resources only it has, since the corpus lacks the file they are in.
    without_file: usize,
    /// Values that only the JSON knows, since YAML and folders are not followed.
    not_followed: usize,
    /// Values that only one knows for another reason.
    only_one: Vec<String>,
    /// What both know, and differently; resources that only one has.
    differences: Vec<String>,
}

impl Agreement {
    /// Compares the values of a resource as the Bicep file and the compiler's JSON have it.
    fn compare(&mut self, bicep: &Node, json: &Node, path: &str) {
        let shown = |node: &Node| match &node.content {
            Content::Unknown(why) => format!("unknown ({})", why.reason),
            content => format!("{content:?}").chars().take(200).collect(),
        };
        match (&bicep.content, &json.content) {
            (Content::Unknown(_), Content::Unknown(_)) => self.neither += 1,
            (Content::Unknown(why), _)
                if ["No such file", "could not be read"].iter().any(|own| why.reason.contains(own)) =>
            {
                self.without_file += 1;
            }
            (Content::Unknown(why), _)
                if ["loadYamlContent", "loadDirectoryFileInfo"]
                    .iter()
                    .any(|own| why.reason.contains(own)) =>
            {
                self.not_followed += 1;
            }
            _ if DELIBERATE.iter().any(|(own, _)| path.contains(own)) => {}
            (Content::Unknown(_), _) | (_, Content::Unknown(_)) => {
                self.only_one.push(format!("{path}: Bicep {}, JSON {}", shown(bicep), shown(json)));
            }
            (Content::Object(one), Content::Object(_)) => {
                for (name, value) in one {
                    let path = format!("{path}.{name}");
                    match json.member(name) {
                        Some(other) => self.compare(value, other, &path),
                        None if value.content == Content::Null => {}
                        None => self.differences.push(format!("{path}: only in Bicep")),
                    }
                }
                for (name, value) in json.members().unwrap_or_default() {
                    if bicep.member(name).is_none() && value.content != Content::Null {
                        self.differences.push(format!("{path}.{name}: only in JSON"));
                    }
                }
            }
            (Content::Array(one), Content::Array(other)) if one.len() == other.len() => {
                for (at, (one, other)) in one.iter().zip(other).enumerate() {
                    self.compare(one, other, &format!("{path}[{at}]"));
                }
            }
            (one, other) if one == other => self.same += 1,
            (Content::Text(one), Content::Text(other)) if id(one).is_some() && id(one) == id(other) => {
                self.same += 1;
            }
            _ => self.differences.push(format!("{path}: Bicep {}, JSON {}", shown(bicep), shown(json))),
        }
        if bicep.secret != json.secret {
            self.differences.push(format!("{path}: secret only in one"));
        }
    }

    /// Compares what two readings of one template end in.
    fn roots(&mut self, short: &str, bicep: &Root, json: &Root) {
        let lacks_modules = bicep
            .unread
            .iter()
            .any(|unread| unread.reason.contains("No such file") || unread.reason.contains("a registry"));
        let (one, other) = (keyed(bicep), keyed(json));
        for (key, resource) in &one {
            match other.get(key) {
                Some(there) => {
                    self.resources += 1;
                    let path = format!("{short} {} {}", resource.address, key.0);
                    if id(&resource.id) != id(&there.id) {
                        // An extension of an element of a loop whose index isn't known.
                        let open = resource.id.contains("/~storageAccounts.mod(");
                        let list = if open { &mut self.only_one } else { &mut self.differences };
                        list.push(format!("{path}: id {} and {}", resource.id, there.id));
                    }
                    self.compare(&resource.body, &there.body, &path);
                }
                None => self.differences.push(format!("{short} only in Bicep: {key:?} {}", resource.address)),
            }
        }
        for (key, resource) in other.iter().filter(|(key, _)| !one.contains_key(key)) {
            // `<deployment>/<resource>`: a resource of a module.
            if lacks_modules && resource.address.contains('/') {
                self.without_file += 1;
            } else {
                self.differences.push(format!("{short} only in JSON: {key:?} {}", resource.address));
            }
        }
    }
}

/// An id in lower case (the compiler writes types as Azure does), its made up names left out (they are made
/// of the code's own words, which are others in another language).
fn id(text: &str) -> Option<String> {
    let open = |segment: &str| if segment.starts_with('~') { "~".to_owned() } else { segment.to_owned() };
    let text = text.strip_prefix("/subscriptions/")?.to_ascii_lowercase();
    Some(text.split('/').map(open).collect::<Vec<_>>().join("/"))
}

/// What a Bicep file and its compiled JSON end in. To each a resource is added that has what the file calculates:
/// the variables that both have (the compiler puts some in their place), and the outputs.
fn both(path: &Path, compiled: &Path, reader: &Reader) -> (Root, Root) {
    // Shown by the same name, since made up ids begin with it.
    let shown = "it";
    let (mut bicep_files, mut bicep_unread) = (Files::default(), Vec::new());
    let (mut json_files, mut json_unread) = (Files::default(), Vec::new());
    let mut modules = Modules { reader, root: path, shown, left: MAX_BYTES };
    let mut bicep = modules.bicep(path, &mut bicep_files, &mut bicep_unread).unwrap();
    let mut json = arm::load(reader, compiled, shown, &mut json_files, &mut json_unread).unwrap();
    let names = |variables: &[Variable]| {
        variables.iter().map(|variable| variable.name.clone()).collect::<BTreeSet<_>>()
    };
    let variables: Vec<_> = names(&bicep.variables).intersection(&names(&json.variables)).cloned().collect();
    let outputs: Vec<_> = names(&bicep.outputs).intersection(&names(&json.outputs)).cloned().collect();
    for template in [&mut bicep, &mut json] {
        let probe = probe(template, &variables, &outputs);
        template.resources.push(probe);
    }
    let mut no_links = Modules { reader, root: compiled, shown, left: MAX_BYTES };
    let evaluate = |language, template, files, unread, load: &mut Modules<'_>| {
        let (values, notes) = (None, Vec::new());
        arm::evaluate(Evaluation { language, shown, path, template, values, files, unread, notes, load })
    };
    (
        evaluate(Language::Bicep, bicep, bicep_files, bicep_unread, &mut modules),
        evaluate(Language::Arm, json, json_files, json_unread, &mut no_links),
    )
}

/// A resource whose properties are variables and outputs of a template.
fn probe(template: &Template, variables: &[String], outputs: &[String]) -> Declaration {
    let span = Span::new(FileId(0), 0..0);
    let at = |kind: Kind| Expression { kind, span };
    let text = |text: &str| at(Kind::Text(text.to_owned()));
    let member = |name: String, value: Expression| Member { name: text(&name), value, spread: false };
    let variable = |name: &String| {
        let call = Kind::Call { namespace: None, name: "variables".to_owned(), arguments: vec![text(name)] };
        member(format!("var {name}"), at(call))
    };
    let mut members: Vec<_> = variables.iter().map(variable).collect();
    for name in outputs {
        let output = template.outputs.iter().find(|output| output.name == *name).unwrap();
        members.push(member(format!("output {name}"), output.value.clone()));
    }
    Declaration {
        symbol: Some("probe".to_owned()),
        kind: text("Probe.X/probes"),
        api_version: None,
        name: text("probe"),
        existing: false,
        condition: None,
        copy: None,
        scope: None,
        parent: None,
        body: vec![member("properties".to_owned(), at(Kind::Object(members)))],
        children: Vec::new(),
        nested: None,
        span,
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

/// Values that are meant to differ.
const DELIBERATE: [(&str, &str); 2] = [
    ("scopesWithoutArmRepresentation", "the compiler puts {} in the place of subscription() as a whole"),
    ("output p4_res1childid", "a scope of tenant() is the root for the evaluator, tenantResourceId() is not"),
];

/// Files whose JSON is not what the compiler makes of them.
const NOT_COMPILED: [(&str, &str); 3] = [
    ("InvalidLambdas_LF/main", "the file is wrong on purpose, and the JSON has other resources"),
    ("InvalidModules_LF/moduled", "the JSON is of another file"),
    ("Extensions_CRLF/main", "its resources say 'extension: az' in JSON, which ARM's reader leaves unread"),
];

#[test]
fn real_files_end_in_what_the_compiler_made_of_them() {
    let Some(corpus) = corpus() else { return };
    let folder = corpus.join("bicep-pairs");
    let reader = Reader::new(&folder).unwrap();
    let mut agreement = Agreement::default();
    for path in files(&folder, "bicep") {
        let compiled = path.with_extension("json");
        let stem = path.with_extension("").display().to_string();
        if !compiled.is_file() || NOT_COMPILED.iter().any(|(name, _)| stem.ends_with(name)) {
            continue;
        }
        agreement.pairs += 1;
        let (bicep, json) = both(&path, &compiled, &reader);
        let short = stem.rsplit('/').take(2).collect::<Vec<_>>().join(" of ");
        agreement.roots(&short, &bicep, &json);
    }
    println!("{}\n{}", agreement.only_one.join("\n"), agreement.differences.join("\n"));
    println!(
        "{} pairs: {} resources and {} values the same, {} values unknown in both, {} lacking a file, \
         {} from YAML and folders, {} known in one only, {} differences",
        agreement.pairs,
        agreement.resources,
        agreement.same,
        agreement.neither,
        agreement.without_file,
        agreement.not_followed,
        agreement.only_one.len(),
        agreement.differences.len()
    );
    assert_eq!(agreement.differences, Vec::<String>::new());
    // What was reached on 2026-11-24: a lower number says that something is no longer read or known.
    assert!(agreement.pairs >= 87, "{}", agreement.pairs);
    assert!(agreement.resources >= 370, "{}", agreement.resources);
    assert!(agreement.same >= 2_700, "{}", agreement.same);
    assert!(agreement.not_followed <= 30, "{}", agreement.not_followed);
    assert!(agreement.only_one.len() <= 21, "{}", agreement.only_one.join("\n"));
}

#[test]
fn every_real_file_is_evaluated() {
    let Some(corpus) = corpus() else { return };
    let reader = Reader::new(&corpus).unwrap();
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    let mut resources = 0;
    for path in files(&corpus, "bicep") {
        let shown = path.strip_prefix(&corpus).unwrap().display().to_string();
        let begun = std::time::Instant::now();
        let root = super::read(&super::Request {
            path: &path,
            shown: &shown,
            reader: &reader,
            parameter_file: None,
        });
        assert!(begun.elapsed().as_secs_f64() < 5.0, "{shown}");
        resources += root.resources.len();
        for unread in root.unread {
            *reasons.entry(unread.reason).or_default() += 1;
        }
    }
    // Files that the corpus lacks, registries, and text that is no Bicep: nothing that Bicep has is unread.
    let known = ["No such file", "which is not read", " is expected here"];
    let strange: Vec<_> =
        reasons.keys().filter(|reason| !known.iter().any(|own| reason.contains(own))).collect();
    assert_eq!(strange, Vec::<&String>::new());
    println!("{resources} resources");
    assert!(resources >= 1_700, "{resources}");
}
