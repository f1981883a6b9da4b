use insta::assert_snapshot;
use serde_json::json;

use super::super::mapped;

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
    ), @r#"
    Microsoft.Network/loadBalancers terraform:azurerm_lb.l
    /subscriptions/infra/resourceGroups/rg/providers/Microsoft.Network/loadBalancers/l
    {
      "name": "l",
      "properties": {
        "frontendIPConfigurations": [
          {
            "id": "/subscriptions/infra/resourceGroups/rg/providers/Microsoft.Network/loadBalancers/l/frontendIPConfigurations/front",
            "name": "front"
          }
        ],
        "loadBalancingRules": [
          {
            "id": "/subscriptions/infra/resourceGroups/rg/providers/Microsoft.Network/loadBalancers/l/loadBalancingRules/rule",
            "name": "rule",
            "properties": {
              "backendAddressPools": [
                {
                  "id": "/subscriptions/infra/resourceGroups/rg/providers/Microsoft.Network/loadBalancers/l/backendAddressPools/pool"
                }
              ],
              "backendPort": 8443,
              "enableFloatingIP": false,
              "frontendIPConfiguration": {
                "id": "/subscriptions/infra/resourceGroups/rg/providers/Microsoft.Network/loadBalancers/l/frontendIPConfigurations/front"
              },
              "frontendPort": 443,
              "protocol": "Tcp"
            }
          }
        ]
      },
      "sku": {
        "name": "Basic"
      }
    }
    Microsoft.Network/loadBalancers/backendAddressPools terraform:azurerm_lb_backend_address_pool.b
    /subscriptions/infra/resourceGroups/rg/providers/Microsoft.Network/loadBalancers/l/backendAddressPools/pool
    {
      "name": "pool",
      "properties": {}
    }
    Microsoft.Compute/virtualMachines terraform:azurerm_linux_virtual_machine.m
    /subscriptions/infra/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/m
    {
      "name": "m",
      "properties": {
        "networkProfile": {
          "networkInterfaces": [
            {
              "id": "/subscriptions/infra/resourceGroups/rg/providers/Microsoft.Network/networkInterfaces/n"
            }
          ]
        },
        "osProfile": {
          "allowExtensionOperations": true,
          "computerName": "m",
          "linuxConfiguration": {
            "disablePasswordAuthentication": true,
            "patchSettings": {
              "assessmentMode": "ImageDefault",
              "patchMode": "ImageDefault"
            },
            "provisionVMAgent": true
          }
        },
        "securityProfile": {
          "securityType": "TrustedLaunch",
          "uefiSettings": {
            "vTpmEnabled": true
          }
        },
        "storageProfile": {
          "dataDisks": [
            {
              "lun": 1,
              "managedDisk": {
                "id": "/subscriptions/infra/resourceGroups/rg/providers/Microsoft.Compute/disks/d"
              }
            }
          ],
          "osDisk": {
            "createOption": "FromImage",
            "managedDisk": {
              "storageAccountType": "Premium_LRS"
            },
            "osType": "Linux"
          }
        }
      }
    }
    Microsoft.Compute/disks terraform:azurerm_managed_disk.d
    /subscriptions/infra/resourceGroups/rg/providers/Microsoft.Compute/disks/d
    {
      "managedBy": "/subscriptions/infra/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/m",
      "name": "d",
      "properties": {
        "creationData": {
          "createOption": "Empty"
        },
        "networkAccessPolicy": "AllowAll",
        "publicNetworkAccess": "Enabled"
      }
    }
    Microsoft.Network/networkInterfaces terraform:azurerm_network_interface.n
    /subscriptions/infra/resourceGroups/rg/providers/Microsoft.Network/networkInterfaces/n
    {
      "name": "n",
      "properties": {
        "enableAcceleratedNetworking": false,
        "enableIPForwarding": false,
        "ipConfigurations": [
          {
            "id": "/subscriptions/infra/resourceGroups/rg/providers/Microsoft.Network/networkInterfaces/n/ipConfigurations/one",
            "name": "one",
            "properties": {
              "loadBalancerBackendAddressPools": [
                {
                  "id": "/subscriptions/infra/resourceGroups/rg/providers/Microsoft.Network/loadBalancers/l/backendAddressPools/pool"
                }
              ],
              "publicIPAddress": {
                "id": "/subscriptions/infra/resourceGroups/rg/providers/Microsoft.Network/publicIPAddresses/p"
              },
              "subnet": {
                "id": "/subscriptions/infra/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/hub/subnets/s"
              }
            }
          }
        ],
        "virtualMachine": {
          "id": "/subscriptions/infra/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/m"
        }
      }
    }
    Microsoft.Network/networkSecurityGroups terraform:azurerm_network_security_group.g
    /subscriptions/infra/resourceGroups/rg/providers/Microsoft.Network/networkSecurityGroups/g
    {
      "name": "g",
      "properties": {
        "securityRules": [
          {
            "name": "ssh",
            "properties": {
              "access": "Allow",
              "destinationAddressPrefix": "*",
              "destinationPortRanges": [
                "22",
                "3389"
              ],
              "direction": "Inbound",
              "priority": 100,
              "protocol": "Tcp",
              "sourceAddressPrefix": "*",
              "sourcePortRange": "*"
            }
          }
        ]
      }
    }
    Microsoft.Network/publicIPAddresses terraform:azurerm_public_ip.p
    /subscriptions/infra/resourceGroups/rg/providers/Microsoft.Network/publicIPAddresses/p
    {
      "name": "p",
      "properties": {
        "ddosSettings": {
          "protectionMode": "VirtualNetworkInherited"
        },
        "ipConfiguration": {
          "id": "/subscriptions/infra/resourceGroups/rg/providers/Microsoft.Network/networkInterfaces/n/ipConfigurations/one"
        },
        "publicIPAddressVersion": "IPv4",
        "publicIPAllocationMethod": "Static"
      },
      "sku": {
        "name": "Basic",
        "tier": "Regional"
      }
    }
    Microsoft.Network/virtualNetworks/subnets terraform:azurerm_subnet.s
    /subscriptions/infra/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/hub/subnets/s
    {
      "name": "s",
      "properties": {
        "addressPrefixes": [
          "10.0.0.0/24"
        ],
        "defaultOutboundAccess": true,
        "networkSecurityGroup": {
          "id": "/subscriptions/infra/resourceGroups/rg/providers/Microsoft.Network/networkSecurityGroups/g"
        },
        "privateEndpointNetworkPolicies": "Disabled",
        "privateLinkServiceNetworkPolicies": "Enabled"
      }
    }
    "#);
}
