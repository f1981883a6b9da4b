//! Building bodies by the table's rows.

use super::change::{change, literal};
use super::names::Names;
use super::pick::{Picked, argument, is_empty, pick};
use super::place::{place, put, set};
use super::table::{Absent, Child, How, Kind, Name, Row};
use super::{Mapped, Origin, identity, special};
use crate::source::code::file::Span;
use crate::source::code::node::{Content, Node};
use crate::source::code::resource::CodeResource;
use crate::source::terraform::resource::{ProviderVersion, TerraformResource};

/// What a resource is built with.
pub struct Context<'a> {
    /// All resources of the root.
    pub names: &'a Names<'a>,
    /// The provider's version.
    pub version: &'a ProviderVersion,
    /// Before addresses.
    pub prefix: &'a str,
}

/// What a block adds to a resource that another block declares.
#[derive(Debug)]
pub struct Addition {
    /// Address of the block as reports have it.
    pub address: String,
    /// Address of the block without a prefix.
    pub origin: String,
    /// Its type.
    pub kind: String,
    /// Id of the resource, if it is known.
    pub target: Option<String>,
    /// Type of the resource.
    pub arm: String,
    /// What is added.
    pub body: Node,
    /// The block.
    pub block: Span,
    /// Whether it wins over what the resource's own block says.
    pub wins: bool,
}

/// Builds what a block makes.
pub fn resource(
    resource: &TerraformResource,
    kind: &'static Kind,
    context: &Context<'_>,
    mapped: &mut Mapped,
) {
    let Some(id) = context.names.id(&resource.address) else { return };
    let address = format!("terraform:{}{}", context.prefix, resource.address);
    let mut body = empty(resource);
    named(&mut body, resource, kind, context);
    rows(&mut body, &kind.rows, resource, context, &id);
    special::finish(&mut body, resource, context, &id);
    for child in &kind.children {
        if let Some(child) = below(child, resource, kind, context, (&id, &address)) {
            push(mapped, child, resource, true);
        }
    }
    let own = CodeResource { address, id, kind: kind.arm.to_owned(), body, block: resource.block };
    push(mapped, own, resource, false);
}

/// Takes in a resource that a block makes.
pub fn push(mapped: &mut Mapped, made: CodeResource, block: &TerraformResource, besides: bool) {
    mapped.resources.push(made);
    mapped.origins.push(Origin { block: block.address.clone(), besides, parts: Vec::new() });
}

fn below(
    child: &'static Child,
    resource: &TerraformResource,
    kind: &Kind,
    context: &Context<'_>,
    (id, address): (&str, &str),
) -> Option<CodeResource> {
    let wanted = |name: &&str| argument(&resource.arguments, name).is_some_and(|node| !is_empty(node));
    if !child.when.is_empty() && !child.when.iter().any(wanted) {
        return None;
    }
    let mut types = kind.arm.to_owned();
    for own in child.suffix.split('/').step_by(2) {
        types.push('/');
        types.push_str(own);
    }
    let id = format!("{id}/{}", child.suffix);
    let mut body = empty(resource);
    let name = child.suffix.rsplit('/').next().unwrap_or_default();
    set(&mut body, "name", Node::text(name, resource.block));
    place_empty_properties(&mut body, resource.block);
    rows(&mut body, &child.rows, resource, context, &id);
    special::finish_child(&mut body, child.suffix, resource, context);
    let address = format!("{address}/{}", child.suffix);
    Some(CodeResource { address, id, kind: types, body, block: resource.block })
}

fn place_empty_properties(body: &mut Node, at: Span) {
    set(body, "properties", Node::new(Content::Object(Vec::new()), at));
}

/// What a block adds to a resource of another block.
pub fn addition(resource: &TerraformResource, kind: &'static Kind, context: &Context<'_>) -> Addition {
    let id = context.names.id(&resource.address).filter(|id| !id.is_empty());
    let mut body = empty(resource);
    rows(&mut body, &kind.rows, resource, context, id.as_deref().unwrap_or_default());
    special::finish(&mut body, resource, context, id.as_deref().unwrap_or_default());
    Addition {
        address: format!("terraform:{}{}", context.prefix, resource.address),
        origin: resource.address.clone(),
        kind: resource.kind.clone(),
        target: id,
        arm: kind.arm.to_owned(),
        body,
        block: resource.block,
        wins: true,
    }
}

/// An object in the place of the block.
pub fn empty(resource: &TerraformResource) -> Node {
    Node::new(Content::Object(Vec::new()), resource.block)
}

/// `name`, `location`, `tags`, `identity`, which are spelt alike everywhere, and `properties`.
fn named(body: &mut Node, resource: &TerraformResource, kind: &Kind, context: &Context<'_>) {
    let arguments = &resource.arguments;
    let name = match kind.name {
        Name::Own => argument(arguments, "name").cloned(),
        Name::Argument(own) => argument(arguments, own).cloned(),
        Name::Fixed(name) => Some(Node::text(name, resource.block)),
    };
    let name = name.map_or_else(
        || Node::unknown("is made at deployment", resource.block),
        |name| context.names.resolve(name),
    );
    set(body, "name", name);
    if let Some(location) = argument(arguments, "location") {
        let location = context.names.resolve(location.clone());
        // As the provider sends it: `West Europe` is westeurope.
        let location = match &location.content {
            Content::Text(text) => {
                let text = text.chars().filter(|c| *c != ' ').collect::<String>().to_lowercase();
                Node { content: Content::Text(text), ..location }
            }
            _ => location,
        };
        set(body, "location", location);
    }
    if let Some(tags) = argument(arguments, "tags") {
        set(body, "tags", context.names.resolve(tags.clone()));
    }
    if let Some(block) = argument(arguments, "identity")
        && let Some(identity) = identity::identity(block, context)
    {
        set(body, "identity", identity);
    }
    place_empty_properties(body, resource.block);
}

/// Applies rows to a body: first what is written, then what the provider sends for what is not.
pub fn rows(
    body: &mut Node,
    rows: &'static [Row],
    resource: &TerraformResource,
    context: &Context<'_>,
    id: &str,
) {
    let arguments = &resource.arguments;
    for row in rows {
        if row.how == How::Code {
            continue;
        }
        if row.from.is_empty() {
            if let (Absent::Value(..), Some(value)) = (&row.default, default(row, context, resource)) {
                place(body, &row.to, Picked::One(value(resource.block)), resource.block);
            }
            continue;
        }
        let picked = changed(pick(arguments, &row.from, resource.block, None), row, context, id);
        place(body, &row.to, picked, resource.block);
    }
    for row in rows {
        if row.how == How::Code || row.from.is_empty() {
            continue;
        }
        let Some(default) = default(row, context, resource) else { continue };
        let picked = changed(pick(arguments, &row.from, resource.block, Some(&default)), row, context, id);
        place(body, &row.to, picked, resource.block);
    }
}

fn default<'a>(
    row: &'a Row,
    context: &'a Context<'_>,
    resource: &'a TerraformResource,
) -> Option<impl Fn(Span) -> Node + 'a> {
    let major = context.version.major;
    if row.majors & 1_u32.checked_shl(major).unwrap_or(0) == 0 {
        return None;
    }
    let Absent::Value(value, others) = &row.default else { return None };
    let word = others.iter().find(|(own, _)| *own == major).map_or(*value, |(_, value)| value);
    if word == "null" {
        return None;
    }
    Some(move |at: Span| {
        if word != "?" {
            return Node::new(literal(word), at);
        }
        let argument = row.from.last().map_or("it", |step| step.name);
        Node::unknown(
            format!("depends on {}'s default for {argument}, which is not known", resource.kind),
            at,
        )
    })
}

fn changed(picked: Picked, row: &Row, context: &Context<'_>, id: &str) -> Picked {
    match picked {
        Picked::Missing => Picked::Missing,
        Picked::One(node) => {
            let node = context.names.resolve(node);
            if is_empty(&node) && row.how != How::Same {
                return Picked::Missing;
            }
            let node = change(&row.how, node, id);
            // A list in one value, as IP ranges with commas between them were.
            let splits =
                row.to.last().is_some_and(|step| step.each) && row.from.last().is_some_and(|step| !step.each);
            match &node.content {
                Content::Null => Picked::Missing,
                Content::Text(text) if text.is_empty() => Picked::Missing,
                Content::Text(text) if splits && text.contains(',') => {
                    let part = |part: &str| (node.span, Picked::One(Node::text(part.trim(), node.span)));
                    Picked::Each(text.split(',').map(part).collect(), node.span)
                }
                _ => Picked::One(node),
            }
        }
        Picked::Each(items, span) => {
            let items = items.into_iter().map(|(at, item)| (at, changed(item, row, context, id))).collect();
            Picked::Each(items, span)
        }
    }
}

/// Sets what stands at a path of the body.
pub fn write(body: &mut Node, path: &str, node: Node) {
    put(body, &path.split('.').collect::<Vec<_>>(), node);
}
