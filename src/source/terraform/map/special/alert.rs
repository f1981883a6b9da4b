//! Conditions of activity log alerts.

use super::Of;
use crate::source::code::node::{Content, Node};
use crate::source::terraform::map::build::write;
use crate::source::terraform::map::pick::argument;

/// Arguments with one value, with several, and the field of the event that they are compared with.
/// <https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-create-activity-log-alert-rule>
const FIELDS: &[(&str, &str, &str)] = &[
    ("category", "", "category"),
    ("operation_name", "", "operationName"),
    ("caller", "", "caller"),
    ("level", "levels", "level"),
    ("resource_id", "resource_ids", "resourceId"),
    ("resource_group", "resource_groups", "resourceGroup"),
    ("resource_provider", "resource_providers", "resourceProvider"),
    ("resource_type", "resource_types", "resourceType"),
    ("status", "statuses", "status"),
    ("sub_status", "sub_statuses", "subStatus"),
    ("recommendation_type", "", "properties.recommendationType"),
    ("recommendation_category", "", "properties.recommendationCategory"),
    ("recommendation_impact", "", "properties.recommendationImpact"),
];

/// The condition of an alert.
pub fn condition(of: &Of<'_>, body: &mut Node) {
    let Some(criteria) = of.argument("criteria") else { return };
    let criteria = match criteria.content {
        Content::Array(blocks) => match blocks.into_iter().next() {
            Some(block) => block,
            None => return,
        },
        _ => criteria,
    };
    if let Content::Unknown(_) = criteria.content {
        write(body, "properties.condition.allOf", criteria);
        return;
    }
    let mut all = Vec::new();
    for (one, several, field) in FIELDS {
        if let Some(node) = argument(&criteria, one) {
            all.push(equals(field, node));
        }
        if let Some(node) = argument(&criteria, several) {
            all.push(any_of(field, node));
        }
    }
    for (block, arguments) in [
        (
            "service_health",
            &[
                ("events", "properties.incidentType"),
                ("locations", "properties.impactedServices[*].ImpactedRegions[*].RegionName"),
                ("services", "properties.impactedServices[*].ServiceName"),
            ],
        ),
        (
            "resource_health",
            &[
                ("current", "properties.currentHealthStatus"),
                ("previous", "properties.previousHealthStatus"),
                ("reason", "properties.cause"),
            ],
        ),
    ] {
        let Some(node) = argument(&criteria, block) else { continue };
        let own = node.elements().map_or(Some(node), <[_]>::first);
        for (name, field) in arguments {
            let Some(values) = own.and_then(|own| argument(own, name)) else { continue };
            if values.elements().is_some_and(<[_]>::is_empty) {
                continue;
            }
            if field.contains("[*]") {
                let members = vec![
                    ("field".to_owned(), Node::text(*field, values.span)),
                    ("containsAny".to_owned(), values.clone()),
                ];
                all.push(Node::new(Content::Object(members), values.span));
            } else {
                all.push(any_of(field, values));
            }
        }
    }
    let at = criteria.span;
    write(body, "properties.condition.allOf", Node::new(Content::Array(all), at));
}

fn equals(field: &str, value: &Node) -> Node {
    let members =
        vec![("field".to_owned(), Node::text(field, value.span)), ("equals".to_owned(), value.clone())];
    Node::new(Content::Object(members), value.span)
}

fn any_of(field: &str, values: &Node) -> Node {
    let any = match &values.content {
        Content::Array(values) => Content::Array(values.iter().map(|value| equals(field, value)).collect()),
        content => content.clone(),
    };
    let any = Node::new(any, values.span);
    Node::new(Content::Object(vec![("anyOf".to_owned(), any)]), values.span)
}
