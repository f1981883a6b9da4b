//! Nested deployments: their templates, inline and linked, and the values they pass.

use super::expression::{Expression, Kind, Member};
use super::json::{Json, Value};
use super::language::Language;
use super::reader;
use super::template::{Inner, Nested};

/// The type of a deployment.
pub(super) const KIND: &str = "Microsoft.Resources/deployments";

/// What a deployment's `properties` say.
pub(super) fn read(language: &mut Language<'_>, deployment: &Json) -> Nested {
    let properties = deployment.member("properties");
    let member = |name: &str| properties.and_then(|properties| properties.member(name));
    let asked = member("expressionEvaluationOptions")
        .and_then(|options| options.member("scope"))
        .and_then(Json::as_str)
        .is_some_and(|scope| scope.eq_ignore_ascii_case("inner"));
    let around = language.outer;
    language.outer = if asked { 0 } else { around + 1 };
    let (template, linked) = inner(language, member("template"), member("templateLink"));
    language.outer = around;
    let mut parameters = match member("parameters") {
        Some(json) => values(language, json),
        None => Vec::new(),
    };
    if let Some(link) = member("parametersLink") {
        // Its values may decide any parameter of the template.
        let kind = Kind::Invalid("depends on a linked parameter file, which is not read".to_owned());
        let span = language.span(link);
        let value = Expression { kind, span };
        parameters.push(Member { name: Expression { kind: Kind::Null, span }, value, spread: true });
    }
    Nested { template, inner: asked || linked, parameters }
}

/// The template, and whether it is linked.
fn inner(language: &mut Language<'_>, template: Option<&Json>, link: Option<&Json>) -> (Inner, bool) {
    let elsewhere = |reason: &str| (Inner::Elsewhere(reason.to_owned()), true);
    if let Some(template) = template {
        return match &template.value {
            Value::Object(_) => (Inner::Here(reader::template(language, template)), false),
            Value::Text(_) => elsewhere("its template is made by an expression"),
            _ => elsewhere("its template is no object"),
        };
    }
    let Some(link) = link else {
        return elsewhere("it has neither a template nor a link to one");
    };
    match link.member("relativePath").and_then(Json::as_str) {
        Some(path) if !path.starts_with('[') => {
            let from = language.path.to_path_buf();
            (Inner::Linked { path: path.replace('\\', "/"), from }, true)
        }
        Some(_) => elsewhere("the path of its template is an expression"),
        None if link.member("uri").is_some() => elsewhere(
            "its template lies at an address on the Internet, which is not read: link it by relativePath",
        ),
        None if link.member("id").is_some() => elsewhere("its template is a template spec in Azure"),
        None => elsewhere("its link names no template"),
    }
}

/// The values of parameters: `{"x": {"value": …}}` becomes `x: …`, a Key Vault reference a call of
/// `getSecret`, which is secret and not known.
pub(super) fn values(language: &mut Language<'_>, json: &Json) -> Vec<Member> {
    let span = language.span(json);
    let Some(members) = json.members() else {
        let value = language.expression(json);
        return match value.kind {
            Kind::Null => Vec::new(),
            _ => vec![Member { name: Expression { kind: Kind::Null, span }, value, spread: true }],
        };
    };
    let mut out = Vec::with_capacity(members.len());
    for member in members {
        let name = language.text(&member.name, member.start, member.end);
        let span = language.span(&member.value);
        let value = if let Some(value) = member.value.member("value") {
            language.expression(value)
        } else if member.value.member("reference").is_some() {
            let kind = Kind::Call { namespace: None, name: "getSecret".to_owned(), arguments: Vec::new() };
            Expression { kind, span }
        } else if let Some(value) = looped(language, &member.value) {
            value
        } else if member.value.as_str().is_some() {
            let at = Expression { kind: Kind::Text("value".to_owned()), span };
            let of = Box::new(language.expression(&member.value));
            Expression { kind: Kind::Access { of, at: Box::new(at), safe: false }, span }
        } else {
            let what = format!("the value of parameter '{}'", member.name);
            language.unread(member.start, &what, "it needs a 'value' or a 'reference'");
            Expression { kind: Kind::Invalid("has no value".to_owned()), span }
        };
        out.push(Member { name, value, spread: false });
    }
    out
}

/// A value that is made by a loop: `{"copy": [{"name": "value", "count": …, "input": …}]}`.
fn looped(language: &mut Language<'_>, json: &Json) -> Option<Expression> {
    let loops = language.property_loops(json.member("copy")?)?;
    let is_value =
        |member: &Member| matches!(&member.name.kind, Kind::Text(name) if name.eq_ignore_ascii_case("value"));
    loops.into_iter().find(is_value).map(|member| member.value)
}
