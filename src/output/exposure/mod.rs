//! `skytjek exposure` in the forms that people and programs read.

pub mod dot;
mod services;
pub mod table;

use crate::finding::exposure::ExposureReport;
use crate::finding::hostile::to_json;

/// The answer as pretty JSON, ending in a newline.
pub fn json(report: &ExposureReport) -> serde_json::Result<String> {
    to_json(report)
}

/// The last part of an id, with a security rule's group before it: `nsg-web#allow-https`.
fn short(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}

/// Ports as people write them.
fn ports(ranges: &[(u16, u16)]) -> String {
    let parts: Vec<String> = ranges
        .iter()
        .map(|range| match *range {
            (0 | 1, u16::MAX) => "all ports".to_owned(),
            (low, high) if low == high => low.to_string(),
            (low, high) => format!("{low}-{high}"),
        })
        .collect();
    parts.join(", ")
}

/// Prefixes as people can take them in.
fn sources(prefixes: &[String]) -> String {
    const SHOWN: usize = 4;
    let all = |prefix: &str| prefix == "0.0.0.0/0" || prefix == "::/0";
    if prefixes.iter().all(|prefix| all(prefix)) {
        return "the Internet".to_owned();
    }
    let mut text = prefixes.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if prefixes.len() > SHOWN {
        text.push_str(&format!(" and {} more prefixes", prefixes.len() - SHOWN));
    }
    text
}
