//! Blocks of each family and what they come to.

use insta::assert_snapshot;
use serde_json::json;

use super::mapped;

#[test]
fn a_storage_account_with_its_services() {
    assert_snapshot!(mapped(
        4,
        json!({
            "azurerm_resource_group.g": {"name": "rg", "location": "West Europe"},
            "azurerm_storage_account.a": {
                "name": "acc", "resource_group_name": {"$ref": "azurerm_resource_group.g.name"},
                "location": "West Europe", "account_tier": "Standard", "account_replication_type": "GRS",
                "min_tls_version": "TLS1_0", "tags": {"owner": "it"},
                "identity": [{"type": "SystemAssigned, UserAssigned", "identity_ids": [{"$ref": "azurerm_user_assigned_identity.i.id"}]}],
                "blob_properties": [{"delete_retention_policy": [{"days": 30}]}],
            },
            "azurerm_storage_account_network_rules.r": {
                "storage_account_id": {"$ref": "azurerm_storage_account.a.id"}, "default_action": "Deny", "ip_rules": ["20.1.2.3"],
            },
            "azurerm_storage_container.c": {
                "name": "files", "storage_account_name": {"$ref": "azurerm_storage_account.a.name"}, "container_access_type": "blob",
            },
            "azurerm_user_assigned_identity.i": {"name": "i", "resource_group_name": "rg"},
        })
    ));
}

#[test]
fn a_machine_with_its_network() {
    assert_snapshot!(mapped(
        3,
        json!({
            "azurerm_linux_virtual_machine.m": {
                "name": "m", "resource_group_name": "rg", "vtpm_enabled": true,
                "network_interface_ids": [{"$ref": "azurerm_network_interface.n.id"}],
                "os_disk": [{"storage_account_type": "Premium_LRS"}],
            },
            "azurerm_managed_disk.d": {"name": "d", "resource_group_name": "rg", "create_option": "Empty"},
            "azurerm_network_interface.n": {
                "name": "n", "resource_group_name": "rg",
                "ip_configuration": [{"name": "one", "subnet_id": {"$ref": "azurerm_subnet.s.id"}, "public_ip_address_id": {"$ref": "azurerm_public_ip.p.id"}}],
            },
            "azurerm_network_interface_backend_address_pool_association.b": {
                "network_interface_id": {"$ref": "azurerm_network_interface.n.id"}, "ip_configuration_name": "one",
                "backend_address_pool_id": {"$ref": "azurerm_lb_backend_address_pool.b.id"},
            },
            "azurerm_lb_backend_address_pool.b": {"name": "pool", "loadbalancer_id": {"$ref": "azurerm_lb.l.id"}},
            "azurerm_lb.l": {"name": "l", "resource_group_name": "rg", "frontend_ip_configuration": [{"name": "front"}]},
            "azurerm_lb_rule.r": {
                "name": "rule", "loadbalancer_id": {"$ref": "azurerm_lb.l.id"}, "protocol": "Tcp", "frontend_port": 443,
                "backend_port": 8443, "frontend_ip_configuration_name": "front",
                "backend_address_pool_ids": [{"$ref": "azurerm_lb_backend_address_pool.b.id"}],
            },
            "azurerm_network_security_group.g": {
                "name": "g", "resource_group_name": "rg",
                "security_rule": [{"name": "ssh", "access": "Allow", "direction": "Inbound", "priority": 100, "protocol": "Tcp",
                    "source_address_prefix": "*", "source_port_range": "*", "destination_address_prefix": "*", "destination_port_ranges": ["22", "3389"]}],
            },
            "azurerm_public_ip.p": {"name": "p", "resource_group_name": "rg", "allocation_method": "Static"},
            "azurerm_subnet.s": {"name": "s", "resource_group_name": "rg", "virtual_network_name": {"$ref": "data.azurerm_virtual_network.v.name"}, "address_prefixes": ["10.0.0.0/24"]},
            "azurerm_subnet_network_security_group_association.a": {
                "subnet_id": {"$ref": "azurerm_subnet.s.id"}, "network_security_group_id": {"$ref": "azurerm_network_security_group.g.id"},
            },
            "azurerm_virtual_machine_data_disk_attachment.d": {
                "virtual_machine_id": {"$ref": "azurerm_linux_virtual_machine.m.id"}, "managed_disk_id": {"$ref": "azurerm_managed_disk.d.id"}, "lun": 1,
            },
            "data.azurerm_virtual_network.v": {"name": "hub", "resource_group_name": "net"},
        })
    ));
}

#[test]
fn a_vault_with_keys_and_what_they_encrypt() {
    assert_snapshot!(mapped(
        4,
        json!({
            "azurerm_disk_encryption_set.d": {"name": "d", "resource_group_name": "rg", "key_vault_key_id": {"$ref": "azurerm_key_vault_key.k.versionless_id"}},
            "azurerm_key_vault.v": {"name": "Vault", "resource_group_name": "rg", "sku_name": "standard", "purge_protection_enabled": false,
                "access_policy": [{"object_id": "o1", "key_permissions": ["Get"]}]},
            "azurerm_key_vault_access_policy.p": {"key_vault_id": {"$ref": "azurerm_key_vault.v.id"}, "object_id": "o2", "secret_permissions": ["Get", "List"]},
            "azurerm_key_vault_key.k": {"name": "k", "key_vault_id": {"$ref": "azurerm_key_vault.v.id"}, "key_type": "RSA", "key_size": 2048, "expiration_date": "2027-01-01T00:00:00Z"},
            "azurerm_storage_account_customer_managed_key.c": {"storage_account_id": "/subscriptions/1/resourceGroups/x/providers/Microsoft.Storage/storageAccounts/elsewhere", "key_vault_id": {"$ref": "azurerm_key_vault.v.id"}, "key_name": "k"},
        })
    ));
}

#[test]
fn web_apps_and_their_configuration() {
    assert_snapshot!(mapped(
        4,
        json!({
            "azurerm_linux_web_app.a": {
                "name": "a", "resource_group_name": "rg", "service_plan_id": {"$ref": "azurerm_service_plan.p.id"},
                "app_settings": {"KEY": "v"},
                "site_config": [{"minimum_tls_version": "1.0", "application_stack": [{"python_version": "3.9"}],
                    "ip_restriction": [{"service_tag": "AzureFrontDoor.Backend", "headers": [{"x_azure_fdid": ["f"], "x_forwarded_for": []}]}]}],
            },
            "azurerm_service_plan.p": {"name": "p", "resource_group_name": "rg", "os_type": "Linux", "sku_name": "P1v3"},
        })
    ));
}

#[test]
fn databases_and_their_settings() {
    assert_snapshot!(mapped(
        3,
        json!({
            "azurerm_mssql_server.s": {"name": "s", "resource_group_name": "rg", "minimum_tls_version": "Disabled"},
            "azurerm_mssql_server_extended_auditing_policy.a": {"server_id": {"$ref": "azurerm_mssql_server.s.id"}},
            "azurerm_mssql_server_security_alert_policy.p": {"server_name": {"$ref": "azurerm_mssql_server.s.name"}, "resource_group_name": "rg", "state": "Enabled"},
            "azurerm_mssql_server_vulnerability_assessment.v": {"server_security_alert_policy_id": {"$ref": "azurerm_mssql_server_security_alert_policy.p.id"}, "storage_container_path": "x"},
            "azurerm_cosmosdb_account.c": {"name": "c", "resource_group_name": "rg", "ip_range_filter": "1.2.3.4, 10.0.0.0/8"},
            "azurerm_postgresql_server.p": {"name": "p", "resource_group_name": "rg", "ssl_enforcement_enabled": false},
        })
    ));
}

#[test]
fn access_alerts_and_settings_of_the_subscription() {
    assert_snapshot!(mapped(
        4,
        json!({
            "data.azurerm_subscription.s": {},
            "azurerm_role_assignment.owner": {"scope": {"$ref": "data.azurerm_subscription.s.id"}, "role_definition_name": "Owner", "principal_id": "p"},
            "azurerm_role_assignment.unknown": {"scope": {"$unknown": "depends on variable 'scope'"}, "role_definition_name": "Own role", "principal_id": "p"},
            "azurerm_monitor_activity_log_alert.a": {"name": "a", "resource_group_name": "rg", "scopes": [{"$ref": "data.azurerm_subscription.s.id"}],
                "criteria": [{"category": "Administrative", "operation_name": "Microsoft.Sql/servers/firewallRules/write"}]},
            "azurerm_security_center_subscription_pricing.p": {"tier": "Free", "resource_type": "KeyVaults"},
            "azurerm_monitor_diagnostic_setting.d": {"name": "d", "target_resource_id": {"$ref": "azurerm_key_vault.v.id"}, "enabled_log": [{"category": "AuditEvent"}]},
            "azurerm_key_vault.v": {"name": "v", "resource_group_name": "rg"},
        })
    ));
}
