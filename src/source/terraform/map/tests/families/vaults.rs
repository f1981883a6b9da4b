use insta::assert_snapshot;
use serde_json::json;

use super::super::mapped;

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
    ), @r#"
    Microsoft.Compute/diskEncryptionSets terraform:azurerm_disk_encryption_set.d
    /subscriptions/infra/resourceGroups/rg/providers/Microsoft.Compute/diskEncryptionSets/d
    {
      "name": "d",
      "properties": {
        "activeKey": {
          "keyUrl": "https://vault.vault.azure.net/keys/k"
        },
        "encryptionType": "EncryptionAtRestWithCustomerKey",
        "rotationToLatestKeyVersionEnabled": false
      }
    }
    Microsoft.KeyVault/vaults terraform:azurerm_key_vault.v
    /subscriptions/infra/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/Vault
    {
      "name": "Vault",
      "properties": {
        "accessPolicies": [
          {
            "objectId": "o1",
            "permissions": {
              "keys": [
                "Get"
              ]
            }
          },
          {
            "objectId": "o2",
            "permissions": {
              "secrets": [
                "Get",
                "List"
              ]
            }
          }
        ],
        "enablePurgeProtection": false,
        "enableRbacAuthorization": false,
        "enabledForDeployment": false,
        "enabledForDiskEncryption": false,
        "enabledForTemplateDeployment": false,
        "publicNetworkAccess": "Enabled",
        "sku": {
          "name": "standard"
        },
        "softDeleteRetentionInDays": 90,
        "vaultUri": "https://vault.vault.azure.net/"
      }
    }
    Microsoft.KeyVault/vaults/keys terraform:azurerm_key_vault_key.k
    /subscriptions/infra/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/Vault/keys/k
    {
      "name": "k",
      "properties": {
        "attributes": {
          "enabled": true,
          "exp": 1798761600
        },
        "curveName": "P-256",
        "keySize": 2048,
        "kty": "RSA"
      }
    }
    note 1 azurerm_storage_account_customer_managed_key adds to a resource that this code doesn't declare, and which is not judged
    "#);
}
