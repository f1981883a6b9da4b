//! What rows of the table can't say.

use super::Mapped;
use super::build::{Context, write};
use super::change::{boolean, words_of};
use super::pick::argument;
use super::place::{at, set};
use super::role;
use crate::source::code::node::{Content, Node};
use crate::source::terraform::resource::TerraformResource;

/// Completes the body of a resource after its rows.
pub fn finish(body: &mut Node, resource: &TerraformResource, context: &Context<'_>, id: &str) {
    let of = Of { resource, context, id };
    match resource.kind.as_str() {
        "azurerm_storage_account" => of.storage_account(body),
        "azurerm_storage_account_customer_managed_key" => of.storage_key(body),
        "azurerm_private_endpoint" => of.private_endpoint(body),
        "azurerm_linux_virtual_machine" | "azurerm_windows_virtual_machine" => of.machine(body, "properties"),
        "azurerm_linux_virtual_machine_scale_set" | "azurerm_windows_virtual_machine_scale_set" => {
            of.machine(body, "properties.virtualMachineProfile");
        }
        "azurerm_role_assignment" => of.role_assignment(body),
        _ => {}
    }
}

/// Further resources that the block makes.
pub fn more(
    _resource: &TerraformResource,
    _context: &Context<'_>,
    _id: &str,
    _address: &str,
    _mapped: &mut Mapped,
) {
}

struct Of<'a> {
    resource: &'a TerraformResource,
    context: &'a Context<'a>,
    id: &'a str,
}

impl Of<'_> {
    fn argument(&self, name: &str) -> Option<Node> {
        argument(&self.resource.arguments, name).map(|node| self.context.names.resolve(node.clone()))
    }

    /// `Standard` and `GRS` are `Standard_GRS`.
    fn storage_account(&self, body: &mut Node) {
        let (Some(tier), Some(replication)) =
            (self.argument("account_tier"), self.argument("account_replication_type"))
        else {
            return;
        };
        let sku = match (words_of(&tier), words_of(&replication)) {
            (Some(tier), Some(kind)) => Node::text(format!("{tier}_{kind}"), replication.span),
            (None, _) => tier,
            (_, None) => replication,
        };
        write(body, "sku.name", sku);
    }

    fn storage_key(&self, body: &mut Node) {
        let Some(vault) = argument(&self.resource.arguments, "key_vault_id") else { return };
        let name =
            self.context.names.target_of(vault).and_then(|id| id.rsplit('/').next().map(str::to_owned));
        let uri = match name {
            Some(name) if !name.starts_with('~') => {
                Node::text(format!("https://{}.vault.azure.net", name.to_ascii_lowercase()), vault.span)
            }
            _ => vault.clone(),
        };
        write(body, "properties.encryption.keyvaultproperties.keyvaulturi", uri);
    }

    /// A manual connection waits for its approval, and stands in a list of its own.
    fn private_endpoint(&self, body: &mut Node) {
        let Some(blocks) = argument(&self.resource.arguments, "private_service_connection") else { return };
        let blocks = match &blocks.content {
            Content::Array(blocks) => blocks.as_slice(),
            _ => std::slice::from_ref(blocks),
        };
        for block in blocks {
            let mut connection = Node::new(Content::Object(Vec::new()), block.span);
            if let Content::Unknown(_) = block.content {
                write(body, "properties.privateLinkServiceConnections", block.clone());
                continue;
            }
            let manual = argument(block, "is_manual_connection");
            if let Some(name) = argument(block, "name") {
                set(&mut connection, "name", self.context.names.resolve(name.clone()));
            }
            if let Some(target) = argument(block, "private_connection_resource_id") {
                let target = self.context.names.resolve(target.clone());
                write(&mut connection, "properties.privateLinkServiceId", target);
            }
            if let Some(groups) = argument(block, "subresource_names") {
                write(&mut connection, "properties.groupIds", self.context.names.resolve(groups.clone()));
            }
            let list = match manual.map(boolean) {
                Some(Some(true)) => "manualPrivateLinkServiceConnections",
                _ => "privateLinkServiceConnections",
            };
            let connections = Node::new(Content::Array(vec![connection]), block.span);
            let addition = Node::new(Content::Object(vec![(list.to_owned(), connections)]), block.span);
            let addition = Node::new(Content::Object(vec![("properties".to_owned(), addition)]), block.span);
            super::merge::merge(body, addition, false);
        }
    }

    /// Secure boot and a vTPM make a machine a trusted launch one.
    /// <https://learn.microsoft.com/azure/virtual-machines/trusted-launch>
    fn machine(&self, body: &mut Node, under: &str) {
        let confidential = argument(&self.resource.arguments, "os_disk")
            .and_then(|block| block.elements().map_or(Some(block), <[_]>::first))
            .and_then(|block| argument(block, "security_encryption_type"));
        let on = ["vtpm_enabled", "secure_boot_enabled"].iter().find_map(|name| {
            let node = self.argument(name)?;
            match boolean(&node) {
                Some(true) => Some(Node::text("TrustedLaunch", node.span)),
                Some(false) => None,
                None => Some(node),
            }
        });
        let kind = match (confidential, on) {
            (Some(node), _) => Some(Node::text("ConfidentialVM", node.span)),
            (None, on) => on,
        };
        if let Some(kind) = kind {
            write(body, &format!("{under}.securityProfile.securityType"), kind);
        }
        if under == "properties" {
            // A machine that isn't given a computer name takes its own.
            let name = self.argument("computer_name").or_else(|| self.argument("name"));
            if let Some(name) = name {
                write(body, "properties.osProfile.computerName", name);
            }
        }
    }

    fn role_assignment(&self, body: &mut Node) {
        let scope = self.id.split("/providers/Microsoft.Authorization/roleAssignments/").next();
        if let (Some(scope), Some(named)) = (scope, argument(&self.resource.arguments, "scope")) {
            let known = self.context.names.target_of(named).is_some();
            let scope = if known { Node::text(scope, named.span) } else { named.clone() };
            write(body, "properties.scope", scope);
        }
        if let Some(name) = self.argument("role_definition_name") {
            let role = match name.as_str().map(role::built_in) {
                Some(Some(role)) => {
                    let subscription = crate::source::code::scope::subscription(self.context.names.root());
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
        let _ = at(body, &["properties"]);
    }

    fn custom_role(&self, name: &Node) -> Node {
        let wanted = name.as_str().unwrap_or_default();
        let found = self.context.names.all().find(|resource| {
            resource.kind == "azurerm_role_definition"
                && argument(&resource.arguments, "name")
                    .and_then(Node::as_str)
                    .is_some_and(|own| own.eq_ignore_ascii_case(wanted))
        });
        match found.and_then(|found| self.context.names.id(&found.address)) {
            Some(id) => Node::text(id, name.span),
            None => {
                Node::unknown(format!("is the role named '{wanted}', which is not in this code"), name.span)
            }
        }
    }
}
