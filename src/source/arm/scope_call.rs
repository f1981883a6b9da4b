//! `resourceGroup()`, `subscription()` and the like: what is deployed to. Ids are the root's own, everything
//! else is known at deployment.

use std::rc::Rc;

use super::env::Env;
use super::evaluate::Interpreter;
use super::expression::Expression;
use super::frame::{Target, Value};
use super::template::Scope;
use crate::source::code::file::Span;
use crate::source::code::node::{Content, Node};

/// Why the subscription's id isn't known. Functions that build ids know it by these words, and put the root in
/// its place.
pub(super) const SUBSCRIPTION_ID: &str = "depends on the subscription's id, which is known at deployment";
/// Why the resource group's name isn't known; as [`SUBSCRIPTION_ID`].
pub(super) const GROUP_NAME: &str = "depends on the resource group's name, which is known at deployment";

impl<'t> Interpreter<'t> {
    /// A call of one of these functions.
    pub fn scope_call(&self, folded: &str, arguments: &[Expression], span: Span, env: Env<'_, 't>) -> Value {
        let later =
            |what: &str| Node::unknown(format!("depends on {what}, which is known at deployment"), span);
        let text = |text: &str| Node::text(text, span);
        let target = self.named_target(folded, arguments, env);
        let target = target.as_ref().unwrap_or(&env.frame.target);
        let members = match folded {
            "resourcegroup" => {
                let group = group_of(&target.id);
                let known = group
                    .filter(|group| *group != crate::source::code::scope::GROUP && !group.starts_with('~'));
                vec![
                    ("id", text(&target.id)),
                    ("name", known.map_or_else(|| Node::unknown(GROUP_NAME, span), text)),
                    ("type", text("Microsoft.Resources/resourceGroups")),
                    ("location", later("the location of the resource group")),
                    ("tags", later("the tags of the resource group")),
                    ("managedBy", later("resourceGroup().managedBy")),
                    ("properties", later("resourceGroup().properties")),
                ]
            }
            "subscription" => vec![
                ("id", text(&self.root)),
                ("subscriptionId", Node::unknown(SUBSCRIPTION_ID, span)),
                ("tenantId", later("the tenant's id")),
                ("displayName", later("the subscription's name")),
            ],
            "managementgroup" => vec![
                ("id", text(&target.id)),
                ("name", later("the management group's name")),
                ("type", text("Microsoft.Management/managementGroups")),
                ("properties", later("managementGroup().properties")),
            ],
            "tenant" => vec![
                ("tenantId", later("the tenant's id")),
                ("displayName", later("the tenant's name")),
                ("countryCode", later("tenant().countryCode")),
                ("tenantCategory", later("tenant().tenantCategory")),
                ("id", text("/")),
            ],
            _ => vec![
                ("name", later("the deployment's name")),
                ("location", later("the deployment's location")),
                ("properties", later("deployment().properties")),
            ],
        };
        let members = members.into_iter().map(|(name, node)| (name.to_owned(), node)).collect();
        Rc::new(Node::new(Content::Object(members), span))
    }

    /// The scope that a call with arguments names (Bicep's `resourceGroup('x')`), or that a call without asks
    /// for where it isn't the template's own kind.
    fn named_target(&self, folded: &str, arguments: &[Expression], env: Env<'_, 't>) -> Option<Target> {
        let own = &env.frame.target;
        match (folded, arguments) {
            ("resourcegroup", []) if own.scope == Scope::ResourceGroup => None,
            ("resourcegroup", []) => Some(self.group_target(None, None, env)),
            ("resourcegroup", [group]) => Some(self.group_target(None, Some(group), env)),
            ("resourcegroup", [subscription, group, ..]) => {
                Some(self.group_target(Some(subscription), Some(group), env))
            }
            ("managementgroup", []) if own.scope == Scope::ManagementGroup => None,
            ("managementgroup", names) => Some(self.management_group_target(names.first(), env)),
            _ => None,
        }
    }
}

/// The group's segment of an id.
fn group_of(id: &str) -> Option<&str> {
    let (_, rest) = id.split_once("/resourceGroups/")?;
    rest.split('/').next()
}
