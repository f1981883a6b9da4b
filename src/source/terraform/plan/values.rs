//! Resources of a plan: what is planned, what is not known until it is applied, and what is a secret.

use std::collections::BTreeMap;

use super::configuration::{Configuration, Instance, inner, is_block};
use crate::source::code::node::{Content, Node, Unknown};
use crate::source::terraform::resource::TerraformResource;

/// Most resources that are read.
pub const MAX_RESOURCES: usize = 100_000;
/// Deepest nesting of modules and values.
const MAX_DEPTH: u32 = 64;

/// What happens to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Nothing.
    None,
    /// It is only read.
    Read,
    /// It is made, changed or replaced.
    Made,
    /// It goes.
    Deleted,
}

/// The changes of a plan by address.
pub struct Changes<'a> {
    by_address: BTreeMap<&'a str, (Change, Option<&'a Node>)>,
}

impl<'a> Changes<'a> {
    /// Of a plan's `resource_changes`.
    pub fn new(changes: Option<&'a Node>) -> Self {
        let mut by_address = BTreeMap::new();
        for change in changes.and_then(Node::elements).unwrap_or_default() {
            let Some(address) = change.member("address").and_then(Node::as_str) else { continue };
            let Some(own) = change.member("change") else { continue };
            let actions = own.member("actions").and_then(Node::elements).unwrap_or_default();
            let has = |name: &str| actions.iter().any(|action| action.as_str() == Some(name));
            let kind = if has("create") || has("update") {
                Change::Made
            } else if has("delete") || has("forget") {
                Change::Deleted
            } else if has("read") {
                Change::Read
            } else {
                Change::None
            };
            by_address.insert(address, (kind, own.member("after_unknown")));
        }
        Self { by_address }
    }

    /// What happens to the resource at an address. What the plan doesn't list is made.
    pub fn of(&self, address: &str) -> Change {
        self.by_address.get(address).map_or(Change::Made, |(change, _)| *change)
    }

    /// How many resources go.
    pub fn deleted(&self) -> usize {
        self.by_address.values().filter(|(change, _)| *change == Change::Deleted).count()
    }
}

/// All resources of the plan, in its order; and whether there were more than are read.
pub fn resources(
    planned: &Node,
    changes: &Changes<'_>,
    configuration: &Configuration<'_>,
) -> (Vec<TerraformResource>, bool) {
    let mut found = Vec::new();
    let whole = planned.member("root_module").is_none_or(|root| collect(root, &mut found, 0));
    let addresses: std::collections::BTreeSet<&str> =
        found.iter().filter_map(|own| own.member("address").and_then(Node::as_str)).collect();
    let exists = |address: &str| addresses.contains(address);
    let resources = found.iter().filter_map(|own| resource(own, changes, configuration, &exists)).collect();
    (resources, whole)
}

fn collect<'a>(module: &'a Node, found: &mut Vec<&'a Node>, depth: u32) -> bool {
    if depth > MAX_DEPTH {
        return false;
    }
    for resource in module.member("resources").and_then(Node::elements).unwrap_or_default() {
        if found.len() >= MAX_RESOURCES {
            return false;
        }
        found.push(resource);
    }
    let children = module.member("child_modules").and_then(Node::elements).unwrap_or_default();
    children.iter().all(|child| collect(child, found, depth + 1))
}

fn resource(
    own: &Node,
    changes: &Changes<'_>,
    configuration: &Configuration<'_>,
    exists: &dyn Fn(&str) -> bool,
) -> Option<TerraformResource> {
    let text = |name: &str| own.member(name).and_then(Node::as_str);
    let (address, kind, name) = (text("address")?, text("type")?, text("name")?);
    let data = text("mode") == Some("data");
    let mut arguments =
        own.member("values").cloned().unwrap_or_else(|| Node::new(Content::Object(Vec::new()), own.span));
    if arguments.members().is_none() {
        arguments = Node::new(Content::Object(Vec::new()), own.span);
    }
    if let Some(secrets) = own.member("sensitive_values") {
        hide(&mut arguments, secrets, 0);
    }
    let at = Instance::of(address);
    let expressions = configuration.expressions(&at.names(), kind, name);
    let overlay = Overlay { configuration, at: &at, exists };
    if let Some(unknown) = changes.by_address.get(address).and_then(|(_, unknown)| *unknown) {
        overlay.object(&mut arguments, unknown, expressions, expressions.is_some(), 0);
    }
    if let Content::Object(members) = &mut arguments.content {
        members.retain(|(name, node)| node.content != Content::Null && name != "timeouts");
    }
    let provider = text("provider_name").and_then(|name| name.rsplit('/').next());
    Some(TerraformResource {
        address: address.to_owned(),
        kind: kind.to_owned(),
        data,
        provider: provider.unwrap_or_default().to_owned(),
        arguments,
        block: own.span,
    })
}

/// Marks what the plan says is sensitive.
fn hide(node: &mut Node, secrets: &Node, depth: u32) {
    if depth > MAX_DEPTH {
        return;
    }
    match (&mut node.content, &secrets.content) {
        (_, Content::Bool(true)) => secret(node),
        (Content::Object(members), Content::Object(secrets)) => {
            for (name, secrets) in secrets {
                if let Some((_, member)) = members.iter_mut().find(|(own, _)| own == name) {
                    hide(member, secrets, depth + 1);
                }
            }
        }
        (Content::Array(elements), Content::Array(secrets)) => {
            for (element, secrets) in elements.iter_mut().zip(secrets) {
                hide(element, secrets, depth + 1);
            }
        }
        _ => {}
    }
}

fn secret(node: &mut Node) {
    node.secret = true;
    match &mut node.content {
        Content::Array(elements) => elements.iter_mut().for_each(secret),
        Content::Object(members) => members.iter_mut().for_each(|(_, member)| secret(member)),
        _ => {}
    }
}

struct Overlay<'a, 'c> {
    configuration: &'a Configuration<'c>,
    at: &'a Instance,
    exists: &'a dyn Fn(&str) -> bool,
}

impl Overlay<'_, '_> {
    /// Puts what is not known into a block. `written` says whether the configuration has the block, so that
    /// what it doesn't set is left to the provider.
    fn object(&self, node: &mut Node, unknown: &Node, expressions: Option<&Node>, written: bool, depth: u32) {
        let (Content::Object(members), Content::Object(unknown)) = (&mut node.content, &unknown.content)
        else {
            return;
        };
        if depth > MAX_DEPTH {
            return;
        }
        for (name, unknown) in unknown {
            let expression = inner(expressions, name);
            let index = members.iter().position(|(own, _)| own == name);
            if unknown.content == Content::Bool(true) {
                // Nobody sets it: the provider reads it back after it is made.
                let left = written && expression.is_none();
                let doubt = self.doubt(name, expression, node.span);
                match index.and_then(|index| members.get_mut(index)) {
                    Some((_, member)) if left => member.content = Content::Null,
                    Some((_, member)) => {
                        let secret = member.secret;
                        *member = Node { span: member.span, secret, ..doubt };
                    }
                    None if left => {}
                    None => members.push((name.clone(), doubt)),
                }
                continue;
            }
            let Some((_, member)) = index.and_then(|index| members.get_mut(index)) else {
                if any(unknown) && (!written || expression.is_some()) {
                    members.push((name.clone(), self.doubt(name, expression, node.span)));
                }
                continue;
            };
            self.inside(member, unknown, name, expression, written, depth + 1);
        }
    }

    fn inside(
        &self,
        node: &mut Node,
        unknown: &Node,
        name: &str,
        expression: Option<&Node>,
        written: bool,
        depth: u32,
    ) {
        let block = expression.filter(|own| is_block(own));
        match (&mut node.content, &unknown.content) {
            (Content::Object(_), Content::Object(_)) => {
                let written = written && block.is_some();
                self.object(node, unknown, block, written, depth);
            }
            (Content::Array(elements), Content::Array(unknown)) => {
                for (index, (element, unknown)) in elements.iter_mut().zip(unknown).enumerate() {
                    if unknown.content == Content::Bool(true) {
                        let secret = element.secret;
                        let doubt = self.doubt(name, expression, element.span);
                        *element = Node { span: element.span, secret, ..doubt };
                        continue;
                    }
                    // Blocks are sets in no order: one block's expressions are surely this block's.
                    let own = block.and_then(|block| match &block.content {
                        Content::Array(blocks) if blocks.len() == 1 => blocks.first(),
                        Content::Array(blocks) => blocks.get(index),
                        _ => Some(block),
                    });
                    let sure =
                        block.is_some_and(|block| block.elements().is_none_or(|blocks| blocks.len() == 1));
                    match own.filter(|_| sure) {
                        Some(own) => self.object(element, unknown, Some(own), written, depth),
                        None => self.object(element, unknown, None, false, depth),
                    }
                }
            }
            (_, Content::Bool(true)) => *node = self.doubt(name, expression, node.span),
            _ => {}
        }
    }

    fn doubt(&self, name: &str, expression: Option<&Node>, span: crate::source::code::file::Span) -> Node {
        let reference =
            expression.and_then(|expression| self.configuration.reference(self.at, expression, self.exists));
        let reason = match &reference {
            Some(reference) => format!(
                "depends on {}.{}, which is known after apply",
                reference.address, reference.attribute
            ),
            None => format!("is known after apply ({name})"),
        };
        Node::new(Content::Unknown(Unknown { reason, reference }), span)
    }
}

fn any(unknown: &Node) -> bool {
    match &unknown.content {
        Content::Bool(value) => *value,
        Content::Array(elements) => elements.iter().any(any),
        Content::Object(members) => members.iter().any(|(_, member)| any(member)),
        _ => false,
    }
}
