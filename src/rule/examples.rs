//! Examples in rule files: a resource, what stands around it, and the verdict that is expected.

use serde_json::{Map, Value};

use super::compile::Compiler;
use super::model::{Condition, Decision, Over, Rule};
use super::yaml::{Data, Node, Position};
use crate::inventory::reads::{self, Supply};

/// The resource group in which examples live.
pub const GROUP: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/example";

/// One example.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// What it shows.
    pub name: String,
    /// Where it stands in the file.
    pub at: Position,
    /// `pass`, `fail`, `unknown` or `not_applicable`.
    pub expect: String,
    /// For `fail`: the sub keys of the findings, where the example names them.
    pub sub_keys: Option<Vec<String>>,
    /// The resource the rule looks at, with id.
    pub resource: Value,
    /// Other resources.
    pub with: Vec<Value>,
    /// Types whose read was denied.
    pub unread: Vec<String>,
}

/// Reads the examples of a rule and checks that there are enough of them.
pub(super) fn read(compiler: &mut Compiler<'_>, node: &Node, rule: &Rule) -> Vec<Example> {
    let Data::List(items) = &node.data else {
        compiler.complain(node.at, "expected a list of examples", None);
        return Vec::new();
    };
    if rule.resource_types.is_empty() {
        // The type is wrong, which has been said; what the examples are of can't be told.
        return Vec::new();
    }
    let examples: Vec<Example> = items.iter().filter_map(|item| one(compiler, item, rule)).collect();
    for verdict in ["pass", "fail"] {
        if !examples.iter().any(|example| example.expect == verdict) {
            compiler.complain(
                node.at,
                format!("no example expects `{verdict}`"),
                Some("every rule shows at least one that passes and one that fails".into()),
            );
        }
    }
    if !examples.is_empty() && !examples.iter().any(|example| shows_absence(example, rule)) {
        let help = "leave out a property or a child that the rule reads, and say what is expected then";
        compiler.complain(node.at, "no example shows what absence means", Some(help.into()));
    }
    examples
}

fn one(compiler: &mut Compiler<'_>, node: &Node, rule: &Rule) -> Option<Example> {
    compiler.check_keys(node, &["name", "expect", "sub_keys", "resource", "with", "unread"]);
    let name = compiler.required(node, "name").and_then(|node| compiler.text(node))?;
    let expect_node = compiler.required(node, "expect")?;
    let expect = compiler.text(expect_node)?;
    if !["pass", "fail", "unknown", "not_applicable"].contains(&expect.as_str()) {
        compiler.complain(
            expect_node.at,
            format!("`{expect}` is no verdict"),
            Some("pass, fail, unknown or not_applicable".into()),
        );
        return None;
    }
    let resource_node = compiler.required(node, "resource")?;
    let kind = rule.resource_types.first()?;
    let resource = complete(resource_node.to_json(), kind, None);
    let id = resource.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut with = Vec::new();
    if let Some(others) = node.get("with") {
        let Data::List(items) = &others.data else {
            compiler.complain(others.at, "expected a list of resources", None);
            return None;
        };
        for item in items {
            let Some(kind) = item.get("type").and_then(|node| compiler.resource_type(node)) else {
                compiler.complain(item.at, "a resource beside the example needs its `type`", None);
                continue;
            };
            with.push(complete(item.to_json(), &kind, Some(&id)));
        }
    }
    let mut unread = Vec::new();
    if let Some(types) = node.get("unread") {
        let nodes = match &types.data {
            Data::List(items) => items.as_slice(),
            _ => std::slice::from_ref(types),
        };
        unread.extend(nodes.iter().filter_map(|node| compiler.resource_type(node)));
    }
    let sub_keys = node.get("sub_keys").map(|node| match &node.data {
        Data::List(items) if items.is_empty() => Vec::new(),
        _ => compiler.texts(node),
    });
    Some(Example { name, at: node.at, expect, sub_keys, resource, with, unread })
}

/// Adds what Azure always sends: id, name and type. `$group` and `$resource` in texts stand for the
/// example's resource group and resource.
fn complete(body: Value, kind: &str, resource: Option<&str>) -> Value {
    let mut body = match replace(body, resource) {
        Value::Object(body) => body,
        other => Map::from_iter([("properties".to_owned(), other)]),
    };
    let kind = body.get("type").and_then(Value::as_str).unwrap_or(kind).to_owned();
    let name = body.get("name").and_then(Value::as_str).unwrap_or("example").to_owned();
    let id = match body.get("id").and_then(Value::as_str) {
        Some(id) => id.to_owned(),
        None => id_of(&kind, &name, resource),
    };
    let last = id.rsplit('/').next().unwrap_or_default().to_owned();
    body.insert("id".into(), id.into());
    body.insert("name".into(), last.into());
    body.insert("type".into(), kind.into());
    Value::Object(body)
}

fn id_of(kind: &str, name: &str, resource: Option<&str>) -> String {
    let segments: Vec<&str> = kind.split('/').collect();
    let parent_kind = resource
        .and_then(crate::inventory::id::ResourceId::parse)
        .and_then(|id| id.resource_type())
        .unwrap_or_default();
    let child_of_example =
        segments.len() > 2 && parent_kind.eq_ignore_ascii_case(&segments[..segments.len() - 1].join("/"));
    match (kind, resource) {
        ("Microsoft.Resources/subscriptions", _) => {
            GROUP.split("/resourceGroups").next().unwrap_or_default().to_owned()
        }
        ("Microsoft.Resources/resourceGroups", _) => GROUP.to_owned(),
        (_, Some(resource)) if child_of_example => {
            format!("{resource}/{}/{name}", segments.last().copied().unwrap_or_default())
        }
        (_, Some(resource)) if reads::supply(kind) == Supply::Extension => {
            format!("{resource}/providers/{kind}/{name}")
        }
        _ if kind.starts_with("Microsoft.Graph/") => format!("/providers/{kind}/{name}"),
        _ if matches!(reads::supply(kind), Supply::Subscription | Supply::Table(_)) => {
            format!("{}/providers/{kind}/{name}", GROUP.split("/resourceGroups").next().unwrap_or_default())
        }
        _ => {
            // Parents of a child get the name `example`.
            let mut id = format!("{GROUP}/providers/{}", segments.first().copied().unwrap_or_default());
            for (depth, segment) in segments.iter().enumerate().skip(1) {
                let name = if depth + 1 == segments.len() { name } else { "example" };
                id.push_str(&format!("/{segment}/{name}"));
            }
            id
        }
    }
}

fn replace(value: Value, resource: Option<&str>) -> Value {
    match value {
        Value::String(text) => {
            let text = text.replace("$group", GROUP);
            Value::String(
                resource.map_or_else(|| text.clone(), |resource| text.replace("$resource", resource)),
            )
        }
        Value::Array(items) => items.into_iter().map(|item| replace(item, resource)).collect(),
        Value::Object(members) => {
            members.into_iter().map(|(key, value)| (key, replace(value, resource))).collect()
        }
        other => other,
    }
}

/// Whether something that the rule reads is absent in the example: a property, or all children.
fn shows_absence(example: &Example, rule: &Rule) -> bool {
    let mut wanted: Vec<(String, String)> = Vec::new();
    let mut kinds: Vec<String> = Vec::new();
    let mut note = |slot: u8, names: &[String]| {
        if let Some(slot) = rule.slots.get(usize::from(slot)) {
            let joined = crate::inventory::path::join(names.iter().map(String::as_str));
            let full = crate::inventory::path::below(&slot.prefix, &joined);
            wanted.extend(slot.types.iter().map(|kind| (kind.clone(), full.clone())));
        }
    };
    for condition in rule.conditions() {
        condition.walk(&mut |inner| match inner {
            Condition::Lookup { path, resource_type, .. } if path.names.is_empty() => {
                kinds.push(resource_type.clone());
            }
            Condition::Same { path, other, .. } => {
                note(path.slot, &path.names);
                note(other.slot, &other.names);
            }
            Condition::Compare { path, .. }
            | Condition::Exists { path, .. }
            | Condition::Lookup { path, .. } => {
                note(path.slot, &path.names);
            }
            Condition::Addresses { first, .. } => note(first.slot, &first.names),
            _ => {}
        });
    }
    for over in rule.ranges() {
        match over {
            Over::Elements { path, .. } => note(path.slot, &path.names),
            Over::Matches { to, resource_type, .. } => {
                note(to.slot, &to.names);
                kinds.push(resource_type.clone());
            }
            Over::Children { resource_type, .. }
            | Over::Referrers { resource_type, .. }
            | Over::Resources { resource_type, .. } => kinds.push(resource_type.clone()),
        }
    }
    if let Decision::NsgInbound(_) = rule.decision {
        wanted.push((rule.resource_types[0].clone(), "properties.securityRules[*]".into()));
    }
    if rule.asks_exposure() {
        // Without any of these there is no way in, or nothing that filters.
        for kind in ["publicIPAddresses", "loadBalancers", "networkSecurityGroups"] {
            kinds.push(format!("Microsoft.Network/{kind}"));
        }
    }
    let bodies: Vec<&Value> = std::iter::once(&example.resource).chain(&example.with).collect();
    let kind_of =
        |body: &Value| body.get("type").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
    let missing_path = wanted.iter().any(|(kind, path)| {
        bodies
            .iter()
            .filter(|body| kind_of(body) == kind.to_ascii_lowercase())
            .any(|body| !reaches(body, &crate::inventory::path::segments(path)))
    });
    let missing_kind =
        kinds.iter().any(|kind| !bodies.iter().any(|body| kind_of(body) == kind.to_ascii_lowercase()));
    missing_path || missing_kind
}

fn reaches(value: &Value, path: &[&str]) -> bool {
    let Some((first, rest)) = path.split_first() else {
        return !value.is_null();
    };
    match (value, *first) {
        (Value::Array(items), "[*]") => items.iter().any(|item| reaches(item, rest)),
        (Value::Object(members), "{*}") => members.values().any(|member| reaches(member, rest)),
        (Value::Object(members), name) => {
            members.iter().any(|(key, member)| key.eq_ignore_ascii_case(name) && reaches(member, rest))
        }
        _ => false,
    }
}
