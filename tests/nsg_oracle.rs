//! Network security groups against an oracle that shares no code with the analysis: it walks the rules one
//! by one for single packets and counts.
#![allow(missing_docs, clippy::unwrap_used)]

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};
use skytjek::analysis::exposure::interval::IntervalSet;
use skytjek::analysis::exposure::nsg::{From, Group, Question};
use skytjek::analysis::exposure::security_rule::{READS, SECURITY_RULE, TCP, UDP};
use skytjek::inventory::coverage::{Coverage, CoverageEntry, CoverageState};
use skytjek::inventory::id::ResourceId;
use skytjek::inventory::index::{BodyRef, Builder};
use skytjek::inventory::reads::Reads;

const ID: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/networkSecurityGroups/n";
const SOURCES: [&str; 12] = [
    "*",
    "Internet",
    "0.0.0.0/0",
    "0.0.0.0/1",
    "128.0.0.0/1",
    "64.0.0.0/2",
    "96.0.0.0/3",
    "32.0.0.0/4",
    "10.0.0.0/8",
    "::/0",
    "VirtualNetwork",
    "AzureCloud",
];
const TARGETS: [&str; 4] = ["*", "10.0.0.0/24", "10.0.0.4", "VirtualNetwork"];
const PORTS: [&str; 5] = ["*", "3389", "3000-3389", "22", "3390-4000"];
const PROTOCOLS: [&str; 5] = ["*", "Tcp", "UDP", "tcp", "Icmp"];

#[derive(Clone, Debug)]
struct Rule {
    allow: bool,
    inbound: bool,
    sources: Vec<&'static str>,
    target: &'static str,
    port: &'static str,
    protocol: &'static str,
}

fn rules() -> impl Strategy<Value = Vec<Rule>> {
    let one = (
        any::<bool>(),
        prop::bool::weighted(0.9),
        prop::collection::vec(prop::sample::select(&SOURCES[..]), 1..3),
        prop::sample::select(&TARGETS[..]),
        prop::sample::select(&PORTS[..]),
        prop::sample::select(&PROTOCOLS[..]),
    );
    let rule = one.prop_map(|(allow, inbound, sources, target, port, protocol)| Rule {
        allow,
        inbound,
        sources,
        target,
        port,
        protocol,
    });
    prop::collection::vec(rule, 0..7)
}

/// A packet's source: the first byte of an IPv4 address, or an eighth of the global IPv6 space.
#[derive(Clone, Copy, Debug)]
enum Source {
    V4(u8),
    V6,
}

#[derive(Clone, Copy, Debug)]
struct Packet {
    source: Source,
    target: &'static str,
    port: u16,
    protocol: &'static str,
}

fn matches(rule: &Rule, packet: Packet) -> bool {
    let source = rule.sources.iter().any(|text| match (*text, packet.source) {
        ("*", _)
        | ("Internet", Source::V4(_) | Source::V6)
        | ("0.0.0.0/0", Source::V4(_))
        | ("::/0", Source::V6) => true,
        ("0.0.0.0/1", Source::V4(byte)) => byte < 128,
        ("128.0.0.0/1", Source::V4(byte)) => byte >= 128,
        ("64.0.0.0/2", Source::V4(byte)) => (64..128).contains(&byte),
        ("96.0.0.0/3", Source::V4(byte)) => (96..128).contains(&byte),
        ("32.0.0.0/4", Source::V4(byte)) => (32..48).contains(&byte),
        _ => false,
    });
    let target = match rule.target {
        "10.0.0.4" => packet.target == "10.0.0.4",
        "10.0.0.0/24" => packet.target != "10.9.9.9",
        _ => true,
    };
    let port = match rule.port {
        "3000-3389" => (3000..=3389).contains(&packet.port),
        "3390-4000" => (3390..=4000).contains(&packet.port),
        "*" => true,
        one => one.parse() == Ok(packet.port),
    };
    let protocol = match rule.protocol.to_ascii_lowercase().as_str() {
        "*" => true,
        other => other == packet.protocol,
    };
    rule.inbound && source && target && port && protocol
}

/// First bytes of IPv4 addresses whose whole /8 is public; the rest weighs less than one of them.
fn public_bytes() -> impl Iterator<Item = u8> {
    (1..224).filter(|byte| ![10, 100, 127, 169, 172, 192, 198, 203].contains(byte))
}

/// The allow rules through which an eighth of the public space (less the blocks that are partly private)
/// reaches port 3389 somewhere, no deny before them.
fn opening_rules(rules: &[Rule]) -> BTreeSet<usize> {
    let mut open = BTreeSet::new();
    for (index, rule) in rules.iter().enumerate().filter(|(_, rule)| rule.allow) {
        for target in ["10.0.0.4", "10.0.0.9", "10.9.9.9"] {
            for protocol in ["tcp", "udp"] {
                let passes = |source: Source| {
                    let packet = Packet { source, target, port: 3389, protocol };
                    matches(rule, packet)
                        && !rules[..index].iter().any(|earlier| !earlier.allow && matches(earlier, packet))
                };
                let v4 = public_bytes().filter(|byte| passes(Source::V4(*byte))).count();
                // A /3 is 32 blocks, a /4 is 16.
                if v4 >= 24 || passes(Source::V6) {
                    open.insert(index);
                }
            }
        }
    }
    open
}

fn body(rules: &[Rule]) -> Value {
    let rules: Vec<Value> = rules
        .iter()
        .enumerate()
        .map(|(index, rule)| {
            let mut properties = json!({
                "priority": 100 + index, "direction": if rule.inbound { "Inbound" } else { "Outbound" },
                "access": if rule.allow { "Allow" } else { "Deny" }, "protocol": rule.protocol,
                "sourcePortRange": "*", "destinationAddressPrefix": rule.target, "destinationPortRange": rule.port,
            });
            if let [one] = rule.sources.as_slice() {
                properties["sourceAddressPrefix"] = json!(one);
            } else {
                properties["sourceAddressPrefixes"] = json!(rule.sources);
            }
            json!({"name": format!("r{index}"), "properties": properties})
        })
        .collect();
    json!({"id": ID, "properties": {"securityRules": rules}})
}

fn answer(rules: &[Rule]) -> BTreeSet<usize> {
    let mut reads = Reads::default();
    reads.entry(SECURITY_RULE).paths.extend(READS.iter().map(|path| (*path).to_owned()));
    let mut builder = Builder::new(&reads);
    builder.add(body(rules).to_string().as_bytes(), BodyRef { file: 0, offset: 0, length: 0 }).unwrap();
    let mut coverage = Coverage::default();
    coverage.add(CoverageEntry::new("/", "Microsoft.ResourceGraph/resources", CoverageState::Complete));
    let inventory = builder.finish(coverage, &[]);
    let group = inventory.find(&ResourceId::parse(ID).unwrap()).unwrap();
    let question = Question {
        from: From::Internet,
        protocols: IntervalSet::from_intervals([(TCP, TCP), (UDP, UDP)]),
        ports: IntervalSet::of(3389, 3389),
        more_than: 0,
    };
    let answer = Group::read(&inventory, group).inbound(&question);
    assert_eq!(answer.unknown, None);
    answer
        .openings
        .iter()
        .map(|opening| inventory.get(opening.rule).id.name()[1..].parse().unwrap())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]
    #[test]
    fn the_analysis_agrees_with_walking_packets(rules in rules()) {
        let expected = opening_rules(&rules);
        let found = answer(&rules);
        if expected.is_empty() {
            // Rules that are narrow alone may open the Internet together; the oracle asks for one alone.
            let wide = found.iter().any(|index| {
                let alone: Vec<Rule> = rules.iter().enumerate()
                    .filter(|(at, rule)| at == index || !rule.allow).map(|(_, rule)| rule.clone()).collect();
                !opening_rules(&alone).is_empty()
            });
            prop_assert!(!wide, "{found:?}");
        } else {
            prop_assert_eq!(found, expected);
        }
    }
}
