//! What rows of the table can't say.

mod alert;
mod firewall;
mod sku;
mod web;

use super::build::Addition;
use super::build::{Context, write};
use super::change::{boolean, change, words_of};
use super::names::vault_url;
use super::pick::argument;
use super::place::set;
use super::role;
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

    fn custom_role(&self, name: &Node) -> Node {
        let wanted = name.as_str().unwrap_or_default();
        let role = self.context.names.role(wanted);
        match role.and_then(|role| self.context.names.id(role)) {
            Some(id) => Node::text(id, name.span),
            None => {
                Node::unknown(format!("is the role named '{wanted}', which is not in this code"), name.span)
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

    fn cluster(&self, body: &mut Node) {
        // Since version 4 of the provider there is no other integration with Entra ID than the managed one.
        if let (true, Some(block)) = (
            self.context.version.major >= 4,
            self.argument("azure_active_directory_role_based_access_control"),
        ) {
            write(body, "properties.aadProfile.managed", change(&How::Present("true"), block, ""));
        }
        let pool = self.argument("default_node_pool");
        let pool = pool.as_ref().and_then(|pool| pool.elements().map_or(Some(pool), <[_]>::first));
        let only = pool.and_then(|pool| argument(pool, "only_critical_addons_enabled"));
        if let Some(only) = only.filter(|only| boolean(only) == Some(true)) {
            let taint = Node::text("CriticalAddonsOnly=true:NoSchedule", only.span);
            let taints = Node::new(Content::Array(vec![taint]), only.span);
            let pool = Node::new(Content::Object(vec![("nodeTaints".to_owned(), taints)]), only.span);
            if let Some(first) = first_pool(body) {
                super::merge::merge(first, pool, true);
            }
        }
    }

    fn node_pool(&self) -> Addition {
        let mut pool = super::build::empty(self.resource);
        if let Some(name) = self.argument("name") {
            set(&mut pool, "name", name);
        }
        set(
            &mut pool,
            "mode",
            self.argument("mode").unwrap_or_else(|| Node::text("User", self.resource.block)),
        );
        let mut own = super::build::empty(self.resource);
        if let Some(kind) = super::table::kind(&self.resource.kind) {
            super::build::rows(&mut own, &kind.rows, self.resource, self.context, self.id);
        }
        if let Content::Object(members) = own.content {
            for (_, properties) in members {
                super::merge::merge(&mut pool, properties, false);
            }
        }
        let at = self.resource.block;
        let pools = Node::new(Content::Array(vec![pool]), at);
        let properties = Node::new(Content::Object(vec![("agentPoolProfiles".to_owned(), pools)]), at);
        let cluster = argument(&self.resource.arguments, "kubernetes_cluster_id");
        Addition {
            address: format!("terraform:{}{}", self.context.prefix, self.resource.address),
            origin: self.resource.address.clone(),
            kind: self.resource.kind.clone(),
            target: cluster.and_then(|cluster| self.context.names.target_of(cluster)),
            arm: "Microsoft.ContainerService/managedClusters".to_owned(),
            body: Node::new(Content::Object(vec![("properties".to_owned(), properties)]), at),
            block: at,
            wins: false,
        }
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

    fn contact(&self, body: &mut Node) {
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
    fn pricing(&self, body: &mut Node) {
        if self.argument("resource_type").is_none() {
            write(body, "name", Node::text("VirtualMachines", self.resource.block));
        }
    }
}

fn first_pool(body: &mut Node) -> Option<&mut Node> {
    let Content::Object(members) = &mut body.content else { return None };
    let (_, properties) = members.iter_mut().find(|(name, _)| name == "properties")?;
    let Content::Object(members) = &mut properties.content else { return None };
    let (_, pools) = members.iter_mut().find(|(name, _)| name == "agentPoolProfiles")?;
    let Content::Array(pools) = &mut pools.content else { return None };
    pools.first_mut()
}
