use insta::assert_snapshot;
use serde_json::json;

use super::super::mapped;

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
    ), @r#"
    Microsoft.DocumentDB/databaseAccounts terraform:azurerm_cosmosdb_account.c
    /subscriptions/infra/resourceGroups/rg/providers/Microsoft.DocumentDB/databaseAccounts/c
    {
      "kind": "GlobalDocumentDB",
      "name": "c",
      "properties": {
        "disableKeyBasedMetadataWriteAccess": false,
        "disableLocalAuth": false,
        "enableAutomaticFailover": false,
        "ipRules": [
          {
            "ipAddressOrRange": "1.2.3.4"
          },
          {
            "ipAddressOrRange": "10.0.0.0/8"
          }
        ],
        "isVirtualNetworkFilterEnabled": false,
        "minimalTlsVersion": "Tls12",
        "networkAclBypass": "None",
        "publicNetworkAccess": "Enabled"
      }
    }
    Microsoft.Sql/servers terraform:azurerm_mssql_server.s
    /subscriptions/infra/resourceGroups/rg/providers/Microsoft.Sql/servers/s
    {
      "name": "s",
      "properties": {
        "minimalTlsVersion": "None",
        "publicNetworkAccess": "Enabled",
        "restrictOutboundNetworkAccess": "Disabled"
      }
    }
    Microsoft.Sql/servers/extendedAuditingSettings terraform:azurerm_mssql_server_extended_auditing_policy.a
    /subscriptions/infra/resourceGroups/rg/providers/Microsoft.Sql/servers/s/extendedAuditingSettings/default
    {
      "name": "default",
      "properties": {
        "isAzureMonitorTargetEnabled": true,
        "retentionDays": 0,
        "state": "Enabled"
      }
    }
    Microsoft.Sql/servers/securityAlertPolicies terraform:azurerm_mssql_server_security_alert_policy.p
    /subscriptions/infra/resourceGroups/rg/providers/Microsoft.Sql/servers/s/securityAlertPolicies/Default
    {
      "name": "Default",
      "properties": {
        "emailAccountAdmins": false,
        "retentionDays": 0,
        "state": "Enabled"
      }
    }
    Microsoft.Sql/servers/vulnerabilityAssessments terraform:azurerm_mssql_server_vulnerability_assessment.v
    /subscriptions/infra/resourceGroups/rg/providers/Microsoft.Sql/servers/s/vulnerabilityAssessments/default
    {
      "name": "default",
      "properties": {
        "storageContainerPath": "x"
      }
    }
    Microsoft.DBforPostgreSQL/servers terraform:azurerm_postgresql_server.p
    /subscriptions/infra/resourceGroups/rg/providers/Microsoft.DBforPostgreSQL/servers/p
    {
      "name": "p",
      "properties": {
        "minimalTlsVersion": "TLS1_2",
        "publicNetworkAccess": "Enabled",
        "sslEnforcement": "Disabled"
      }
    }
    "#);
}
