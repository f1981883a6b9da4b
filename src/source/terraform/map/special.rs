//! What rows of the table can't say.

mod alert;
mod cluster;
mod firewall;
mod governance;
mod sku;
mod web;

use super::build::Addition;
use super::build::{Context, write};
use super::change::{boolean, change, words_of};
use super::ids::vault_url;
use super::pick::argument;
use super::place::set;
use super::table::How;
use crate::source::code::node::{Content, Node};
use crate::source::terraform::resource::TerraformResource;

/// Completes the body of a resource after its rows.
pub fn finish(body: &mut Node, resource: &TerraformResource, context: &Context<'_>, id: &str) {
    let of = Of { resource, context, id };
    match resource.kind.as_str() {
        "azurerm_storage_account" => of.storage_account(body),
        "azurerm_key_vault" => of.vault(body),
        "azurerm_storage_account_customer_managed_key" => of.storage_key(body),
        "azurerm_private_endpoint" => of.private_endpoint(body),
        "azurerm_linux_virtual_machine" | "azurerm_windows_virtual_machine" => of.machine(body, "properties"),
        "azurerm_linux_virtual_machine_scale_set" | "azurerm_windows_virtual_machine_scale_set" => {
            of.machine(body, "properties.virtualMachineProfile");
        }
        "azurerm_role_assignment" => of.role_assignment(body),
        "azurerm_kusto_cluster_customer_managed_key" => {
            of.vault_uri(body, "properties.keyVaultProperties.keyVaultUri");
        }
        "azurerm_data_factory_linked_service_key_vault" => {
            of.vault_uri(body, "properties.typeProperties.baseUrl");
        }
        "azurerm_lb_nat_rule" => of.nat_rule(body),
        "azurerm_firewall_policy_rule_collection_group" => firewall::rule_collections(&of, body),
        "azurerm_monitor_activity_log_alert" => alert::condition(&of, body),
        "azurerm_kubernetes_cluster" => of.cluster(body),
        "azurerm_service_plan" => of.tier(body, sku::plan),
        "azurerm_mssql_database" => of.tier(body, sku::database),
        "azurerm_api_management" => of.gateway_sku(body),
        "azurerm_mssql_server_transparent_data_encryption"
        | "azurerm_mssql_managed_instance_transparent_data_encryption" => of.protector(body),
        "azurerm_cosmosdb_account" => of.ip_rules(body),
        "azurerm_redis_cache" => of.redis(body),
        "azurerm_security_center_contact" => of.contact(body),
        "azurerm_security_center_subscription_pricing" => of.pricing(body),
        _ => {}
    }
    if resource.kind.ends_with("_app")
        || resource.kind.ends_with("_app_slot")
        || resource.kind.contains("_app_service")
    {
        web::finish(&of, body, "properties.siteConfig");
    }
}

/// Completes the body of a resource below, after its rows.
pub fn finish_child(body: &mut Node, suffix: &str, resource: &TerraformResource, context: &Context<'_>) {
    let of = Of { resource, context, id: "" };
    match suffix {
        "config/web" => web::finish(&of, body, "properties"),
        "config/appsettings" => web::settings(&of, body),
        "config/connectionstrings" => web::named(&of, body, "connection_string"),
        "config/azurestorageaccounts" => web::named(&of, body, "storage_account"),
        _ => {}
    }
}

/// What a block says of a resource that is not its own: a node pool is also a part of its cluster's body.
pub fn elsewhere(resource: &TerraformResource, context: &Context<'_>) -> Option<Addition> {
    (resource.kind == "azurerm_kubernetes_cluster_node_pool").then(|| {
        let of = Of { resource, context, id: "" };
        of.node_pool()
    })
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

    /// Azure makes the address of the name.
    fn vault(&self, body: &mut Node) {
        let url = vault_url(self.id);
        let url = match (url, self.argument("name")) {
            (Some(url), Some(name)) => Node::text(format!("{url}/"), name.span),
            (_, Some(name)) => name,
            (_, None) => Node::unknown("is made at deployment", self.resource.block),
        };
        write(body, "properties.vaultUri", url);
    }

    fn storage_key(&self, body: &mut Node) {
        self.vault_uri(body, "properties.encryption.keyvaultproperties.keyvaulturi");
    }

    /// The address of the vault that `key_vault_id` names.
    fn vault_uri(&self, body: &mut Node, path: &str) {
        let Some(vault) = argument(&self.resource.arguments, "key_vault_id") else { return };
        let url = self.context.names.target_of(vault).and_then(|id| vault_url(&id));
        let uri = url.map_or_else(|| vault.clone(), |url| Node::text(url, vault.span));
        write(body, path, uri);
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

    /// Its front end is named, and stands in its load balancer.
    fn nat_rule(&self, body: &mut Node) {
        let Some(name) = self.argument("frontend_ip_configuration_name") else { return };
        let balancer = self.id.split("/inboundNatRules/").next().unwrap_or_default();
        let front = change(&How::PartId("frontendIPConfigurations"), name, balancer);
        write(body, "properties.frontendIPConfiguration.id", front);
    }

    /// The tier follows from the name of the SKU.
    fn tier(&self, body: &mut Node, tier: fn(&str) -> Option<&'static str>) {
        let Some(name) = self.argument("sku_name") else {
            let reason =
                format!("depends on {}'s default for sku_name, which is not known", self.resource.kind);
            write(body, "sku.tier", Node::unknown(reason, self.resource.block));
            return;
        };
        let tier = match name.as_str() {
            Some(text) => match tier(text) {
                Some(tier) => Node::text(tier, name.span),
                None => {
                    Node::unknown(format!("depends on the SKU {text}, whose tier is not known"), name.span)
                }
            },
            None => name,
        };
        write(body, "sku.tier", tier);
    }

    /// `Premium_1` is one unit of Premium.
    fn gateway_sku(&self, body: &mut Node) {
        let Some(sku) = self.argument("sku_name") else { return };
        let name =
            sku.as_str().and_then(|text| text.split('_').next()).map(|name| Node::text(name, sku.span));
        write(body, "sku.name", name.unwrap_or(sku));
    }

    /// Without a key of one's own it is the service's.
    fn protector(&self, body: &mut Node) {
        let key = self.argument("key_vault_key_id").or_else(|| self.argument("managed_hsm_key_id"));
        let kind = match &key {
            Some(key) => Node::text("AzureKeyVault", key.span),
            None => Node::text("ServiceManaged", self.resource.block),
        };
        write(body, "properties.serverKeyType", kind);
        if let Some(key) = key {
            let name = key.as_str().map(|url| {
                let mut parts = url.trim_start_matches("https://").split('/');
                let vault = parts.next().and_then(|host| host.split('.').next()).unwrap_or_default();
                let rest: Vec<_> = parts.skip(1).collect();
                Node::text(format!("{vault}_{}", rest.join("_")), key.span)
            });
            write(body, "properties.serverKeyName", name.unwrap_or(key));
        }
    }

    /// A text with commas up to version 3 of the provider, a list since.
    fn ip_rules(&self, body: &mut Node) {
        let Some(ranges) = self.argument("ip_range_filter") else { return };
        let rule = |range: Node| {
            let at = range.span;
            Node::new(Content::Object(vec![("ipAddressOrRange".to_owned(), range)]), at)
        };
        let rules = match ranges.content {
            Content::Array(ranges) => ranges.into_iter().map(rule).collect(),
            Content::Text(text) => text
                .split(',')
                .map(str::trim)
                .filter(|range| !range.is_empty())
                .map(|range| rule(Node::text(range, ranges.span)))
                .collect(),
            content => {
                let rules = Node { content, span: ranges.span, secret: ranges.secret };
                write(body, "properties.ipRules", rules);
                return;
            }
        };
        write(body, "properties.ipRules", Node::new(Content::Array(rules), ranges.span));
    }

    /// ARM has the opposite, as text.
    fn redis(&self, body: &mut Node) {
        let block = self.argument("redis_configuration");
        let block = block.as_ref().and_then(|block| block.elements().map_or(Some(block), <[_]>::first));
        let Some(block) = block else { return };
        let found =
            ["authentication_enabled", "enable_authentication"].iter().find_map(|name| argument(block, name));
        if let Some(node) = found {
            let node = change(&How::Negate, node.clone(), "");
            write(body, "properties.redisConfiguration.authnotrequired", change(&How::AsText, node, ""));
        }
    }
}
