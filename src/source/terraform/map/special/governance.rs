//! Roles, and settings of the subscription.

use super::Of;
use crate::source::code::node::{Content, Node};
use crate::source::terraform::map::build::write;
use crate::source::terraform::map::change::boolean;
use crate::source::terraform::map::pick::argument;
use crate::source::terraform::map::role;

impl Of<'_> {
    pub(super) fn role_assignment(&self, body: &mut Node) {
        let scope = self.id.split("/providers/Microsoft.Authorization/roleAssignments/").next();
        if let (Some(scope), Some(named)) = (scope, argument(&self.resource.arguments, "scope")) {
            let known = self.context.names.target_of(named).is_some();
            let scope = if known { Node::text(scope, named.span) } else { named.clone() };
            write(body, "properties.scope", scope);
        }
        if let Some(name) = self.argument("role_definition_name") {
            let role = match name.as_str().map(role::built_in) {
                Some(Some(role)) => {
                    let subscription = self.context.names.subscription();
                    let id =
                        format!("{subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}");
                    Node::text(id, name.span)
                }
                // A custom role, perhaps of this root.
                Some(None) => self.custom_role(&name),
                None => name,
            };
            write(body, "properties.roleDefinitionId", role);
        }
    }

    pub(super) fn custom_role(&self, name: &Node) -> Node {
        let wanted = name.as_str().unwrap_or_default();
        let role = self.context.names.role(wanted);
        match role.and_then(|role| self.context.names.id(role)) {
            Some(id) => Node::text(id, name.span),
            None => {
                Node::unknown(format!("is the role named '{wanted}', which is not in this code"), name.span)
            }
        }
    }

    pub(super) fn contact(&self, body: &mut Node) {
        if let Some(on) = self.argument("alerts_to_admins") {
            let roles = match boolean(&on) {
                Some(true) => Node::new(Content::Array(vec![Node::text("Owner", on.span)]), on.span),
                Some(false) => Node::new(Content::Array(Vec::new()), on.span),
                None => on,
            };
            write(body, "properties.notificationsByRole.roles", roles);
        }
        if let Some(on) = self.argument("alert_notifications") {
            let sources = match boolean(&on) {
                Some(true) => {
                    let severity = Node::unknown(
                        "is chosen by Azure, since the provider has no argument for it",
                        on.span,
                    );
                    let source = vec![
                        ("sourceType".to_owned(), Node::text("Alert", on.span)),
                        ("minimalSeverity".to_owned(), severity),
                    ];
                    Node::new(Content::Array(vec![Node::new(Content::Object(source), on.span)]), on.span)
                }
                Some(false) => Node::new(Content::Array(Vec::new()), on.span),
                None => on,
            };
            write(body, "properties.notificationsSources", sources);
        }
    }

    /// The plan is the resource's name.
    pub(super) fn pricing(&self, body: &mut Node) {
        if self.argument("resource_type").is_none() {
            write(body, "name", Node::text("VirtualMachines", self.resource.block));
        }
    }
}
