use insta::assert_snapshot;
use serde_json::json;

use super::super::mapped;

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
    ), @r#"
    Microsoft.KeyVault/vaults terraform:azurerm_key_vault.v
    /subscriptions/infra/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/v
    {
      "name": "v",
      "properties": {
        "enableRbacAuthorization": false,
        "enabledForDeployment": false,
        "enabledForDiskEncryption": false,
        "enabledForTemplateDeployment": false,
        "publicNetworkAccess": "Enabled",
        "softDeleteRetentionInDays": 90,
        "vaultUri": "https://v.vault.azure.net/"
      }
    }
    Microsoft.Insights/activityLogAlerts terraform:azurerm_monitor_activity_log_alert.a
    /subscriptions/infra/resourceGroups/rg/providers/Microsoft.Insights/activityLogAlerts/a
    {
      "name": "a",
      "properties": {
        "condition": {
          "allOf": [
            {
              "equals": "Administrative",
              "field": "category"
            },
            {
              "equals": "Microsoft.Sql/servers/firewallRules/write",
              "field": "operationName"
            }
          ]
        },
        "enabled": true,
        "scopes": [
          "/subscriptions/infra"
        ]
      }
    }
    Microsoft.Insights/diagnosticSettings terraform:azurerm_monitor_diagnostic_setting.d
    /subscriptions/infra/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/v/providers/Microsoft.Insights/diagnosticSettings/d
    {
      "name": "d",
      "properties": {
        "logs": [
          {
            "category": "AuditEvent",
            "enabled": true
          }
        ]
      }
    }
    Microsoft.Authorization/roleAssignments terraform:azurerm_role_assignment.owner
    /subscriptions/infra/providers/Microsoft.Authorization/roleAssignments/~azurerm_role_assignment.owner
    {
      "name": "? is made at deployment",
      "properties": {
        "principalId": "p",
        "roleDefinitionId": "/subscriptions/infra/providers/Microsoft.Authorization/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
        "scope": "/subscriptions/infra"
      }
    }
    Microsoft.Authorization/roleAssignments terraform:azurerm_role_assignment.unknown
    /subscriptions/infra/resourceGroups/~depends:on:variable::scope:/providers/Microsoft.Authorization/roleAssignments/~azurerm_role_assignment.unknown
    {
      "name": "? is made at deployment",
      "properties": {
        "principalId": "p",
        "roleDefinitionId": "? is the role named 'Own role', which is not in this code",
        "scope": "? depends on variable 'scope'"
      }
    }
    Microsoft.Security/pricings terraform:azurerm_security_center_subscription_pricing.p
    /subscriptions/infra/providers/Microsoft.Security/pricings/KeyVaults
    {
      "name": "KeyVaults",
      "properties": {
        "pricingTier": "Free"
      }
    }
    "#);
}
