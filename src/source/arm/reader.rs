//! From the JSON text of a template to a [`Template`].

use std::path::Path;

use super::expression::{Expression, Kind, Loop, Member, Over};
use super::json::{self, Json};
use super::language::Language;
use super::nested;
use super::template::{Declaration, Function, Parameter, Scope, Template, Variable};
use crate::source::code::file::{FileId, Span};
use crate::source::code::resource::Unread;

/// Reads a template; what can't be read of it is added to `unread`.
///
/// # Errors
/// When the text is no JSON, or no template at all: the one thing that is unread then.
pub fn read(
    source: &str,
    file: FileId,
    shown: &str,
    path: &Path,
    unread: &mut Vec<Unread>,
) -> Result<Template, Unread> {
    let mut language = Language { file, source, shown, path, outer: 0, unread: Vec::new() };
    let json = language.json()?;
    if json.members().is_none() {
        return Err(language.lost(json.start, "a template is a JSON object, this is none"));
    }
    let template = template(&mut language, &json);
    unread.append(&mut language.unread);
    Ok(template)
}

/// A template from its object.
pub(super) fn template(language: &mut Language<'_>, json: &Json) -> Template {
    let mut template = Template { scope: scope(json), ..Template::default() };
    for member in json.members().unwrap_or_default() {
        match member.name.to_ascii_lowercase().as_str() {
            "parameters" => {
                let definitions = json.member("definitions");
                for member in object(language, member) {
                    template.parameters.push(parameter(language, member, definitions));
                }
            }
            "variables" => {
                for member in object(language, member) {
                    if member.name.eq_ignore_ascii_case("copy")
                        && let Some(loops) = language.property_loops(&member.value)
                    {
                        template.variables.extend(loops.into_iter().filter_map(|member| {
                            let Kind::Text(name) = member.name.kind else { return None };
                            Some(Variable { name, value: member.value })
                        }));
                    } else {
                        let value = language.expression(&member.value);
                        template.variables.push(Variable { name: member.name.clone(), value });
                    }
                }
            }
            "functions" => template.functions = functions(language, &member.value),
            "resources" => template.resources = resources(language, &member.value, member.start),
            "outputs" => {
                for member in object(language, member) {
                    template.outputs.extend(output(language, member));
                }
            }
            _ => {}
        }
    }
    template
}

fn scope(json: &Json) -> Scope {
    let schema = json.member("$schema").and_then(Json::as_str).unwrap_or_default().to_ascii_lowercase();
    let file = schema.rsplit('/').next().unwrap_or_default();
    if file.starts_with("subscriptiondeployment") {
        Scope::Subscription
    } else if file.starts_with("managementgroupdeployment") {
        Scope::ManagementGroup
    } else if file.starts_with("tenantdeployment") {
        Scope::Tenant
    } else {
        Scope::ResourceGroup
    }
}

/// The members of what must be an object; null is an empty one.
fn object<'j>(language: &mut Language<'_>, member: &'j json::Member) -> &'j [json::Member] {
    if let Some(members) = member.value.members() {
        return members;
    }
    if member.value.value != json::Value::Null {
        language.unread(member.value.start, &member.name, format!("'{}' must be an object", member.name));
    }
    &[]
}

fn parameter(language: &mut Language<'_>, member: &json::Member, definitions: Option<&Json>) -> Parameter {
    let span = Span::new(language.file, member.start..member.value.end);
    let declared = &member.value;
    if declared.members().is_none() {
        let what = format!("parameter '{}'", member.name);
        language.unread(declared.start, &what, "the declaration of a parameter must be an object");
    }
    let kind = kind_of(declared, definitions, 0);
    let nullable = declared.member("nullable").is_some_and(|json| json.value == json::Value::Bool(true));
    let default = match declared.member("defaultValue") {
        Some(json) => Some(language.expression(json)),
        // <https://learn.microsoft.com/azure/azure-resource-manager/templates/syntax#parameters>: a nullable
        // parameter without a value is null.
        None if nullable => Some(Expression { kind: Kind::Null, span }),
        None => None,
    };
    let secure = matches!(kind.to_ascii_lowercase().as_str(), "securestring" | "secureobject");
    Parameter { name: member.name.clone(), kind, default, secure, span }
}

/// The type of a parameter, through `$ref`s to the template's definitions.
fn kind_of(declared: &Json, definitions: Option<&Json>, depth: usize) -> String {
    if let Some(kind) = declared.member("type").and_then(Json::as_str) {
        return kind.to_owned();
    }
    let named = declared.member("$ref").and_then(Json::as_str).unwrap_or_default();
    let target = named.rsplit('/').next().and_then(|name| definitions?.member(name));
    match target {
        Some(target) if depth < 16 => kind_of(target, definitions, depth + 1),
        _ => String::new(),
    }
}

fn functions(language: &mut Language<'_>, json: &Json) -> Vec<Function> {
    let mut functions = Vec::new();
    for space in json.elements().unwrap_or_default() {
        let namespace = space.member("namespace").and_then(Json::as_str).map(str::to_owned);
        for member in space.member("members").and_then(Json::members).unwrap_or_default() {
            let declared = &member.value;
            let Some(output) = declared.member("output").and_then(|output| output.member("value")) else {
                let what = format!("function '{}'", member.name);
                language.unread(member.start, &what, "a function needs an output with a value");
                continue;
            };
            let parameters = declared.member("parameters").and_then(Json::elements).unwrap_or_default();
            let names = parameters.iter().map(|parameter| parameter.member("name").and_then(Json::as_str));
            functions.push(Function {
                namespace: namespace.clone(),
                name: member.name.clone(),
                parameters: names.map(|name| name.unwrap_or_default().to_owned()).collect(),
                output: language.expression(output),
            });
        }
    }
    functions
}

fn output(language: &mut Language<'_>, member: &json::Member) -> Option<Variable> {
    let declared = &member.value;
    let value = match (declared.member("value"), declared.member("copy")) {
        (Some(value), _) => language.expression(value),
        (None, Some(copy)) => language.output_loop(copy)?,
        (None, None) => {
            let what = format!("output '{}'", member.name);
            language.unread(member.start, &what, "an output needs a value");
            return None;
        }
    };
    Some(Variable { name: member.name.clone(), value })
}

/// Resources as a list, or as an object of symbolic names; null is none.
fn resources(language: &mut Language<'_>, json: &Json, at: usize) -> Vec<Declaration> {
    match &json.value {
        json::Value::Array(elements) => {
            elements.iter().filter_map(|json| declaration(language, None, json, json.start)).collect()
        }
        json::Value::Object(members) => members
            .iter()
            .filter_map(|member| declaration(language, Some(&member.name), &member.value, member.start))
            .collect(),
        json::Value::Null => Vec::new(),
        _ => {
            language.unread(at, "resources", "'resources' must be a list or an object");
            Vec::new()
        }
    }
}

fn declaration(
    language: &mut Language<'_>,
    symbol: Option<&str>,
    json: &Json,
    start: usize,
) -> Option<Declaration> {
    let Some(members) = json.members() else {
        language.unread(json.start, symbol.unwrap_or("a resource"), "a resource must be an object");
        return None;
    };
    let span = Span::new(language.file, start..json.end);
    let null = Expression { kind: Kind::Null, span };
    let mut declaration = Declaration {
        symbol: symbol.map(str::to_owned),
        kind: null.clone(),
        api_version: None,
        name: null.clone(),
        existing: false,
        condition: None,
        copy: None,
        scope: None,
        parent: None,
        body: Vec::new(),
        children: Vec::new(),
        nested: None,
        span,
    };
    let mut extension = None;
    for member in members {
        let value = &member.value;
        match member.name.to_ascii_lowercase().as_str() {
            "type" => declaration.kind = language.expression(value),
            "apiversion" => declaration.api_version = Some(language.expression(value)),
            "name" => declaration.name = language.expression(value),
            "existing" => declaration.existing = value.value == json::Value::Bool(true),
            "condition" => declaration.condition = Some(language.expression(value)),
            "copy" => declaration.copy = copy(language, value),
            "scope" => declaration.scope = Some(language.expression(value)),
            "resources" => declaration.children = resources(language, value, member.start),
            "dependson" | "comments" | "metadata" => {}
            "import" | "extension" => extension = value.as_str().or(Some("?")),
            _ => declaration.body.push(body_member(language, &declaration, member)),
        }
    }
    let what = symbol.map_or_else(|| name_for_people(json), str::to_owned);
    // `az` is Resource Manager itself.
    if let Some(extension) = extension.filter(|extension| !extension.eq_ignore_ascii_case("az")) {
        let reason =
            format!("it is a resource of the extension '{extension}', which is not Resource Manager");
        language.unread(start, &what, reason);
        return None;
    }
    for (value, name) in [(&declaration.kind, "type"), (&declaration.name, "name")] {
        let usable = matches!(
            value.kind,
            Kind::Text(_)
                | Kind::Call { .. }
                | Kind::Access { .. }
                | Kind::Local(_)
                | Kind::Inner(_)
                | Kind::Invalid(_)
        );
        if !usable {
            language.unread(start, &what, format!("a resource needs a {name}, which is a text"));
            return None;
        }
    }
    if matches!(&declaration.kind.kind, Kind::Text(kind) if kind.eq_ignore_ascii_case(nested::KIND)) {
        declaration.nested = Some(Box::new(nested::read(language, json)));
        declaration.body.retain(|member| {
            !matches!(&member.name.kind, Kind::Text(name) if name.eq_ignore_ascii_case("properties"))
        });
    }
    Some(declaration)
}

/// A member of a resource's body. The properties of deployments are read apart.
fn body_member(language: &mut Language<'_>, declaration: &Declaration, member: &json::Member) -> Member {
    let is_deployment =
        matches!(&declaration.kind.kind, Kind::Text(kind) if kind.eq_ignore_ascii_case(nested::KIND));
    if is_deployment && member.name.eq_ignore_ascii_case("properties") {
        let span = Span::new(language.file, member.start..member.value.end);
        let name = Expression { kind: Kind::Text(member.name.clone()), span };
        return Member { name, value: Expression { kind: Kind::Null, span }, spread: false };
    }
    language.member(member)
}

fn copy(language: &mut Language<'_>, json: &Json) -> Option<Loop> {
    let Some(count) = json.member("count") else {
        language.unread(json.start, "copy", "a copy loop needs a count");
        return None;
    };
    Some(Loop {
        name: json.member("name").and_then(Json::as_str).map(str::to_owned),
        over: Over::Count(language.expression(count)),
        item: None,
        index: None,
        filter: None,
        body: Expression { kind: Kind::Null, span: language.span(json) },
    })
}

fn name_for_people(json: &Json) -> String {
    ["name", "type"]
        .iter()
        .find_map(|name| json.member(name).and_then(Json::as_str))
        .unwrap_or("a resource")
        .to_owned()
}
