//! Parameters that hold secrets, as resources: what a template's author gave away is there before anything is
//! deployed.

use super::expression::Kind;
use super::template::{Parameter, Template};
use crate::finding::evidence::is_secret_name;
use crate::source::code::node::{Content, Node};
use crate::source::code::resource::CodeResource;
use crate::source::code::scope;

/// The type that rules know them by. Only code has it.
pub const PARAMETER: &str = "Microsoft.Resources/templates/parameters";

/// The parameters of a template that are secret, or are named as if they were.
pub(super) fn secrets(template: &Template, shown: &str, prefix: &str) -> Vec<CodeResource> {
    let template_id = format!(
        "{}/providers/Microsoft.Resources/templates/main",
        scope::resource_group(shown, scope::GROUP)
    );
    let is_text = |kind: &str| ["string", ""].iter().any(|text| kind.eq_ignore_ascii_case(text));
    template
        .parameters
        .iter()
        .filter(|parameter| parameter.secure || (is_text(&parameter.kind) && is_secret_name(&parameter.name)))
        .map(|parameter| CodeResource {
            address: format!("{prefix}parameters/{}", parameter.name),
            id: format!("{template_id}/parameters/{}", scope::segment(&parameter.name)),
            kind: PARAMETER.to_owned(),
            body: body(parameter),
            block: parameter.span,
        })
        .collect()
}

fn body(parameter: &Parameter) -> Node {
    let own = |content| Node::new(content, parameter.span);
    let mut properties = vec![("secure".to_owned(), own(Content::Bool(parameter.secure)))];
    if let Some(default) = &parameter.default {
        let is_given = match &default.kind {
            Kind::Text(text) => !text.is_empty(),
            Kind::Number(_) | Kind::Bool(_) => true,
            Kind::Object(members) => !members.is_empty(),
            Kind::Array(elements) => !elements.is_empty(),
            // What is computed is not in the code.
            _ => false,
        };
        if is_given {
            let text = Content::Text(String::from("given"));
            let value = Node { content: text, span: default.span, secret: true };
            properties.push(("defaultValue".to_owned(), value));
        }
    }
    let name = Node::text(parameter.name.clone(), parameter.span);
    let properties = own(Content::Object(properties));
    own(Content::Object(vec![("name".to_owned(), name), ("properties".to_owned(), properties)]))
}
