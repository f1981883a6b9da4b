//! Places of a plan's resources in the sources that it was made from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hcl_edit::Span as _;
use hcl_edit::structure::{Block, Body, Structure};

use super::configuration::{Configuration, Instance};
use crate::source::code::file::{FileId, Files, Span};
use crate::source::code::node::{Content, Node};
use crate::source::code::read::Reader;
use crate::source::code::resource::Unread;
use crate::source::terraform::resource::TerraformResource;

/// Deepest nesting of brackets in a source.
const MAX_DEPTH: usize = 128;
/// Most files of a module.
const MAX_FILES: usize = 2_000;

/// The blocks of modules, read when first asked for.
pub struct Places<'a> {
    root: PathBuf,
    shown: String,
    reader: &'a Reader,
    modules: BTreeMap<Vec<String>, Module>,
}

#[derive(Default)]
struct Module {
    blocks: BTreeMap<(String, String), (FileId, Block)>,
}

impl<'a> Places<'a> {
    /// In the root module's folder.
    pub fn new(root: &Path, reader: &'a Reader) -> Self {
        let shown = root.to_string_lossy().replace('\\', "/");
        Self { root: root.to_owned(), shown, reader, modules: BTreeMap::new() }
    }

    /// The text of the lock file.
    pub fn lock_file(&self) -> Option<Arc<str>> {
        self.reader.read(&self.root.join(".terraform.lock.hcl")).ok()
    }

    /// Moves a resource's places from the plan to the block in the sources, if that is found.
    pub fn find(
        &mut self,
        resource: &mut TerraformResource,
        configuration: &Configuration<'_>,
        files: &mut Files,
        unread: &mut Vec<Unread>,
    ) -> bool {
        let at = Instance::of(&resource.address);
        let modules = at.names();
        if !self.modules.contains_key(&modules) {
            let module = self.module(&modules, configuration, files, unread);
            self.modules.insert(modules.clone(), module);
        }
        let Some(name) = name_of(&resource.address) else { return false };
        let key = (resource.kind.clone(), name.to_owned());
        let Some((file, block)) = self.modules.get(&modules).and_then(|module| module.blocks.get(&key))
        else {
            return false;
        };
        let Some(range) = block.span() else { return false };
        let span = Span::new(*file, range);
        resource.block = span;
        settle(&mut resource.arguments, &block.body, *file, span);
        true
    }

    fn module(
        &self,
        modules: &[String],
        configuration: &Configuration<'_>,
        files: &mut Files,
        unread: &mut Vec<Unread>,
    ) -> Module {
        let mut folder = self.root.clone();
        let mut shown = self.shown.clone();
        for depth in 1..=modules.len() {
            let source = modules.get(..depth).and_then(|path| configuration.source(path));
            // Modules of a registry have no files here.
            let Some(source) = source.filter(|source| source.starts_with("./") || source.starts_with("../"))
            else {
                return Module::default();
            };
            folder.push(source);
            shown = join(&shown, source);
        }
        let mut module = Module::default();
        let entries = match self.reader.resolve(&folder).and_then(|real| Ok(std::fs::read_dir(real)?)) {
            Ok(entries) => entries,
            Err(error) => {
                unread.push(Unread {
                    file: shown,
                    place: None,
                    what: String::new(),
                    reason: format!("the sources of the plan are not read: {error}"),
                });
                return module;
            }
        };
        let mut names: Vec<String> = entries
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| {
                Path::new(name).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("tf"))
            })
            .collect();
        names.sort_unstable();
        names.truncate(MAX_FILES);
        for name in names {
            let path = join(&shown, &name);
            let mut lost = |reason: String| {
                unread.push(Unread { file: path.clone(), place: None, what: String::new(), reason });
            };
            let text = match self.reader.read(&folder.join(&name)) {
                Ok(text) => text,
                Err(error) => {
                    lost(error.to_string());
                    continue;
                }
            };
            if too_deep(&text) {
                lost(format!("brackets nest deeper than {MAX_DEPTH} levels"));
                continue;
            }
            let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
            let body = match hcl_edit::parser::parse_body(text.get(start..).unwrap_or_default()) {
                Ok(body) if start == 0 => body,
                // Its places would be off by the mark.
                Ok(_) => continue,
                Err(error) => {
                    lost(format!("this is no HCL: {}", error.message()));
                    continue;
                }
            };
            let file = files.add(&path, text);
            for block in body.into_blocks() {
                let mut labels = block.labels.iter();
                if let ("resource", Some(kind), Some(name)) =
                    (block.ident.as_str(), labels.next(), labels.next())
                {
                    let key = (kind.as_str().to_owned(), name.as_str().to_owned());
                    module.blocks.entry(key).or_insert((file, block));
                }
            }
        }
        module
    }
}

/// `web` of `module.a["x.y"].azurerm_subnet.web[0]`.
fn name_of(address: &str) -> Option<&str> {
    let prefix = Instance::of(address).prefix();
    let (_, name) = address.get(prefix.len()..)?.split_once('.')?;
    name.split('[').next()
}

/// Brackets are counted wherever they stand, in text and comments too: real files come nowhere near.
fn too_deep(text: &str) -> bool {
    let mut depth = 0_usize;
    for byte in text.bytes() {
        match byte {
            b'{' | b'[' | b'(' => depth += 1,
            b'}' | b']' | b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return true;
        }
    }
    false
}

/// Gives values the places of the attributes and blocks that they come from.
fn settle(node: &mut Node, body: &Body, file: FileId, span: Span) {
    node.span = span;
    let Content::Object(members) = &mut node.content else {
        everywhere(node, span);
        return;
    };
    for (name, member) in members {
        if let Some(attribute) = body.get_attribute(name) {
            everywhere(member, attribute.value.span().map_or(span, |range| Span::new(file, range)));
            continue;
        }
        let blocks: Vec<&Block> = body.get_blocks(name).collect();
        let dynamic = body.iter().any(|structure| match structure {
            Structure::Block(block) => {
                block.ident.as_str() == "dynamic"
                    && block.labels.first().is_some_and(|label| label.as_str() == name)
            }
            Structure::Attribute(_) => false,
        });
        match &mut member.content {
            // Blocks of a plan are in the order of the code where the provider keeps a list; a set's are not.
            Content::Array(elements) if !dynamic && elements.len() == 1 && blocks.len() == 1 => {
                for (element, block) in elements.iter_mut().zip(&blocks) {
                    let own = block.span().map_or(span, |range| Span::new(file, range));
                    settle(element, &block.body, file, own);
                    member.span = own;
                }
            }
            Content::Array(elements) if !dynamic && elements.len() == blocks.len() => {
                for element in elements {
                    let named = element.member("name").and_then(Node::as_str);
                    let own = blocks.iter().find(|block| {
                        let text = block.body.get_attribute("name").and_then(|name| name.value.as_str());
                        named.is_some() && text == named
                    });
                    match own.and_then(|block| Some((block, block.span()?))) {
                        Some((block, range)) => settle(element, &block.body, file, Span::new(file, range)),
                        None => everywhere(element, span),
                    }
                }
                member.span = span;
            }
            _ => everywhere(member, span),
        }
    }
}

fn everywhere(node: &mut Node, span: Span) {
    node.span = span;
    match &mut node.content {
        Content::Array(elements) => elements.iter_mut().for_each(|element| everywhere(element, span)),
        Content::Object(members) => members.iter_mut().for_each(|(_, member)| everywhere(member, span)),
        _ => {}
    }
}

/// A path below a folder as it is shown, without `.` and `..` where that can be.
fn join(folder: &str, path: &str) -> String {
    let absolute = folder.starts_with('/');
    let mut segments: Vec<&str> = Vec::new();
    for segment in folder.split('/').chain(path.split('/')) {
        match segment {
            "" | "." => {}
            ".." if segments.last().is_some_and(|last| *last != "..") => {
                segments.pop();
            }
            _ => segments.push(segment),
        }
    }
    format!("{}{}", if absolute { "/" } else { "" }, segments.join("/"))
}
