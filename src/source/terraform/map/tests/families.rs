use serde_json::json;

use super::mapped;

#[test]
fn smoke() {
    println!(
        "{}",
        mapped(
            4,
            json!({
                "azurerm_resource_group.g": {"name": "rg", "location": "West Europe"},
                "azurerm_storage_account.a": {
                    "name": "acc", "resource_group_name": {"$ref": "azurerm_resource_group.g.name"}, "location": "West Europe",
                    "account_tier": "Standard", "account_replication_type": "LRS", "network_rules": [{"default_action": "Deny", "ip_rules": ["1.2.3.4"], "bypass": ["AzureServices", "Logging"]}],
                },
                "azurerm_storage_container.c": {"name": "x", "storage_account_name": {"$ref": "azurerm_storage_account.a.name"}, "container_access_type": "blob"},
                "azurerm_virtual_network.v": {"name": "v", "resource_group_name": "rg", "address_space": ["10.0.0.0/8"]},
                "azurerm_subnet.s": {"name": "s", "resource_group_name": "rg", "virtual_network_name": "v", "address_prefixes": ["10.0.0.0/24"]},
                "azurerm_network_security_group.n": {"name": "n", "resource_group_name": "rg", "security_rule": [{"name": "r", "access": "Allow", "destination_port_range": "22"}, {"name": "q", "source_address_prefixes": ["1.1.1.1"]}]},
                "azurerm_subnet_network_security_group_association.a": {"subnet_id": {"$ref": "azurerm_subnet.s.id"}, "network_security_group_id": {"$ref": "azurerm_network_security_group.n.id"}},
                "azurerm_foo.a": {}, "azurerm_foo.b": {}, "azuread_group.g": {}, "random_id.x": {}
            })
        )
    );
}
