use insta::assert_snapshot;
use serde_json::json;

use super::super::mapped;

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
    ), @r#"
    Microsoft.Web/sites/config terraform:azurerm_linux_web_app.a/config/web
    /subscriptions/infra/resourceGroups/rg/providers/Microsoft.Web/sites/a/config/web
    {
      "name": "web",
      "properties": {
        "alwaysOn": true,
        "ftpsState": "Disabled",
        "ipSecurityRestrictions": [
          {
            "action": "Allow",
            "headers": {
              "x-azure-fdid": [
                "f"
              ]
            },
            "ipAddress": "AzureFrontDoor.Backend",
            "tag": "ServiceTag"
          }
        ],
        "ipSecurityRestrictionsDefaultAction": "Allow",
        "linuxFxVersion": "PYTHON|3.9",
        "minTlsVersion": "1.0",
        "remoteDebuggingEnabled": false,
        "scmIpSecurityRestrictionsDefaultAction": "Allow",
        "scmMinTlsVersion": "1.2",
        "vnetRouteAllEnabled": false
      }
    }
    Microsoft.Web/sites/config terraform:azurerm_linux_web_app.a/config/appsettings
    /subscriptions/infra/resourceGroups/rg/providers/Microsoft.Web/sites/a/config/appsettings
    {
      "name": "appsettings",
      "properties": {
        "KEY": "v"
      }
    }
    Microsoft.Web/sites/basicPublishingCredentialsPolicies terraform:azurerm_linux_web_app.a/basicPublishingCredentialsPolicies/ftp
    /subscriptions/infra/resourceGroups/rg/providers/Microsoft.Web/sites/a/basicPublishingCredentialsPolicies/ftp
    {
      "name": "ftp",
      "properties": {
        "allow": true
      }
    }
    Microsoft.Web/sites/basicPublishingCredentialsPolicies terraform:azurerm_linux_web_app.a/basicPublishingCredentialsPolicies/scm
    /subscriptions/infra/resourceGroups/rg/providers/Microsoft.Web/sites/a/basicPublishingCredentialsPolicies/scm
    {
      "name": "scm",
      "properties": {
        "allow": true
      }
    }
    Microsoft.Web/sites terraform:azurerm_linux_web_app.a
    /subscriptions/infra/resourceGroups/rg/providers/Microsoft.Web/sites/a
    {
      "kind": "app,linux",
      "name": "a",
      "properties": {
        "clientCertEnabled": false,
        "clientCertMode": "Required",
        "httpsOnly": false,
        "publicNetworkAccess": "Enabled",
        "reserved": true,
        "serverFarmId": "/subscriptions/infra/resourceGroups/rg/providers/Microsoft.Web/serverfarms/p",
        "siteConfig": {
          "alwaysOn": true,
          "appSettings": [
            {
              "name": "KEY",
              "value": "v"
            }
          ],
          "ftpsState": "Disabled",
          "ipSecurityRestrictions": [
            {
              "action": "Allow",
              "headers": {
                "x-azure-fdid": [
                  "f"
                ]
              },
              "ipAddress": "AzureFrontDoor.Backend",
              "tag": "ServiceTag"
            }
          ],
          "ipSecurityRestrictionsDefaultAction": "Allow",
          "linuxFxVersion": "PYTHON|3.9",
          "minTlsVersion": "1.0",
          "remoteDebuggingEnabled": false,
          "scmIpSecurityRestrictionsDefaultAction": "Allow",
          "scmMinTlsVersion": "1.2",
          "vnetRouteAllEnabled": false
        }
      }
    }
    Microsoft.Web/serverfarms terraform:azurerm_service_plan.p
    /subscriptions/infra/resourceGroups/rg/providers/Microsoft.Web/serverfarms/p
    {
      "name": "p",
      "properties": {
        "reserved": true,
        "zoneRedundant": false
      },
      "sku": {
        "name": "P1v3",
        "tier": "PremiumV3"
      }
    }
    "#);
}
