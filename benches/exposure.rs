//! What the Internet reaches, of 100,000 interfaces with ten security rules each: time and peak memory.
//!
//! ```sh
//! cargo bench --bench exposure            # ten interfaces share a group, as in a subnet
//! cargo bench --bench exposure -- own     # every interface has a group of its own: a million rules
//! ```
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

use std::fmt::Write as _;
use std::time::Instant;

use skytjek::analysis::exposure::answer::State;
use skytjek::analysis::exposure::reads::reads;
use skytjek::analysis::exposure::service_tag::ServiceTags;
use skytjek::analysis::exposure::solve::Exposure;
use skytjek::inventory::coverage::{Coverage, CoverageEntry, CoverageState};
use skytjek::inventory::index::{BodyRef, Builder};
use skytjek::inventory::reads::Reads;

const INTERFACES: usize = 100_000;
const RULES: usize = 10;
const NET: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network";

fn main() {
    let own = std::env::args().any(|argument| argument == "own");
    let (groups, in_subnet) = if own { (INTERFACES, 200) } else { (INTERFACES / 10, 200) };
    let mut wanted = Reads::default();
    reads(&mut wanted);
    let mut builder = Builder::new(&wanted);
    // One text after the other in one place, as they come out of a file.
    let mut text = String::new();
    let mut add = |body: std::fmt::Arguments<'_>| {
        text.clear();
        text.write_fmt(body).unwrap();
        builder.add(text.as_bytes(), BodyRef { file: 0, offset: 0, length: 0 }).unwrap();
    };
    let mut rules = String::new();
    for group in 0..groups {
        rules.clear();
        for at in 0..RULES {
            let source = match at {
                0 => "Internet".to_owned(),
                1 => "VirtualNetwork".to_owned(),
                _ => format!("20.{}.{}.0/24", at, group % 250),
            };
            let (access, protocol) =
                (if at == 5 { "Deny" } else { "Allow" }, if at == 7 { "*" } else { "Tcp" });
            let (comma, priority, port) = (if at == 0 { "" } else { "," }, 100 + at, 1000 + at * 10);
            write!(
                rules,
                r#"{comma}{{"name": "rule-{at}", "properties": {{"priority": {priority}, "direction": "Inbound",
                "access": "{access}", "protocol": "{protocol}", "sourceAddressPrefix": "{source}",
                "sourcePortRange": "*", "destinationAddressPrefix": "*", "destinationPortRange": "{port}"}}}}"#
            )
            .unwrap();
        }
        add(format_args!(
            r#"{{"id": "{NET}/networkSecurityGroups/nsg-{group}", "properties": {{"securityRules": [{rules}]}}}}"#
        ));
    }
    for network in 0..INTERFACES / in_subnet {
        let (prefix, group) = (format!("10.{}.{}.0/24", network / 250, network % 250), network % groups);
        add(format_args!(
            r#"{{"id": "{NET}/virtualNetworks/vnet-{network}", "properties": {{
            "addressSpace": {{"addressPrefixes": ["{prefix}"]}}, "virtualNetworkPeerings": [],
            "subnets": [{{"name": "a", "properties": {{"addressPrefix": "{prefix}",
            "networkSecurityGroup": {{"id": "{NET}/networkSecurityGroups/nsg-{group}"}}}}}}]}}}}"#
        ));
    }
    for at in 0..INTERFACES {
        let network = at / in_subnet;
        let ip = format!("10.{}.{}.{}", network / 250, network % 250, 4 + at % in_subnet);
        let group = at * groups / INTERFACES;
        add(format_args!(
            r#"{{"id": "{NET}/networkInterfaces/nic-{at}", "properties": {{
            "networkSecurityGroup": {{"id": "{NET}/networkSecurityGroups/nsg-{group}"}},
            "ipConfigurations": [{{"name": "a", "properties": {{"privateIPAddress": "{ip}", "primary": true,
            "subnet": {{"id": "{NET}/virtualNetworks/vnet-{network}/subnets/a"}},
            "publicIPAddress": {{"id": "{NET}/publicIPAddresses/pip-{at}"}}}}}}]}}}}"#
        ));
        let ip = format!("20.{}.{}.{}", at / 65536, at / 256 % 256, at % 256);
        add(format_args!(
            r#"{{"id": "{NET}/publicIPAddresses/pip-{at}", "sku": {{"name": "Standard"}},
            "properties": {{"ipAddress": "{ip}"}}}}"#
        ));
    }
    let mut coverage = Coverage::default();
    coverage.add(CoverageEntry::new("/", "Microsoft.ResourceGraph/resources", CoverageState::Complete));
    let inventory = builder.finish(coverage, &[]);
    let before = peak_memory();
    let (start, cpu) = (Instant::now(), on_cpu());
    let answers = Exposure::of(&inventory, &ServiceTags::default());
    let (taken, cpu) = (start.elapsed(), on_cpu() - cpu);
    let exposed = answers.interfaces.iter().filter(|interface| interface.state() == State::Exposed).count();
    let openings: usize = answers.interfaces.iter().map(|interface| interface.openings.len()).sum();
    println!(
        "{INTERFACES} interfaces, {groups} groups of {RULES} rules: {exposed} exposed, {openings} openings"
    );
    println!(
        "{cpu:.2} s on one core ({:.2} s by the clock); peak memory {before} MB with the inventory, {} MB with the answers",
        taken.as_secs_f64(),
        peak_memory()
    );
}

/// Seconds that the program has had a core; 0 where the system doesn't tell.
fn on_cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let nanoseconds = text.split_whitespace().next().and_then(|number| number.parse::<u64>().ok());
    nanoseconds.unwrap_or(0) as f64 / 1e9
}

/// In MB, which are 10⁶ bytes; 0 where the system doesn't tell.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes =
        line.and_then(|line| line.split_whitespace().next()).and_then(|number| number.parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024 / 1_000_000
}
