//! Everything that exposure reads.

use super::admin_rule::{COLLECTION, CONFIGURATION, MANAGER, RULE};
use super::app_gateway::GATEWAY;
use super::firewall::{FIREWALL, IP_GROUP, POLICY, RULE_GROUP};
use super::gates::GROUP;
use super::load_balancer::{LOAD_BALANCER, NAT_RULE, POOL};
use super::network::{NETWORK, PEERING, ROUTE, ROUTE_TABLE, SUBNET};
use super::public_address::{ADDRESS, PREFIX};
use super::security_rule::{READS, SECURITY_RULE};
use super::target::{INTERFACE, MACHINE, SCALE_SET};
use crate::inventory::reads::Reads;

const INTERFACE_CONFIG: [&str; 12] = [
    "name",
    "id",
    "properties.primary",
    "properties.privateIPAddress",
    "properties.privateIPAddressVersion",
    "properties.subnet.id",
    "properties.publicIPAddress.id",
    "properties.applicationSecurityGroups[*].id",
    "properties.loadBalancerBackendAddressPools[*].id",
    "properties.loadBalancerInboundNatRules[*].id",
    "properties.loadBalancerInboundNatPools[*].id",
    "properties.applicationGatewayBackendAddressPools[*].id",
];

const TABLE: &[(&str, &[&str])] = &[
    (MACHINE, &["properties.networkProfile.networkInterfaces[*].id", "properties.virtualMachineScaleSet.id"]),
    (
        INTERFACE,
        &[
            "properties.networkSecurityGroup.id",
            "properties.virtualMachine.id",
            "properties.privateEndpoint.id",
            "properties.enableIPForwarding",
        ],
    ),
    (GROUP, &[]),
    (NETWORK, &["properties.addressSpace.addressPrefixes[*]"]),
    (
        SUBNET,
        &[
            "properties.addressPrefix",
            "properties.addressPrefixes[*]",
            "properties.networkSecurityGroup.id",
            "properties.routeTable.id",
            "properties.privateEndpointNetworkPolicies",
        ],
    ),
    (
        PEERING,
        &[
            "properties.peeringState",
            "properties.allowVirtualNetworkAccess",
            "properties.remoteVirtualNetwork.id",
            "properties.remoteAddressSpace.addressPrefixes[*]",
            "properties.remoteVirtualNetworkAddressSpace.addressPrefixes[*]",
        ],
    ),
    (ROUTE_TABLE, &[]),
    (ROUTE, &["properties.addressPrefix", "properties.nextHopType", "properties.nextHopIpAddress"]),
    (ADDRESS, &["sku.name", "properties.ipAddress", "properties.publicIPAddressVersion"]),
    (PREFIX, &["sku.name", "properties.ipPrefix", "properties.publicIPAddressVersion"]),
    (
        LOAD_BALANCER,
        &[
            "sku.name",
            "properties.frontendIPConfigurations[*].id",
            "properties.frontendIPConfigurations[*].name",
            "properties.frontendIPConfigurations[*].properties.publicIPAddress.id",
            "properties.frontendIPConfigurations[*].properties.publicIPPrefix.id",
            "properties.frontendIPConfigurations[*].properties.privateIPAddress",
            "properties.frontendIPConfigurations[*].properties.subnet.id",
            "properties.loadBalancingRules[*].id",
            "properties.loadBalancingRules[*].name",
            "properties.loadBalancingRules[*].properties.protocol",
            "properties.loadBalancingRules[*].properties.frontendPort",
            "properties.loadBalancingRules[*].properties.backendPort",
            "properties.loadBalancingRules[*].properties.enableFloatingIP",
            "properties.loadBalancingRules[*].properties.frontendIPConfiguration.id",
            "properties.loadBalancingRules[*].properties.backendAddressPool.id",
            "properties.loadBalancingRules[*].properties.backendAddressPools[*].id",
            "properties.inboundNatPools[*].id",
            "properties.inboundNatPools[*].name",
            "properties.inboundNatPools[*].properties.protocol",
            "properties.inboundNatPools[*].properties.frontendPortRangeStart",
            "properties.inboundNatPools[*].properties.frontendPortRangeEnd",
            "properties.inboundNatPools[*].properties.backendPort",
            "properties.inboundNatPools[*].properties.enableFloatingIP",
            "properties.inboundNatPools[*].properties.frontendIPConfiguration.id",
        ],
    ),
    (
        NAT_RULE,
        &[
            "properties.protocol",
            "properties.frontendPort",
            "properties.frontendPortRangeStart",
            "properties.frontendPortRangeEnd",
            "properties.backendPort",
            "properties.enableFloatingIP",
            "properties.frontendIPConfiguration.id",
            "properties.backendIPConfiguration.id",
            "properties.backendAddressPool.id",
        ],
    ),
    (
        POOL,
        &[
            "properties.backendIPConfigurations[*].id",
            "properties.virtualNetwork.id",
            "properties.loadBalancerBackendAddresses[*].properties.ipAddress",
            "properties.loadBalancerBackendAddresses[*].properties.virtualNetwork.id",
            "properties.loadBalancerBackendAddresses[*].properties.subnet.id",
            "properties.loadBalancerBackendAddresses[*].properties.networkInterfaceIPConfiguration.id",
        ],
    ),
    (
        GATEWAY,
        &[
            "properties.gatewayIPConfigurations[*].properties.subnet.id",
            "properties.frontendIPConfigurations[*].id",
            "properties.frontendIPConfigurations[*].name",
            "properties.frontendIPConfigurations[*].properties.publicIPAddress.id",
            "properties.frontendPorts[*].id",
            "properties.frontendPorts[*].name",
            "properties.frontendPorts[*].properties.port",
            "properties.httpListeners[*].id",
            "properties.httpListeners[*].name",
            "properties.httpListeners[*].properties.frontendIPConfiguration.id",
            "properties.httpListeners[*].properties.frontendPort.id",
            "properties.listeners[*].id",
            "properties.listeners[*].name",
            "properties.listeners[*].properties.frontendIPConfiguration.id",
            "properties.listeners[*].properties.frontendPort.id",
            "properties.requestRoutingRules[*].id",
            "properties.requestRoutingRules[*].name",
            "properties.requestRoutingRules[*].properties.httpListener.id",
            "properties.requestRoutingRules[*].properties.backendAddressPool.id",
            "properties.requestRoutingRules[*].properties.backendHttpSettings.id",
            "properties.requestRoutingRules[*].properties.urlPathMap.id",
            "properties.routingRules[*].id",
            "properties.routingRules[*].name",
            "properties.routingRules[*].properties.listener.id",
            "properties.routingRules[*].properties.backendAddressPool.id",
            "properties.routingRules[*].properties.backendSettings.id",
            "properties.urlPathMaps[*].id",
            "properties.urlPathMaps[*].name",
            "properties.urlPathMaps[*].properties.defaultBackendAddressPool.id",
            "properties.urlPathMaps[*].properties.defaultBackendHttpSettings.id",
            "properties.urlPathMaps[*].properties.pathRules[*].properties.backendAddressPool.id",
            "properties.urlPathMaps[*].properties.pathRules[*].properties.backendHttpSettings.id",
            "properties.backendHttpSettingsCollection[*].id",
            "properties.backendHttpSettingsCollection[*].name",
            "properties.backendHttpSettingsCollection[*].properties.port",
            "properties.backendSettingsCollection[*].id",
            "properties.backendSettingsCollection[*].name",
            "properties.backendSettingsCollection[*].properties.port",
            "properties.backendAddressPools[*].id",
            "properties.backendAddressPools[*].name",
            "properties.backendAddressPools[*].properties.backendIPConfigurations[*].id",
            "properties.backendAddressPools[*].properties.backendAddresses[*].ipAddress",
            "properties.backendAddressPools[*].properties.backendAddresses[*].fqdn",
        ],
    ),
    (
        FIREWALL,
        &[
            "properties.firewallPolicy.id",
            "properties.ipConfigurations[*].properties.subnet.id",
            "properties.ipConfigurations[*].properties.publicIPAddress.id",
            "properties.hubIPAddresses.publicIPs.addresses[*].address",
            "properties.natRuleCollections[*].name",
            "properties.natRuleCollections[*].properties.priority",
            "properties.natRuleCollections[*].properties.action.type",
        ],
    ),
    (POLICY, &[]),
    (
        RULE_GROUP,
        &[
            "properties.priority",
            "properties.ruleCollections[*].name",
            "properties.ruleCollections[*].priority",
            "properties.ruleCollections[*].ruleCollectionType",
            "properties.ruleCollections[*].action.type",
        ],
    ),
    (IP_GROUP, &["properties.ipAddresses[*]"]),
    (MANAGER, &[]),
    (CONFIGURATION, &[]),
    (COLLECTION, &[]),
    (
        RULE,
        &[
            "properties.access",
            "properties.direction",
            "properties.protocol",
            "properties.sources[*].addressPrefix",
            "properties.destinations[*].addressPrefix",
            "properties.destinationPortRanges[*]",
        ],
    ),
];

/// A version of the network provider's API that knows all of it.
const API_VERSION: &str = "2024-05-01";

const NAT_FIELDS: [&str; 9] = [
    "name",
    "sourceAddresses[*]",
    "sourceIpGroups[*]",
    "destinationAddresses[*]",
    "destinationPorts[*]",
    "translatedAddress",
    "translatedFqdn",
    "translatedPort",
    "protocols[*]",
];

/// Adds what the analysis reads.
pub fn reads(reads: &mut Reads) {
    for (kind, paths) in TABLE {
        reads.entry(kind).paths.extend(paths.iter().map(|path| (*path).to_owned()));
    }
    // What is listed under each parent needs a version to ask with.
    for kind in [RULE_GROUP, CONFIGURATION, COLLECTION, RULE] {
        reads.entry(kind).api_version.get_or_insert_with(|| API_VERSION.to_owned());
    }
    let mut add = |kind: &str, prefix: &str, paths: &[&str]| {
        reads.entry(kind).paths.extend(paths.iter().map(|path| format!("{prefix}{path}")));
    };
    add(SECURITY_RULE, "", &READS);
    add(INTERFACE, "properties.ipConfigurations[*].", &INTERFACE_CONFIG);
    let profile = "properties.virtualMachineProfile.networkProfile.networkInterfaceConfigurations[*].";
    add(SCALE_SET, profile, &["name", "properties.networkSecurityGroup.id", "properties.enableIPForwarding"]);
    let config = format!("{profile}properties.ipConfigurations[*].");
    add(SCALE_SET, &config, &INTERFACE_CONFIG);
    add(
        SCALE_SET,
        &config,
        &["properties.publicIPAddressConfiguration.name", "properties.publicIPAddressConfiguration.sku.name"],
    );
    add(FIREWALL, "properties.natRuleCollections[*].properties.rules[*].", &NAT_FIELDS);
    add(RULE_GROUP, "properties.ruleCollections[*].rules[*].", &NAT_FIELDS);
    add(RULE_GROUP, "properties.ruleCollections[*].rules[*].", &["ipProtocols[*]"]);
}
