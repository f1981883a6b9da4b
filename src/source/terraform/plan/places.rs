//! Places of a plan's resources in the sources that it was made from.

use std::path::Path;

use super::configuration::Instance;
use crate::source::code::file::{Files, Span};
use crate::source::code::node::{Content, Node};
use crate::source::code::read::Reader;
use crate::source::code::resource::Unread;
use crate::source::terraform::configuration::Configuration;
use crate::source::terraform::library::{Library, is_elsewhere};
use crate::source::terraform::load::Loader;
use crate::source::terraform::provider_version;
use crate::source::terraform::resource::TerraformResource;
use crate::source::terraform::syntax::{Block, Body, Kind};

/// The sources of a plan.
pub struct Places {
    library: Library,
    /// The version of `azurerm` in the lock file beside them.
    pub locked: Option<String>,
}

impl Places {
    /// Reads the root module's folder, and all modules that it calls, into `files`.
    pub fn read(root: &Path, reader: &Reader, files: &mut Files, unread: &mut Vec<Unread>) -> Self {
        let shown = root.to_string_lossy().replace('\\', "/");
        let folder = match reader.resolve(root) {
            Ok(folder) => folder,
            Err(error) => {
                let reason = format!("the sources of the plan are not read: {error}");
                unread.push(Unread { file: shown, place: None, what: String::new(), reason });
                return Self { library: Library::default(), locked: None };
            }
        };
        let files_so_far = std::mem::take(files);
        let mut loader =
            Loader { reader, root: folder.clone(), shown: &shown, files: files_so_far, unread: Vec::new() };
        let library = Library::load(&folder, &mut loader);
        let locked = provider_version::locked(&folder, &mut loader);
        *files = loader.files;
        // What a module from elsewhere deploys is in the plan.
        let calls = library.modules.iter().flat_map(|module| &module.calls);
        let elsewhere: Vec<String> =
            calls.filter(|call| is_elsewhere(call)).map(|call| format!("module.{}", call.name)).collect();
        unread.extend(loader.unread.into_iter().filter(|gap| !elsewhere.contains(&gap.what)));
        Self { library, locked }
    }

    /// Moves a resource's places from the plan to the block in the sources, if that is found.
    pub fn find(&self, resource: &mut TerraformResource) -> bool {
        let Some(block) = self.block(&resource.address) else { return false };
        resource.block = block.span;
        settle(&mut resource.arguments, &block.body, block.span);
        true
    }

    fn block(&self, address: &str) -> Option<&Block> {
        let at = Instance::of(address);
        let inside = address.get(at.prefix().len()..)?;
        let own = inside.split('[').next()?;
        let root = self.library.modules.first()?;
        let module = at.names().iter().try_fold(root, |module: &Configuration, name| {
            let target = module.call(name)?.target.as_ref().ok()?;
            self.library.modules.get(*target)
        })?;
        module.resource(own).map(|resource| &resource.block)
    }
}

/// Gives values the places of the attributes and blocks that they come from.
fn settle(node: &mut Node, body: &Body, span: Span) {
    node.span = span;
    let Content::Object(members) = &mut node.content else {
        everywhere(node, span);
        return;
    };
    for (name, member) in members {
        if let Some(value) = body.attribute(name) {
            everywhere(member, value.span);
            continue;
        }
        let blocks: Vec<&Block> = body.blocks(name).collect();
        let is_dynamic = body.blocks("dynamic").any(|block| block.labels.first() == Some(name));
        match &mut member.content {
            // Blocks of a plan are in the order of the code where the provider keeps a list; a set's are not.
            Content::Array(elements) if !is_dynamic && elements.len() == 1 && blocks.len() == 1 => {
                for (element, block) in elements.iter_mut().zip(&blocks) {
                    settle(element, &block.body, block.span);
                    member.span = block.span;
                }
            }
            Content::Array(elements) if !is_dynamic && elements.len() == blocks.len() => {
                for element in elements {
                    let named = element.member("name").and_then(Node::as_str);
                    match blocks.iter().find(|block| named.is_some() && name_in(block) == named) {
                        Some(block) => settle(element, &block.body, block.span),
                        None => everywhere(element, span),
                    }
                }
                member.span = span;
            }
            _ => everywhere(member, span),
        }
    }
}

/// The text that a block has as its name.
fn name_in(block: &Block) -> Option<&str> {
    match &block.body.attribute("name")?.kind {
        Kind::Text(name) => Some(name),
        _ => None,
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
