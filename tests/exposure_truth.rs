//! Questions of the kind "is it open?" with their true answers: `docs/exposure.md` shows them as a table,
//! and this test asks them all.
//!
//! `UPDATE_EXPOSURE=1 cargo test --test exposure_truth` rewrites the table.
#![allow(missing_docs, clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use skytjek::analysis::exposure::answer::State;
use skytjek::analysis::exposure::cidr;
use skytjek::analysis::exposure::interval::IntervalSet;
use skytjek::analysis::exposure::protocol::Protocol;
use skytjek::analysis::exposure::reads::reads;
use skytjek::analysis::exposure::service_tag::ServiceTags;
use skytjek::analysis::exposure::solve::Exposure;
use skytjek::inventory::coverage::{Coverage, CoverageEntry, CoverageState};
use skytjek::inventory::index::{BodyRef, Builder};
use skytjek::inventory::reads::Reads;

const GROUP: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network";

fn net(rest: &str) -> String {
    format!("{GROUP}/{rest}")
}

/// A machine with a Standard public address and one security group on its interface, and what else there is.
struct World {
    bodies: Vec<Value>,
    unread: Vec<&'static str>,
}

/// An inbound security rule; `more` overrides its properties.
fn rule(name: &str, priority: u32, access: &str, source: &str, ports: &str, more: &Value) -> Value {
    let mut properties = json!({"priority": priority, "direction": "Inbound", "access": access, "protocol": "Tcp",
        "sourceAddressPrefix": source, "sourcePortRange": "*", "destinationAddressPrefix": "*", "destinationPortRange": ports});
    for (key, value) in more.as_object().into_iter().flatten() {
        properties[key] = value.clone();
    }
    json!({"name": name, "properties": properties})
}

fn allow(source: &str) -> Value {
    rule("allow", 200, "Allow", source, "3389", &json!({}))
}

fn world(rules: &[Value]) -> World {
    let bodies = vec![
        json!({"id": net("networkInterfaces/nic"), "properties": {
            "networkSecurityGroup": {"id": net("networkSecurityGroups/nsg")},
            "ipConfigurations": [{"name": "a", "properties": {"privateIPAddress": "10.0.0.4",
                "subnet": {"id": net("virtualNetworks/net/subnets/servers")},
                "publicIPAddress": {"id": net("publicIPAddresses/ip")}}}]}}),
        json!({"id": net("publicIPAddresses/ip"), "sku": {"name": "Standard"}, "properties": {"ipAddress": "20.1.2.3"}}),
        json!({"id": net("networkSecurityGroups/nsg"), "properties": {"securityRules": rules}}),
        json!({"id": net("virtualNetworks/net"), "properties": {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]},
            "virtualNetworkPeerings": [], "subnets": [
                {"name": "servers", "properties": {"addressPrefix": "10.0.0.0/24"}},
                {"name": "AzureFirewallSubnet", "properties": {"addressPrefix": "10.0.9.0/24"}},
                {"name": "gateway", "properties": {"addressPrefix": "10.0.8.0/24"}}]}}),
    ];
    World { bodies, unread: Vec::new() }
}

impl World {
    /// Sets a value at a JSON pointer of the n-th body: 0 interface, 1 address, 2 group, 3 network.
    fn set(mut self, body: usize, pointer: &str, value: Value) -> Self {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        self.bodies[body].pointer_mut(parent).unwrap()[name] = value;
        self
    }

    fn and(mut self, body: Value) -> Self {
        self.bodies.push(body);
        self
    }

    fn without(mut self, body: usize) -> Self {
        self.bodies.remove(body);
        self
    }

    fn unread(mut self, kind: &'static str) -> Self {
        self.unread.push(kind);
        self
    }

    fn no_address(self) -> Self {
        self.set(0, "/properties/ipConfigurations/0/properties/publicIPAddress", Value::Null)
    }

    fn subnet_rules(self, rules: &[Value]) -> Self {
        self.set(
            3,
            "/properties/subnets/0/properties/networkSecurityGroup",
            json!({"id": net("networkSecurityGroups/subnet")}),
        )
        .and(json!({"id": net("networkSecurityGroups/subnet"), "properties": {"securityRules": rules}}))
    }

    fn balancer(self, more: &Value) -> Self {
        let mut properties = json!({
            "frontendIPConfigurations": [{"name": "f", "properties": {"publicIPAddress": {"id": net("publicIPAddresses/ip")}}}],
            "backendAddressPools": [{"name": "p", "properties": {"backendIPConfigurations": [
                {"id": net("networkInterfaces/nic/ipConfigurations/a")}]}}]});
        for (key, value) in more.as_object().unwrap() {
            properties[key] = value.clone();
        }
        self.no_address().and(
            json!({"id": net("loadBalancers/lb"), "sku": {"name": "Standard"}, "properties": properties}),
        )
    }

    fn firewall(self, more: &Value) -> Self {
        let mut properties = json!({"ipConfigurations": [{"name": "c", "properties": {
            "subnet": {"id": net("virtualNetworks/net/subnets/AzureFirewallSubnet")},
            "publicIPAddress": {"id": net("publicIPAddresses/ip")}}}]});
        for (key, value) in more.as_object().unwrap() {
            properties[key] = value.clone();
        }
        self.no_address().and(json!({"id": net("azureFirewalls/fw"), "properties": properties}))
    }

    /// The answer in words: what gets to Tcp 3389 of the interface.
    fn answer(&self) -> String {
        let mut wanted = Reads::default();
        reads(&mut wanted);
        let mut builder = Builder::new(&wanted);
        for body in &self.bodies {
            builder.add(body.to_string().as_bytes(), BodyRef { file: 0, offset: 0, length: 0 }).unwrap();
        }
        let mut coverage = Coverage::default();
        for read in wanted.iter() {
            coverage.add(CoverageEntry::new("/", read.name.clone(), CoverageState::Complete));
        }
        for kind in &self.unread {
            coverage.add(CoverageEntry::new("/", *kind, CoverageState::Denied));
        }
        let inventory = builder.finish(coverage, &[]);
        let answers = Exposure::of(&inventory, &ServiceTags::default());
        let mut interface = answers.interfaces[0].narrowed(None, Some(&IntervalSet::of(3389, 3389)));
        interface.openings.retain(|opening| opening.protocol == Protocol::Tcp);
        interface.doubts.retain(|doubt| doubt.protocol == Protocol::Tcp);
        match interface.state() {
            State::Closed => "closed".into(),
            State::Unknown => format!("unknown: {}", interface.reason().unwrap()),
            State::Exposed => {
                let opening = &interface.openings[0];
                let mut sources = cidr::cover_within(&opening.sources, &opening.internet);
                if sources.len() > 2 {
                    sources = vec![format!("{} prefixes", sources.len())];
                }
                let front = cidr::ports(&opening.public_ports);
                let at = if opening.public_ports == opening.ports {
                    String::new()
                } else {
                    format!(", at public port {front}")
                };
                format!("open to {}{at}", sources.join(" and "))
            }
        }
    }
}

fn nat(name: &str, front: u16, back: u16) -> Value {
    json!({"inboundNatRules": [{"name": name, "properties": {"protocol": "Tcp", "frontendPort": front, "backendPort": back,
        "frontendIPConfiguration": {"id": net("loadBalancers/lb/frontendIPConfigurations/f")},
        "backendIPConfiguration": {"id": net("networkInterfaces/nic/ipConfigurations/a")}}}]})
}

fn dnat(sources: &[&str]) -> Value {
    json!({"name": "rdp", "sourceAddresses": sources, "destinationAddresses": ["20.1.2.3"], "destinationPorts": ["13389"],
        "protocols": ["TCP"], "translatedAddress": "10.0.0.4", "translatedPort": "3389"})
}

fn classic(sources: &[&str]) -> Value {
    json!({"natRuleCollections": [{"name": "in", "properties": {"priority": 100, "action": {"type": "Dnat"}, "rules": [dnat(sources)]}}]})
}

fn policy_group(policy: &str) -> Value {
    json!({"id": net(&format!("firewallPolicies/{policy}/ruleCollectionGroups/g")), "properties": {"priority": 100, "ruleCollections": [
        {"name": "in", "ruleCollectionType": "FirewallPolicyNatRuleCollection", "action": {"type": "DNAT"}, "priority": 100, "rules": [dnat(&["*"])]}]}})
}

fn gateway() -> Value {
    let of = |rest: &str| json!({"id": net(&format!("applicationGateways/gw/{rest}"))});
    json!({"id": net("applicationGateways/gw"), "properties": {
        "gatewayIPConfigurations": [{"name": "g", "properties": {"subnet": {"id": net("virtualNetworks/net/subnets/gateway")}}}],
        "frontendIPConfigurations": [{"name": "f", "properties": {"publicIPAddress": {"id": net("publicIPAddresses/ip")}}}],
        "frontendPorts": [{"name": "p", "properties": {"port": 443}}],
        "httpListeners": [{"name": "l", "properties": {"frontendIPConfiguration": of("frontendIPConfigurations/f"), "frontendPort": of("frontendPorts/p")}}],
        "backendAddressPools": [{"name": "b", "properties": {"backendAddresses": [{"ipAddress": "10.0.0.4"}]}}],
        "backendHttpSettingsCollection": [{"name": "s", "properties": {"port": 3389}}],
        "requestRoutingRules": [{"name": "r", "properties": {"httpListener": of("httpListeners/l"),
            "backendAddressPool": of("backendAddressPools/b"), "backendHttpSettings": of("backendHttpSettingsCollection/s")}}]}})
}

fn admin(access: &str) -> [Value; 4] {
    let base = net("networkManagers/m");
    let rule = json!({"access": access, "direction": "Inbound", "protocol": "Tcp", "priority": 10,
        "sources": [{"addressPrefix": "*", "addressPrefixType": "IPPrefix"}], "destinations": [], "destinationPortRanges": ["3389"]});
    [
        json!({"id": base, "properties": {}}),
        json!({"id": format!("{base}/securityAdminConfigurations/c"), "properties": {}}),
        json!({"id": format!("{base}/securityAdminConfigurations/c/ruleCollections/k"), "properties": {}}),
        json!({"id": format!("{base}/securityAdminConfigurations/c/ruleCollections/k/rules/block"), "properties": rule}),
    ]
}

const OPEN: &str = "open to 0.0.0.0/0";

/// The questions: what there is, the world, the true answer.
fn questions() -> Vec<(&'static str, World, &'static str)> {
    let plain = |more: Value| world(&[rule("allow", 200, "Allow", "*", "3389", &more)]);
    let mut all = vec![
        ("`*` may reach 3389", world(&[allow("*")]), OPEN),
        ("the tag `Internet`, in any letter case", world(&[allow("iNTERNET")]), OPEN),
        ("`0.0.0.0/0`", world(&[allow("0.0.0.0/0")]), OPEN),
        ("the Internet in two halves, in two rules", world(&[allow("0.0.0.0/1"), rule("other", 210, "Allow", "128.0.0.0/1", "3389", &json!({}))]), OPEN),
        ("`sourceAddressPrefixes` with `0.0.0.0/0` in it", plain(json!({"sourceAddressPrefix": null, "sourceAddressPrefixes": ["10.0.0.0/8", "0.0.0.0/0"]})), OPEN),
        ("`destinationPortRanges` with a range around 3389", plain(json!({"destinationPortRange": null, "destinationPortRanges": ["22", "3000-4000"]})), OPEN),
        ("one range around 3389", plain(json!({"destinationPortRange": "3000-4000"})), OPEN),
        ("any port, any protocol", plain(json!({"destinationPortRange": "*", "protocol": "*"})), OPEN),
        ("protocol spelled `TCP`", plain(json!({"protocol": "TCP"})), OPEN),
        ("a deny before the allow", world(&[rule("deny", 100, "Deny", "Internet", "*", &json!({})), allow("*")]), "closed"),
        ("a deny behind the allow", world(&[allow("*"), rule("deny", 300, "Deny", "Internet", "*", &json!({}))]), OPEN),
        ("a deny for a part of the Internet before the allow", world(&[rule("deny", 100, "Deny", "0.0.0.0/1", "*", &json!({})), allow("*")]), "open to 128.0.0.0/1"),
        ("a deny of another port range before the allow", world(&[rule("deny", 100, "Deny", "*", "22-3388", &json!({})), allow("*")]), OPEN),
        ("an outbound rule", plain(json!({"direction": "Outbound"})), "closed"),
        ("UDP only", plain(json!({"protocol": "Udp"})), "closed"),
        ("ICMP only", plain(json!({"protocol": "Icmp", "destinationPortRange": "*"})), "closed"),
        ("the tag `VirtualNetwork`", world(&[allow("VirtualNetwork")]), "closed"),
        ("the tag `AzureLoadBalancer`", world(&[allow("AzureLoadBalancer")]), "closed"),
        ("private prefixes", world(&[allow("10.0.0.0/8")]), "closed"),
        ("one partner", world(&[allow("20.50.0.0/24")]), "open to 20.50.0.0/24"),
        ("a tag that no table has", world(&[allow("NewService")]), "unknown: nsg, security rule allow: service tag NewService is in no table"),
        ("a tag that no table has, behind a rule that lets all in", world(&[rule("all", 100, "Allow", "*", "3389", &json!({})), allow("NewService")]), OPEN),
        ("`::/0`, at an IPv4 address", world(&[allow("::/0")]), "closed"),
        ("an application security group as the source", plain(json!({"sourceAddressPrefix": null, "sourceApplicationSecurityGroups": [{"id": net("applicationSecurityGroups/web")}]})), "closed"),
        ("another address as the destination", plain(json!({"destinationAddressPrefix": "10.0.0.9"})), "closed"),
        ("an application security group that it is not in as the destination", plain(json!({"destinationAddressPrefix": null, "destinationApplicationSecurityGroups": [{"id": net("applicationSecurityGroups/web")}]})), "closed"),
        ("only from some source ports", plain(json!({"sourcePortRange": "1024-2000"})), OPEN),
        ("no rule but the default ones", world(&[]), "closed"),
        ("the interface's group allows, the subnet's does not", world(&[allow("*")]).subnet_rules(&[]), "closed"),
        ("the subnet's group allows, the interface's does not", world(&[]).subnet_rules(&[allow("*")]), "closed"),
        ("both allow, each another half", world(&[allow("0.0.0.0/1")]).subnet_rules(&[allow("0.0.0.0/2")]), "open to 0.0.0.0/2"),
        ("no group at all, a Standard address", world(&[]).set(0, "/properties/networkSecurityGroup", Value::Null), "closed"),
        ("no group at all, a Basic address", world(&[]).set(0, "/properties/networkSecurityGroup", Value::Null).set(1, "/sku/name", json!("Basic")), OPEN),
        ("the machine is off and has no address now", world(&[allow("*")]).set(1, "/properties/ipAddress", Value::Null), OPEN),
        ("an open group, but no public address", world(&[allow("*")]).no_address(), "closed"),
        ("an open group, no public address, outbound through a NAT gateway", world(&[allow("*")]).no_address().set(3, "/properties/subnets/0/properties/natGateway", json!({"id": net("natGateways/n")})), "closed"),
        ("a load balancer takes port 50001 to 3389, the group allows 3389", world(&[allow("*")]).balancer(&nat("n", 50001, 3389)), "open to 0.0.0.0/0, at public port 50001"),
        ("a load balancer takes port 3389 to 22, the group allows 3389", world(&[allow("*")]).balancer(&nat("n", 3389, 22)), "closed"),
        ("a load balancer takes port 50001 to 3389, the group allows 50001", world(&[rule("allow", 200, "Allow", "*", "50001", &json!({}))]).balancer(&nat("n", 50001, 3389)), "closed"),
        ("a load balancer with an outbound rule only", world(&[allow("*")]).balancer(&json!({"outboundRules": [{"name": "o", "properties": {"protocol": "All"}}]})), "closed"),
        ("a firewall translates 13389 to 3389, for all", world(&[]).firewall(&classic(&["*"])), "open to 0.0.0.0/0, at public port 13389"),
        ("a firewall translates 13389 to 3389, for one partner", world(&[]).firewall(&classic(&["20.50.0.0/24"])), "open to 20.50.0.0/24, at public port 13389"),
        ("the same, but the group keeps the firewall's subnet out", world(&[rule("deny", 100, "Deny", "10.0.9.0/24", "*", &json!({}))]).firewall(&classic(&["*"])), "closed"),
        ("the firewall's policy translates", world(&[]).firewall(&json!({"firewallPolicy": {"id": net("firewallPolicies/p")}})).and(json!({"id": net("firewallPolicies/p"), "properties": {}})).and(policy_group("p")), "open to 0.0.0.0/0, at public port 13389"),
        ("only the parent of the firewall's policy translates", world(&[]).firewall(&json!({"firewallPolicy": {"id": net("firewallPolicies/p")}})).and(json!({"id": net("firewallPolicies/p"), "properties": {"basePolicy": {"id": net("firewallPolicies/parent")}}})).and(json!({"id": net("firewallPolicies/parent"), "properties": {}})).and(policy_group("parent")), "closed"),
        ("an application gateway passes 443 on to 3389", world(&[]).no_address().and(gateway()), "open to 0.0.0.0/0, at public port 443"),
        ("the security groups were not read", world(&[allow("*")]).without(2).unread("Microsoft.Network/networkSecurityGroups"), "unknown: nsg: Microsoft.Network/networkSecurityGroups was not read (denied)"),
        ("load balancers were not read, and it is in a pool of one", world(&[allow("*")]).no_address().set(0, "/properties/ipConfigurations/0/properties/loadBalancerBackendAddressPools", json!([{"id": net("loadBalancers/lb/backendAddressPools/p")}])).unread("Microsoft.Network/loadBalancers"), "unknown: Microsoft.Network/loadBalancers was not read (denied); lb: Microsoft.Network/loadBalancers was not read (denied)"),
        ("load balancers were not read, but another way is open", world(&[allow("*")]).unread("Microsoft.Network/loadBalancers"), OPEN),
        ("a user route sends all answers to an appliance, default rules only", world(&[]).set(3, "/properties/subnets/0/properties/routeTable", json!({"id": net("routeTables/rt")})).and(json!({"id": net("routeTables/rt"), "properties": {"routes": [{"name": "all", "properties": {"addressPrefix": "0.0.0.0/0", "nextHopType": "VirtualAppliance", "nextHopIpAddress": "10.0.9.4"}}]}})), "unknown: the tag VirtualNetwork may hold the prefixes of the subnet's user routes"),
    ];
    for (what, access, answer) in [
        (
            "a security admin rule that denies, deployed or not",
            "Deny",
            "unknown: security admin rule block may deny it; where it is deployed can't be read",
        ),
        ("a security admin rule that allows", "Allow", OPEN),
    ] {
        let with = admin(access).into_iter().fold(world(&[allow("*")]), World::and);
        all.push((what, with, answer));
    }
    all
}

#[test]
fn every_question_has_its_true_answer() {
    let wrong: Vec<String> = questions()
        .iter()
        .filter(|(_, world, expected)| world.answer() != *expected)
        .map(|(what, world, expected)| format!("{what}: expected {expected:?}, got {:?}", world.answer()))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_published_table_is_this_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/exposure.md");
    let text = fs::read_to_string(&path).unwrap();
    let (begin, end) = ("<!-- the table begins -->\n", "<!-- the table ends -->\n");
    let (head, rest) = text.split_once(begin).unwrap();
    let (_, tail) = rest.split_once(end).unwrap();
    let mut table = String::from("| what there is | Tcp 3389 of the interface |\n|---|---|\n");
    for (what, _, answer) in questions() {
        table.push_str(&format!("| {what} | {answer} |\n"));
    }
    let made = format!("{head}{begin}{table}{end}{tail}");
    if std::env::var_os("UPDATE_EXPOSURE").is_some() {
        fs::write(&path, &made).unwrap();
    }
    assert!(
        fs::read_to_string(&path).unwrap() == made,
        "run with UPDATE_EXPOSURE=1 and look at the difference"
    );
}
