//! Templates as people write them, and what comes out.

mod corpus;
mod functions;
mod hostile;
mod probes;
mod resources;

use std::path::{Path, PathBuf};

use super::library::Load;
use super::template::Template;
use super::{Evaluation, Request, evaluate, read, reader};
use crate::source::code::file::Files;
use crate::source::code::node::{Content, Node};
use crate::source::code::read::Reader;
use crate::source::code::resource::{CodeResource, Language, Root, Unread};

/// The folder of real templates, if it is there.
fn shared() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    if path.is_dir() {
        return Some(path);
    }
    #[allow(clippy::print_stderr, reason = "a test that is skipped says so")]
    {
        eprintln!("SKIPPED: {} is not there", path.display());
    }
    None
}

struct NoLinks;

impl Load for NoLinks {
    fn load(&mut self, _: &Path, _: &mut Files, _: &mut Vec<Unread>) -> Result<Template, String> {
        Err("is not there".to_owned())
    }
}

/// Evaluates a template's text, without files beside it.
fn root_of(text: &str) -> Root {
    let mut files = Files::default();
    let file = files.add("main.json", text.into());
    let mut unread = Vec::new();
    let template = reader::read(text, file, "main.json", Path::new("main.json"), &mut unread);
    let template = template.unwrap_or_else(|lost| {
        unread.push(lost);
        Template::default()
    });
    evaluate(Evaluation {
        language: Language::Arm,
        shown: "main.json",
        path: Path::new("main.json"),
        template,
        values: None,
        files,
        unread,
        notes: Vec::new(),
        load: &mut NoLinks,
    })
}

/// Reads a file as the command does.
fn root_at(path: &Path, boundary: &Path, shown: &str) -> Root {
    let reader = Reader::new(boundary).unwrap();
    read(&Request { path, shown, reader: &reader, parameter_file: None })
}

/// The resource whose address ends so.
fn resource<'r>(root: &'r Root, label: &str) -> &'r CodeResource {
    let found = root.resources.iter().find(|resource| resource.address.ends_with(&format!("#{label}")));
    found.unwrap_or_else(|| {
        let all: Vec<_> = root.resources.iter().map(|resource| &resource.address).collect();
        panic!("no {label} in {all:?}; unread: {:?}", root.unread)
    })
}

/// What lies at a path of members and indices.
fn at<'n>(node: &'n Node, path: &str) -> &'n Node {
    path.split('.').fold(node, |node, step| {
        match step.parse::<usize>() {
            Ok(index) => node.elements().and_then(|elements| elements.get(index)),
            Err(_) => node.member(step),
        }
        .unwrap_or_else(|| panic!("no {step} of {path} in {}", shown(node)))
    })
}

/// A value as JSON; `?reason?` for what isn't known, `*` after what is secret.
fn shown(node: &Node) -> String {
    let secret = if node.secret { "*" } else { "" };
    let plain = match &node.content {
        Content::Null => "null".to_owned(),
        Content::Bool(value) => value.to_string(),
        Content::Number(number) => number.to_string(),
        Content::Text(text) => serde_json::to_string(text).unwrap(),
        Content::Array(elements) => {
            format!("[{}]", elements.iter().map(shown).collect::<Vec<_>>().join(","))
        }
        Content::Object(members) => {
            let members = members.iter().map(|(name, node)| format!("{name:?}:{}", shown(node)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        Content::Unknown(why) => format!("?{}?", why.reason),
    };
    plain + secret
}
