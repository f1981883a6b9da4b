use insta::assert_snapshot;
use serde_json::json;

use super::super::mapped;

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
    ), @r#"
    Microsoft.Resources/resourceGroups terraform:azurerm_resource_group.g
    /subscriptions/infra/resourceGroups/rg
    {
      "location": "westeurope",
      "name": "rg",
      "properties": {}
    }
    Microsoft.Storage/storageAccounts/blobServices terraform:azurerm_storage_account.a/blobServices/default
    /subscriptions/infra/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/acc/blobServices/default
    {
      "name": "default",
      "properties": {
        "changeFeed": {
          "enabled": false
        },
        "deleteRetentionPolicy": {
          "days": 30,
          "enabled": true
        },
        "isVersioningEnabled": false
      }
    }
    Microsoft.Storage/storageAccounts/fileServices terraform:azurerm_storage_account.a/fileServices/default
    /subscriptions/infra/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/acc/fileServices/default
    {
      "name": "default",
      "properties": {}
    }
    Microsoft.Storage/storageAccounts terraform:azurerm_storage_account.a
    /subscriptions/infra/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/acc
    {
      "identity": {
        "principalId": "? is made at deployment",
        "type": "SystemAssigned, UserAssigned",
        "userAssignedIdentities": {
          "/subscriptions/infra/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i": {}
        }
      },
      "kind": "StorageV2",
      "location": "westeurope",
      "name": "acc",
      "properties": {
        "accessTier": "Hot",
        "allowBlobPublicAccess": true,
        "allowCrossTenantReplication": false,
        "allowSharedKeyAccess": true,
        "defaultToOAuthAuthentication": false,
        "encryption": {
          "requireInfrastructureEncryption": false,
          "services": {
            "queue": {
              "keyType": "Service"
            },
            "table": {
              "keyType": "Service"
            }
          }
        },
        "isHnsEnabled": false,
        "isLocalUserEnabled": true,
        "isNfsV3Enabled": false,
        "isSftpEnabled": false,
        "largeFileSharesState": "Disabled",
        "minimumTlsVersion": "TLS1_0",
        "networkAcls": {
          "bypass": "AzureServices",
          "defaultAction": "Deny",
          "ipRules": [
            {
              "value": "20.1.2.3"
            }
          ]
        },
        "publicNetworkAccess": "Enabled",
        "supportsHttpsTrafficOnly": true
      },
      "sku": {
        "name": "Standard_GRS"
      },
      "tags": {
        "owner": "it"
      }
    }
    Microsoft.Storage/storageAccounts/blobServices/containers terraform:azurerm_storage_container.c
    /subscriptions/infra/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/acc/blobServices/default/containers/files
    {
      "name": "files",
      "properties": {
        "denyEncryptionScopeOverride": false,
        "publicAccess": "Blob"
      }
    }
    Microsoft.ManagedIdentity/userAssignedIdentities terraform:azurerm_user_assigned_identity.i
    /subscriptions/infra/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i
    {
      "name": "i",
      "properties": {}
    }
    "#);
}
