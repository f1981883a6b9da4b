//! Plans: `terraform show -json`.

mod configuration;
mod json;
mod places;
#[cfg(test)]
mod tests;
mod values;

use std::collections::BTreeSet;
use std::path::Path;

use self::configuration::Configuration;
use self::places::Places;
use self::values::{Change, Changes};
use super::map;
use crate::source::code::file::{Files, place_after};
use crate::source::code::node::Node;
use crate::source::code::read::Reader;
use crate::source::code::resource::{Language, Root, Unread};
use crate::source::terraform::provider_version;

/// What is to be read.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The plan.
    pub path: &'a Path,
    /// The plan as it is shown.
    pub shown: &'a str,
    /// What may be read.
    pub reader: &'a Reader,
    /// Folder of the root module that the plan was made from: places are then those of its sources.
    pub terraform_dir: Option<&'a Path>,
}

/// A plan with all its resources.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What it was read to, with the resources that don't change.
    pub root: Root,
    /// Addresses of those that don't change: others refer to them.
    pub unchanged: BTreeSet<String>,
}

/// Whether a text is a plan's JSON, judged by its beginning.
pub fn looks_like_plan(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let mut end = text.len().min(4_096);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let head = text.get(..end).unwrap_or_default();
    // A state has `terraform_version`, too, and no resources at its top that are planned.
    text.starts_with('{')
        && head.contains("\"format_version\"")
        && (head.contains("\"planned_values\"")
            || head.contains("\"resource_changes\"")
            || head.contains("\"terraform_version\"") && text.contains("\"planned_values\""))
}

/// Reads a plan, with the resources that don't change: others refer to them. It never fails: what could not be
/// read is in [`Root::unread`].
pub fn read(request: &Request<'_>) -> Plan {
    let mut plan = Plan {
        root: Root {
            language: Language::Plan,
            path: request.shown.to_owned(),
            files: Files::default(),
            resources: Vec::new(),
            unread: Vec::new(),
            notes: Vec::new(),
        },
        unchanged: BTreeSet::new(),
    };
    let root = &mut plan.root;
    let text = match request.reader.read(request.path) {
        Ok(text) => text,
        Err(error) => {
            root.unread.push(lost(request.shown, error.to_string()));
            return plan;
        }
    };
    let file = root.files.add(request.shown, text.clone());
    let parsed = match json::read(&text, file, &wanted) {
        Ok(parsed) => parsed,
        Err(error) => {
            let before = text.get(..error.at).unwrap_or(&text);
            let place = Some(place_after(before));
            root.unread.push(Unread { place, ..lost(request.shown, format!("this is no plan: {error}")) });
            return plan;
        }
    };
    take(request, &parsed, &mut plan);
    plan
}

fn lost(file: &str, reason: String) -> Unread {
    Unread { file: file.to_owned(), place: None, what: String::new(), reason }
}

/// The members of a plan that are read. Values before and after are in `planned_values`.
fn wanted(path: &[&str]) -> bool {
    match path {
        [top] => {
            ["format_version", "planned_values", "resource_changes", "configuration", "errored"].contains(top)
        }
        ["planned_values", "outputs"] => false,
        ["resource_changes", "change", member] => ["actions", "after_unknown"].contains(member),
        ["resource_changes", member] => ["address", "change"].contains(member),
        _ => true,
    }
}

fn take(request: &Request<'_>, parsed: &Node, plan: &mut Plan) {
    let root = &mut plan.root;
    match parsed.member("format_version").and_then(Node::as_str) {
        // Newer minor versions only add. https://developer.hashicorp.com/terraform/internals/json-format
        Some(version) if version.starts_with("0.") || version.starts_with("1.") => {}
        Some(version) => {
            let reason = format!("the plan's format {version} is not known; versions 0 and 1 are");
            root.unread.push(lost(request.shown, reason));
            return;
        }
        None => {
            let reason = "this is no plan: it has no format_version; write it by `terraform show -json`";
            root.unread.push(lost(request.shown, reason.to_owned()));
            return;
        }
    }
    let Some(planned) = parsed.member("planned_values") else {
        let reason = "it has no planned_values: a state rather than a plan";
        root.unread.push(lost(request.shown, reason.to_owned()));
        return;
    };
    if parsed
        .member("errored")
        .is_some_and(|node| node.content == crate::source::code::node::Content::Bool(true))
    {
        root.unread.push(lost(request.shown, "planning failed, so the plan is not whole".to_owned()));
    }
    let configuration = Configuration::new(parsed.member("configuration"));
    let changes = Changes::new(parsed.member("resource_changes"));
    let (mut resources, whole) = values::resources(planned, &changes, &configuration);
    if !whole {
        let reason =
            format!("it has more than {} resources, or modules nest too deeply", values::MAX_RESOURCES);
        root.unread.push(lost(request.shown, reason));
    }
    let mut locked = None;
    if let Some(folder) = request.terraform_dir {
        let places = Places::read(folder, request.reader, &mut root.files, &mut root.unread);
        let mut nowhere = 0;
        for resource in &mut resources {
            if !resource.data && !places.find(resource) {
                nowhere += 1;
            }
        }
        locked = places.locked;
        if nowhere > 0 {
            root.notes.push(format!(
                "{} not found in the sources: places are those of the plan",
                if nowhere == 1 { "1 resource is".to_owned() } else { format!("{nowhere} resources are") }
            ));
        }
    }
    let version = provider_version::of_plan(locked.as_deref(), configuration.constraint("azurerm"));
    root.notes.push(format!("azurerm {} ({})", version.major, version.why));
    let deleted = changes.deleted();
    if deleted > 0 {
        root.notes.push(format!(
            "{} deleted",
            if deleted == 1 { "1 resource is".to_owned() } else { format!("{deleted} resources are") }
        ));
    }
    let mapped = map::resources(&resources, &version, request.shown, "");
    let still = |address: &String| matches!(changes.of(address), Change::None | Change::Read);
    for (resource, origin) in mapped.resources.iter().zip(&mapped.origins) {
        if still(&origin.block) && origin.parts.iter().all(still) {
            plan.unchanged.insert(resource.address.clone());
        }
    }
    let root = &mut plan.root;
    let files = &root.files;
    root.unread.extend(mapped.unread(files));
    root.notes.extend(mapped.notes);
    root.resources = mapped.resources;
}
