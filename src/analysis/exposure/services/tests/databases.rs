//! Databases and caches.

use serde_json::{Value as Json, json};

use super::{answer, check, check_with, id, line, public, with_properties};
use crate::analysis::exposure::address::AddressSet;

fn range(kind: &str, name: &str, first: &str, last: &str) -> Json {
    let properties = json!({ "startIpAddress": first, "endIpAddress": last });
    with_properties(&format!("{kind}/firewallRules"), &format!("x/{name}"), properties)
}

#[test]
fn sql_servers() {
    let kind = "Microsoft.Sql/servers";
    let v6 = json!({ "startIPv6Address": "2a01:4f8::", "endIPv6Address": "2a01:4f8:ffff:ffff:ffff:ffff:ffff:ffff" });
    let subnet = json!({ "virtualNetworkSubnetId": "/subscriptions/s/x" });
    check_with(
        kind,
        &[
            (json!({}), vec![], "restricted:  | publicNetworkAccess"),
            (
                json!({ "publicNetworkAccess": "Enabled" }),
                vec![
                    range(kind, "office", "20.1.2.4", "20.1.2.7"),
                    range(kind, "inside", "10.0.0.1", "10.9.9.9"),
                ],
                "restricted: 20.1.2.4/30 | publicNetworkAccess /firewallRules/inside /firewallRules/office",
            ),
            (
                json!({}),
                vec![range(kind, "all", "0.0.0.0", "255.255.255.255")],
                "public: 0.0.0.0/0 | publicNetworkAccess /firewallRules/all",
            ),
            (
                json!({}),
                vec![
                    range(kind, "low", "0.0.0.0", "127.255.255.255"),
                    range(kind, "high", "128.0.0.0", "255.255.255.255"),
                ],
                "public: 0.0.0.0/0 | publicNetworkAccess /firewallRules/high /firewallRules/low",
            ),
            (
                // Another scanner looks at where a range begins, and forgets where it ends.
                json!({}),
                vec![range(kind, "small", "0.0.0.0", "0.0.0.9")],
                "restricted:  | publicNetworkAccess /firewallRules/small",
            ),
            (
                json!({ "publicNetworkAccess": "Disabled" }),
                vec![range(kind, "all", "0.0.0.0", "255.255.255.255")],
                "private:  | publicNetworkAccess",
            ),
            (
                json!({ "isIPv6Enabled": "Enabled" }),
                vec![
                    with_properties("Microsoft.Sql/servers/ipv6FirewallRules", "x/six", v6),
                    with_properties("Microsoft.Sql/servers/virtualNetworkRules", "x/net", subnet),
                ],
                "restricted: 2a01:4f8::/32 | publicNetworkAccess /ipv6FirewallRules/six /virtualNetworkRules/net",
            ),
            (
                json!({}),
                vec![range(kind, "wrong", "20.1.2.9", "20.1.2.1")],
                "unknown:  | publicNetworkAccess",
            ),
        ],
    );
}

/// By its addresses, whatever the rule is called.
#[test]
fn the_mark_for_azure_lets_in_every_customer() {
    for kind in
        ["Microsoft.Sql/servers", "Microsoft.DBforPostgreSQL/flexibleServers", "Microsoft.Synapse/workspaces"]
    {
        let bodies = [with_properties(kind, "x", json!({})), range(kind, "backup", "0.0.0.0", "0.0.0.0")];
        let service = answer(&bodies, &[], &id(kind, "x"));
        assert_eq!(service.state.word(), "restricted");
        assert!(service.sources.v4.contains(u32::from_be_bytes([20, 50, 2, 1])), "an address in West Europe");
        assert!(!service.sources.covers(&AddressSet::parse("8.8.8.8").unwrap()));
        assert!(service.via.iter().any(|step| step.says.contains("all of Azure")));
    }
}

#[test]
fn managed_instances_go_by_their_subnet() {
    let kind = "Microsoft.Sql/managedInstances";
    let subnet = id("Microsoft.Network/virtualNetworks/subnets", "net/mi");
    let network = |rules: Json| {
        let group = id("Microsoft.Network/networkSecurityGroups", "nsg");
        vec![
            with_properties(
                "Microsoft.Network/virtualNetworks",
                "net",
                json!({ "addressSpace": { "addressPrefixes": ["10.0.0.0/16"] }, "subnets": [
                    { "id": subnet, "name": "mi", "properties": { "addressPrefix": "10.0.1.0/24", "networkSecurityGroup": { "id": group } } }
                ] }),
            ),
            with_properties(
                "Microsoft.Network/networkSecurityGroups",
                "nsg",
                json!({ "securityRules": rules }),
            ),
        ]
    };
    let rule = |name: &str, port: &str, from: &str| {
        json!([{ "id": id("Microsoft.Network/networkSecurityGroups/securityRules", &format!("nsg/{name}")), "name": name, "properties": {
            "priority": 100, "direction": "Inbound", "access": "Allow", "protocol": "Tcp", "sourceAddressPrefix": from,
            "sourcePortRange": "*", "destinationAddressPrefix": "*", "destinationPortRange": port } }])
    };
    let on = json!({ "publicDataEndpointEnabled": true, "subnetId": subnet });
    check_with(
        kind,
        &[
            (json!({ "subnetId": subnet }), vec![], "private:  | publicDataEndpointEnabled"),
            (on.clone(), network(json!([])), "restricted:  | publicDataEndpointEnabled mi"),
            (
                on.clone(),
                network(rule("office", "3342", "20.1.2.0/24")),
                "restricted: 20.1.2.0/24 | publicDataEndpointEnabled nsg#office",
            ),
            (on.clone(), network(rule("other", "1433", "*")), "restricted:  | publicDataEndpointEnabled mi"),
            (
                on.clone(),
                network(rule("all", "3342", "Internet")),
                "public: 0.0.0.0/0 ::/0 | publicDataEndpointEnabled nsg#all",
            ),
            (on, vec![], "unknown:  | publicDataEndpointEnabled"),
        ],
    );
}

#[test]
fn postgresql_and_mysql() {
    for kind in ["Microsoft.DBforPostgreSQL/flexibleServers", "Microsoft.DBforMySQL/flexibleServers"] {
        check_with(
            kind,
            &[
                (json!({}), vec![], "restricted:  | network.publicNetworkAccess"),
                (
                    json!({ "network": { "delegatedSubnetResourceId": "/subscriptions/s/x" } }),
                    vec![range(kind, "all", "0.0.0.0", "255.255.255.255")],
                    "private:  | network.delegatedSubnetResourceId",
                ),
                (
                    json!({ "network": { "publicNetworkAccess": "Enabled" } }),
                    vec![range(kind, "all", "0.0.0.0", "255.255.255.255")],
                    "public: 0.0.0.0/0 | network.publicNetworkAccess /firewallRules/all",
                ),
                (
                    json!({ "network": { "publicNetworkAccess": "Disabled" } }),
                    vec![],
                    "private:  | network.publicNetworkAccess",
                ),
            ],
        );
    }
    for kind in [
        "Microsoft.DBforPostgreSQL/servers",
        "Microsoft.DBforMySQL/servers",
        "Microsoft.DBforMariaDB/servers",
    ] {
        check_with(
            kind,
            &[(
                json!({}),
                vec![range(kind, "office", "20.1.2.3", "20.1.2.3")],
                "restricted: 20.1.2.3/32 | publicNetworkAccess /firewallRules/office",
            )],
        );
    }
}

#[test]
fn cosmos() {
    let approved = json!([{ "id": "/c", "properties": { "privateEndpoint": { "id": "/subscriptions/s/pe" }, "privateLinkServiceConnectionState": { "status": "Approved" } } }]);
    let pending = json!([{ "properties": { "privateEndpoint": { "id": "/subscriptions/s/pe" }, "privateLinkServiceConnectionState": { "status": "Pending" } } }]);
    check(
        "Microsoft.DocumentDB/databaseAccounts",
        &[
            (json!({}), &public("publicNetworkAccess ipRules")),
            (json!({ "privateEndpointConnections": pending }), &public("publicNetworkAccess ipRules")),
            (json!({ "privateEndpointConnections": approved }), "private:  | publicNetworkAccess ipRules pe"),
            (
                json!({ "isVirtualNetworkFilterEnabled": true }),
                "restricted:  | publicNetworkAccess isVirtualNetworkFilterEnabled",
            ),
            (
                json!({ "isVirtualNetworkFilterEnabled": true, "virtualNetworkRules": [{ "id": "/subscriptions/s/x" }], "ipRules": [{ "ipAddressOrRange": "20.1.2.3" }] }),
                "restricted: 20.1.2.3/32 | publicNetworkAccess ipRules[0].ipAddressOrRange isVirtualNetworkFilterEnabled virtualNetworkRules[0]",
            ),
            (
                json!({ "ipRangeFilter": "20.1.2.3, 20.4.0.0/16" }),
                "restricted: 20.1.2.3/32 20.4.0.0/16 | publicNetworkAccess ipRangeFilter ipRangeFilter",
            ),
            (
                json!({ "ipRules": [{ "ipAddressOrRange": "0.0.0.0/0" }] }),
                "public: 0.0.0.0/0 | publicNetworkAccess ipRules[0].ipAddressOrRange",
            ),
            (json!({ "publicNetworkAccess": "Disabled" }), "private:  | publicNetworkAccess"),
        ],
    );
    let kind = "Microsoft.DocumentDB/databaseAccounts";
    let marked = with_properties(kind, "x", json!({ "ipRules": [{ "ipAddressOrRange": "0.0.0.0" }] }));
    let service = answer(&[marked], &[], &id(kind, "x"));
    assert_eq!((service.state.word(), service.sources.v4.is_empty()), ("restricted", false));
    let clusters = "Microsoft.DocumentDB/mongoClusters";
    check_with(
        clusters,
        &[(
            json!({}),
            vec![range(clusters, "a", "20.1.2.3", "20.1.2.3")],
            "restricted: 20.1.2.3/32 | publicNetworkAccess /firewallRules/a",
        )],
    );
}

#[test]
fn redis() {
    let kind = "Microsoft.Cache/redis";
    let rule = |first: &str, last: &str| {
        with_properties(
            "Microsoft.Cache/redis/firewallRules",
            "x/r",
            json!({ "startIP": first, "endIP": last }),
        )
    };
    check_with(
        kind,
        &[
            (json!({}), vec![], &public("publicNetworkAccess ")),
            (
                json!({}),
                vec![rule("20.1.2.3", "20.1.2.3")],
                "restricted: 20.1.2.3/32 | publicNetworkAccess /firewallRules/r",
            ),
            (json!({ "subnetId": "/subscriptions/s/x" }), vec![], "private:  | subnetId"),
            (json!({ "publicNetworkAccess": "Disabled" }), vec![], "private:  | publicNetworkAccess"),
        ],
    );
    let endpoint = with_properties(
        "Microsoft.Network/privateEndpoints",
        "pe",
        json!({ "privateLinkServiceConnections": [{ "properties": { "privateLinkServiceId": id("Microsoft.Cache/redisEnterprise", "x") } }] }),
    );
    check_with(
        "Microsoft.Cache/redisEnterprise",
        &[
            (json!({}), vec![], &public("publicNetworkAccess")),
            (json!({}), vec![endpoint.clone()], "private:  | publicNetworkAccess pe"),
            (json!({ "publicNetworkAccess": "Enabled" }), vec![endpoint], &public("publicNetworkAccess pe")),
        ],
    );
}

#[test]
fn an_answer_reads_as_a_sentence() {
    let kind = "Microsoft.Sql/servers";
    let bodies = [with_properties(kind, "x", json!({})), range(kind, "office", "20.1.2.4", "20.1.2.7")];
    let says: Vec<String> =
        answer(&bodies, &[], &id(kind, "x")).via.into_iter().map(|step| step.says).collect();
    assert_eq!(says, ["is not set, which means Enabled", "lets in 20.1.2.4 to 20.1.2.7"]);
    assert_eq!(line(&answer(&bodies, &[], &id(kind, "x"))).matches("office").count(), 1);
}
